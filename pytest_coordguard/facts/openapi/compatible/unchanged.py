"""Which references lead to the same on both sides: nothing behind them needs a look."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

from pytest_coordguard.facts.openapi.description import Description
from pytest_coordguard.facts.openapi.places import written

REFERENCE = re.compile(r'"\$ref": "((?:[^"\\]|\\.)*)"')
LOCAL = "#/"


class Unchanged:
    """The components that are the same word for word, with all that they refer to."""

    def __init__(self, before: Description, after: Description) -> None:
        """Compare the components' texts. Of two dialects the same text says different things, so none is the same."""
        self.references: frozenset[str] = frozenset()
        if before.version != after.version or _shadowed(before) or _shadowed(after):
            return
        old, new = _parts(before), _parts(after)
        same = {name for name, text in old.items() if new.get(name) == text}
        self.references = frozenset(same - _tainted(old, same))

    def are_same(self, before: object, after: object) -> bool:
        """Tell whether two values are the same word for word, with all that they refer to."""
        text = _text(before)
        return text == _text(after) and all(name in self.references for name in REFERENCE.findall(text))


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shadowed(description: Description) -> bool:
    """Tell whether references may be relative to more than the document."""
    return any("$id" in site.value for site in description.sites["schema"]) if description.modern else False


def _parts(description: Description) -> dict[str, str]:
    root = description.root.value
    homes: dict[tuple[str, ...], Any] = {
        ("definitions",): root.get("definitions"),
        ("parameters",): root.get("parameters"),
    }
    homes["responses",] = root.get("responses")
    components = root.get("components")
    for kind, held in components.items() if isinstance(components, dict) else ():
        homes["components", kind] = held
    return {
        written((*home, name)): _text(value)
        for home, held in homes.items()
        if isinstance(held, dict)
        for name, value in held.items()
    }


def _tainted(texts: dict[str, str], same: set[str]) -> set[str]:
    """Return the names among `same` from which references lead, in any number of steps, to what is not among them."""
    users: dict[str, set[str]] = defaultdict(set)
    for name in same:
        for reference in REFERENCE.findall(texts[name]):
            users[reference].add(name)
    tainted: set[str] = set()
    todo = [user for reference, found in users.items() if reference not in same for user in found]
    while todo:
        name = todo.pop()
        if name not in tainted:
            tainted.add(name)
            todo += users.get(name, ())
    return tainted
