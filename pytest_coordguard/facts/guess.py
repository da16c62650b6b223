"""Which check a criterion's words ask for, where that is certain. Everything else stays unclaimed, with a note.

A wrong guess would be worse than none: it would tick a criterion for something that it does not say. So a rule takes
a criterion only when its words, and files that are really there, leave one reading.
"""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from pytest_coordguard.domain.draft import DraftCriterion, DraftTask
from pytest_coordguard.facts.markdown import Words
from pytest_coordguard.facts.survey import Survey
from pytest_coordguard.facts.task_words import paths

_SPEC = re.compile(r"\.(?:json|ya?ml)$")
TO_DO = "To do: name a `check`, or the `tests` of this repository that show it."
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Guess:
    """What could verify a criterion; without check and tests, what a person must do."""

    check: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion, taken apart."""

    text: str
    files: tuple[str, ...]  # of its task

    @property
    def codes(self) -> tuple[str, ...]:
        """What stands between backticks."""
        return tuple(code.strip() for code in _CODE.findall(self.text))

    @property
    def plain(self) -> str:
        """The words in lower case, without what stands in parentheses."""
        return " ".join(re.sub(r"\([^()]*\)", " ", self.text.lower()).split())

    def says(self, pattern: str) -> bool:
        """Tell whether its words match."""
        return bool(re.search(pattern, self.plain))


Rule = Callable[[Asked, Survey], Guess | None]


def with_guesses(task: DraftTask, survey: Survey) -> DraftTask:
    """Return a task whose criteria name their checks where these are certain, and else what a person must do."""
    return replace(task, criteria=tuple(_guessed(one, task.files, survey) for one in task.criteria))


def _guessed(criterion: DraftCriterion, files: Sequence[str], survey: Survey) -> DraftCriterion:
    if criterion.check or criterion.tests:
        return criterion
    found = guess(criterion.text, files, survey)
    note = found.note if found.check or found.tests else found.note or TO_DO
    comment = "\n".join(filter(None, (criterion.comment, note)))
    return replace(criterion, check=found.check, parameters=found.parameters, tests=found.tests, comment=comment)


def guess(text: str, files: Sequence[str], survey: Survey) -> Guess:
    """Return the check that a criterion's words ask for; `files` are those of its task."""
    asked = Asked(text, tuple(files))
    return next((found for rule in _RULES if (found := rule(asked, survey))), Guess())


def _command(asked: Asked, survey: Survey) -> Guess | None:
    """`Run smoke tests: `make smoke``, with nothing asked for beyond that the command ends well."""
    match = re.fullmatch(r"(?:[^`:]*:|run|execute)\s*`([^`]+)`\.?", asked.text.strip(), re.IGNORECASE)
    match = match or re.fullmatch(r"`([^`]+)`\s+(?:succeeds|passes|exits 0|is green|works|runs)\.?", asked.text.strip())
    if match is None:
        return None
    parts = [part.split() for part in match[1].split("&&")]
    if parts[0][:1] == ["openapi-spec-validator"] and len(parts) == 1 and _SPEC.search(parts[0][-1]):
        return Guess("openapi.valid", {"spec": parts[0][-1]})
    missing = [" ".join(part) for part in parts if not _runnable(part, survey)]
    if missing:
        return _missing(missing) if re.match(r"(?:make|bash|sh|python)\b", match[1]) else None
    return Guess("command.succeeds", {"run": match[1], **({"shell": True} if len(parts) > 1 else {})})


def _runnable(part: Sequence[str], survey: Survey) -> bool:
    if len(part) < 2 or re.search(r"[|;<>{}$]", " ".join(part)):  # noqa: PLR2004  a command and what it runs
        return False
    if part[0] == "make":
        return all(word in survey.make_targets for word in part[1:])
    return part[0] in ("bash", "sh", "python", "python3") and part[1] in survey.files


def _missing(commands: Sequence[str]) -> Guess:
    names = ", ".join(f"`{command}`" for command in commands)
    return Guess(
        note=f"To do: {names} cannot be run here; name another command as `check: command.succeeds`, `run: …`."
    )


