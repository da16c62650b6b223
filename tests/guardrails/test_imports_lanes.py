"""What `imports.lanes` says of each disguise, and of what only looks like one."""

import json
import subprocess
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_imports import LISTED, RULE, capped
from pytest_coordguard.guardrails.test_imports import test_imports_lanes as imports_lanes

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.allowed import Exceptions
from pytest_coordguard.facts.repository import Repository

SAMPLES = Path(__file__).parents[1] / "samples" / "imports.lanes"
FORBIDDEN = {"candidate/__init__.py": b"", "candidate/core.py": b"Thing = 1\n"}


def samples(kind):
    folders = sorted(folder for folder in (SAMPLES / kind).iterdir() if folder.is_dir())
    return [pytest.param(folder, id=folder.name) for folder in folders]


def judged(root, evidence=None, changes=FORBIDDEN, **options):
    given = {"lane": ["app"], "forbid": ["candidate"], **options}
    imports_lanes(Repository(root).with_changes(changes), evidence or Evidence(), **given)


def options_of(folder):
    file = folder / "options.json"
    return json.loads(file.read_text()) if file.exists() else {}


@pytest.mark.parametrize("folder", samples("bad"))
def test_a_disguise_is_seen(folder):
    """Each folder holds one way to import the forbidden package, and the lines that the guardrail must say of it."""
    with pytest.raises(Unmet) as unmet:
        judged(folder, **options_of(folder))

    assert str(unmet.value) == (folder / "expected.txt").read_text().rstrip("\n")


@pytest.mark.parametrize("folder", samples("good"))
def test_what_only_looks_like_a_crossing_stays_silent(folder):
    """A gate that is red for honest work is switched off."""
    judged(folder, **options_of(folder))


def test_a_lane_that_does_not_exist_is_no_clean_lane(tmp_path):
    """A lane that was renamed must not turn the criterion green; the sentence names what it may be called now."""
    with pytest.raises(Vacuous) as vacuous:
        judged(tmp_path, changes={**FORBIDDEN, "App/x.py": b"import json\n"})

    assert str(vacuous.value) == "lane 'app' holds no Python file to examine (there is 'App')"


def test_each_lane_must_hold_something(tmp_path):
    """One lane of three with a typing error would be dropped without a word otherwise."""
    with pytest.raises(Vacuous, match="lane 'core' holds no Python file"):
        judged(tmp_path, changes={**FORBIDDEN, "app/x.py": b"", "core/read.me": b""}, lane=["app", "core"])


def test_a_forbidden_package_that_no_one_knows_is_no_rule(tmp_path):
    """`candidate` was renamed to `candidates2`, and nothing could ever cross into `candidate` again."""
    with pytest.raises(Vacuous) as vacuous:
        judged(tmp_path, changes={"app/x.py": b"", "candidates2/x.py": b""})

    assert str(vacuous.value) == (
        "nothing that is forbidden exists: no folder and no importer of 'candidate' (there is 'candidates2')"
    )


def test_one_alias_that_exists_is_enough_and_the_others_are_named(tmp_path):
    evidence = Evidence()

    judged(tmp_path, evidence, {"app/x.py": b"", "labs/x.py": b""}, forbid=["candidate", "labs"])

    assert evidence.remarks == ["forbidden 'candidate' has neither a folder nor an importer here"]


@pytest.mark.parametrize("forbid", ["requests", "subprocess"])
def test_a_package_from_elsewhere_can_be_forbidden(tmp_path, forbid):
    """It has no folder here: that someone imports it shows that its name is right."""
    judged(tmp_path, changes={"app/x.py": b"", "cli.py": b"import requests\n"}, forbid=[forbid])


def test_findings_come_before_vacuity(tmp_path):
    """Who has a crossing and a missing lane wants to see the crossing."""
    with pytest.raises(Unmet):
        judged(tmp_path, changes={"app/x.py": b"import candidate"}, lane=["app", "core"])


