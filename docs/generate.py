"""Write the generated parts of the pages anew, between their markers: python docs/generate.py

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. `--check` writes nothing and exits 1 when a
page is not as it should be.
"""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_coordguard.domain.plan_shape import plan_type
from pytest_coordguard.domain.record_type import Key, Record, key_schema
from pytest_coordguard.domain.value_types import MapOf
from pytest_coordguard.facts.openapi.compatible.effects import AREAS
from pytest_coordguard.facts.openapi.compatible.rules import ASPECTS, RULES
from pytest_coordguard.suite import PACKAGE, SuiteEntry, suite

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "samples" / "lies"
PAGES = ("README.md", "docs/compatible.md", "docs/guardrails.md", "docs/lies.md", "docs/plan.md")
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
ARGUMENT = re.compile(r"^    (\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)  # of a docstring's Args section

GROUPS = {
    "collection": "the test is there and pytest never collects or selects it",
    "endings": "the process, a worker or the run ends before the test does",
    "outcomes": "a test fails, skips, is expected to fail, or holds on a rerun only",
    "plans": "the plan, the reports or the history are bent instead of the code",
    "tampering": "a conftest or a plugin of the repository rewrites what is reported",
    "vacuous": "the test passes whatever the code does",
    "honest": "no lie: odd but honest tests, which must open the gate",
}


def cell(text: object) -> str:
    """Return a text for one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(heads: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)


def packaged() -> dict[str, SuiteEntry]:
    """Return the guardrails of this package, by check name."""
    return {name: entry for name, entry in sorted(suite().items()) if entry.module.__name__.startswith(PACKAGE)}


def promise(entry: SuiteEntry) -> str:
    """Return a guardrail's first sentence."""
    return entry.signature.doc.removesuffix(".")


def guardrails() -> str:
    """Return one line for each guardrail."""
    rows = (
        (
            f"`{name}`",
            promise(entry),
            ", ".join(
                f"**`{key}`**" if known.required else f"`{key}`" for key, known in entry.signature.parameters.items()
            ),
            len(entry.guardrail.violations),
        )
        for name, entry in packaged().items()
    )
    return table(("check", "holds when", "parameters (**needed**)", "faults it plants"), rows)


def guardrail_pages() -> str:
    """Return a section for each guardrail: promise, remedy, parameters, violations."""
    return "\n".join(_guardrail_page(name, entry) for name, entry in packaged().items())


def _guardrail_page(name: str, entry: SuiteEntry) -> str:
    doc = inspect.getdoc(entry.guardrail.function) or ""
    body = doc.partition("\nArgs:")[0].strip()
    told = {key: " ".join(text.split()) for key, text in ARGUMENT.findall(doc)}
    rows = (
        (f"`{key}`", _kind(known), _default(known), told.get(key, ""))
        for key, known in entry.signature.parameters.items()
    )
    faults = table(
        ("fault", "what is planted"),
        ((f"`{each.name}`", inspect.getdoc(each.plant) or "") for each in entry.guardrail.violations),
    )
    given = table(("parameter", "value", "default", "meaning"), rows)
    return f"## `{name}`\n\n{body}\n\nTo do when it is unmet: {entry.guardrail.remedy}\n\n{given}\n{faults}"


def _kind(key: Key) -> str:
    return key.type.meant.replace("'", "`")


def _default(key: Key) -> str:
    if key.required:
        return "needed"
    default = key_schema(key).get("default")
    return "" if default in (None, "", []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def situations() -> dict[str, dict[str, Mapping[str, object]]]:
    """Return the situations by group, in the order of `GROUPS`."""
    found = {folder.name for folder in SAMPLES.iterdir()}
    if found != set(GROUPS):
        raise SystemExit(f"docs/generate.py: GROUPS names {sorted(GROUPS)}, and the samples are {sorted(found)}")
    return {
        group: {
            path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in sorted((SAMPLES / group).glob("*.toml"))
        }
        for group in GROUPS
    }


def lies() -> str:
    """Return one line for each group of lies."""
    groups = situations()
    return table(
        ("group", "what is tried", "situations"),
        ((f"[{group}](docs/lies.md#{group})", GROUPS[group], len(found)) for group, found in groups.items()),
    )


def lie_pages() -> str:
    """Return a table for each group of lies."""
    return "\n".join(
        f"## {group}\n\n{GROUPS[group].capitalize()}.\n\n"
        + table(
            ("situation", "what it does", "verdict", "exit status"),
            ((f"`{name}`", told["says"], _verdicts(told), _exits(told)) for name, told in found.items()),
        )
        for group, found in situations().items()
    )


def _verdicts(told: Mapping[str, object]) -> str:
    return " or ".join(map(str, told["verdicts"])) or "not reported"  # type: ignore[call-overload]


def _exits(told: Mapping[str, object]) -> str:
    exits = told.get("exits", [1])
    return " or ".join(map(str, exits))  # type: ignore[call-overload]


def plan_keys() -> str:
    """Return a table for the plan's top level and for each mapping in it."""
    plan = plan_type({})
    task = _item(plan.keys["tasks"])
    criterion = task.keys["accept"].type.value._record()  # type: ignore[attr-defined]
    parts = [("The plan", plan)]
    parts += [(f"`{name}`", found) for name, found in _records(plan) if name != "tasks"]
    parts += [("A task, below `tasks`", task), ("A criterion, below `accept`", criterion)]
    return "\n".join(f"## {title}\n\n{_keys(record)}" for title, record in parts)


def _records(record: Record) -> Iterator[tuple[str, Record]]:
    for name, key in record.keys.items():
        inner = _item(key)
        if isinstance(inner, Record):
            yield name, inner


def _item(key: Key) -> Record:
    kind: object = key.type
    return getattr(kind, "value" if isinstance(kind, MapOf) else "item", kind)  # type: ignore[return-value]


def _keys(record: Record) -> str:
    rows = ((f"`{name}`", key.doc, _default(key)) for name, key in record.keys.items())
    note = f"\nExactly one of {', '.join(f'`{name}`' for name in record.one_of)} is given.\n" if record.one_of else ""
    return table(("key", "meaning", "default"), rows) + note


def compatible_rules() -> str:
    """Return the rules of `openapi.compatible`: those of schemas with their weight in each place, and the others."""
    schemas = (
        (f"`{name}`", words, *(RULES[f"{area.name}-{name}"].contract.name.lower() for area in AREAS))
        for name, (_, words) in ASPECTS.items()
    )
    others = (
        (f"`{name}`", rule.words, rule.contract.name.lower())
        for name, rule in RULES.items()
        if name.partition("-")[2] not in ASPECTS or not name.startswith(tuple(f"{area.name}-" for area in AREAS))
    )
    heads = ("in a schema", "what happened", *(area.name for area in AREAS))
    return f"{table(heads, schemas)}\n{table(('elsewhere', 'what happened', 'weighs'), others)}"


PARTS = {
    "compatible_rules": compatible_rules,
    "guardrails": guardrails,
    "guardrail_pages": guardrail_pages,
    "lies": lies,
    "lie_pages": lie_pages,
    "plan_keys": plan_keys,
}


def generated(text: str) -> str:
    """Return a page with its generated parts made anew."""
    return PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]().rstrip()}\n{found[3]}", text)


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are not as they should be."""
    stale = []
    for name in PAGES:
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        if generated(text) != text:
            stale.append(name)
            if "--check" not in arguments:
                page.write_text(generated(text), encoding="utf-8")
    for name in stale:
        print(f"{name}: {'not as generated; run: python docs/generate.py' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
