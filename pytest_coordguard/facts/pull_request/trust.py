"""Several sources tell of one pull request: of each fact the one that is to be trusted most is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_coordguard.domain.pull_request import Contributor, Fact, PullCommit, PullFacts, Side

# What git has is exact and without a limit of number. What only the forge knows, it knows now; an event is a snapshot.
BY_GIT = ("files", "commits", "mergeable")


def told(*sources: PullFacts) -> PullFacts:
    """Return what is known by the first of several sources, given in the order of trust, that knows it."""
    first = sources[0]
    facts: dict[str, Any] = {}
    for name, _ in first.facts():
        known = next((found for found in (getattr(each, name) for each in sources) if found.known), None)
        facts[name] = known or _unknown([getattr(each, name) for each in sources])
    return PullFacts(first.number, **facts)


def _unknown(facts: list[Fact[Any]]) -> Fact[Any]:
    """Return a fact that nobody knows, with the reasons of those who were asked."""
    reasons = list(dict.fromkeys(fact.why for fact in facts if fact.source and fact.why))
    return Fact(source=", ".join(fact.source for fact in facts if fact.source), why="; ".join(reasons) or facts[-1].why)


def whole(by_git: PullFacts, others: PullFacts) -> PullFacts:
    """Return what git and the other sources know together.

    Head and base are the commits that git found for what the others said; their branches and accounts are the others'.
    """
    found = told(others, by_git)
    kept: dict[str, Any] = {name: getattr(by_git, name) for name in BY_GIT if getattr(by_git, name).known}
    kept["head"] = _side(by_git.head, others.head)
    kept["base"] = _side(by_git.base, others.base)
    if "commits" in kept and others.commits.known:
        kept["commits"] = replace(
            by_git.commits, value=_with_accounts(by_git.commits.value or (), others.commits.value or ())
        )
    return replace(found, **kept)


def _side(by_git: Fact[Side], other: Fact[Side]) -> Fact[Side]:
    if by_git.value is None or other.value is None:
        return by_git if by_git.known else other
    value = replace(by_git.value, ref=by_git.value.ref or other.value.ref, repository=other.value.repository)
    return replace(by_git, value=value, source=f"git, as the {other.source} names it")


def _with_accounts(commits: tuple[PullCommit, ...], theirs: tuple[PullCommit, ...]) -> tuple[PullCommit, ...]:
    """Return git's commits with the accounts that the forge knows for their addresses, commit by commit."""
    known = {
        (commit.sha, one.role, one.email.casefold()): one.account
        for commit in theirs
        for one in commit.contributors
        if one.account is not None
    }

    def named(commit: PullCommit, one: Contributor) -> Contributor:
        return replace(one, account=one.account or known.get((commit.sha, one.role, one.email.casefold())))

    return tuple(
        replace(commit, contributors=tuple(named(commit, one) for one in commit.contributors)) for commit in commits
    )
