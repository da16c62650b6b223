"""The `coordguard` command: what is not a test run, and the same run started from outside."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from pytest_coordguard.commands import add_agents, add_coordination
from pytest_coordguard.commands.common import CLOSED, DONE, UNVERIFIED, USAGE, Act, Here, Trouble, here, say
from pytest_coordguard.domain.record import utc
from pytest_coordguard.domain.standing import Standing
from pytest_coordguard.locate import PLAN


class Parser(argparse.ArgumentParser):
    """Exits with pytest's status for a command line that it cannot read."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read on, and exit with 4."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 a gate is closed, 4 it cannot be done."""
    parser = _parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help(sys.stderr)
        return USAGE
    options, rest = parser.parse_known_args(argv)
    if rest and options.command not in ("run", "check"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        status: int = options.act(options)
        sys.stdout.flush()
    except (
        BrokenPipeError
    ):  # the reader, such as `head`, has seen enough; docs.python.org/3/library/signal.html, SIGPIPE
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except Trouble as error:
        print(f"coordguard {options.command}: {error}", file=sys.stderr)
        return USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="coordguard", description="Acceptance criteria that run.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, act: Act, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--coordguard-plan", dest="plan", metavar="FILE", help=f"the plan (default: {PLAN})")
        command.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        command.set_defaults(act=act)
        return command

    init = add("init", _init, "look at the repository and write a plan that runs at once")
    init.add_argument("--from", dest="document", metavar="TASKS.md", help="read tasks and acceptance lists from it")
    init.add_argument(
        "--output", metavar="FILE", default=PLAN, help=f"where to write it (default: {PLAN}; - prints it)"
    )
    init.add_argument("--force", action="store_true", help="write over a plan that is there")
    run = add("run", _run, "run a gate from outside; answers for what it finds on record (pytest options follow)")
    run.add_argument("gate", metavar="GATE")
    check = add("check", _check, "judge one criterion and answer for it alone (pytest options follow)")
    check.add_argument("criterion", metavar="TASK/slug")
    explain = add("explain", _explain, "say what a criterion checks, how, its last verdict, and what to do next")
    explain.add_argument("criterion", metavar="TASK/slug")
    following = add("next", _next, "list what still closes a gate, most useful first, each with its command")
    following.add_argument("--gate", default="preaudit", help="the gate (default: preaudit)")
    accept = add("baseline", _baseline, "accept the secrets that a secrets.absent criterion finds now, with a reason")
    accept.add_argument("criterion", metavar="TASK/slug")
    accept.add_argument("--reason", required=True, help="why none of them needs to be rotated")
    accept.add_argument("--owner", required=True, help="who says so")
    soak = add("soak", _soak, "look at the objectives of slo.holds; keep one issue on a breach (5: not verified)")
    speaks = soak.add_mutually_exclusive_group()
    speaks.add_argument("--post", action="store_true", help="open, comment or close the issue")
    speaks.add_argument("--dry-run", action="store_true", help="only say what would be done (the default)")
    shadow = add("shadow", _shadow, "record what a reference answers to the requests of service.shadow, without values")
    shadow.add_argument("--record", required=True, metavar="FILE", help="where the recording goes, in the repository")
    shadow.add_argument("--url", default="", help="where the reference is (default: the plan's own service is started)")
    shadow.add_argument("--criterion", default="", metavar="TASK/slug", help="whose requests, where several are there")
    merge = add("merge", _merge, "join the status files of CI shards, and say what no shard ran")
    merge.add_argument("files", nargs="+", metavar="task_status.json")
    comment = add("comment", _comment, "obey the commands of a comment on GitHub, as far as its author may give them")
    comment.add_argument("--event", required=True, metavar="FILE", help="the payload of the event (GITHUB_EVENT_PATH)")
    comment.add_argument("--post", action="store_true", help="act on GitHub and post the reply; needs a token")
    comment.add_argument("--propose", action="store_true", help="open a waiver as a change of the plan; with --post")
    comment.add_argument("--token-env", metavar="NAME", default="", help="the variable that holds the token")
    add_coordination(add)
    add_agents(add)
    return parser


