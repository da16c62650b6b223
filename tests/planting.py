"""Plants each fault of a guardrail and hands back what it said."""

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet
from pytest_coordguard.domain.guardrail import CannotPlant, described


def met(check, repo, **plan):
    """Return the evidence of a criterion that holds."""
    evidence = Evidence()
    check(repo=repo, evidence=evidence, **plan)
    return evidence


def unmet(check, repo, **plan):
    """Return the findings of a criterion that does not hold, as a reader sees them."""
    try:
        met(check, repo, **plan)
    except Unmet as error:
        return [str(finding) for finding in error.findings]
    raise AssertionError("the criterion holds")


def planted(check, repo, **plan):
    """Return, for each violation of a guardrail, what it finds beyond what it found before; a text: why not planted."""
    before = _found(check, repo, plan)
    seen = {}
    for violation in described(check).violations:
        try:
            changes = violation.changes(repo=repo, **plan)
        except CannotPlant as why:
            seen[violation.name] = f"cannot be planted: {why}"
            continue
        seen[violation.name] = [line for line in _found(check, repo.with_changes(changes), plan) if line not in before]
    return seen


def _found(check, repo, plan):
    try:
        met(check, repo, **plan)
    except Unmet as error:
        return [str(finding) for finding in error.findings]
    return []
