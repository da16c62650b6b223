"""What a file does as soon as it is imported, beside defining things: files, processes, network, process-wide state."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_coordguard.facts.imports.references import Context
from pytest_coordguard.facts.imports.scopes import children

# Names as a file spells them once its imports are followed: `from os import makedirs` makes `makedirs` os.makedirs.
KINDS: dict[str, tuple[str, ...]] = {
    "files": (
        "open", "io.open", "os.mkdir", "os.makedirs", "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir",
        "os.open", "os.chmod", "os.symlink", "shutil.copy", "shutil.copy2", "shutil.copytree", "shutil.move",
        "shutil.rmtree", "tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.NamedTemporaryFile", "sqlite3.connect",
        "logging.FileHandler", "logging.handlers.RotatingFileHandler",
    ),
    "process": (
        "os.system", "os.popen", "os.fork", "os.kill", "os.chdir", "os.umask", "subprocess.run", "subprocess.call",
        "subprocess.check_call", "subprocess.check_output", "subprocess.Popen", "subprocess.getoutput", "sys.exit",
        "os._exit", "exit", "quit", "signal.signal", "atexit.register", "asyncio.run", "time.sleep", "input",
        "multiprocessing.Process", "multiprocessing.set_start_method",
    ),
    "network": (
        "urllib.request.urlopen", "urllib.request.urlretrieve", "requests.get", "requests.post", "requests.put",
        "requests.request", "httpx.get", "httpx.post", "httpx.request", "socket.socket", "socket.create_connection",
        "socket.gethostbyname", "http.client.HTTPConnection", "http.client.HTTPSConnection", "boto3.client",
        "redis.Redis", "redis.from_url", "psycopg2.connect", "pymongo.MongoClient",
    ),
    "environment": (
        "os.putenv", "os.unsetenv", "os.environ.update", "os.environ.setdefault", "os.environ.pop",
        "dotenv.load_dotenv",
        "locale.setlocale", "random.seed", "warnings.filterwarnings", "warnings.simplefilter", "logging.basicConfig",
        "logging.disable", "sys.setrecursionlimit",
    ),
    "search path": (
        "sys.path.insert", "sys.path.append", "sys.path.extend", "sys.path.remove", "site.addsitedir",
        "importlib.invalidate_caches",
    ),
}  # fmt: skip
BY_NAME = {name: kind for kind, names in KINDS.items() for name in names}
# Methods of paths: what they are called on need not be known for these names to be telling (pathlib).
METHODS = frozenset({
    "mkdir", "write_text", "write_bytes", "touch", "unlink", "rmdir", "symlink_to", "read_text", "read_bytes",
})  # fmt: skip
STORED = {"os.environ": "environment", "sys.path": "search path"}


LATER = (ast.stmt, ast.Lambda, ast.GeneratorExp)


@dataclass(frozen=True, slots=True, order=True)
class Work:
    """One thing that happens at import time."""

    line: int
    kind: str  # a key of KINDS
    what: str  # "os.makedirs(…)"


def work_in(tree: ast.Module, statements: Iterable[tuple[ast.stmt, Context]]) -> tuple[Work, ...]:
    """Return what those of a file's statements do that run when it is imported."""
    names = _imported(tree)
    found: set[Work] = set()
    for statement, context in statements:
        if not (context.function or context.script or context.type_checking or context.stub):
            found.update(_of_statement(statement, names))
    return tuple(sorted(found))


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what the names of the imports at module level stand for."""
    names: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Import(names=aliases):
                tops = ((a.asname or a.name.partition(".")[0], a) for a in aliases)
                names.update({top: alias.name if alias.asname else top for top, alias in tops})
            case ast.ImportFrom(module=str() as module, names=aliases, level=0):
                names.update({a.asname or a.name: f"{module}.{a.name}" for a in aliases})
    return names


def _of_statement(statement: ast.stmt, names: dict[str, str]) -> Iterator[Work]:
    for node in _now(statement):
        if isinstance(node, ast.Call):
            spelled = _spelled(node.func, names)
            if spelled in BY_NAME:
                yield Work(node.lineno, BY_NAME[spelled], f"{spelled}(…)")
            elif isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                yield Work(node.lineno, "files", f".{node.func.attr}(…)")
    for target in _targets(statement):
        base = target.value if isinstance(target, ast.Subscript) else target
        spelled = _spelled(base, names)
        if spelled in STORED:
            yield Work(statement.lineno, STORED[spelled], f"{spelled} = …" if base is target else f"{spelled}[…] = …")


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
    return []


def _now(statement: ast.stmt) -> Iterator[ast.AST]:
    """Give what of a statement is evaluated when it is reached; the statements in it come by themselves."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        for child in children(waiting.pop()):
            if not isinstance(child, LATER):
                yield child
                waiting.append(child)


def _spelled(node: ast.expr, names: dict[str, str]) -> str:
    """Return the dotted name that an expression is, with its first part as the imports have it; "" for others."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])