# -- init ----------------------------------------------------------------------------------------------------


def _init(options: argparse.Namespace) -> int:
    from pytest_coordguard.facts.init import NoTaskError, init_plan
    from pytest_coordguard.facts.repository import Repository
    from pytest_coordguard.reports.files import ReportError, write_atomically

    root = _top(Path.cwd())
    document = _document(options.document) if options.document else None
    try:
        text, remarks = init_plan(Repository(root), document)
    except NoTaskError as error:
        raise Trouble(str(error)) from None
    if options.output == "-":
        print(text, end="")
        for remark in remarks:
            print(remark, file=sys.stderr)
        return DONE
    target = Path.cwd() / options.output if options.output != PLAN else root / PLAN
    if target.exists() and not options.force:
        raise Trouble(f"{target} is there already; --force writes over it, --output - prints the proposal")
    try:
        write_atomically(target, text)
    except ReportError as error:
        raise Trouble(str(error)) from None
    lines = [f"wrote {target}", *(f"  {remark}" for remark in remarks)]
    lines += ["next: read it, commit it, then run: pytest -m preaudit"]
    say(options, {"plan": str(target), "remarks": list(remarks)}, lines)
    return DONE


def _top(folder: Path) -> Path:
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder


def _document(name: str) -> tuple[str, str]:
    try:
        return name, Path(name).read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise Trouble(f"--from: {name} cannot be read ({error.strerror})") from None


# -- run, check ----------------------------------------------------------------------------------------------


def _judge(options: argparse.Namespace, gate: str, args: Sequence[str]) -> tuple[int, Here]:
    from pytest_coordguard.handover import command

    found = here(options.plan)
    given = ["--coordguard-plan", options.plan] if options.plan else []
    argv, env = command(gate, [*given, *args], found.root)
    return subprocess.run(argv, env=env, check=False).returncode, found


def _run(options: argparse.Namespace) -> int:
    started = utc(datetime.now(UTC))
    here(options.plan).of_gate(options.gate)
    status, found = _judge(options, options.gate, options.rest)
    if status != DONE:
        return status
    number = _pull_request(options.rest)
    trouble = _on_record(found, options.gate, started) if number is None else _on_page(found, number, started)
    if trouble:
        print(f"coordguard run: pytest said 0, and the record does not bear it out: {trouble}", file=sys.stderr)
        return CLOSED
    return DONE


def _pull_request(rest: Sequence[str]) -> int | None:
    """Return the number that `--pr` gives among pytest's options, None where it gives none."""
    pull = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    pull.add_argument("--pr", type=int)
    number: int | None = pull.parse_known_args(list(rest))[0].pr
    return number


def _on_page(found: Here, number: int, started: str) -> str:
    """Return why the verdict on a pull request does not show that its gate was opened since `started`, "" when so."""
    file = found.root / found.plan.reports.audits / "reviews" / f"review_gate_{number}.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"there is no verdict on {number}"
    if str(document.get("started", "")) < started or document.get("state") != "complete":
        return f"the last run on {number} is of {document.get('started')}, {document.get('state')}"
    return "" if document.get("open") is True and document.get("pull_request") == number else "its gate is closed"


def _on_record(found: Here, gate: str, started: str) -> str:
    """Return why the record does not show that a gate was opened since `started`, "" when it does."""
    record = found.record()
    if record is None:
        return "there is none"
    if record.run.gate != gate or record.run.started < started or record.run.state != "complete":
        return f"its last run is {record.run.gate} of {record.run.started}, {record.run.state}"
    known = {each.id: each for each in record.criteria}
    for criterion in found.plan.of_gate(gate):
        each = known.get(criterion.id)
        if each is None or not each.verdict.opens or each.provenance.run != record.run.id:
            return f"{criterion.id} is {each.verdict.word if each else 'not in it'}"
    return "" if found.plan.of_gate(gate) else f"the plan has no criterion of {gate}"


