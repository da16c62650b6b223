"""What the soak sentinel writes: text for an issue, and lines for a terminal. Data in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from pytest_coordguard.domain.posting import marked
from pytest_coordguard.domain.sentinel import Watched, Word, mark
from pytest_coordguard.domain.slo import Outcome, State
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.reports.redact import redact
from pytest_coordguard.reports.text import cell, clipped, code, line, markdown, terminal

HOUR = 3600  # seconds that the linked panels show
LONGEST_TITLE = 200  # characters; GitHub takes 256
_HEADLINES = {
    State.HELD: "all {all} objectives hold",
    State.BREACHED: "{breached} of {all} objectives breached",
    State.UNVERIFIED: "{unverified} of {all} objectives could not be verified",
}


def title(soak: Soak, project: str, found: Sequence[Watched]) -> str:
    """Return the issue's title."""
    names = ", ".join(dict.fromkeys(one.name for one in _telling(found))) or "nothing could be verified"
    text = soak.title.replace("{objectives}", names).replace("{project}", project)
    return clipped(line(text), LONGEST_TITLE)


def body(soak: Soak, plan: str, found: Sequence[Watched], at: float, word: Word) -> str:
    """Return the text of the issue or of a comment, with the hidden mark by which it is found again."""
    lines = [f"**{headline(found)}**, seen at {_clock(at)}.", ""]
    lines += ["| criterion | objective | value | bound | |", "| --- | --- | --- | --- | --- |"]
    lines += [_row(one.criterion, each) for one in found for each in one.objectives]
    lines += [f"| {code(one.criterion)} | | | | not verified: {cell(one.trouble)} |" for one in found if one.trouble]
    lines += ["", "The last hour:", "", *_links(soak, found, at), ""]
    lines += [
        "Queries:",
        "",
        *(f"- {markdown(each.name)}: {code(each.query)}" for one in found for each in one.objectives),
        "",
    ]
    return marked(mark(plan, word), redact("\n".join(lines)))


def headline(found: Sequence[Watched]) -> str:
    """Return the state of all objectives in one sentence."""
    states = [each.state for one in found for each in one.objectives] + [one.state for one in found if one.trouble]
    worst = next(
        (state for state in (State.BREACHED, State.UNVERIFIED) if state in states),
        State.HELD if states else State.UNVERIFIED,
    )
    counts = {state.value: states.count(state) for state in State}
    return _HEADLINES[worst].format(all=len(states), **counts)


def lines(found: Sequence[Watched]) -> list[str]:
    """Return one line for each objective, for a terminal."""
    told = []
    for one in found:
        told += [("not verified", f"{one.criterion}: {one.trouble}")] if one.trouble else []
        for each in one.objectives:
            word = "not verified" if each.state is State.UNVERIFIED else each.state.value
            told.append((word, f"{one.criterion}: {each.name}: {each.why or f'{_value(each)} ({_bound(each)})'}"))
    return [f"  {word:<12}  {terminal(text)}" for word, text in told]


def document(soak: Soak, found: Sequence[Watched], at: float) -> list[dict[str, object]]:
    """Return the same for programs."""
    return [
        {
            "criterion": one.criterion,
            "state": one.state.value,
            "trouble": redact(one.trouble),
            "objectives": [
                {
                    "name": each.name,
                    "state": each.state.value,
                    "value": each.value,
                    "at_most": each.slo.at_most,
                    "at_least": each.slo.at_least,
                    "unit": each.slo.unit,
                    "why": redact(each.why),
                    "query": redact(each.query),
                    "graph": redact(graph(soak.prometheus or one.prometheus, each.query, at)),
                }
                for each in one.objectives
            ],
        }
        for one in found
    ]


def graph(prometheus: str, query: str, at: float) -> str:
    """Return the address of Prometheus's own graph of the last hour; 2.x has it there, 3.x leads on from there."""
    end = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return (
        f"{prometheus.rstrip('/')}/graph?g0.expr={quote(redact(query), safe='')}&g0.tab=0&g0.range_input=1h"
        f"&g0.end_input={quote(end, safe='')}&g0.moment_input={quote(end, safe='')}"
    )


def panel(url: str, job: str, at: float) -> str:
    """Return the address of a panel with the last hour filled in."""
    known = {"{from}": f"{(at - HOUR) * 1000:.0f}", "{to}": f"{at * 1000:.0f}", "{job}": quote(job, safe="")}
    for name, value in known.items():
        url = url.replace(name, value)
    return url


def _telling(found: Sequence[Watched]) -> list[Outcome]:
    """Return the breached objectives; where there is none, those that were not verified."""
    every = [each for one in found for each in one.objectives]
    breached = [each for each in every if each.state is State.BREACHED]
    return breached or [each for each in every if each.state is State.UNVERIFIED]


def _links(soak: Soak, found: Sequence[Watched], at: float) -> list[str]:
    graphs = [
        f"- [{cell(each.name)}]({graph(soak.prometheus or one.prometheus, each.query, at)})"
        for one in found
        for each in one.objectives
    ]
    jobs = list(dict.fromkeys(one.job for one in found)) or [""]
    panels = [
        f"- [{cell(name)}{f' ({cell(job)})' if '{job}' in url and len(jobs) > 1 else ''}]({panel(url, job, at)})"
        for name, url in soak.panels.items()
        for job in (jobs if "{job}" in url else jobs[:1])
    ]
    return [*panels, *graphs]


def _row(criterion: str, each: Outcome) -> str:
    word = {State.HELD: "held", State.BREACHED: "**breached**", State.UNVERIFIED: f"not verified: {cell(each.why)}"}
    return f"| {code(criterion)} | {cell(each.name)} | {_value(each)} | {_bound(each)} | {word[each.state]} |"


def _value(each: Outcome) -> str:
    return "" if each.value is None else f"{each.value:.4g}{each.slo.unit}"


def _bound(each: Outcome) -> str:
    slo = each.slo
    told = [f"at most {slo.at_most:g}{slo.unit}"] if slo.at_most is not None else []
    told += [f"at least {slo.at_least:g}{slo.unit}"] if slo.at_least is not None else []
    return ", ".join(told)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
