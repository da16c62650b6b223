"""Writes the verdict on a pull request. The reports on the repository itself stay as they are: it was not judged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from pytest_coordguard.docket import Docket
from pytest_coordguard.domain.posting import Posting
from pytest_coordguard.domain.pull_request_json import to_json
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord, utc
from pytest_coordguard.domain.selection import changed_rules, critical_because
from pytest_coordguard.domain.standing import gate_standing
from pytest_coordguard.pull_run import PullRun
from pytest_coordguard.reports import files
from pytest_coordguard.reports.merge import pending
from pytest_coordguard.reports.posting import Judged, verdict_posting
from pytest_coordguard.reports.review import (
    Reviewed,
    new_rules_line,
    review_document,
    review_page,
    review_text,
    verdict_line,
)
from pytest_coordguard.reports.text import clipped, terminal

SAID = 5  # differences of the rules that a pull request brings, in the terminal


class ReviewPublisher:
    """Does for a pull request what `Publisher` does for what is checked out."""

    def __init__(self, docket: Docket, pull: PullRun, now: Provenance) -> None:
        self.docket = docket
        self.pull = pull
        self.now = now
        self.branch = pull.facts.head.value.ref if pull.facts.head.value else ""
        self.known_before: tuple[str, ...] = ()
        self.plan = pull.selection.narrowed(docket.plan)
        self.errors: list[str] = []
        self.written: list[str] = []
        self._judged: dict[str, CriterionRecord] = {}

    @property
    def folder(self) -> str:
        """Where the verdicts on pull requests lie, relative to the root."""
        return f"{self.docket.plan.reports.audits}/reviews"

    def write_ahead(self, run: RunRecord, selected: frozenset[str]) -> None:
        """Put on disk that nothing is judged yet, so that no old verdict outlives a kill."""
        ids = [criterion.id for criterion in self.plan.criteria if criterion.id in selected]
        self._judged = {known.id: known for known in pending(run, ids)}
        record = Record(run, tuple(self._judged.values()))
        self._write(record)
        if self.pull.post is not None:
            self.pull.post.begin(self._posting(record))

    def note(self, known: CriterionRecord) -> None:
        """Take note of a verdict. A run that is killed leaves behind that nothing was judged."""

    def publish(self, record: Record, selected: frozenset[str]) -> list[str]:  # noqa: ARG002  as `Publisher` has it
        """Write the verdict; return a sentence for each file that could not be written."""
        self._write(record)
        self._step_summary(record)
        if self.pull.post is None:
            return self.errors
        self.pull.post.finish(self._posting(record))
        return [*self.errors, *self.pull.post.troubles]

    def _posting(self, record: Record) -> Posting:
        facts, now, what = self.pull.facts, self._now(), self.reviewed(record)
        base = facts.base.value.sha if facts.base.value else ""
        assert self.pull.post is not None
        judged = Judged(self.pull.post.repository, self.pull.number, facts.head_sha, base)
        page = review_page(self.plan, record, now, what, None)
        return verdict_posting(self.plan, record, now, self.docket.gate, judged, page=page)

    def _write(self, record: Record) -> None:
        stem, what = f"{self.folder}/review_gate_{self.pull.number}", self.reviewed(record)
        page = f"{stem}.md"
        self._put(what.saved, to_json(self.pull.facts))
        self._put(f"{stem}.json", review_text(review_document(self.plan, record, self._now(), what)))
        self._put(page, review_page(self.plan, record, self._now(), what, page))

    def _put(self, relative: str, text: str) -> None:
        try:
            with files.locked(self.docket.root):
                files.write_atomically(files.report_path(self.docket.root, relative), text)
            if relative not in self.written:
                self.written.append(relative)
        except files.ReportError as error:
            if str(error) not in self.errors:
                self.errors.append(str(error))

    def _step_summary(self, record: Record) -> None:
        target = os.environ.get("GITHUB_STEP_SUMMARY")
        if not target:
            return
        try:
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(review_page(self.plan, record, self._now(), self.reviewed(record), None))
        except OSError as error:
            self.errors.append(f"GITHUB_STEP_SUMMARY: {target} cannot be written ({error.strerror})")

    def _now(self) -> Provenance:
        return replace(self.now, checked_at=utc(datetime.now(UTC)), run=self.docket.run)

    def reviewed(self, record: Record) -> Reviewed:
        """Return what the verdict says beside the verdicts of its criteria."""
        pull, plan = self.pull, self.docket.plan
        saved = f"{self.folder}/review_gate_{pull.number}.facts.json"
        outside = f" --coordguard-plan {quote(plan.path)}" if plan.path.startswith("/") else ""
        return Reviewed(
            pull.facts,
            pull.selection,
            pull.sources,
            critical_because(plan, pull.facts),
            changed_rules(plan, pull.facts),
            pull.notes(plan),
            pull.commit,
            f"pytest -m {self.docket.gate} --pr {pull.number} --pr-facts {quote(saved)}{outside}",
            saved,
            pull.rules.against(plan, self.docket.gate, pull, record) if pull.rules else None,
        )

    def summary(self, record: Record, *, color: bool) -> Sequence[str]:
        """Return the lines for the terminal."""
        from pytest_coordguard.reports.annotations import annotations
        from pytest_coordguard.reports.summary import summary_lines

        what = self.reviewed(record)
        stand = gate_standing(self.plan, record, self._now(), self.docket.gate)
        lines = list(
            summary_lines(
                self.plan, record, self._now(), self.docket.gate, width=100, color=color, written=self.written
            )
        )
        lines.append(terminal(verdict_line(stand, what)))
        lines += [
            f"already there before: {len(each.evidence.already_there)} findings of {terminal(each.id)}"
            for each in record.criteria
            if each.evidence.already_there
        ]
        lines.append(f"sources: {', '.join(map(terminal, what.sources))}")
        if what.facts.unknown:
            lines.append(f"not known: {', '.join(what.facts.unknown)}")
        lines += [f"task {terminal(link.task)}: {terminal(link.evidence)}" for link in what.selection.own]
        lines += [f"critical: {terminal(clipped(reason.text, 300))}" for reason in what.critical]
        lines += [f"note: {terminal(clipped(note, 300))}" for note in what.notes]
        if what.new_rules is not None:
            lines.append(new_rules_line(what.new_rules))
            lines += [f"  {terminal(clipped(said, 300))}" for said in what.new_rules.says[:SAID]]
        lines += [f"not written: {error}" for error in self.errors]
        if self.pull.post is not None:
            lines += [terminal(said) for said in (*self.pull.post.said, *self.pull.post.troubles)]
        if os.environ.get("GITHUB_ACTIONS") == "true":
            lines += annotations(self.plan, record, self._now(), self.docket.gate)
        return lines
