"""The modes of the running service's policies: strict refuses whom it should, and each mode makes a difference."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

from pytest_coordguard.domain.ask import GARBAGE, Ask
from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.rate_limit import retry_seconds
from pytest_coordguard.domain.service import FRESH, Auth
from pytest_coordguard.domain.wire import Answer, Call, Fault, StartedOtherwise
from pytest_coordguard.domain.wire_faults import on, rewrite_status
from pytest_coordguard.facts.service.caller import Who
from pytest_coordguard.facts.service.launch import EndedEarly
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service

RULE = "service.modes"
SUCCESS = "a success in each mode"
REFUSAL = "a refusal in the strict mode"
NO_MODE = "coordguard-no-such-mode"
REFUSED = (401, 403)  # RFC 9110, sections 15.5.2 and 15.5.4
LIMITED = 429  # RFC 6585, section 4: says nothing of the mode
PATIENCE = 10.0  # seconds for a limit to pass

Kind = Literal["none", "garbage", "unscoped", "valid"]
Refusable = Literal["none", "garbage", "unscoped"]
ALL: tuple[Refusable, ...] = ("none", "garbage", "unscoped")
TOLD: Mapping[Kind, str] = {
    "none": "no token",
    "garbage": "a token that is none",
    "unscoped": "a token without scopes",
    "valid": "a valid token",
}


@dataclass(slots=True)
class Matrix:
    """What the service answers in one mode: (endpoint, kind of token) -> status; 0 where no answer came."""

    mode: str
    statuses: dict[tuple[str, Kind], int] = field(default_factory=dict)

    def lets_in(self, place: tuple[str, Kind]) -> bool:
        """Tell whether it opens."""
        return 200 <= self.statuses[place] < 300  # noqa: PLR2004  # RFC 9110, section 15.3


@guardrail(
    RULE, remedy="Decide in one place who is let in, from the mode and the token's scopes; stop at a mode unknown."
)
def test_modes_refuse_whom_they_should(
    service: Service,
    evidence: Evidence,
    modes: dict[str, dict[str, str]],
    endpoints: list[Ask],
    strict: str = "strict",
    refuses: dict[str, list[Refusable]] | None = None,
    unscoped: Auth | None = None,
    unknown: dict[str, str] | None = None,
) -> None:
    """Each mode lets a valid token in and refuses whom it should, no two are alike, and an unknown one is none laxer.

    Args:
        modes: name -> the variables that the service is started with, as `strict: {MODE: strict}`.
        endpoints: requests that need a scope, and that succeed with the plan's token in each mode.
        strict: the mode that refuses most.
        refuses: mode -> whom it refuses: `none`, `garbage`, `unscoped`; without it the strict mode refuses all three.
        unscoped: a token that is known and may do nothing; without it, a golden one where the service takes those.
        unknown: the variables of a mode that there is not; without it, those of the modes with a word for each.

    """
    _require_sense(modes, endpoints, strict, refuses or {})
    wanted = {strict: [*ALL], **(refuses or {})}
    callers = _callers(service, unscoped, needed=any("unscoped" in given for given in wanted.values()))
    control = Control(evidence)
    matrices = {mode: _matrix(service, mode, env, endpoints, callers) for mode, env in modes.items()}
    evidence.measured("modes started", len(matrices), at_least=2)
    evidence.measured("answers looked at", sum(len(each.statuses) for each in matrices.values()), at_least=1)
    for matrix in matrices.values():
        _tell(matrix, evidence)
    findings = [finding for matrix in matrices.values() for finding in _faults(matrix, wanted.get(matrix.mode, []))]
    findings += _alike(matrices)
    lax = _unknown(service, modes, unknown)
    findings += _laxer(service, lax, endpoints, callers, matrices[strict], evidence)
    require_none(findings)
    control.saw(SUCCESS, sum(matrices[strict].lets_in((str(one), "valid")) for one in endpoints))
    control.saw(REFUSAL, sum(status in REFUSED for status in matrices[strict].statuses.values()))
    control.require(SUCCESS, REFUSAL)


def _require_sense(
    modes: Mapping[str, object], endpoints: Sequence[Ask], strict: str, refuses: Mapping[str, object]
) -> None:
    if len(modes) < 2:  # noqa: PLR2004  # to compare
        raise Vacuous("fewer than two modes; meant: 'modes: {permissive: {MODE: permissive}, strict: {MODE: strict}}'")
    if not endpoints:
        raise Vacuous("endpoints: none is named that needs a scope")
    if strange := [name for name in (strict, *refuses) if name not in modes]:
        raise CannotJudge(f"{strange[0]!r} is none of the modes; meant: one of {', '.join(modes)}")


def _callers(service: Service, unscoped: Auth | None, *, needed: bool) -> dict[Kind, Who]:
    usual = service.settings.auth
    if usual is None:
        raise CannotJudge("the service has no 'auth', so that no valid token is known")
    garbage = replace(usual, env="", golden=None, token=f"{GARBAGE}-{FRESH}")  # another one each time, for its limits
    found: dict[Kind, Who] = {"none": "none", "garbage": garbage}
    if unscoped is None and usual.golden is not None:
        unscoped = replace(usual, golden="")
    if unscoped is not None:
        found["unscoped"] = unscoped
    elif needed:
        raise CannotJudge("no token without scopes is known; meant: 'unscoped: {env: …}', or 'refuses' without it")
    return {**found, "valid": "plan"}


def _matrix(
    service: Service, mode: str, env: Mapping[str, str], endpoints: Sequence[Ask], callers: Mapping[Kind, Who]
) -> Matrix:
    found = Matrix(mode)
    with service.started_with(env) as started:
        for one in endpoints:
            for kind, who in callers.items():
                found.statuses[str(one), kind] = _status(started, one, who)
    return found


def _status(service: Service, asked: Ask, who: Who) -> int:
    try:
        reply = service.caller(who).stream(asked, most=1).reply
        if reply.status == LIMITED:
            time.sleep(min(retry_seconds(reply.header("retry-after"), now=reply.at) or 0.0, PATIENCE))
            reply = service.caller(who).stream(asked, most=1).reply
    except NoAnswer:
        return 0
    return reply.status


def _tell(matrix: Matrix, evidence: Evidence) -> None:
    told: dict[str, list[str]] = {}
    for (endpoint, kind), status in matrix.statuses.items():
        told.setdefault(endpoint, []).append(f"{kind} {status or 'no answer'}")
    for endpoint, row in told.items():
        evidence.remark(f"{matrix.mode}: {endpoint}: {', '.join(row)}")


def _faults(matrix: Matrix, refused: Sequence[Refusable]) -> Iterator[Finding]:
    for (endpoint, kind), status in matrix.statuses.items():
        where, came = f"{matrix.mode}: {endpoint}", f"answers {status}" if status else "gives no answer"
        if kind == "valid":
            if not matrix.lets_in((endpoint, kind)):
                yield Finding("", 0, f"{where}: {came} to {TOLD[kind]}", RULE)
        elif kind in refused and matrix.lets_in((endpoint, kind)):
            yield Finding("", 0, f"{where}: lets {TOLD[kind]} in", RULE)
        elif kind in refused and status not in REFUSED:
            yield Finding("", 0, f"{where}: {came} to {TOLD[kind]}; meant: 401 or 403", RULE)


def _alike(matrices: Mapping[str, Matrix]) -> Iterator[Finding]:
    for one, other in combinations(matrices.values(), 2):
        if one.statuses == other.statuses:
            yield Finding("", 0, f"{one.mode} and {other.mode} answer alike: the mode changes nothing", RULE)


def _unknown(
    service: Service, modes: Mapping[str, Mapping[str, str]], given: Mapping[str, str] | None
) -> Mapping[str, str]:
    """Return the variables of a mode that there is not."""
    if given is not None:
        return given
    names = {name for env in modes.values() for name in env}
    usual = service.settings.env
    differing = [name for name in sorted(names) if len({env.get(name, usual.get(name)) for env in modes.values()}) > 1]
    if not differing:
        raise Vacuous("the modes are started with the same variables, so that none can be told from another")
    return dict.fromkeys(differing, NO_MODE)


def _laxer(
    service: Service,
    env: Mapping[str, str],
    endpoints: Sequence[Ask],
    callers: Mapping[Kind, Who],
    strict: Matrix,
    evidence: Evidence,
) -> Iterator[Finding]:
    """Find whom a mode that there is not lets in, where the strict one does not; not to start with it is best."""
    with service.started_with(env) as started:
        try:
            started.running.start()
        except EndedEarly as error:
            evidence.remark(f"an unknown mode stops the service: {str(error).splitlines()[-1]}")
            return
    matrix = _matrix(service, "an unknown mode", env, endpoints, callers)
    _tell(matrix, evidence)
    for place in matrix.statuses:
        if matrix.lets_in(place) and not strict.lets_in(place):
            yield Finding("", 0, f"an unknown mode: {place[0]}: lets {TOLD[place[1]]} in; {strict.mode} does not", RULE)


@violation(test_modes_refuse_whom_they_should)
def strict_lets_unscoped_in() -> Fault:
    """Open to each token that is known, whatever it may do."""
    return rewrite_status(200, where=on(403))


@violation(test_modes_refuse_whom_they_should)
def strict_lets_garbage_in() -> Fault:
    """Open to whatever is sent as a token."""

    def is_garbage(call: Call, _: Answer) -> bool:
        return any(GARBAGE in value for _, value in call.headers)

    return rewrite_status(200, where=is_garbage)


@violation(test_modes_refuse_whom_they_should)
def nobody_needs_a_token(service: Service) -> Fault:
    """Open to callers without a token."""
    auth = service.settings.auth
    if auth is None:
        raise CannotPlant("the service has no 'auth'")
    return rewrite_status(200, where=lambda call, _: not call.header(auth.header))


@violation(test_modes_refuse_whom_they_should)
def valid_token_fails() -> Fault:
    """Fail whom a mode is to let in."""
    return rewrite_status(500, where=on(2))


@violation(test_modes_refuse_whom_they_should)
def mode_changes_nothing(modes: dict[str, dict[str, str]], strict: str = "strict") -> Fault:
    """Start in the strict mode whatever is asked for."""
    known = [dict(env) for env in modes.values()]
    return StartedOtherwise(lambda env: modes[strict] if dict(env) in known else env)


@violation(test_modes_refuse_whom_they_should)
def unknown_mode_is_lax(modes: dict[str, dict[str, str]], strict: str = "strict") -> Fault:
    """Take a mode that there is not for one of the others."""
    known = [dict(env) for env in modes.values()]
    lax = next(env for mode, env in modes.items() if mode != strict)
    return StartedOtherwise(lambda env: env if dict(env) in known else lax)