def test_a_file_that_cannot_be_read_is_not_taken_for_a_clean_one(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/x.py").symlink_to("/etc/hostname")

    with pytest.raises(CannotJudge, match=r"lane files that cannot be read: app/x\.py: leads out of the repository"):
        judged(tmp_path)


def test_a_dangling_link_is_told_and_tolerated(tmp_path):
    """Other engines stop at one and report nothing of the lane."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/gone.py").symlink_to("nowhere.py")
    evidence = Evidence()

    judged(tmp_path, evidence, {**FORBIDDEN, "app/x.py": b""})

    assert evidence.remarks == [
        "examined all the same, though it does not compile: app/gone.py: a link that leads nowhere"
    ]


@pytest.mark.parametrize("name", ["thing.py", "folder"])
def test_a_link_into_the_forbidden_folder_is_a_crossing(tmp_path, name):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "candidate").mkdir()
    (tmp_path / "candidate/core.py").write_text("")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/x.py").write_text("")
    aim = "core.py" if name == "thing.py" else ""
    (tmp_path / "app" / name).symlink_to(f"../candidate/{aim}")

    with pytest.raises(Unmet, match=f"^app/{name}: leads to 'candidate"):
        judged(tmp_path, changes={})


def test_the_evidence_says_how_much_was_examined(tmp_path):
    evidence = Evidence()
    text = b"import importlib, sys, tools\nimportlib.import_module(sys.argv[1])\n"

    judged(tmp_path, evidence, {**FORBIDDEN, "app/x.py": text, "app/y.py": b"x = = 1", "tools.py": b""})

    assert {measure.name: measure.value for measure in evidence.measures} == {
        "lane files examined": 2,
        "modules outside the lanes walked through": 1,
        "lane files that do not compile": 1,
        "imports named only at run time": 1,
        "crossings": 0,
    }
    assert evidence.remarks == [
        "examined all the same, though it does not compile: app/y.py: invalid syntax (line 1)",
        "imports a name known only at run time: app/x.py:2",
    ]


def test_what_only_warns_is_remarked(tmp_path):
    evidence = Evidence()
    changes = {**FORBIDDEN, "app/x.py": b"import tools\nNAME = 'candidate.core'\n", "tools.py": b"import candidate\n"}

    judged(tmp_path, evidence, changes, through="warn")

    crossing = "app/x.py:2: names 'candidate.core' (string: a text), which 'app' must not reach"
    chain = "app/x.py:1: imports 'tools', which reaches 'candidate' through tools.py:1"
    assert evidence.remarks == [
        f"string mentions of what is forbidden: {crossing}",
        f"lines that reach it through other modules: {chain}",
    ]


def test_a_long_list_of_chains_is_cut_and_counted():
    """One bad `__init__` turns hundreds of lines into findings."""
    chains = [Finding("app/x.py", line, "imports") for line in range(1, LISTED + 8)]

    assert [str(finding) for finding in capped(chains)[-2:]] == [
        f"app/x.py:{LISTED}: imports",
        "7 more lines reach a forbidden package through other modules",
    ]


def test_an_exception_needs_a_reason():
    exceptions = Exceptions({"app:candidate": " "}, RULE)
    exceptions.cover("app/x.py", "candidate.core")

    assert [str(fault) for fault in exceptions.faults()] == ["allow 'app:candidate' gives no reason"]


def test_the_lane_may_hold_the_forbidden_folder(tmp_path):
    """`app/next` may use itself; the rest of `app` may not use it."""
    changes = {"app/next/__init__.py": b"from . import core\n", "app/next/core.py": b"", "app/x.py": b""}
    judged(tmp_path, changes=changes, forbid=["app/next"])

    with pytest.raises(Unmet, match=r"^app/x\.py:1: imports 'app\.next'"):
        judged(tmp_path, changes={**changes, "app/x.py": b"from app import next\n"}, forbid=["app/next"])


def test_a_forbidden_project_is_known_by_the_names_it_installs(tmp_path):
    """In a repository of several projects the folder is called otherwise than the package."""
    changes = {
        "libs/next-gen/pyproject.toml": b"",
        "libs/next-gen/src/nextgen/__init__.py": b"",
        "app/x.py": b"import nextgen.x",
    }

    with pytest.raises(Unmet, match=r"^app/x\.py:1: imports 'nextgen\.x'"):
        judged(tmp_path, changes=changes, forbid=["libs/next-gen"])


@pytest.mark.parametrize("planted", described(imports_lanes).violations, ids=lambda violation: violation.name)
def test_each_violation_turns_a_clean_repository_red(tmp_path, planted):
    """A gate that cannot fail is none."""
    repo = Repository(tmp_path).with_changes({**FORBIDDEN, "app/__init__.py": b""})
    options = {"lane": ["app"], "forbid": ["candidate"]}
    imports_lanes(repo, Evidence(), **options)

    with pytest.raises(Unmet):
        imports_lanes(repo.with_changes(planted.changes(repo=repo, **options)), Evidence(), **options)


def test_a_violation_without_a_place_says_so(tmp_path):
    plant = described(imports_lanes).violations[0].plant

    with pytest.raises(CannotPlant, match="no lane is a folder with Python files"):
        plant(Repository(tmp_path), lane=["app"], forbid=["candidate"])
