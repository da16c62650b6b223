"""What the stand-in knows: people, teams, pull requests, and the git repository that all of it is about."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NEVER_RUN = 0


@dataclass
class User:
    """An account; a bot's login ends in [bot]."""

    login: str
    id: int
    permission: str = "write"  # admin, write, read, none

    @property
    def type(self) -> str:
        return "Bot" if self.login.endswith("[bot]") else "User"

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.invalid"


@dataclass
class Review:
    id: int
    user: User
    state: str
    commit: str
    at: str
    body: str = ""


@dataclass
class Comment:
    id: int
    number: int  # of the issue or pull request
    user: User
    body: str
    at: str
    edited: str = ""


@dataclass
class Status:
    id: int
    sha: str
    context: str
    state: str
    description: str
    target_url: str
    user: User
    at: str


@dataclass
class CheckRun:
    id: int
    sha: str
    name: str
    app: str  # slug
    status: str = "completed"
    conclusion: str | None = "success"
    at: str = ""
    output: dict[str, Any] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Event:
    """A line of a pull request's timeline, by GraphQL's name for its kind."""

    kind: str  # ReadyForReviewEvent, ConvertToDraftEvent, BaseRefChangedEvent, HeadRefForcePushedEvent, LabeledEvent
    at: str
    user: User
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Issue:
    """An issue; a pull request is one as well."""

    number: int
    title: str
    body: str
    user: User
    at: str
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    state: str = "open"


@dataclass
class Pull(Issue):
    branch: str = ""
    base: str = "main"
    draft: bool = False
    merged: bool = False
    fork: str | None = ""  # owner of the fork, "" for the repository itself, None for a fork that was deleted
    reviews: list[Review] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    asked: list[User] = field(default_factory=list)  # requested reviewers


@dataclass
class World:
    """One repository of an organisation, as GitHub sees it."""

    root: Path
    owner: str = "octo-org"
    name: str = "shop"
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, dict[str, str]] = field(default_factory=dict)  # slug -> login -> active or pending
    tokens: dict[str, str] = field(default_factory=dict)  # token -> login
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    check_runs: list[CheckRun] = field(default_factory=list)
    required_checks: list[str] = field(default_factory=list)
    unknown_mergeable: int = 0  # so many reads answer that it is not known yet
    files_at_most: int = 3000  # GitHub lists no more files of a pull request
    _ids: int = 1000
    _now: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)

    # -- the repository ------------------------------------------------------------------------------------

    def git(self, *arguments: str, user: User | None = None, check: bool = True) -> str:
        """Run git in the repository, as a user where one is given."""
        who = user or User("setup", 1)
        names = {f"GIT_{role}_NAME": who.login for role in ("AUTHOR", "COMMITTER")}
        mails = {f"GIT_{role}_EMAIL": who.email for role in ("AUTHOR", "COMMITTER")}
        dates = {f"GIT_{role}_DATE": self.now() for role in ("AUTHOR", "COMMITTER")} if user else {}
        done = subprocess.run(
            ["git", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.root, env={**os.environ, **names, **mails, **dates}, check=check, capture_output=True,
        )  # fmt: skip
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def commit(self, branch: str, files: dict[str, str | None], *, user: User, message: str = "change") -> str:
        """Commit files on a branch; None takes one away. A new branch starts at main."""
        if self.git("rev-parse", "-q", "--verify", f"refs/heads/{branch}", check=False):
            self.git("switch", "-q", branch)
        else:
            self.git("switch", "-q", "-c", branch, "main")
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True) if text is None else path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, user=user)
        return self.sha("HEAD")

    def sha(self, ref: str) -> str:
        """Return the commit of a ref, "" when there is none."""
        return self.git("rev-parse", "-q", "--verify", f"{ref}^{{commit}}", check=False)

    # -- people --------------------------------------------------------------------------------------------

    def user(self, login: str, permission: str = "write") -> User:
        """Return an account, a new one where there is none of this name."""
        return self.users.setdefault(login, User(login, self.next_id(), permission))

    def user_of(self, email: str) -> User | None:
        """Return the account that has a mail address."""
        return next((user for user in self.users.values() if user.email == email), None)

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def now(self) -> str:
        """Return a time that is a minute later at each call."""
        self._now += timedelta(minutes=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")

    # -- what happens --------------------------------------------------------------------------------------

    def _number(self) -> int:
        return max(self.issues, default=0) + 1

    def open_issue(self, title: str, body: str = "", *, user: User, labels: list[str] | None = None) -> Issue:
        issue = Issue(self._number(), title, body, user, self.now(), list(labels or []))
        self.issues[issue.number] = issue
        return issue

    def open_pull(self, branch: str, *, user: User, title: str = "A change", body: str = "", **more: Any) -> Pull:
        """Open a pull request from a branch that has commits."""
        pull = Pull(self._number(), title, body, user, self.now(), branch=branch, **more)
        self.issues[pull.number] = pull
        self.follow(pull)
        return pull

    def pull(self, number: int) -> Pull | None:
        found = self.issues.get(number)
        return found if isinstance(found, Pull) else None

    def follow(self, pull: Pull) -> None:
        """Let `refs/pull/N/head` be where the branch is."""
        self.git("update-ref", f"refs/pull/{pull.number}/head", self.sha(f"refs/heads/{pull.branch}"))

    def push(self, pull: Pull, files: dict[str, str | None], *, user: User | None = None) -> str:
        """Add a commit to a pull request."""
        sha = self.commit(pull.branch, files, user=user or pull.user)
        self.follow(pull)
        return sha

    def force_push(self, pull: Pull, files: dict[str, str | None]) -> str:
        """Put one commit in the place of all that a pull request has."""
        before = self.head(pull)
        self.git("switch", "-q", "-C", pull.branch, pull.base)
        sha = self.push(pull, files)
        more = {"beforeCommit": before, "afterCommit": sha}
        pull.events.append(Event("HeadRefForcePushedEvent", self.now(), pull.user, more))
        return sha

    def head(self, pull: Pull) -> str:
        return self.sha(f"refs/pull/{pull.number}/head")

    def review(self, pull: Pull, user: User, state: str = "APPROVED", *, commit: str = "", body: str = "") -> Review:
        review = Review(self.next_id(), user, state, commit or self.head(pull), self.now(), body)
        pull.reviews.append(review)
        return review

    def comment(self, number: int, user: User, body: str) -> Comment:
        comment = Comment(self.next_id(), number, user, body, self.now())
        self.comments.append(comment)
        return comment

    def report_status(self, sha: str, user: User, context: str, state: str, **more: str) -> Status:
        status = Status(
            self.next_id(), sha, context, state, more.get("description", ""), more.get("target_url", ""), user,
            self.now(),
        )  # fmt: skip
        self.statuses.append(status)
        return status

    def report_check(self, sha: str, name: str, conclusion: str | None = "success", *, app: str = "ci") -> CheckRun:
        status = "completed" if conclusion else "in_progress"
        run = CheckRun(self.next_id(), sha, name, app, status, conclusion, self.now())
        self.check_runs.append(run)
        return run


def new_world(root: Path, files: dict[str, str | None] | None = None) -> World:
    """Return a world with one commit on main, an owner, and a token for a bot that may write."""
    root.mkdir(parents=True, exist_ok=True)
    world = World(root)
    world.git("init", "-q", "-b", "main")
    owner = world.user("owner", "admin")
    world.git("commit", "-q", "--allow-empty", "-m", "start", user=owner)
    world.commit("main", files or {"README.md": "# Shop\n"}, user=owner, message="first")
    return world
