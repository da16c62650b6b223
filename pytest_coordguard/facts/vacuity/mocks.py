"""Mocks and patches, as their calls are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pytest_coordguard.facts.vacuity import levels

MOCKS = levels.words("Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock create_autospec")
MOCKS |= {"mock_open", "sentinel", "seal", "call", "ANY", "stub", "async_stub"}
SHAPES = frozenset({"spec", "spec_set", "autospec", "name", "create", "unsafe", "instance", "raising"})
UNDOES = frozenset({"undo", "stopall", "stop", "resetall", "spy"})


def normal(dotted: str) -> str:
    """Return the path with one spelling for all who sell the same mocks: `mock.Mock`, `mocker.Mock`."""
    if dotted.startswith("mock."):
        return "unittest." + dotted
    if dotted.startswith("mocker."):
        return "unittest.mock." + dotted.removeprefix("mocker.")
    return dotted


def is_mock_maker(dotted: str) -> bool:
    """Tell whether calling this makes a mock."""
    head, _, name = normal(dotted).rpartition(".")
    return head == "unittest.mock" and name in MOCKS


@dataclass(frozen=True, slots=True)
class PatchCall:
    """The parts of a call that puts something in the place of something else."""

    call: ast.Call
    target: ast.expr | None = None  # the object, or the text that names all
    attribute: str | None = None  # None: the target's text names it too
    new: ast.expr | None = None  # None: a mock

    @property
    def values(self) -> list[ast.expr]:
        """The expressions that say what the replacement does."""
        told = [keyword.value for keyword in self.call.keywords if keyword.arg not in SHAPES and keyword.arg != "new"]
        return told if self.new is None else [self.new, *told]

    @property
    def words(self) -> str:
        """As the author wrote it, without what it returns: `patch('shop.total')`."""
        name = ast.unparse(self.call.func).removeprefix("mock.").removeprefix("unittest.mock.")
        shown = self.call.args[: 1 if self.attribute is None else 2]
        return f"{name}({', '.join(map(ast.unparse, shown))})"


def patch_call(call: ast.Call, dotted: str) -> PatchCall | None:
    """Return the parts of `patch(...)`, `patch.object(...)`, `monkeypatch.setattr(...)`; None for other calls."""
    path = normal(dotted)
    if path == "unittest.mock.patch" and call.args:
        return PatchCall(call, call.args[0], None, _argument(call, 1, "new"))
    if path == "unittest.mock.patch.object" and len(call.args) > 1:
        return PatchCall(call, call.args[0], _text(call.args[1]) or "?", _argument(call, 2, "new"))
    if path == "monkeypatch.setattr" and call.args:
        if _text(call.args[0]) is not None:
            return PatchCall(call, call.args[0], None, _argument(call, 1, "name"))
        name = _argument(call, 1, "name")
        return PatchCall(call, call.args[0], _text(name) or "?", _argument(call, 2, "value"))
    return None


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def named_target(target: ast.expr | None, stem: str) -> str:
    """Return the dotted path that a patch's first argument spells; `here.total` for the test's own module."""
    if isinstance(target, ast.JoinedStr) and ast.unparse(target).startswith(("f'{__name__}.", 'f"{__name__}.')):
        last = target.values[-1]
        return "here" + str(last.value) if isinstance(last, ast.Constant) else ""
    text = _text(target) or ""
    module, _, name = text.rpartition(".")
    return f"here.{name}" if module.rpartition(".")[2] == stem else text
