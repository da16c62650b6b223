"""Pull requests for tests: what is not named is known and harmless."""

from dataclasses import replace

from pytest_coordguard.domain.pull_request import (
    Account,
    Contributor,
    Fact,
    Mergeable,
    PullCommit,
    PullEvent,
    PullFacts,
    PullFile,
    Review,
    Side,
)

HEAD, OLD, BASE = "a" * 40, "b" * 40, "c" * 40
NOW = "2026-11-24T12:00:00Z"
AUTHOR, COORDINATOR, OTHER = Account("ana", 1), Account("coordinator", 2), Account("bo", 3)


def known(value):
    return Fact(value, "api", NOW, "")


def commit(*people, sha=HEAD):
    return PullCommit(sha, "Do it", tuple(people) or (contributor(AUTHOR),))


def contributor(account, role="author", email=None):
    return Contributor(role, "Someone", email or f"{account.login}@example.org", account)


def review(user=COORDINATOR, state="APPROVED", commit=HEAD, at="2026-11-24T10:00:00Z", can_push=True):
    return Review(user, state, commit, at, can_push)


def event(kind, at):
    return PullEvent(kind, at, "ana")


def pull(*reviews, **other):
    facts = PullFacts(
        7,
        title=known("Do it"),
        body=known("It is done."),
        author=known(AUTHOR),
        labels=known(()),
        draft=known(False),
        state=known("open"),
        head=known(Side(HEAD, "topic", "org/repo")),
        base=known(Side(BASE, "main", "org/repo")),
        files=known((PullFile("src/a.py", "src/a.py"),)),
        commits=known((commit(),)),
        reviews=known(reviews),
        threads=known(()),
        checks=known(()),
        required_checks=known(()),
        mergeable=known(Mergeable(True)),
        events=known(()),
        head_seen=known("2026-11-24T09:00:00Z"),
    )
    given = {name: value if isinstance(value, Fact) else known(value) for name, value in other.items()}
    return replace(facts, **given)
