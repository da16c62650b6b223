"""Gathers the verdicts of a gate run, in the controller alone, and keeps what lies on disk true at any moment."""

from __future__ import annotations

import platform
import re
import shutil
import signal
from collections.abc import Generator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import pytest_coordguard
from pytest_coordguard import standpoint
from pytest_coordguard.docket import Docket
from pytest_coordguard.domain import gate as rules
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord, utc
from pytest_coordguard.domain.testimony import Testimony, Unread
from pytest_coordguard.domain.testimony import ruling as ruling_of_test
from pytest_coordguard.domain.verdict import Verdict, worst
from pytest_coordguard.nodes import CRITERION
from pytest_coordguard.publish import Publisher
from pytest_coordguard.review_publish import ReviewPublisher
from pytest_coordguard.ruling import Ruling, evidence_in, findings_in

ID = re.compile(r"\[([^\[\],\s]+/[^\[\],\s]+?)(?:, planted: [^\]]*)?\]$")  # the criterion in one of our node ids


class Ledger:
    """One a run, in the controller. Registered as a plugin by the judge."""

    def __init__(self, config: pytest.Config, docket: Docket) -> None:
        self.config = config
        self.docket = docket
        self.rulings: dict[str, list[Ruling]] = {}  # node id -> its phases, in order of arrival
        self.nodes: dict[str, list[str]] = {}  # criterion -> its node ids
        self.ended: set[str] = set()  # node ids whose teardown was reported
        self.lost: dict[str, str] = {}  # node ids whose process died, and what is known of it
        self.selected: frozenset[str] = frozenset()
        self.interrupted = ""
        self.record: Record | None = None
        self.exit_status: int | None = None
        self.now = (
            docket.pull.provenance(docket.run)
            if docket.pull
            else standpoint.standpoint(docket.root, docket.plan, docket.run)
        )
        self.publisher = ReviewPublisher(docket, docket.pull, self.now) if docket.pull else Publisher(docket, self.now)
        self.footing = standpoint.footing(docket.root, docket.plan) if docket.pull is None else None
        self.plan_problems = self._plan_problems()
        self._former_handler: Any = None

    # -- before ----------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether this run judges nothing and so writes nothing."""
        return bool(self.config.option.collectonly)

    @property
    def _narrowed(self) -> bool:
        option = self.config.option
        return bool(option.keyword or option.deselect or getattr(option, "lf", False))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Take back every tick that this run is going to give anew, and end in order on SIGTERM."""
        try:
            self._former_handler = signal.signal(signal.SIGTERM, _interrupt)
        except ValueError:  # not the main thread: whoever runs us there answers for signals
            self._former_handler = None
        if not self.idle and not self._narrowed:
            self._select(criterion.id for criterion in self.docket.criteria)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know what `-k` left of the selection (without xdist; its controller collects nothing)."""
        if not self.idle and session.items:
            self._select(item.stash[CRITERION].id for item in session.items if CRITERION in item.stash)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Know the same from the node ids that a worker reports."""
        if not self.idle:
            self._select(filter(None, map(criterion_of, ids)))

    def _select(self, ids: Iterable[str]) -> None:
        found = frozenset(ids)
        if found and found != self.selected:
            self.selected = found
            self.publisher.write_ahead(self._run("running"), found)

    # -- during ----------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a phase ended; put a criterion's verdict on disk when its test is over."""
        ruling: Ruling | None = getattr(report, "coordguard", None)
        if ruling is not None:
            if str(report.outcome) == "rerun":  # a word of pytest-rerunfailures
                ruling = {**ruling, "when": "rerun"}
            if report.nodeid not in self.rulings:
                self.nodes.setdefault(ruling["criterion"], []).append(report.nodeid)
            self.rulings.setdefault(report.nodeid, []).append(ruling)
            if report.when == "teardown":
                self.ended.add(report.nodeid)
                known = self._verdict_of_item(report.nodeid)
                if not (ruling["planted"] and known.verdict is Verdict.MET):
                    self.publisher.note(known)
        elif str(report.when) == "???":  # a worker died; its report has no more than the node id
            self.lost[report.nodeid] = str(report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Show what a waiver makes of a check: WAIVED where it is signed for, FAILED where the waiver is amiss."""
        ruling: Ruling | None = getattr(report, "coordguard", None)
        if ruling is None or ruling["planted"] or report.when != "call":
            return None
        found = CriterionRecord(ruling["criterion"], Verdict.of(ruling["verdict"]))
        signed = self._waived(found).verdict
        if signed is Verdict.WAIVED:
            return "waived", "w", ("WAIVED", {"yellow": True})
        if found.verdict.opens and not signed.opens:
            return "failed", "F", ("FAILED", {"red": True})
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember why the run ends early."""
        self.interrupted = str(excinfo.value) or excinfo.typename

    # -- after -----------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write what was found, before another plugin's hook can fail, and answer with the exit status."""
        self._finish(int(exitstatus))
        assert self.exit_status is not None
        session.exitstatus = self.exit_status

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Write it all the same when the session never came to its end, and leave nothing behind."""
        if self.record is None and self.selected:
            self._finish(3)
        if self._former_handler is not None:
            signal.signal(signal.SIGTERM, self._former_handler)
        shutil.rmtree(self.docket.shared, ignore_errors=True)

    def _finish(self, raw: int) -> None:
        if self.record is not None or self.exit_status is not None:
            return
        moved = "" if self.idle else self._moved()
        if moved:
            self.now = replace(self.now, dirty=True)  # its verdicts are bound to neither state
        records = {criterion.id: self._record_of(criterion, raw) for criterion in self.docket.criteria}
        missing = self.docket.pull.missing() if self.docket.pull else ()
        problems = (*self._problems(), *filter(None, [moved]), *missing)
        verdicts = [known.verdict for known in records.values()]
        self.exit_status = rules.exit_status(raw, verdicts, problems)
        if self.idle or raw == pytest.ExitCode.USAGE_ERROR:
            self.exit_status = self.exit_status or rules.CLOSED
            return
        complete = raw in (0, 1, 5) and self.selected >= set(records) and not self._cut(records)
        run = replace(
            self._run("complete" if complete else "incomplete"),
            exit_status=self.exit_status,
            duration=(datetime.now(UTC) - self.docket.started).total_seconds(),
            problems=problems,
        )
        mine = tuple(known for known in records.values() if known.id in self.selected)
        self.record = Record(run, mine, self.docket.started.date())
        errors = self.publisher.publish(self.record, self.selected)
        if errors:
            self.exit_status = self.exit_status or rules.CLOSED

    def _moved(self) -> str:
        docket = self.docket
        if docket.pull is not None:
            return docket.pull.moved()
        assert self.footing is not None
        return standpoint.moved(docket.root, docket.plan, self.footing)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is open, why, and what to do."""
        if self.idle:
            terminalreporter.write_line(
                f"gate {self.docket.gate}: CLOSED, nothing was judged (--collect-only)", red=True
            )
        if self.record is None:
            return
        terminalreporter.section(f"gate {self.docket.gate}")
        for line in self.publisher.summary(self.record, color=terminalreporter.hasmarkup):
            terminalreporter.write_line(line)

    # -- verdicts --------------------------------------------------------------------------------------------

    def _run(self, state: str) -> RunRecord:
        docket = self.docket
        return RunRecord(
            id=docket.run,
            gate=docket.gate,
            state=state,
            started=utc(docket.started),
            commit=self.now.commit,
            branch=self.publisher.branch,
            dirty=self.now.dirty,
            pull_request=self.config.option.pr,
            range=self.config.option.range or "",
            plan_digest=docket.plan.digest,
            problems=self.plan_problems,
            versions={
                "pytest-coordguard": pytest_coordguard.__version__,
                "pytest": pytest.__version__,
                "python": platform.python_version(),
            },
        )

    def _cut(self, records: dict[str, CriterionRecord]) -> bool:
        """Tell whether the run left out something that it had selected (`-x`, a worker that died)."""
        judged = {rulings[0]["criterion"] for rulings in self.rulings.values() if not rulings[0]["planted"]}
        return any(known.id in self.selected and known.id not in judged for known in records.values())

    def _record_of(self, criterion: Criterion, raw: int) -> CriterionRecord:
        mine = {node: self.rulings[node] for node in self.nodes.get(criterion.id, ())}
        crashed = {node: text for node, text in self.lost.items() if criterion_of(node) == criterion.id}
        checked = any(not rulings[0]["planted"] for rulings in mine.values())
        provenance = self._provenance()
        if not checked and not crashed:  # a proof alone says of the guardrail that it can fail, and nothing more
            why = self._why_not_run(criterion.id, raw)
            return CriterionRecord(criterion.id, Verdict.NOT_RUN, why, provenance=provenance)
        judged = [self._verdict_of_item(node) for node in mine]
        judged += [
            CriterionRecord(criterion.id, Verdict.BROKEN, f"its worker died: {text.splitlines()[0] if text else ''}")
            for text in crashed.values()
        ]
        verdict = worst(known.verdict for known in judged)
        known = next(known for known in judged if known.verdict is verdict)
        checks = [r for rulings in mine.values() for r in rulings if r["when"] == "call" and not r["planted"]]
        known = replace(
            known,
            remedy=self._remedy(criterion) if not verdict.opens else "",
            provenance=provenance,
            duration=round(sum(r["seconds"] for rulings in mine.values() for r in rulings), 4),
            findings=tuple(dict.fromkeys(finding for each in judged for finding in each.findings)),
            evidence=evidence_in(checks[0]) if checks else known.evidence,
            tests=tuple(name for r in checks for name in r["tests"]) or tuple(sorted(mine)),
            flaky=any(each.flaky for each in judged),
            proven=self._proven(criterion, mine.values()),
        )
        return self._waived(known)

    def _provenance(self) -> Provenance:
        return replace(self.now, checked_at=utc(datetime.now(UTC)), run=self.docket.run)

    def _waived(self, known: CriterionRecord) -> CriterionRecord:
        docket = self.docket
        waiver = next((w for w in docket.plan.waivers if w.criterion == known.id), None)
        news = known.id in rules.new_waivers(docket.plan, docket.base, base_known=docket.base_known)
        return rules.signed_for(known, waiver, docket.started.date(), news=news)

    def _verdict_of_item(self, node: str) -> CriterionRecord:
        """Return the worst of an item's phases; without a call that ended it is never met."""
        rulings = self.rulings[node]
        phases = [ruling for ruling in rulings if ruling["when"] != "rerun"]
        criterion = rulings[0]["criterion"]
        called = any(ruling["when"] == "call" for ruling in phases)
        planted = rulings[0]["planted"]
        worst_phase = max(phases, key=lambda r: Verdict.of(r["verdict"]), default=rulings[-1])
        verdict, message = Verdict.of(worst_phase["verdict"]), worst_phase["message"]
        if planted and verdict is Verdict.NOT_RUN:
            verdict = Verdict.MET  # it has no place here: that says nothing of the criterion
        elif verdict is Verdict.MET and not (called and node in self.ended):
            verdict, message = Verdict.NOT_RUN, "the run ended while it was being judged"
        flaky = any(r["flaky"] for r in phases) or (verdict is Verdict.MET and len(phases) != len(rulings))
        if flaky and verdict is Verdict.MET and self.docket.plan.runner.flaky != "open":
            verdict, message = Verdict.UNMET, "flaky: it held on a rerun only"
        return CriterionRecord(
            criterion,
            verdict,
            message,
            provenance=self._provenance(),
            findings=findings_in(worst_phase),
            flaky=flaky,
        )

    def _proven(self, criterion: Criterion, items: Iterable[list[Ruling]]) -> bool | None:
        """Tell whether the guardrail found each of its faults; a run that tried only some has proven nothing."""
        entry = self.docket.suite.get(criterion.check or "")
        planted = [
            next((r for r in rulings if r["when"] == "call"), None) for rulings in items if rulings[0]["planted"]
        ]
        ended = [ruling for ruling in planted if ruling]
        tried = [Verdict.of(ruling["verdict"]) for ruling in ended if ruling["verdict"] != "not_run"]
        if any(verdict is not Verdict.MET for verdict in tried):
            return False
        return True if tried and entry and len(ended) == len(entry.guardrail.violations) else None

    def _remedy(self, criterion: Criterion) -> str:
        check = criterion.check or ""
        entry, own = self.docket.suite.get(check), self.docket.own.get(check)
        return entry.guardrail.remedy if entry else own.remedy if own else ""

    def _why_not_run(self, criterion: str, raw: int) -> str:
        if criterion not in self.selected and self.selected:
            return "this run left it out (-k or --deselect)"
        if self.interrupted:
            return f"the run was interrupted before it: {self.interrupted}"
        if raw == pytest.ExitCode.INTERNAL_ERROR:
            return "the run ended in an internal error before it"
        return "the run ended before it (-x, --maxfail, or a worker died)" if self.rulings else "nothing of it was run"

    def _plan_problems(self) -> tuple[str, ...]:
        """Return what is amiss with the plan beside what was before: it is on disk before anything runs."""
        docket = self.docket
        base = f"the base {docket.plan.base or ''}".strip()
        before = [(known, "the last record") for known in self.publisher.known_before]
        before += [(criterion.id, base) for criterion in (docket.base.criteria if docket.base else ())]
        problems = [
            *rules.gone(docket.plan, before),
            *rules.narrowed_gates(docket.plan, docket.base, docket.gate),
        ]
        if docket.pull is not None:
            problems += docket.pull.problems(docket.plan)
        elif not docket.criteria:
            problems.append(f"the plan has no criterion of the gate {docket.gate}: nothing can be met")
        return tuple(problems)

    def _problems(self) -> tuple[str, ...]:
        from pytest_coordguard.witnessing import testimony_of

        testimony = testimony_of(self.config, self.docket)
        if testimony is None:
            return self.plan_problems
        claims = [str(finding) for finding in testimony.unknown_claims()]
        return (*self.plan_problems, *claims, *self._marked_tests(testimony))

    def _marked_tests(self, testimony: Testimony) -> list[str]:
        """Return a sentence for each test with the gate's own mark that was asked for by path and did not hold."""
        ruled = [ruling_of_test(row, testimony, Unread()) for row in testimony.rows.values() if not row.criteria]
        return [str(each.finding) for each in ruled if each.verdict is not Verdict.MET]


def criterion_of(node: str) -> str | None:
    """Return the criterion that one of our node ids names."""
    found = ID.search(node)
    return found[1] if found else None


def _interrupt(signum: int, _frame: object) -> None:
    raise KeyboardInterrupt(f"signal {signal.Signals(signum).name}")


class Main:
    """Has the last word on the exit status; registered before the session begins."""

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, Any, None]:
        """Answer with the ledger's exit status whatever a hook after it has said."""
        outcome = yield
        ledger = config.pluginmanager.get_plugin("coordguard-ledger")
        if isinstance(ledger, Ledger) and outcome.excinfo is None and ledger.exit_status is not None:
            outcome.force_result(ledger.exit_status)
