"""From a run's record to the files: one lock, what is on disk merged in, each report rendered and replaced."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pytest_coordguard.chronicle import append, history, run_of
from pytest_coordguard.docket import Docket
from pytest_coordguard.domain.gate import still_gone
from pytest_coordguard.domain.history import Run, of_branches
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord, utc
from pytest_coordguard.domain.task_link import bare_branch
from pytest_coordguard.domain.work import Work
from pytest_coordguard.facts import git
from pytest_coordguard.kept import kept_by_others
from pytest_coordguard.lookout import kept_work_on, work_on
from pytest_coordguard.reports import files
from pytest_coordguard.reports.merge import AHEAD, in_plan, merged, pending
from pytest_coordguard.reports.redact import redact
from pytest_coordguard.reports.status_json import entry, status_document, status_text, validate_status
from pytest_coordguard.reports.status_reader import StatusError, read_entry, read_status
from pytest_coordguard.standpoint import standpoint

JOURNALS = "coordguard-journal-"


def stored(root: Path, plan: Plan) -> tuple[Record | None, str]:
    """Return what the status file and the journals of runs that were killed hold, and why it cannot be read.

    A file that cannot be read counts as none; the caller keeps a copy before it writes over it.
    """
    record, trouble = _status(root, plan)
    for journal in journals(root):
        record = _with_journal(record, journal)
    return record, trouble


def _status(root: Path, plan: Plan) -> tuple[Record | None, str]:
    path = root / plan.reports.status
    try:
        return read_status(path.read_bytes(), plan.reports.status), ""
    except FileNotFoundError:
        return None, ""
    except (StatusError, OSError) as error:
        return None, str(error)


def journals(root: Path) -> tuple[Path, ...]:
    """Return the journals that are there: of runs that go on, and of runs that were killed."""
    name = _journal_names(root)
    return tuple(sorted(files.state_path(root, name).parent.glob(f"{name}*.jsonl")))


def _journal_names(root: Path) -> str:
    """Return how the journals of this root begin: those of another plan in the same work tree are not its own."""
    place = git.place(root)
    return f"coordguard-{sha256(place.encode()).hexdigest()[:12]}-journal-" if place else JOURNALS


def _with_journal(record: Record | None, journal: Path) -> Record | None:
    """Add a journal's verdicts. Without the record that its run wrote ahead it says nothing that can be trusted."""
    run = journal.stem.partition("journal-")[2]
    if record is None:
        return None
    known = {each.id: each for each in record.criteria}
    for found in files.read_journal(journal):
        try:
            judged = read_entry(found, journal.name)
        except StatusError:
            continue  # an entry of another version: its criterion stays as it was written ahead, not run
        before = known.get(judged.id)
        if before is None:
            continue
        if before.provenance.run == run:
            known[judged.id] = _worse(before, judged)
        elif not judged.verdict.opens and judged.provenance.checked_at > before.provenance.checked_at:
            known[judged.id] = judged  # its run could not write the reports: that takes ticks back and gives none
    return replace(record, criteria=tuple(known.values()))


def _worse(before: CriterionRecord, judged: CriterionRecord) -> CriterionRecord:
    """Several items may judge one criterion: what was written ahead gives way, a worse verdict stays."""
    first = before.message.startswith(AHEAD)
    return judged if first or judged.verdict >= before.verdict else before


def rendered(
    plan: Plan, whole: Record, now: Provenance, gate: str, work: Work, runs: Sequence[Run] = ()
) -> list[tuple[str, str]]:
    """Return the three reports of a record: path and text."""
    from pytest_coordguard.reports.checklist import checklist
    from pytest_coordguard.reports.dashboard import dashboard

    document = status_document(plan, whole, now, work)
    validate_status(document)
    return [
        (plan.reports.status, status_text(document)),
        (plan.reports.checklist, checklist(plan, whole, now, gate)),
        (plan.reports.dashboard, dashboard(plan, whole, now, work, runs)),
    ]


def write_reports(root: Path, plan: Plan, record: Record, gate: str) -> list[str]:
    """Write a record's reports in place of those that are there; return their paths.

    Raises:
        files.ReportError: one cannot be written.

    """
    moment = datetime.now(UTC)
    now = replace(standpoint(root, plan, record.run.id), checked_at=utc(moment))
    work = work_on(root, plan, moment)
    with files.locked(root):
        for relative, text in rendered(plan, record, now, gate, work, history(root, plan.reports.audits)[0]):
            files.write_atomically(files.report_path(root, relative), text)
    return [plan.reports.status, plan.reports.checklist, plan.reports.dashboard]


