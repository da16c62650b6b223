"""Where chance comes from: dotted names of Python's library and of packages that fixtures use, and what they depend on.

Each is documented as such: random, secrets, uuid, time, datetime, os and hash in the Python Library Reference; that a
set has no order that can be relied on in its Language Reference, 3.2.6, and PYTHONHASHSEED in "Command line".
"""

from __future__ import annotations

CHANCE = "is drawn anew at each run"
CLOCK = "depends on the clock"
MACHINE = "depends on the machine or the process"
HASH = "differs with the hash seed of the process"
ADDRESS = "is an address in memory"
ORDER = "has no order that can be relied on"
ENVIRONMENT = "depends on the environment"

# A name, and all below it where it ends in ".*".
SOURCES = {
    "random.*": CHANCE,
    "secrets.*": CHANCE,
    "os.urandom": CHANCE,
    "os.getrandom": CHANCE,
    "uuid.uuid1": CHANCE,
    "uuid.uuid4": CHANCE,
    "uuid.uuid6": CHANCE,
    "uuid.uuid7": CHANCE,
    "uuid.getnode": MACHINE,
    "numpy.random.*": CHANCE,
    "faker.Faker": CHANCE,
    "faker.Factory.create": CHANCE,
    "ulid.*": CHANCE,
    "nanoid.generate": CHANCE,
    "shortuuid.uuid": CHANCE,
    "time.time": CLOCK,
    "time.time_ns": CLOCK,
    "time.monotonic": CLOCK,
    "time.monotonic_ns": CLOCK,
    "time.perf_counter": CLOCK,
    "time.perf_counter_ns": CLOCK,
    "time.process_time": CLOCK,
    "datetime.datetime.now": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.datetime.today": CLOCK,
    "datetime.date.today": CLOCK,
    "django.utils.timezone.now": CLOCK,
    "pendulum.now": CLOCK,
    "arrow.now": CLOCK,
    "arrow.utcnow": CLOCK,
    "os.getpid": MACHINE,
    "os.getppid": MACHINE,
    "socket.gethostname": MACHINE,
    "socket.getfqdn": MACHINE,
    "platform.node": MACHINE,
    "getpass.getuser": MACHINE,
    "threading.get_ident": MACHINE,
    "os.getenv": ENVIRONMENT,
    "os.environ": ENVIRONMENT,
}
# These give the time of now when their last argument is left out: how many arguments it takes to fix it.
NOW_BELOW = {"time.localtime": 1, "time.gmtime": 1, "time.ctime": 1, "time.asctime": 1, "time.strftime": 2}
# Generators that a seed makes repeatable: with an argument they are no source.
SEEDED = frozenset({"random.Random", "numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.Generator",
                    "numpy.random.SeedSequence", "numpy.random.PCG64"})  # fmt: skip
# Calls that make all of a module's functions repeatable, and what they are for.
SEEDS = {"random.seed": "random.", "numpy.random.seed": "numpy.random.", "faker.Faker.seed": "faker."}
HARMLESS = frozenset({"random.seed", "random.Random", "random.setstate", "random.getstate", "numpy.random.seed",
                      "secrets.compare_digest"})  # fmt: skip
NEVER_SEEDED = frozenset({"random.SystemRandom"})


def depends_on(name: str) -> str:
    """Return what a dotted name depends on, "" when it is no source."""
    if name in HARMLESS:
        return ""
    if found := SOURCES.get(name):
        return found
    top = name.rpartition(".")[0]
    return SOURCES.get(f"{top}.*", "") if top else ""