def _check(options: argparse.Namespace) -> int:
    found = here(options.plan)
    criterion = _criterion(found, options.criterion)
    status, found = _judge(options, criterion.criterion.gates[0], ["-k", criterion.criterion.id, *options.rest])
    if status not in (DONE, CLOSED):
        return status
    stand = _criterion(found, options.criterion)
    holds = stand.known.verdict.opens and stand.known.proven is not False and bool(stand.known.provenance.run)
    print(f"{stand.criterion.id} is {stand.known.verdict.word.replace('_', ' ')}: this is all that `check` answers for")
    return DONE if holds else CLOSED


# -- explain, next -------------------------------------------------------------------------------------------


def _criterion(found: Here, name: str) -> Standing:
    import difflib

    known = {each.criterion.id: each for each in found.standings()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    meant = f"; did you mean {', '.join(near)}?" if near else ""
    raise Trouble(f"{name!r} is no criterion of {found.location.plan_name}{meant}")


def _explain(options: argparse.Namespace) -> int:
    from pytest_coordguard.explain import explained, explained_lines

    found = here(options.plan)
    standing = _criterion(found, options.criterion)
    document = explained(found.plan, found.suite, found.own, standing, None if standing.opens else found.red(standing))
    say(options, document, explained_lines(document))
    return DONE


def _next(options: argparse.Namespace) -> int:
    from pytest_coordguard.explain import next_lines, next_steps

    found = here(options.plan)
    stand = found.of_gate(options.gate)
    steps = next_steps(found.plan, found.suite, found.own, stand.standings)
    document = {"gate": options.gate, "open": stand.open, "problems": list(stand.problems), "next": steps}
    say(options, document, next_lines(steps, stand))
    return DONE if stand.open else CLOSED


# -- baseline ------------------------------------------------------------------------------------------------


def _baseline(options: argparse.Namespace) -> int:
    import secrets

    from pytest_coordguard.domain.finding import CannotJudge, Vacuous
    from pytest_coordguard.facts.repository import Repository
    from pytest_coordguard.facts.secrets.allowance import read_baseline
    from pytest_coordguard.facts.secrets.survey import selected, write_baseline
    from pytest_coordguard.reports.files import ReportError, write_atomically

    found = here(options.plan)
    criterion = _criterion(found, options.criterion).criterion
    given = criterion.parameters
    file = given.get("baseline")
    if criterion.check != "secrets.absent":
        raise Trouble(f"{criterion.id} is no criterion of secrets.absent, which alone has a baseline")
    if file is None:
        where = f"{found.location.plan_name}:{criterion.line}"
        raise Trouble(f"{criterion.id} has no `baseline`, as: baseline: .secrets.json; name one in {where}")
    repo = Repository(found.root)
    try:
        known = read_baseline(file, repo.read_text(file)) if repo.is_file(file) else None
        paths = selected(repo, given.get("paths") or (), given.get("exclude") or (), file)
        text = write_baseline(
            repo,
            paths,
            salt=known.salt if known else secrets.token_hex(16),
            reason=options.reason,
            owner=options.owner,
            before=known.entries if known else (),
        )
        write_atomically(found.root / file, text)
    except (CannotJudge, Vacuous, ReportError) as error:
        raise Trouble(str(error)) from None
    count = len(json.loads(text)["secrets"])
    lines = [f"{file} accepts {count} values; rotate what is real before you commit it"]
    say(options, {"baseline": file, "accepted": count}, lines)
    return DONE


# -- soak ----------------------------------------------------------------------------------------------------


def _soak(options: argparse.Namespace) -> int:
    from pytest_coordguard.domain.slo import State
    from pytest_coordguard.soak import SoakTrouble, keep_issue, report, watch

    try:
        sentinel = watch(here(options.plan).plan)
    except SoakTrouble as error:
        raise Trouble(str(error)) from None
    what = keep_issue(sentinel, posting=options.post)
    say(options, *report(sentinel, what))
    statuses = {State.HELD: DONE, State.BREACHED: CLOSED, State.UNVERIFIED: UNVERIFIED}
    return USAGE if what.failed else statuses[sentinel.state]


# -- shadow --------------------------------------------------------------------------------------------------


def _shadow(options: argparse.Namespace) -> int:
    from pytest_coordguard.domain.finding import CannotJudge
    from pytest_coordguard.reports.files import ReportError, report_path, write_atomically
    from pytest_coordguard.shadow import ShadowTrouble, criterion_of, recorded

    found = here(options.plan)
    try:
        target = report_path(found.root, options.record)
        criterion = criterion_of(found.plan, options.criterion, options.record)
        made = recorded(found.plan, found.root, criterion, options.url)
        write_atomically(target, made.text)
    except (CannotJudge, ShadowTrouble, ReportError) as error:
        raise Trouble(str(error)) from None
    document = {
        "recording": options.record,
        "criterion": made.criterion,
        "source": made.source,
        "answers": made.answers,
    }
    say(options, document, [f"{options.record}: {made.answers} answers of {made.source}, for {made.criterion}"])
    return DONE


# -- merge ---------------------------------------------------------------------------------------------------


def _merge(options: argparse.Namespace) -> int:
    from pytest_coordguard.publish import write_reports
    from pytest_coordguard.reports.checklist import headline
    from pytest_coordguard.reports.merge import MergeError, join_shards
    from pytest_coordguard.reports.status_reader import StatusError, read_status

    found = here(options.plan)
    try:
        records = [read_status(Path(name).read_bytes(), name) for name in options.files]
        if by_hand := [name for name, record in zip(options.files, records, strict=True) if not record.run.gate]:
            raise Trouble(f"{', '.join(by_hand)}: holds no run of a gate; meant: the status file of a CI shard")
        joined, missing = join_shards(records, found.plan)
    except OSError as error:
        raise Trouble(f"{error.filename} cannot be read ({error.strerror})") from None
    except (StatusError, MergeError) as error:
        raise Trouble(str(error)) from None
    written = write_reports(found.root, found.plan, joined, joined.run.gate)
    stand = found.of_gate(joined.run.gate)
    closing = [] if stand.would_open else [each.criterion.id for each in stand.closing]
    lines = [*missing, *joined.run.problems, *(f"{each.criterion.id} is {each.word}" for each in stand.closing)]
    lines += [headline(stand), *(f"wrote {name}" for name in written)]
    say(options, {"gate": joined.run.gate, "missing": missing, "closing": closing, "written": written}, lines)
    return DONE if stand.open or stand.would_open else CLOSED


# -- comment -------------------------------------------------------------------------------------------------


def _comment(options: argparse.Namespace) -> int:
    from pytest_coordguard.commenting import Desk, answer_event
    from pytest_coordguard.domain.finding import CannotJudge

    found = here(options.plan)
    if options.propose and not options.post:
        raise Trouble("--propose opens a change on GitHub, so it needs --post")
    try:
        data = Path(options.event).read_bytes()
        event, answered, posted = answer_event(
            Desk(found, proposes=options.propose), data, options.event, post=options.post, variable=options.token_env
        )
    except OSError as error:
        raise Trouble(f"--event: {options.event} cannot be read ({error.strerror})") from None
    except CannotJudge as error:
        raise Trouble(str(error)) from None
    lines = [answered.reply.rstrip("\n") or f"nothing is answered: {answered.ignored}", *([posted] if posted else [])]
    commands = [{"line": each.line, "done": each.done, "answer": each.answer} for each in answered.said]
    document = {"comment": event.comment, "number": event.number, "by": event.login, "commands": commands}
    say(options, document | {"reply": answered.reply, "ignored": answered.ignored, "posted": posted}, lines)
    return DONE if all(each.done for each in answered.said) else CLOSED


if __name__ == "__main__":
    sys.exit(main())