class Publisher:
    """Writes the reports of one gate run."""

    def __init__(self, docket: Docket, now: Provenance) -> None:
        self.docket = docket
        self.now = now
        self.branch = git.branch(docket.root) or ""
        before, _ = stored(docket.root, docket.plan)
        self.known_before: tuple[str, ...] = ()
        if before is not None:
            self.known_before = (*(each.id for each in before.criteria), *still_gone(before.run.problems))
        self._notes: list[str] = []
        self.errors: list[str] = []
        self.whole: Record | None = None  # this run's verdicts with what is on record of the rest
        self.written: list[str] = []
        self._journal: files.Journal | None = None
        self._runs: Sequence[Run] = ()

    @cached_property
    def work(self) -> Work:
        """The work on the plan's tasks as it was when the run began: looked at once, for it takes a while."""
        return kept_work_on(self.docket.root, self.docket.plan, self.docket.started)

    # -- while the run goes on -------------------------------------------------------------------------------

    def write_ahead(self, run: RunRecord, selected: frozenset[str]) -> None:
        """Put `not_run` on disk for what the run is going to judge, so that no old tick outlives a kill."""
        ids = [criterion.id for criterion in self.docket.plan.criteria if criterion.id in selected]
        self._merge_and_write(Record(run, pending(run, ids)), selected)
        if self._journal is None:
            path = files.state_path(self.docket.root, f"{_journal_names(self.docket.root)}{self.docket.run}.jsonl")
            try:
                self._journal = files.Journal(path)
                for known in pending(run, ids) if self.errors else ():
                    self.note(known)
            except files.ReportError as error:
                self._not_written(error)

    def note(self, known: CriterionRecord) -> None:
        """Put one verdict on disk as soon as it is found."""
        if self._journal is None:
            return
        try:
            self._journal.append(entry(known))
        except files.ReportError as error:
            self._not_written(error)
            self._journal = None

    def _not_written(self, error: files.ReportError) -> None:
        if str(error) not in self.errors:
            self.errors.append(str(error))

    # -- at its end ------------------------------------------------------------------------------------------

    def publish(self, record: Record, selected: frozenset[str]) -> list[str]:
        """Write all reports; return a sentence for each that could not be written."""
        swept = self._write_sweep(record) if record.run.state == "complete" else []
        if swept:
            record = replace(record, run=replace(record.run, artefacts=tuple(swept)))
        record = replace(record, criteria=self._write_pages(record.criteria))
        self._chronicle(record, selected)
        self._merge_and_write(record, selected)
        self._annotate(record)
        if self._journal is not None:
            self._journal.close()
            if not self.errors:
                self._journal.path.unlink(missing_ok=True)
            self._journal = None
        return self.errors

    def _merge_and_write(self, record: Record, selected: frozenset[str]) -> None:
        root, plan = self.docket.root, self.docket.plan
        try:
            with files.locked(root):
                old, trouble = stored(root, plan)
                if trouble or record.run.state == "running":
                    self._keep_what_others_wrote(old, trouble)
                if record.run.state == "running":
                    self._forget_dead_journals()
                self.whole, _ = in_plan(merged(old, record, selected), plan)
                self._write(self.whole)
        except files.ReportError as error:
            self._not_written(error)

    def _forget_dead_journals(self) -> None:
        """Take away the journals of runs that are no more; their verdicts are in the record by now."""
        for journal in journals(self.docket.root):
            process = journal.stem.rpartition("-")[2]
            if process.isdigit() and not _alive(int(process)):
                journal.unlink(missing_ok=True)

    def _keep_what_others_wrote(self, old: Record | None, trouble: str) -> None:
        unread = old is None or not old.criteria
        kept = kept_by_others(self.docket.root, self.docket.plan, status=unread)
        self._notes = [*self._notes, *filter(None, [trouble]), *kept]

    def _write(self, whole: Record) -> None:
        reports = rendered(self.docket.plan, whole, self._now(), self.docket.gate, self.work, self._runs)
        for relative, text in reports:
            self._put(relative, text)

    def _put(self, relative: str, text: str) -> None:
        try:
            files.write_atomically(files.report_path(self.docket.root, relative), text)
            if relative not in self.written:
                self.written.append(relative)
        except files.ReportError as error:
            self._not_written(error)

    def _chronicle(self, record: Record, selected: frozenset[str]) -> None:
        """Add the run to the record of runs; not one of some criteria on a dirty tree: that is somebody at work."""
        root, plan = self.docket.root, self.docket.plan
        if not selected or (record.run.dirty and record.run.state != "complete"):
            return
        old, _ = stored(root, plan)
        whole, _ = in_plan(merged(old, record, selected), plan)
        try:
            append(root, plan.reports.audits, run_of(plan, whole, record.run, self._now(), self.work))
        except files.ReportError as error:
            self._not_written(error)
        found, troubles = history(root, plan.reports.audits)
        self._runs = of_branches(found, (self.branch, bare_branch(self.work.main)))
        self._notes = [*self._notes, *troubles]

    def _write_sweep(self, record: Record) -> list[str]:
        from pytest_coordguard.reports.sweep import summary, sweep

        folder = f"{self.docket.plan.reports.audits}/live/{self.docket.started:%Y%m%dT%H%M%SZ}"
        now = replace(self.now, checked_at=utc(datetime.now(UTC)), run=self.docket.run)
        document = sweep(self.docket.plan, record, now, self.docket.repo.files)
        texts = {"state_sweep.json": json.dumps(document, indent=2) + "\n", "summary.md": summary(document)}
        for name, text in texts.items():
            self._put(f"{folder}/{name}", text)
        return [path for name in texts if (path := f"{folder}/{name}") in self.written]

    def _write_pages(self, criteria: Sequence[CriterionRecord]) -> tuple[CriterionRecord, ...]:
        """Write what guardrails left, each criterion's apart where several left the same, and name it as theirs."""
        left = Counter(name for known in criteria for name in known.evidence.pages)
        return tuple(self._with_pages(known, left) if known.evidence.pages else known for known in criteria)

    def _with_pages(self, known: CriterionRecord, left: Mapping[str, int]) -> CriterionRecord:
        artefacts = dict(known.evidence.artefacts)
        for name, text in known.evidence.pages.items():
            area, _, page = name.partition("/")
            apart = f"{re.sub(r'[^A-Za-z0-9.-]+', '-', known.id)}/" if left[name] > 1 else ""
            path = f"{self.docket.plan.reports.audits}/{area}/{self.docket.started:%Y%m%dT%H%M%SZ}/{apart}{page}"
            written = redact(text)
            self._put(path, written)
            if path in self.written:
                artefacts[path] = sha256(written.encode()).hexdigest()
        return replace(known, evidence=replace(known.evidence, artefacts=artefacts, pages={}))

    def _annotate(self, record: Record) -> None:
        """In GitHub Actions: add to the step's summary; annotations are printed with the terminal summary."""
        target = os.environ.get("GITHUB_STEP_SUMMARY")
        if not target:
            return
        from pytest_coordguard.reports.annotations import step_summary

        try:
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(step_summary(self.docket.plan, record, self._now(), self.docket.gate))
        except OSError as error:
            self._not_written(files.ReportError(f"GITHUB_STEP_SUMMARY: {target} cannot be written ({error.strerror})"))

    def _now(self) -> Provenance:
        return replace(self.now, checked_at=utc(datetime.now(UTC)), run=self.docket.run)

    def summary(self, record: Record, *, color: bool) -> Sequence[str]:
        """Return the lines for the terminal."""
        from pytest_coordguard.reports.annotations import annotations
        from pytest_coordguard.reports.summary import summary_lines

        docket = self.docket
        lines = list(
            summary_lines(
                docket.plan, self.shown(record), self._now(), docket.gate, width=100, color=color, written=self.written
            )
        )
        lines += self._notes
        if docket.base_note:
            lines.append(f"base: {docket.base_note}")
        lines += [
            f"{docket.location.plan_name}: tests: {name!r} is not there, so that no test in it can claim a criterion"
            for name in docket.plan.tests
            if not (docket.root / name.partition("::")[0]).exists()
        ]
        lines += [f"not written: {error}" for error in self.errors]
        if os.environ.get("GITHUB_ACTIONS") == "true":
            lines += annotations(docket.plan, record, self._now(), docket.gate, git.place(docket.root))
        return lines

    def shown(self, record: Record) -> Record:
        """Return what the summary speaks of: this run's verdicts, and what is on record of the rest."""
        return replace(self.whole or record, run=record.run)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is another user's
        return True
    return True