def _green_target(asked: Asked, survey: Survey) -> Guess | None:
    match = re.fullmatch(
        r"(?:confirm|ensure|check)?\s*`([\w-]+)`\s+(?:is green|passes|succeeds)\.?", asked.text, re.IGNORECASE
    )
    if match is None:
        return None
    if match[1] in survey.make_targets:
        return Guess("command.succeeds", {"run": f"make {match[1]}"})
    return _missing([f"make {match[1]}"])


def _spec_valid(asked: Asked, survey: Survey) -> Guess | None:
    if not asked.says(
        r"\b(?:open-?api|swagger|spec|specification)\b.*\b(?:validates?|is valid)\b|\bvalid (?:open-?api|swagger)\b"
    ):
        return None
    spec = _the_spec(asked, survey)
    if spec:
        return Guess("openapi.valid", {"spec": spec})
    return (
        Guess(note=f"To do: `check: openapi.valid` with `spec:` one of {_some(survey.specs)}.")
        if survey.specs
        else None
    )


def _headers(asked: Asked, survey: Survey) -> Guess | None:
    if not asked.says(r"\bheaders?\b") or asked.says(r"\b(?:stream|sse|envelope)"):
        return None
    if not re.search(r"rate.?limit|\brl\b", asked.text, re.IGNORECASE):
        return None
    spec = _the_spec(asked, survey)
    return Guess("openapi.headers", {"spec": spec}) if spec else None


def _the_spec(asked: Asked, survey: Survey) -> str:
    """The description that is meant: named in the criterion, among the task's files, or the only one there is."""
    for candidates in (asked.codes, asked.files, survey.specs):
        found = [path for path in candidates if path in survey.specs]
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")  # noqa: PLR2004  as many as fit a line


def _lanes(asked: Asked, survey: Survey) -> Guess | None:
    match = re.search(
        r"\b[Nn]o\s+`?([\w./]+?)/?`?\s+imports?\s+(?:in|from|inside)\s+`?([\w./]+?)/?`?(?=[\s).,]|$)", asked.text
    )
    if match:
        forbidden, lane = (name.strip("/") for name in match.groups())
        module = forbidden.replace("/", ".")
        if survey.has(lane) and (survey.has(forbidden) or module in survey.imported):
            return Guess("imports.lanes", {"lane": [f"{lane}/"], "forbid": [module]})
        gone = forbidden if survey.has(lane) else lane
        return Guess(note=f"To do: there is no {gone}/ here; name what stands for it with `check: imports.lanes`.")
    if not asked.says(r"\b(?:lane|layer|import) (?:boundar|rules)"):
        return None
    return Guess(
        note="To do: `check: imports.lanes` with `lane:` (folders) and `forbid:` (packages); one criterion a lane."
    )


def _coverage(asked: Asked, _survey: Survey) -> Guess | None:
    match = re.search(
        r"\bcoverage\b[^\d]{0,30}?(\d{1,3}(?:\.\d+)?)\s*%|(\d{1,3}(?:\.\d+)?)\s*%\s+(?:\w+\s+)?coverage\b", asked.plain
    )
    if match is None or asked.says(r"<|≤|\bbelow\b|\bless\b|\bdrop"):
        return None
    minimum = float(match[1] or match[2])
    note = "Reads a fresh coverage report; `run:` names a command that makes one."
    return Guess("coverage.minimum", {"minimum": int(minimum) if minimum.is_integer() else minimum}, note=note)


def _secrets(asked: Asked, survey: Survey) -> Guess | None:
    if not asked.says(r"\b(?:no|without)\b[\w\s/-]*\b(?:secrets|credentials|api keys)\b"):
        return None
    if asked.says(r"\bfixtures?\b"):
        found = [path for path in asked.files if "fixture" in path and survey.has(path)] or _folders(survey, "fixtures")
        return Guess("secrets.absent", {"paths": found}) if found else None
    if asked.says(r"\b(?:logs?|logged|responses?|output|errors?)\b"):
        return None
    return Guess("secrets.absent", {"paths": ["."]})


