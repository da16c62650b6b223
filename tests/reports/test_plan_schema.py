"""An editor and the plan reader must agree: what one underlines the other refuses, and nothing else."""

import json
import sys
from pathlib import Path

import jsonschema
import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.reports.plan_schema import plan_schema, plan_schema_text
from pytest_coordguard.suite import suite

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
from plan_samples import CHECKS  # noqa: E402
from regenerate_schema import FILE  # noqa: E402

VALIDATOR = jsonschema_rs.validator_for(plan_schema(CHECKS), validate_formats=True)


def accepted_by_reader(document):
    """Tell whether the reader finds no fault of the kind that a schema can tell (see LEFT_OUT for the others)."""
    try:
        read_plan(json.dumps(document, ensure_ascii=False).encode(), "p", CHECKS)
    except PlanError as error:
        return all(finding.rule == "plan.reference" for finding in error.findings)
    return True


def words(text):
    """Return the words of a text; a list of so many quotes would be hard to read."""
    return text.split()


# Signs that mean something somewhere in a plan. What YAML 1.1 folds or refuses inside quotes is no part of it.
TEXT = st.text("aZ09 ./\\-_:~*[]{}#'\"\n\té≤☑", max_size=6)
ANY = st.sampled_from([
    None, True, False, 0, 1, 2, -1, 7.5, -0.5, [], {}, ["a"], [1], [None], {"a": 1},
    *words("A-1 1 a CC-5 CC-5/valid nightly preaudit skip yes 1e3 high LOW Critical closed strict 3.1 openapi.valid"),
    *words("20m 2-3h 1.5h 24 3d 90s 2026-12-31 2026-02-30 m:app http://x /ready main -x demo.types"),
    *words(r"../x /x ~x a/../b a/.. ..a/b docs/ C:/x a\b t.py::a t.py::a[../x\] a/..::b :: a::"),
    "", " ", "a b", "a\nb", "a\n",
])  # fmt: skip
VALUE = ANY | TEXT | st.lists(ANY | TEXT, max_size=2) | st.dictionaries(TEXT, ANY, max_size=2)


def record(required, **keys):
    """Return mappings that are nearly right: a key may be left out, hold anything, or have an unknown one beside it."""
    good = st.fixed_dictionaries(
        {key: keys[key] for key in required},
        optional={key: value for key, value in keys.items() if key not in required},
    )
    changed = st.tuples(good, st.sampled_from([*keys, "other"]), VALUE).map(lambda made: {**made[0], made[1]: made[2]})
    lacking = st.tuples(good, st.sampled_from(list(keys))).map(
        lambda made: {k: v for k, v in made[0].items() if k != made[1]}
    )
    return st.integers(0, 9).flatmap(lambda n: changed if n == 8 else lacking if n == 9 else good)


