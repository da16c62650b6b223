"""A criterion's words become a check only where they, and the files that are there, leave one reading."""

import pytest

from pytest_coordguard.domain.draft import DraftCriterion, DraftTask
from pytest_coordguard.facts.guess import TO_DO, guess, with_guesses
from pytest_coordguard.facts.survey import Survey

FILES = ["docs/api.json", "configs/policies.dev.yaml", "scripts/smoke.sh", "app/a.py", "tests/unit/test_a.py"]
SURVEY = Survey(
    files=frozenset(FILES),
    folders=frozenset(
        ["docs", "configs", "scripts", "app", "legacy", "tests", "tests/unit", "tests/smoke", "tests/fixtures"]
    ),
    project="x",
    packages=("app", "legacy"),
    specs=("docs/api.json",),
    imported=frozenset(["gone"]),
    tests=("tests",),
    make_targets=frozenset(["smoke", "test-tier1", "compat"]),
)


@pytest.mark.parametrize(
    "text, check, parameters",
    [
        ("Spec validates without errors", "openapi.valid", {"spec": "docs/api.json"}),
        ("Validate spec: `openapi-spec-validator docs/api.json`", "openapi.valid", {"spec": "docs/api.json"}),
        ("Validate spec: `openapi-spec-validator docs/new.json`", "openapi.valid", {"spec": "docs/new.json"}),
        ("Check header parity (both RL header families present)", "openapi.headers", {"spec": "docs/api.json"}),
        ("Rate-limit headers on every response", "openapi.headers", {"spec": "docs/api.json"}),
        ("No `legacy/` imports in `app/`", "imports.lanes", {"lane": ["app/"], "forbid": ["legacy"]}),
        ("No `gone/` imports in `app/`", "imports.lanes", {"lane": ["app/"], "forbid": ["gone"]}),
        ("no legacy imports in app", "imports.lanes", {"lane": ["app/"], "forbid": ["legacy"]}),
        ("Coverage ≥75% (or documented waivers)", "coverage.minimum", {"minimum": 75}),
        ("at least 82.5 % line coverage", "coverage.minimum", {"minimum": 82.5}),
        ("No production secrets in fixtures", "secrets.absent", {"paths": ["tests/fixtures/"]}),
        (
            '`policies.dev.yaml` clearly labeled "NOT for production"',
            "docs.mention",
            {"files": ["configs/policies.dev.yaml"], "says": ["NOT for production"]},
        ),
        ("All tier-1 tests pass", "command.succeeds", {"run": "make test-tier1"}),
        (
            "Run smoke: `make smoke && make compat`",
            "command.succeeds",
            {"run": "make smoke && make compat", "shell": True},
        ),
        ("Run smoke: `bash scripts/smoke.sh`", "command.succeeds", {"run": "bash scripts/smoke.sh"}),
        ("Confirm `compat` is green", "command.succeeds", {"run": "make compat"}),
        ("Checklist committed to `docs/CHECK.md`", "files.exist", {"files": ["docs/CHECK.md"]}),
        ("`docs/BOARD.md` - shows progress", "files.exist", {"files": ["docs/BOARD.md"]}),
    ],
)
def test_clear_words_name_their_check(text, check, parameters):
    """Each of these says one thing, and what it speaks of is there."""
    found = guess(text, (), SURVEY)

    assert (found.check, dict(found.parameters)) == (check, parameters)


@pytest.mark.parametrize(
    "text",
    [
        "Documentation updated",
        "Artifacts saved in `docs/`",
        "Headers match OpenAI envelope structure",
        "Streaming rate-limit headers at SSE start",
        "No secrets in logs",
        "Run `make smoke` and save to `docs/x.md`",
        "Run gone: `make gone`",
        "Run pipe: `make smoke | tee x`",
        "Coverage does not drop below 75%",
        "Smoke tests pass in both modes",
        "Facade smoke tests pass",
        "Check links: `linkcheck docs/BOARD.md`",
        "No candidate imports in app",
        "Lane boundaries respected",
        "All checklist items verified",
        "README mentions `setup`",
        "",
    ],
)
def test_what_is_not_certain_stays_unclaimed(text):
    """A wrong guess would tick a criterion for something that it does not say."""
    found = guess(text, (), SURVEY)

    assert (found.check, found.tests) == (None, ())


def test_tests_that_have_the_name_are_the_claim():
    """`tests/smoke` is what a reader takes "smoke tests" for."""
    assert guess("Smoke tests pass", (), SURVEY).parameters == {"select": ["tests/smoke"]}


def test_an_unclaimed_criterion_says_what_to_do():
    """Whoever finishes the plan sees the work above each criterion that needs it."""
    task = DraftTask("A", "a", criteria=(DraftCriterion("x", "Docs updated"), DraftCriterion("y", "Spec is valid")))

    assert [one.comment for one in with_guesses(task, SURVEY).criteria] == [TO_DO, ""]


def test_a_second_description_makes_the_guess_uncertain():
    """With two descriptions "the spec" may be either; the note names both."""
    two = Survey(frozenset(), frozenset(), "x", (), specs=("a.json", "b.json"))

    assert guess("Spec validates", (), two).note == "To do: `check: openapi.valid` with `spec:` one of a.json, b.json."
