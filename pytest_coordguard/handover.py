"""From a pytest command line to the judge: a fresh process that sees nothing of the repository's settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_coordguard.plugin import GATES

# Its closing hook imports all of hypothesis, most of a second that no guardrail has any use for.
UNUSED = ("-p", "no:hypothesispytest")
SETTINGS = Path(__file__).with_name("judge.ini")


def gate_asked_for(expression: str, rootpath: Path, invocation: Path) -> str | None:
    """Return the gate that an `-m` expression asks for, None when it asks for none.

    A gate is asked for when the expression is false for a test without marks and true for one that carries the
    gate's mark alone; so `-m "not slow"` in a repository's settings starts none. An expression that cannot be
    read asks for none: pytest itself says so.

    Raises:
        pytest.UsageError: it asks for two gates at once, and a run judges one.

    """
    import pytest
    from _pytest.mark.expression import Expression

    try:
        compiled = Expression.compile(expression)
    except Exception:  # noqa: BLE001  # pytest's own class for it moved and changed its name between 8.0 and 9
        return None

    def holds(mark: str | None) -> bool:
        return bool(compiled.evaluate(lambda name, **_: name == mark))  # type: ignore[arg-type]

    words = set(re.findall(r"[A-Za-z_]\w*", expression)) - {"and", "or", "not"}
    if not words or holds(None):
        return None
    own = words.difference(GATES) and own_gates(rootpath, invocation)
    asked = [gate for gate in dict.fromkeys([*GATES, *(own or ())]) if gate in words and holds(gate)]
    if len(asked) > 1:
        raise pytest.UsageError(f"-m {expression!r} asks for {' and '.join(asked)}; a run judges one gate: run each")
    return asked[0] if asked else None


def own_gates(rootpath: Path, invocation: Path) -> tuple[str, ...]:
    """Return the gates that the plan names itself; a plan that cannot be read names none yet."""
    from pytest_coordguard.locate import gates_named_in, locate

    try:
        return gates_named_in(locate(None, rootpath, invocation).plan)
    except OSError:
        return ()


def judge(gate: str, args: Sequence[str], rootpath: Path, invocation: Path) -> int:
    """Run the judge and return its exit status.

    When this process is `pytest` itself, the judge takes its place, so that signals and the exit status need no
    messenger; a caller of `pytest.main` gets a child, and what it prints.
    """
    argv, env = command(gate, args, rootpath)
    sys.stdout.flush()
    sys.stderr.flush()
    if _is_the_program(args) and hasattr(os, "fork"):
        os.chdir(invocation)
        os.execve(argv[0], argv, env)
    child = subprocess.run(argv, env=env, cwd=invocation, capture_output=True, text=True, check=False)
    sys.stdout.write(child.stdout)
    sys.stderr.write(child.stderr)
    return child.returncode


def command(gate: str, args: Sequence[str], rootpath: Path) -> tuple[list[str], dict[str, str]]:
    """Return the judge's command line and environment.

    The user's own arguments are kept; pytest's settings are ours, no conftest is read, and neither the current
    folder nor a PYTHONPATH entry inside the repository lies on the module path.
    """
    root = str(rootpath.resolve())
    argv = [sys.executable, "-P", "-m", "pytest", *args, "--coordguard-judge", gate]
    argv += ["-c", str(SETTINGS), "--rootdir", root, "--noconftest", "-p", "pytest_coordguard.plugin", *UNUSED]
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_DISABLE_PLUGIN_AUTOLOAD"}
    paths = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path and not _inside(path, root)]
    env["PYTHONPATH"] = os.pathsep.join(paths)
    env["COORDGUARD_PYTHONPATH"] = os.environ.get("PYTHONPATH", "")  # what the repository's own tests are to see
    return argv, env


def _inside(path: str, root: str) -> bool:
    return (Path(path).resolve() / "x").is_relative_to(root)


def _is_the_program(args: Sequence[str]) -> bool:
    """Tell whether this process was started as `pytest` or `python -m pytest` with these very arguments."""
    main = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    started = Path(sys.argv[0]).name in ("pytest", "py.test", "__main__.py") and Path(main).name in (
        "pytest",
        "py.test",
        "__main__.py",
    )
    return started and list(args) == sys.argv[1:]
