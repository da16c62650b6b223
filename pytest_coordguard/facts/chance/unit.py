"""The sources of chance in one unit of a file, and the names that it leads on to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_coordguard.facts.chance import sources
from pytest_coordguard.facts.chance.module import Module, Unit

UNORDERED = frozenset({"set", "frozenset"})
ORDERS = frozenset({"sorted", "len", "min", "max", "sum", "any", "all", "set", "frozenset", "bool", "isinstance"})
CONSUMES = frozenset({"list", "tuple", "iter", "enumerate", "map", "filter", "zip", "next", "reversed", "join"})


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place at which a value differs from run to run."""

    path: str
    line: int
    what: str  # as "uuid.uuid4"
    why: str


def sources_in(unit: Unit, module: Module) -> Iterator[Source]:
    """Yield the sources of a unit: what it calls, names or iterates over."""
    nodes = [node for statement in unit.nodes for node in _walked(statement)]
    top = module.units.get("")
    every = [node for statement in (top.nodes if top else ()) for node in ast.walk(statement)]
    seeded = _seeded([*nodes, *every], module)
    called = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner and isinstance(node.ctx, ast.Load):
            yield from _named(node, called.get(id(node)), module, unit, seeded)
    yield from _of_attributes_of_calls(nodes, module, unit)
    yield from _unordered(nodes, [*module.statements, *nodes], unit)


def _walked(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is below it, without what makes objects comparable: a `__hash__` is made of hashes."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name in ("__hash__", "__eq__", "__repr__")):
            yield from _walked(child)


def names_in(unit: Unit, module: Module) -> set[str]:
    """Return the names, dotted, that a unit refers to, and the fixtures that it asks for."""
    found = set(unit.parameters) if unit.name in module.fixtures else set[str]()
    for statement in unit.nodes:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name | ast.Attribute):
                found.add(_written(node))
    return found - {""}


def _written(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            before = _written(value)
            return f"{before}.{attr}" if before else ""
    return ""


def _seeded(nodes: Iterable[ast.AST], module: Module) -> tuple[str, ...]:
    """Return the prefixes of what a constant seed makes repeatable in these nodes."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Call) and (node.args or node.keywords):
            name = module.dotted(node.func)
            if name in sources.SEEDS and not _reads_chance(node, module):
                found.append(sources.SEEDS[name])
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("seed_instance", "seed"):
                found.append("faker.")
    return tuple(found)


def _reads_chance(call: ast.Call, module: Module) -> bool:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    inside = [node for value in values for node in ast.walk(value)]
    constant = all(not (isinstance(value, ast.Constant) and value.value is None) for value in values)
    return not constant or any(
        sources.depends_on(module.dotted(node)) for node in inside if isinstance(node, ast.Name | ast.Attribute)
    )


def _named(
    node: ast.Name | ast.Attribute, call: ast.Call | None, module: Module, unit: Unit, seeded: tuple[str, ...]
) -> Iterator[Source]:
    name = module.dotted(node)
    if isinstance(node, ast.Name) and node.id in ("hash", "id") and node.id not in {**module.imports, **module.units}:
        if call is not None and _differs(node.id, call):
            why = sources.HASH if node.id == "hash" else sources.ADDRESS
            yield Source(unit.path, node.lineno, f"{node.id}()", why)
        return
    name = _source_name(name)
    if name in sources.NOW_BELOW and call is not None and len(call.args) < sources.NOW_BELOW[name]:
        yield Source(unit.path, node.lineno, name, sources.CLOCK)
        return
    if name in sources.SEEDED:
        if call is not None and (not (call.args or call.keywords) or _reads_chance(call, module)):
            yield Source(unit.path, node.lineno, f"{name}()", f"{sources.CHANCE} without a seed of its own")
        return
    why = _known(name, module)
    if why and (name in sources.NEVER_SEEDED or not name.startswith(seeded or ("\0",))):
        yield Source(unit.path, node.lineno, name, why)


def _source_name(name: str) -> str:
    """Return the longest part of a name that is a source: `os.environ.get` is `os.environ`."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        shorter = ".".join(parts[:end])
        if shorter in sources.SOURCES or shorter in sources.SEEDED or shorter in sources.HARMLESS:
            return shorter
    return name


def _known(name: str, module: Module) -> str:
    """Return what an imported name depends on; a local name of the same spelling is none of them."""
    top = name.partition(".")[0]
    if not any(known.module.partition(".")[0] == top for known in module.imports.values()):
        return ""
    return sources.depends_on(name)


def _differs(name: str, call: ast.Call) -> bool:
    if name == "id" or not call.args:
        return bool(call.args)
    number = isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, int | float)
    return not number


def _of_attributes_of_calls(nodes: Iterable[ast.AST], module: Module, unit: Unit) -> Iterator[Source]:
    """Yield sources behind `__import__("uuid").uuid4` and `getattr(random, "random")`, which have no plain name."""
    for node in nodes:
        dynamic = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call)
        if dynamic or (isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr"):
            name = module.dotted(node)  # type: ignore[arg-type]
            if why := sources.depends_on(name):
                yield Source(unit.path, node.lineno, name, why)  # type: ignore[attr-defined]


def _unordered(nodes: list[ast.AST], bound: list[ast.AST], unit: Unit) -> Iterator[Source]:
    """Yield where the order of a set decides: it is iterated over, made a list, or popped from."""
    sets = {
        target.id
        for node in bound
        if isinstance(node, ast.Assign) and _is_set(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    known = frozenset(sets)
    ordered = {
        id(argument) for node in nodes if isinstance(node, ast.Call) and _last(node.func) in ORDERS
        for argument in node.args
    }  # fmt: skip
    for node in nodes:
        for value in _consumed(node, ordered):
            if _is_set(value, known):
                yield Source(unit.path, value.lineno, "a set, read one by one,", sources.ORDER)


def _consumed(node: ast.AST, ordered: set[int]) -> list[ast.expr]:
    match node:
        case ast.For(iter=value) | ast.AsyncFor(iter=value):
            return [value]
        case ast.ListComp(generators=parts) | ast.GeneratorExp(generators=parts) if id(node) not in ordered:
            return [part.iter for part in parts]
        case ast.Call(func=function, args=arguments) if _last(function) in CONSUMES and id(node) not in ordered:
            return list(arguments)
        case ast.Call(func=ast.Attribute(attr="pop", value=value), args=[]):
            return [value]
    return []


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_set(value: ast.expr, known: frozenset[str]) -> bool:
    match value:
        case ast.Set(elts=parts):
            numbers = all(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts)
            return not numbers and len(parts) > 1
        case ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name), args=[_, *_]):
            return name in UNORDERED
        case ast.Name(id=name):
            return name in known
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return _is_set(left, known) and _is_set(right, known)
    return False