SLUG, ID = st.sampled_from(["valid", "a-b", "1"]), st.sampled_from(["CC-5", "1", "A", "E402-1"])
PATHS = st.sampled_from(["docs/", ["a.md", "**/*.py"], [], "."])
GATES = st.sampled_from([["preaudit"], "review_gate", ["nightly"]])
TESTS_OF = st.sampled_from(["t.py", ["t.py::a[x\\y]"]])
OWN = {"text": st.sampled_from(["It holds", "a\nb", 7, True]), "gates": GATES, "tests": TESTS_OF}
CRITERION = st.one_of(
    record(["text"], **OWN),
    record(
        ["text", "check", "spec"],
        check=st.just("openapi.valid"),
        spec=st.just("a.json"),
        at_most=st.integers(-1, 3),
        **OWN,
    ),
    record(
        ["text", "check"],
        check=st.just("demo.types"),
        word=TEXT,
        count=VALUE,
        share=st.sampled_from([7, 7.5, -1]),
        flag=st.booleans(),
        file=st.just("a"),
        paths=PATHS,
        limit=st.just("20m"),
        mode=st.sampled_from(["strict", "permissive"]),
        version=st.sampled_from(["3.0", 3.1, None]),
        level=st.sampled_from([1, 2, 1.0]),
        numbers=st.lists(st.integers(0, 9)),
        table=st.dictionaries(TEXT, st.integers(0, 9), max_size=2),
        maybe=VALUE,
        either=VALUE,
        other=VALUE,
        **OWN,
    ),
)
TASK = record(
    ["title"],
    title=st.sampled_from(["Parity", 404, "é\nb"]),
    group=ID,
    owner=st.just("codex"),
    reviewer=st.just("ann"),
    priority=st.sampled_from(["low", "HIGH"]),
    risk=st.sampled_from(["Low", "high"]),
    estimate=st.sampled_from(["2h", "2-3h"]),
    depends_on=st.sampled_from([["1"], "A", [1, 2.5], []]),
    files=PATHS,
    branch=st.just("task/1"),
    critical_review=st.booleans(),
    accept=st.dictionaries(SLUG, CRITERION, max_size=2),
)
WAIVER = record(
    ["criterion", "reason", "owner", "until"],
    criterion=st.just("A/valid"),
    reason=st.just("old"),
    owner=st.just("ann"),
    until=st.just("2026-12-31"),
)
PLAN = record(
    ["version", "tasks"],
    version=st.sampled_from([1, 1.0]),
    project=TEXT,
    groups=st.dictionaries(ID, st.just("Top"), max_size=2),
    gates=st.just(["nightly"]),
    reports=record([], checklist=st.just("a.md"), status=st.just("b"), dashboard=st.just("c"), audits=st.just("d/")),
    critical=record([], paths=PATHS, reviewers=st.just(["ann"]), within=st.just("24h")),
    service=record([], asgi=st.just("m.n:app"), serve=st.just("run"), url=st.just("https://x"), ready=st.just("/")),
    soak=record(
        [],
        repository=st.just("a/b"),
        title=TEXT,
        prometheus=st.just("https://x"),
        panels=st.dictionaries(TEXT, st.just("http://x/?a={from}"), max_size=2),
        labels=st.just(["slo"]),
        comment_every=st.just("6h"),
        on_recovery=st.just("close"),
        unverified=st.just("issue"),
    ),
    runner=record(
        [],
        python=st.just("python3.9"),
        args=st.just(["-q"]),
        env=st.dictionaries(st.sampled_from(["A", "b c"]), VALUE, max_size=2),
        timeout=st.just("9m"),
        flaky=st.just("open"),
    ),
    tests=TESTS_OF,
    guardrails=PATHS,
    base=st.just("origin/main"),
    waivers=st.lists(WAIVER, max_size=2),
    retired=st.lists(record(["criterion", "reason"], criterion=st.just("A/b"), reason=st.just("r")), max_size=2),
    tasks=st.dictionaries(ID, TASK, max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(PLAN)
def test_the_schema_accepts_what_the_reader_accepts(document):
    """One shape makes both, and this is what shows it; a plan that an editor likes and a run refuses helps no one."""
    assert VALIDATOR.is_valid(document) == accepted_by_reader(document)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["files", "depends_on", "estimate", "branch", "title"]), VALUE)
def test_schema_and_reader_agree_on_each_value(key, value):
    """One value at a time, so that no other fault hides a difference."""
    document = {"version": 1, "tasks": {"A": {"title": "a", key: value}}}

    assert VALIDATOR.is_valid(document) == accepted_by_reader(document)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CHECKS["demo.types"].parameters)), VALUE)
def test_schema_and_reader_agree_on_each_parameter(name, value):
    """The parameters of a guardrail are its own; their types are all that the two have to go by."""
    criterion = {"text": "x", "check": "demo.types", name: value}
    document = {"version": 1, "tasks": {"A": {"title": "a", "accept": {"b": criterion}}}}

    assert VALIDATOR.is_valid(document) == accepted_by_reader(document)


def test_the_schema_is_a_schema():
    """Draft 2020-12, as editors know it."""
    jsonschema.Draft202012Validator.check_schema(plan_schema(CHECKS))


def test_the_schema_that_ships_is_of_the_suite():
    """After a guardrail was added: python tests/regenerate_schema.py."""
    assert FILE.read_text("utf-8") == plan_schema_text({name: entry.signature for name, entry in suite().items()})


def test_each_check_is_described():
    """An editor shows what a check promises and what to do when it is unmet."""
    signatures = [entry.signature for entry in suite().values()]

    assert [signature.check for signature in signatures if not (signature.doc and signature.remedy)] == []
