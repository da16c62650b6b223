"""A survey of a repository, made a plan that can run at once. Only what is there is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_coordguard.domain.draft import DraftCriterion, DraftPlan, DraftTask, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.lanes_of_contracts import lane_criteria
from pytest_coordguard.facts.survey import Survey

_MOST_SPECS = 12  # more are samples rather than promises; a person picks
_MOST_TEST_FOLDERS = 3
_SECRETS = DraftCriterion("no-secrets", "No file holds a secret", "secrets.absent")
_HEAD = """What {project} promises, as a first proposal. Each criterion becomes a test: coordguard run preaudit
Take out what you do not promise, add what you do. An id (AUDIT-1/…) is for ever; its words may change."""


def draft_from(survey: Survey) -> tuple[DraftPlan, list[Finding]]:
    """Return a plan that holds whatever this repository has something to check for, and what was left out of it."""
    lanes, remarks = lane_criteria(survey)
    groups = [
        ("Nothing secret is committed", "critical", [_SECRETS]),
        ("The documents are there", "low", _documents(survey)),
        ("Imports keep to their lanes", "high", lanes),
        ("The API descriptions are sound", "high", _specs(survey, remarks)),
        ("The tests pass", "high", _tests(survey, remarks)),
    ]
    asked = [group for group in groups if group[2]]
    tasks = [
        DraftTask(f"AUDIT-{number}", title, priority=priority, criteria=tuple(criteria))
        for number, (title, priority, criteria) in enumerate(asked, 1)
    ]
    plan = DraftPlan(
        tuple(tasks),
        project=survey.project,
        critical_paths=survey.critical_paths,
        reviewers=survey.reviewers,
        asgi=survey.asgi[0] if survey.asgi else "",
        comment=_HEAD.format(project=survey.project),
    )
    return plan, [*survey.remarks, *remarks]


def _documents(survey: Survey) -> list[DraftCriterion]:
    if not survey.documents:
        return []
    names = list(survey.documents)
    return [DraftCriterion("documents-exist", "A reader finds what to start from", "files.exist", {"files": names})]


def _specs(survey: Survey, remarks: list[Finding]) -> list[DraftCriterion]:
    found: list[DraftCriterion] = []
    for path in survey.specs[:_MOST_SPECS]:
        name = slug(re.sub(r"\W+", " ", f"{path} valid"), [one.slug for one in found])
        found.append(DraftCriterion(name, f"{path} validates", "openapi.valid", {"spec": path}))
    if rest := survey.specs[_MOST_SPECS:]:
        remarks.append(Finding(rest[0], 0, f"{len(rest)} more API descriptions are left out", "specs"))
    return found


def _tests(survey: Survey, remarks: list[Finding]) -> list[DraftCriterion]:
    folders = _worth_running(survey.tests)
    if not folders:
        return _make_test(survey)
    left_out = [path for path in survey.tests if path not in folders]
    if left_out:
        remarks.append(Finding(left_out[0], 0, f"{len(left_out)} more folders of tests are left out", "tests"))
    passing = DraftCriterion("tests-pass", "The repository's own tests pass", "tests.pass", {"select": list(folders)})
    return [passing, *_coverage(survey, folders)]


def _make_test(survey: Survey) -> list[DraftCriterion]:
    if "test" not in survey.make_targets:
        return []
    return [DraftCriterion("tests-pass", "The repository's own tests pass", "command.succeeds", {"run": "make test"})]


def _worth_running(folders: Iterable[str]) -> list[str]:
    """The tests of the whole repository where it has such, else those of its parts."""
    every = list(folders)
    whole = [path for path in every if "/" not in path]
    return (whole or every)[:_MOST_TEST_FOLDERS]


def _coverage(survey: Survey, folders: list[str]) -> list[DraftCriterion]:
    if not survey.coverage.there:
        return []
    minimum = survey.coverage.minimum
    # without settings of its own, coverage.py counts the tests with the code
    source = f"--source {','.join(survey.packages)} " if survey.packages and not survey.coverage.scoped else ""
    run = f"python -m coverage run {source}-m pytest {' '.join(folders)}"
    note = "Runs the tests once more, under coverage. Where CI leaves a report, name it as `report` in place of `run`."
    if minimum is None:
        note += "\nNo minimum is set in this repository: 75 is a proposal."
    return [
        DraftCriterion(
            "coverage-reached",
            f"Coverage is at least {minimum or 75:g} %",
            "coverage.minimum",
            {"minimum": minimum or 75, "run": run},
            comment=note,
        )
    ]
