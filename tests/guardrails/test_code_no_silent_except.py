"""`code.no_silent_except`: who catches everything tells somebody."""

import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_code import test_no_exception_is_swallowed as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "code.no_silent_except"
PLAN = {"paths": ["code.py"]}
HANDLER = "try:\n    work()\nexcept Exception:\n    {}\n"


@pytest.mark.parametrize("folder", sorted((SAMPLES / "good").iterdir()), ids=lambda folder: folder.name)
def test_good_samples_are_met(folder):
    assert met(check, Repository(folder), **PLAN).measures[1].value >= 1


@pytest.mark.parametrize("folder", sorted((SAMPLES / "bad").iterdir()), ids=lambda folder: folder.name)
def test_bad_samples_are_unmet(folder):
    assert unmet(check, Repository(folder), **PLAN) == (folder / "expected.txt").read_text().splitlines()


def repository(folder, text):
    (folder / "code.py").write_text(text)
    return Repository(folder)


@pytest.mark.parametrize(
    "body",
    ["assert False", "print('failed', url)", "sys.exit(3)", "counter.inc()", "failed = True", "self.last_error += 1",
     "sentry_sdk.capture_message('x')", "traceback.print_exc()", "return_value = Err()", "pytest.skip('no')",
     "log.error('x', extra={'url': url})", "log_event(url)"],
)  # fmt: skip
def test_what_tells_somebody_is_no_silence(tmp_path, body):
    met(check, repository(tmp_path, HANDLER.format(body)), **PLAN)


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "'a note'",
        "x = None",
        "cache.clear()",
        "print('failed')",
        "time.sleep(1)",
        "login(url)",
        "answer = 'unknown'",
    ],
)
def test_what_tells_nobody_is_silence(tmp_path, body):
    assert len(unmet(check, repository(tmp_path, HANDLER.format(body)), **PLAN)) == 1


def test_a_narrow_handler_may_be_asked_for_its_reason(tmp_path):
    text = (
        "try:\n    work()\nexcept KeyError:\n    pass  # noqa: S110\n"
        "try:\n    work()\nexcept KeyError:  # gone meanwhile\n    pass\n"
        "try:\n    work()\nexcept KeyError:\n    x = 1\n"
    )
    repo = repository(tmp_path, text)

    met(check, repo, **PLAN)
    assert unmet(check, repo, **PLAN, narrow="comment") == ["code.py:3: except KeyError: does nothing"]
    assert unmet(check, repo, **PLAN, narrow="fail") == [
        "code.py:3: except KeyError: does nothing",
        "code.py:7: except KeyError: does nothing",
    ]


def test_a_broad_handler_needs_more_than_a_comment(tmp_path):
    repo = repository(tmp_path, "try:\n    work()\nexcept Exception:\n    # never mind\n    pass\n")

    assert unmet(check, repo, **PLAN) == ["code.py:3: except Exception: does nothing"]


def test_an_exception_is_named_by_function_and_used(tmp_path):
    repo = repository(tmp_path, "def probe():\n    try:\n        work()\n    except Exception:\n        return False\n")

    met(check, repo, **PLAN, allow={"code.py:probe": "a probe answers yes or no"})
    met(check, repo, **PLAN, allow={"code.py": "old"})
    assert unmet(check, repo, **PLAN, allow={"code.py:other": "?"}) == [
        "code.py:4: except Exception: returns False and tells nobody (in probe)",
        "allow: 'code.py:other' excuses nothing",
    ]


def test_files_can_be_left_out(tmp_path):
    repo = repository(tmp_path, HANDLER.format("pass"))
    (tmp_path / "fine.py").write_text("x = 1\n")

    assert met(check, Repository(tmp_path), paths=["."], exclude=["code.py"]).measures[0].value == 1
    with pytest.raises(Vacuous, match=r"^no Python file in docs$"):
        check(repo=repo, evidence=Evidence(), paths=["docs"])


def test_every_violation_is_seen(tmp_path):
    where = "(in coordguard_planted_here)"
    nothing = "neither the exception nor exc_info nor a value"

    assert planted(check, repository(tmp_path, "x = 1\n"), **PLAN) == {
        "except-pass": [f"code.py:6: except: does nothing {where}"],
        "default-returned": [f"code.py:6: except Exception: returns [] and tells nobody {where}"],
        "logged-without-context": [f"code.py:6: except Exception: log.warning(…) gives no context: {nothing} {where}"],
        "suppressed": [f"code.py:6: suppress(Exception) {where}"],
    }
