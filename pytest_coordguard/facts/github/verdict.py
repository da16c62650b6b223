"""Says a verdict on the page of a pull request: a commit status or a check run, and one comment.

Nothing is said of a head that is no longer there: it is read again right before each part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pytest_coordguard.domain.posting import LONGEST_DESCRIPTION, Annotation, Posting, State, requests
from pytest_coordguard.facts.github.comments import keep_comment
from pytest_coordguard.facts.github.connection import Connection, GitHubError
from pytest_coordguard.facts.github.host import repository_name

Kind = Literal["status", "check"]
LONGEST_MESSAGE = 60_000  # characters of an annotation; GitHub takes 64 KB
LONGEST_TITLE = 255
# What a check run is concluded with; all but success keep a required check closed.
CONCLUSIONS: Mapping[State, str] = {
    "success": "success",
    "pending": "action_required",
    "failure": "failure",
    "error": "failure",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """What was said, and why the rest was not."""

    said: tuple[str, ...] = ()
    why_not: str = ""  # "" when all of it was said


@dataclass(slots=True)
class VerdictWriter:
    """Says the verdict of one run. `begin` before it is known, `finish` when it is."""

    connection: Connection
    kind: Kind = "status"
    check: int | None = None  # id of the check run that `begin` made

    def begin(self, posting: Posting) -> Posted:
        """Say that the head is being judged; until `finish`, this closes the gate as any other verdict but success.

        Raises:
            GitHubError: GitHub refused or did not answer.

        """
        if moved := self._moved(posting):
            return Posted(why_not=moved)
        under_way = replace(posting, state="pending", description="is being judged", annotations=())
        if self.kind == "status":
            return Posted((self._status(under_way),))
        self.check = self._new_check(under_way)
        return Posted(("check run begun",))

    def finish(self, posting: Posting) -> Posted:
        """Say the verdict, unless the head moved meanwhile.

        Raises:
            GitHubError: GitHub refused or did not answer.

        """
        said: list[str] = []
        if moved := self._moved(posting):
            return Posted(why_not=moved)
        said.append(self._status(posting) if self.kind == "status" else self._concluded(posting))
        if posting.comment:
            if moved := self._moved(posting):
                return Posted(tuple(said), moved)
            key = posting.context.replace("/", " ").removeprefix("coordguard ")
            said.append(keep_comment(self.connection, self._repository(posting), posting.number, key, posting.comment))
        return Posted(tuple(said))

    def _repository(self, posting: Posting) -> str:
        return repository_name(posting.repository)

    def _moved(self, posting: Posting) -> str:
        """Return why nothing is said of this head, "" when it is the pull request's."""
        found = self.connection.get(f"repos/{self._repository(posting)}/pulls/{posting.number}")
        head = found.get("head") if isinstance(found, Mapping) else None
        sha = head.get("sha") if isinstance(head, Mapping) else None
        if not isinstance(sha, str) or not sha:
            raise GitHubError(f"GitHub does not say where the head of pull request {posting.number} is")
        if sha == posting.head:
            return ""
        return f"the head moved from {posting.head[:7]} to {sha[:7]} meanwhile; judge it again"

    # -- a commit status -----------------------------------------------------------------------------------

    def _status(self, posting: Posting) -> str:
        here = self._repository(posting)
        wanted = {"state": posting.state, "description": _clipped(posting.description, LONGEST_DESCRIPTION)}
        there = self._newest_status(here, posting)
        told = f"status {posting.context} {posting.state} on {posting.head[:7]}"
        if {key: there.get(key) for key in wanted} == wanted:
            return f"{told}, unchanged"
        body = {**wanted, "context": posting.context}
        self.connection.write("POST", f"repos/{here}/statuses/{posting.head}", body, repeats=True)
        return told

    def _newest_status(self, here: str, posting: Posting) -> Mapping[str, Any]:
        """Return the newest status of our name; GitHub lists them newest first."""
        for each in self.connection.pages(f"repos/{here}/commits/{posting.head}/statuses"):
            if isinstance(each, Mapping) and each.get("context") == posting.context:
                return each
        return {}

    # -- a check run ---------------------------------------------------------------------------------------

    def _new_check(self, posting: Posting) -> int:
        body = {"name": posting.context, "head_sha": posting.head, "status": "in_progress"}
        made = self.connection.write("POST", f"repos/{self._repository(posting)}/check-runs", body, repeats=False)
        found = made.get("id") if isinstance(made, Mapping) else None
        if not isinstance(found, int):
            raise GitHubError("GitHub does not say which check run it made")
        return found

    def _concluded(self, posting: Posting) -> str:
        """Give the check run its annotations, a part a request, and its conclusion with the last."""
        if self.check is None:
            self.check = self._new_check(posting)
        parts = requests(posting.annotations)
        for number, part in enumerate(parts, 1):
            output = {
                "title": _clipped(posting.description, LONGEST_TITLE),
                "summary": _clipped(posting.comment or posting.description, LONGEST_MESSAGE),
                "annotations": [_annotation(each) for each in part],
            }
            body: dict[str, object] = {"output": output}
            if number == len(parts):
                body |= {"status": "completed", "conclusion": CONCLUSIONS[posting.state]}
            here = f"repos/{self._repository(posting)}/check-runs/{self.check}"
            self.connection.write("PATCH", here, body, repeats=False)
        count = len(posting.annotations)
        return f"check run {posting.context} {CONCLUSIONS[posting.state]} with {count} annotations"


def _annotation(each: Annotation) -> dict[str, object]:
    return {
        "path": each.path,
        "start_line": max(each.line, 1),
        "end_line": max(each.line, 1),
        "annotation_level": "failure",
        "title": _clipped(each.title, LONGEST_TITLE),
        "message": _clipped(each.message, LONGEST_MESSAGE) or "see the comment",
    }


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
