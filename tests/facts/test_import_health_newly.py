"""What a change breaks is found by looking at a part of the files: the same as by looking at all, twice."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_coordguard.facts.change import ChangedFile
from pytest_coordguard.facts.import_health.cycles import cycles
from pytest_coordguard.facts.import_health.floor import Floor
from pytest_coordguard.facts.import_health.health import Health, Scope, fault
from pytest_coordguard.facts.import_health.newly import Newly
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.repository import Repository

FLOOR = Floor(9, "")
PATHS = st.sampled_from([
    "app/__init__.py", "app/a.py", "app/b.py", "app/deep/__init__.py", "app/deep/c.py", "lib/d.py", "conftest.py",
    "tests/conftest.py", "tests/test_a.py", "src/tool/__init__.py", "src/tool/e.py", "pyproject.toml",
])  # fmt: skip
LINES = st.sampled_from([
    "import app.a", "from app import a", "from app import one", "from app.a import one", "from app.a import *",
    "from .a import one", "from . import b", "from . import one", "from .deep import c, one", "from .deep.c import *",
    "from .. import a", "import lib.d", "import lib.gone", "from lib.d import two", "import tool.e",
    "from tool import *", "from app.b import one", "from .b import *", "one = 1", "two = 1",
    "def one(): import app.deep.c",
    "def __getattr__(name): ...", "import sys\nsys.modules['lib.gone'] = 1", "import sys\nsys.path.insert(0, 'lib')",
    "import d", "import test_a", "def broken(:", "try:\n    import app.a\nexcept ImportError:\n    pass",
    "import sys\nsys.meta_path.insert(0, one)", "__path__ = []",
    "'b', 'app.a'",
])  # fmt: skip
TEXTS = st.lists(LINES, max_size=4).map(lambda lines: "\n".join([*lines, ""]).encode())
FILES = st.dictionaries(PATHS, TEXTS, max_size=9)
KINDS = ("syntax", "unresolved", "optional", "cycle", "work")


@given(FILES, st.dictionaries(PATHS, st.none() | TEXTS, min_size=1, max_size=4))
@example(
    {"app/a.py": b"one = 1\n", "app/b.py": b"from .a import *\n", "lib/d.py": b"from app.b import one\n"},
    {"app/a.py": b""},
)
@example({"lib/d.py": b"", "app/a.py": b"import lib.gone\n"}, {"app/b.py": b"import lib.d\n"})
@example(
    {"pyproject.toml": b"made = ['b']\n", "app/b.py": b"", "conftest.py": b"from .b import one\n"},
    {"pyproject.toml": None},
)
def test_a_change_is_judged_by_what_it_may_break_as_it_is_by_everything(before, step):
    base = Repository(EMPTY).with_changes(before)
    after = {path: content for path, content in {**before, **step}.items() if content is not None}
    repo = Repository(EMPTY).with_changes(after)
    changed = [
        ChangedFile(path, path if path in before else None, deleted=path not in after)
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]

    narrow = Newly(repo, base, FLOOR, Scope(), changed)

    assert {kind: sorted(narrow.of(kind)) for kind in KINDS} == whole(repo, base)


def whole(repo, base):
    """Return what all of the files have now, and had not."""
    before = Health(Survey(base, FLOOR), Scope())
    now = Health(Survey(repo, FLOOR), Scope(), (), before)
    old = {(a, b) for a, targets in before.edges.items() for b in targets}
    found = {kind: [each for each in now.of(kind) if key(each) not in set(map(key, before.of(kind)))] for kind in KINDS}
    found["cycle"] = [fault(each) for each in cycles(now.edges) if each.edges - old]
    return {kind: sorted(faults) for kind, faults in found.items()}


def key(each):
    return each.path, each.target, each.message if each.kind == "work" else ""


@pytest.fixture(autouse=True, scope="module")
def _empty_folder(tmp_path_factory):
    global EMPTY  # noqa: PLW0603  Hypothesis allows no fixture that is made anew for each test
    EMPTY = tmp_path_factory.mktemp("empty")


def test_a_file_that_mentions_nothing_of_the_change_is_not_parsed(tmp_path):
    """A push of a few files is judged in a moment, in a repository of thousands."""
    files = {f"app/m{number}.py": b"import os\n" for number in range(50)} | {
        "app/__init__.py": b"",
        "app/a.py": b"one = 1\n",
    }
    base = Repository(tmp_path).with_changes(files)
    changed = [ChangedFile("app/a.py", "app/a.py")]

    found = Newly(base.with_changes({"app/a.py": b"two = 1\n"}), base, FLOOR, Scope(), changed)

    assert [found.of(kind) for kind in KINDS] == [[]] * len(KINDS)
    assert found.now.files == ("app/a.py",)
