"""`openapi.fresh`: the generator is run aside, and what it writes is compared with what is committed."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_coordguard.guardrails.test_openapi_fresh import test_spec_is_fresh as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.facts.openapi.drift import differences
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {"get": {"tags": ["a", "b"], "responses": {"200": {"description": "all"}}}},
        "/pets/{id}": {"get": {"deprecated": True, "responses": {"200": {"description": "one"}}}},
    },
}
GENERATOR = "import pathlib, json\npathlib.Path('spec.json').write_text(json.dumps(%r, indent=2) + '\\n')\n"
OTHER = "means what the generator writes, in other bytes; "
PLAN = {"spec": ["spec.json"], "run": f"{sys.executable} generate.py"}


def text(data):
    return json.dumps(data, indent=2) + "\n"


@pytest.fixture
def fresh(tmp_path):
    """Return a repository whose description is what its generator writes."""
    (tmp_path / "generate.py").write_text(GENERATOR % SPEC)
    (tmp_path / "spec.json").write_text(text(SPEC))
    return tmp_path


def edited(root, **changes):
    (root / "spec.json").write_text(text({**SPEC, **changes}))
    return Repository(root)


def test_a_description_as_generated_is_met(fresh):
    evidence = met(check, Repository(fresh), **PLAN, bytes=True)

    assert evidence.measures[-1].value == 1
    assert evidence.remarks == []
    assert list(evidence.artefacts) == ["generated/spec.json"]


def test_each_difference_is_named_by_pointer_and_line(fresh):
    paths = {
        "/pets": {"get": {"tags": ["b", "a"], "responses": {"200": {"description": "ALL"}}}},
        "/cats": {"get": {}},
        "/pets/{id}": {"get": {"deprecated": 1, "responses": {"200": {"description": "one"}}}},
    }

    assert unmet(check, edited(fresh, paths=paths), **PLAN) == [
        "spec.json:16: #/paths/~1pets/get/responses/200/description: is 'ALL' here, and the generator writes 'all'",
        "spec.json:21: #/paths/~1cats: is here, and the generator does not write it",
        "spec.json:26: #/paths/~1pets~1{id}/get/deprecated: is 1 here, and the generator writes true",
    ]


def test_what_the_generator_adds_is_named_at_its_parent(fresh):
    assert unmet(check, edited(fresh, paths={"/pets": SPEC["paths"]["/pets"]}), **PLAN) == [
        "spec.json:7: #/paths/~1pets~1{id}: the generator writes it, and it is missing here"
    ]


def test_a_list_of_another_length_names_what_is_more(fresh):
    assert unmet(check, edited(fresh, servers=[{"url": "/"}], info={**SPEC["info"], "title": "Pets"}), **PLAN) == [
        "spec.json:32: #/servers: is here, and the generator does not write it"
    ]
    (fresh / "generate.py").write_text(GENERATOR % {**SPEC, "servers": [{"url": "/"}, {"url": "/b"}]})
    assert unmet(check, Repository(fresh), **PLAN) == [
        'spec.json:32: #/servers: has 1 items here, and 2 from the generator; only there: {"url": "/b"}'
    ]


def test_many_differences_are_counted(fresh):
    found = unmet(check, edited(fresh, **{f"x-{number}": 1 for number in range(25)}), **PLAN)

    assert (len(found), found[-1], found[0]) == (
        21,
        "spec.json:56: #/x-24: is here, and the generator does not write it",
        "spec.json: and 5 more differences",
    )


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (json.dumps(SPEC), f"1: {OTHER}the first line that differs is this one"),
        (text(SPEC) + "\n", f"33: {OTHER}it ends with other white space"),
        (text(SPEC).replace("\n", "\r\n"), f"1: {OTHER}its line ends differ"),
    ],
    ids=["one line", "blank line", "windows"],
)  # fmt: skip
def test_the_same_meaning_in_other_bytes_is_a_remark_or_a_fault(fresh, content, place):
    (fresh / "spec.json").write_bytes(content.encode())

    assert met(check, Repository(fresh), **PLAN).remarks == [f"spec.json:{place}"]
    assert unmet(check, Repository(fresh), **PLAN, bytes=True) == [f"spec.json:{place}"]


def test_the_repository_is_left_as_it_was(fresh):
    repo = edited(fresh, info={"title": "old", "version": "1"})
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in fresh.iterdir()}

    assert len(unmet(check, repo, **PLAN)) == 1
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in fresh.iterdir()} == before


def test_a_generator_that_writes_into_the_repository_is_stopped_and_undone(fresh):
    """A package that is installed from the repository finds its own folder, not the copy that it runs in."""
    repo = edited(fresh, info={"title": "old", "version": "1"})
    (fresh / "generate.py").write_text(f"import os\nos.chdir({str(fresh)!r})\n{GENERATOR % SPEC}")

    with pytest.raises(CannotJudge, match=r"wrote spec.json in the repository itself, not where it ran; it was put"):
        check(repo, Evidence(), **PLAN)
    assert "old" in (fresh / "spec.json").read_text()


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        ("import sys\nprint('no app')\nsys.exit(3)\n", "` ended with exit status 3\nno app"),
        ("print('nothing to do')\n", "` wrote none of spec.json\nnothing to do"),
        ("open('spec.json', 'w').write('{')\n", "what the generator wrote cannot be read: spec.json:1: not JSON"),
        ("import time\ntime.sleep(60)\n", "`: still running after 1 s"),
    ],
    ids=["fails", "writes nothing", "writes garbage", "does not end"],
)
def test_a_generator_that_does_not_do_its_work_is_broken(fresh, generator, said):
    (fresh / "generate.py").write_text(generator)

    with pytest.raises(CannotJudge) as told:
        check(Repository(fresh), Evidence(), **PLAN, within=1)
    assert said in str(told.value)


def test_a_stale_file_that_the_generator_leaves_alone_is_no_proof(fresh):
    """`make` finds its target up to date and does nothing: that file was not made by this run."""
    (fresh / "generate.py").write_text("import os\nassert os.path.exists('spec.json')\n")

    with pytest.raises(CannotJudge, match="wrote none of spec.json"):
        check(Repository(fresh), Evidence(), **PLAN, from_nothing=False)


def test_a_generator_may_read_what_it_writes(fresh):
    (fresh / "generate.py").write_text(
        "from pathlib import Path\nfile = Path('spec.json')\nfile.write_text(file.read_text())\n"
    )

    met(check, Repository(fresh), **PLAN, from_nothing=False)


def test_files_that_only_one_side_has_are_faults(fresh):
    (fresh / "old.json").write_text("{}")
    (fresh / "generate.py").write_text((GENERATOR % SPEC) + "pathlib.Path('new.json').write_text('{}')\n")

    assert unmet(check, Repository(fresh), spec=["*.json"], run=PLAN["run"]) == [
        "new.json: the generator writes it, and it is not in the repository",
        "old.json: the generator does not write it",
    ]


def test_places_may_be_left_out_as_long_as_they_are_there(fresh):
    repo = edited(fresh, info={"title": "Pets", "version": "2"})

    met(check, repo, **PLAN, ignore=["#/info/version"])
    assert unmet(check, repo, **PLAN, ignore=["#/info/version", "#/x-made"]) == [
        "ignore: #/x-made is in none of the files"
    ]
    with pytest.raises(CannotJudge, match=r"^ignore: 'info' is no JSON pointer; meant: #/info/version$"):
        check(repo, Evidence(), **PLAN, ignore=["info"])


def test_what_git_ignores_can_be_brought_along(fresh):
    (fresh / "tool").mkdir()
    (fresh / "tool" / "there.txt").write_text("x")
    (fresh / ".gitignore").write_text("tool/\n")
    (fresh / "generate.py").write_text("open('tool/there.txt')\n" + GENERATOR % SPEC)

    met(check, Repository(fresh), **PLAN, needs=["tool"])
    with pytest.raises(CannotJudge, match=r"^needs: no gone in the repository$"):
        check(Repository(fresh), Evidence(), **PLAN, needs=["gone"])


def test_no_file_is_nothing_looked_at(fresh):
    for spec, said in ((["gone.json"], "spec: no such file: gone.json"), ([], "spec: no such file: none is named")):
        with pytest.raises(Vacuous) as told:
            check(Repository(fresh), Evidence(), spec=spec, run="true")
        assert str(told.value) == said


def test_every_violation_is_seen(fresh):
    repo = Repository(fresh)

    assert planted(check, repo, **PLAN, bytes=True) == {
        "edited-by-hand": ["spec.json:4: #/info/title: is 'planted' here, and the generator writes 'Pets'"],
        "operation-lost": ["spec.json:7: #/paths/~1pets~1{id}: the generator writes it, and it is missing here"],
        "other-bytes": [f"spec.json:33: {OTHER}it ends with other white space"],
    }
    assert planted(check, repo, **PLAN)["other-bytes"] == "cannot be planted: the plan lets bytes differ"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_two_documents_differ_or_are_the_same_data(one, other):
    """Nothing is found in what JSON holds to be equal, and something in all else."""
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert bool(list(differences({"a": one}, {"a": other}))) is not alike
    assert list(differences(one, json.loads(json.dumps(one)))) == []


@given(st.permutations(["a", "b", "c"]))
def test_lists_whose_order_means_nothing_may_be_reordered(names):
    assert list(differences({"required": ["a", "b", "c"]}, {"required": names})) == []
    assert bool(list(differences({"oneOf": ["a", "b", "c"]}, {"oneOf": names}))) is (names != ["a", "b", "c"])