def _folders(survey: Survey, name: str) -> list[str]:
    every = sorted(path for path in survey.folders if PurePosixPath(path).name == name)
    return [f"{path}/" for path in every if not any(path.startswith(other + "/") for other in every)]


def _label(asked: Asked, survey: Survey) -> Guess | None:
    match = re.search(
        r"\b(?:label+ed|marked|says|mentions|states|contains)\b[^\"“”'`]{0,20}[\"“'`](.+?)[\"”'`]", asked.text
    )
    if match is None:
        return None
    files = [path for code in asked.codes if (path := _file_named(code, asked, survey))]
    if not files:
        return Guess(note=f"To do: `check: docs.mention` with `says: {match[1]}` and `files:`; the file was not found.")
    return Guess("docs.mention", {"files": files, "says": [match[1]]})


def _file_named(name: str, asked: Asked, survey: Survey) -> str:
    """The one file that a short name means, looked for among the task's files first."""
    for candidates in (asked.files, survey.files):
        found = [path for path in candidates if path == name or path.endswith("/" + name)]
        if found:
            return found[0] if len(found) == 1 and found[0] in survey.files else ""
    return ""


def _own_tests(asked: Asked, survey: Survey) -> Guess | None:
    """`All tier-1 tests pass`, where a folder or a make target has that very name."""
    match = re.fullmatch(
        r"(?:all\s+)?([\w-]+)\s+tests?\s+(?:pass|passes|are green|succeed)(?:\s+after merge)?\.?", asked.plain
    )
    if match is None:
        return None
    name = match[1]
    for folder in [f"{root}/{name}" for root in survey.tests]:
        if folder in survey.folders:
            return Guess("tests.pass", {"select": [folder]})
    wanted = re.sub(r"\W", "", name)
    target = next(
        (t for t in sorted(survey.make_targets) if re.sub(r"\W", "", t) in (f"test{wanted}", f"{wanted}test")), ""
    )
    return Guess("command.succeeds", {"run": f"make {target}"}) if target else None


def _exists(asked: Asked, _survey: Survey) -> Guess | None:
    """A file that is to be there, and nothing said about what it must hold."""
    named, _ = paths(Words(asked.text, 0, asked.codes))
    if any(code.startswith(("make ", "bash ", "pytest ")) for code in asked.codes) or len(named) > 1:
        return None
    deliverable = re.fullmatch(r"(?:[\w\s-]*:\s*)?`[^`\s]+`(?:\s+[-–—]\s+.*)?", asked.text)
    if named and named[0].endswith("/"):  # a folder that was there before proves nothing
        return Guess(note=f"To do: `check: files.exist` with `files:` the files that must be in {named[0]}.")
    if named and (deliverable or asked.says(r"\b(?:committed|saved|exists?|created|written|added)\b")):
        return Guess("files.exist", {"files": named})
    match = re.search(
        r"\b([\w-]+) (?:document|file|script|report)\s+(?:is\s+)?(?:committed|exists|created|written)\b", asked.plain
    )
    found = [path for path in asked.files if match and match[1] in path.lower() and "*" not in path]
    return Guess("files.exist", {"files": found}) if len(found) == 1 else None


def _candidates(asked: Asked, survey: Survey) -> Guess | None:
    """Tests that the task names may be what shows it; whether they do is for a person to say."""
    found = [path for path in asked.files if re.search(r"(?:^|/)test_[^/]*\.py$", path) and path in survey.files]
    if not found or not asked.says(r"\btest(?:s|ed)?\b"):
        return None
    return Guess(note=f"To do: if these show it, `tests: [{', '.join(found)}]`.")


_RULES: tuple[Rule, ...] = (
    _command,
    _green_target,
    _spec_valid,
    _headers,
    _lanes,
    _coverage,
    _secrets,
    _label,
    _own_tests,
    _exists,
    _candidates,
)
