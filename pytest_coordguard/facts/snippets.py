"""The fenced code of Markdown documents, and whether a parser for its language takes it. Nothing of it is run."""

from __future__ import annotations

import ast
import doctest
import json
import re
import shutil
import tempfile
import textwrap
import tomllib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.facts.process import run

SECONDS = 20.0  # for one parser to read one snippet
CLI = "curl"
ALIASES = {
    "py": "python", "python3": "python", "py3": "python", "pycon": "python", "doctest": "python", "ipython": "python",
    "yml": "yaml", "jsonc": "json5", "sh": "bash", "shell": "bash", "zsh": "bash", "console": "session",
    "shell-session": "session", "shellsession": "session", "terminal": "session", "js": "javascript",
    "node": "javascript", "mjs": "javascript", "cjs": "javascript", "ts": "typescript", "golang": "go", "rb": "ruby",
    "c++": "cpp", "cs": "csharp", "c#": "csharp", "kt": "kotlin",
}  # fmt: skip
NO_CODE = frozenset({"", "text", "txt", "plain", "plaintext", "output", "diff", "markdown", "md", "mermaid", "csv",
                     "log", "http", "none", "math", "latex", "dot", "ascii", "tree"})  # fmt: skip
INCLUDED = re.compile(r"\s*(?:\{[!*].*[!*]\}|-+8<-+.*|<<<.*)\s*")  # a line that a site's builder replaces by a file
TAGS = re.compile(r"</?(?:font|u|b|i|em|strong|span|a)\b[^<>]*>")  # colours in a session that is shown
# Options of curl(1) that take a value, and those with which it needs no URL.
SHORT_VALUES = frozenset("ACDEFHKPQTUXYbcdehmortuwxyz")
LONG_VALUES = frozenset(
    [
        "header",
        "request",
        "data",
        "data-raw",
        "data-binary",
        "data-urlencode",
        "data-ascii",
        "json",
        "output",
        "user",
        "user-agent",
        "form",
        "form-string",
        "cookie",
        "cookie-jar",
        "max-time",
        "connect-timeout",
        "retry",
        "retry-delay",
        "retry-max-time",
        "cacert",
        "capath",
        "cert",
        "key",
        "write-out",
        "proxy",
        "resolve",
        "oauth2-bearer",
        "range",
        "referer",
        "upload-file",
        "limit-rate",
        "interface",
        "unix-socket",
        "dump-header",
        "output-dir",
    ]
)
NO_URL = frozenset({"-h", "--help", "-V", "--version", "-M", "--manual", "-K", "--config"})
HIDDEN = re.compile(r"(?<![\w-])(?:skip|no-check|no_check|norun|ignore)(?![\w-])")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block."""

    path: str
    line: int  # of its first line of code, 1-based
    info: str  # what stands behind the fence, as `python title="a.py"`
    code: str

    @property
    def language(self) -> str:
        """Its language by one name: `python` for `py`; "" when it names none, or is a directive of MyST."""
        info = self.info.strip().lower()
        if directive := re.match(r"\{([\w:.-]+)\}\s*([\w+#-]*)", info):  # {code-block} python, {note}, {python}
            word = directive[2] if directive[1] in ("code", "code-block", "sourcecode") else directive[1].lstrip(".")
            return ALIASES.get(word, word) if word in ALIASES or word in _PARSERS else ""
        word = re.split(r"[\s,{:]", info.lstrip("{."), maxsplit=1)[0].rstrip("}")
        return "" if "=" in word or INCLUDED.fullmatch(self.code) else ALIASES.get(word, word)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a parser does not take a snippet; `line` is 1-based within it, 0 when it cannot be told."""

    line: int
    message: str


def snippets(path: str, text: str) -> list[Snippet]:
    """Return the fenced blocks of a document, those in lists and quotes among them (CommonMark 0.31, 4.5)."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(text)
    return [
        Snippet(path, token.map[0] + 2 if token.map else 0, token.info, _without_options(token.info, token.content))
        for token in tokens
        if token.type == "fence"
    ]


def _without_options(info: str, code: str) -> str:
    """Return the code of a directive of MyST with empty lines for its options, as `:linenos:`."""
    if not info.lstrip().startswith("{"):
        return code
    head = re.match(r"(?:\s*:[\w-]+:.*\n)*", code)
    return "\n" * head[0].count("\n") + code[head.end() :] if head else code


def parser_of(language: str) -> Callable[[str], Trouble | None] | None:
    """Return what reads a language here, None when nothing does."""
    known = _PARSERS.get(language)
    if language in _TOOLS and shutil.which(_TOOLS[language]) is None:
        return None
    return known


def _python(code: str) -> Trouble | None:
    if re.search(r"^\s*>>> ?", code, re.MULTILINE):
        return _session(code)
    dedented = textwrap.dedent(code)
    first = _compiled(dedented)
    if first is None or _compiled(_completed(dedented)) is None:
        return None
    decorators = re.match(r"@", dedented.strip())  # shown without the function that they are for
    return None if decorators and _compiled(f"{dedented.rstrip()}\ndef snippet(): ...\n") is None else first


def _session(code: str) -> Trouble | None:
    """Return what is wrong with the first example of an interactive session that does not compile."""
    try:
        examples = doctest.DocTestParser().get_examples(textwrap.dedent(code))
    except ValueError as error:
        return Trouble(0, str(error))
    for example in examples:
        if example.exc_msg and example.exc_msg.startswith("SyntaxError"):
            continue
        if trouble := _compiled(example.source):
            return Trouble(example.lineno + max(trouble.line, 1), trouble.message)
    return None


def _compiled(code: str) -> Trouble | None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<snippet>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return Trouble(error.lineno or 0, error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return Trouble(0, str(error))
    return None


def _completed(code: str) -> str:
    """Return a part of a function as a whole one: `return`, `yield` and `await` may stand where a reader is told."""
    lines = [line if line.strip() else "" for line in code.splitlines()]
    return "async def snippet():\n    pass\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def _json(code: str) -> Trouble | None:
    try:
        json.loads(code)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and _json_lines(code):
            return None
        return Trouble(error.lineno, error.msg)
    except RecursionError:
        return Trouble(0, "nested too deep")
    return None


def _json_lines(code: str) -> bool:
    """Tell whether each line is a JSON value of its own, as in a log or a stream."""
    try:
        return all(json.loads(line) is not ... for line in code.splitlines() if line.strip())
    except ValueError:
        return False


def _yaml(code: str) -> Trouble | None:
    import yaml

    try:
        for _ in yaml.parse(code, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Trouble(mark.line + 1 if mark else 0, str(error.problem or error.context))
    except yaml.reader.ReaderError as error:
        return Trouble(
            code.count("\n", 0, error.position) + 1, f"U+{ord(code[error.position]):04X} may not stand in YAML"
        )
    return None


def _toml(code: str) -> Trouble | None:
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        met = re.search(r"at line (\d+)", str(error))
        return Trouble(int(met[1]) if met else 0, str(error))
    return None


def _bash(code: str) -> Trouble | None:
    """Return what `bash -n` says; `<name>` and `...` are left by an author for the reader to fill in."""
    script = re.sub(r"<([A-Za-z][\w .-]*)>", r"\1", TAGS.sub("", code))
    return _by_tool(["bash", "-n"], script, ".sh", r"line (\d+): (.*)") or _curl(script)


def _shell_session(code: str) -> Trouble | None:
    """Read the commands behind the prompts of a session; what they print is no code."""
    lines = [re.match(r"\s*(?:\$|%|>|#|\w+@[\w-]+[:~\w/]*[$#]) (.*)", line) for line in code.splitlines()]
    commands = "\n".join(met[1] if met else "" for met in lines)
    return _bash(commands) if any(lines) else None


def _curl(script: str) -> Trouble | None:
    """Return what is wrong with a `curl` line: its quotes, and that it names a URL."""
    import shlex

    logical = re.sub(r"\\\n", "\x00", script)
    for number, line in _numbered(logical):
        if not re.match(r"\s*curl(?:\s|$)", line):
            continue
        try:
            words = shlex.split(line.replace("\x00", " "), comments=True)
        except ValueError:
            continue  # a quoted text goes on below: bash has read it already
        if not _names_url(words[1:]):
            return Trouble(number, "curl without a URL")
    return None


def _names_url(words: Sequence[str]) -> bool:
    """Tell whether a word of curl's command line is no option and no option's value; some options need no URL."""
    value = False
    for word in words:
        if value:
            value = False
        elif word in NO_URL or word.startswith("--url"):
            return True
        elif word.startswith("--"):
            value = word[2:] in LONG_VALUES
        elif word.startswith("-") and len(word) > 1:
            at = next((at for at, sign in enumerate(word) if sign in SHORT_VALUES), None)
            value = at == len(word) - 1
        else:
            return True
    return False


def _numbered(logical: str) -> list[tuple[int, str]]:
    found, number = [], 1
    for line in logical.split("\n"):
        found.append((number, line))
        number += 1 + line.count("\x00")
    return found


def _javascript(code: str) -> Trouble | None:
    """Return what `node --check` says of a module, or of a script where it is none."""
    first = _by_tool(["node", "--check"], code, ".mjs", r":(\d+)\n(?:.*\n)*?(SyntaxError: .*)")
    return None if first is None or _by_tool(["node", "--check"], code, ".cjs", r"(\d+)()") is None else first


def _typescript(code: str) -> Trouble | None:
    argv = ["tsc", "--noEmit", "--noResolve", "--skipLibCheck", "--target", "esnext", "--isolatedModules"]
    trouble = _by_tool(argv, code, ".ts", r"\((\d+),\d+\): error TS1\d{3}: (.*)")
    return trouble if trouble and trouble.line else None  # TS1…: syntax; names and types need the whole project


def _by_tool(argv: Sequence[str], code: str, suffix: str, pattern: str) -> Trouble | None:
    with tempfile.TemporaryDirectory(prefix="coordguard-snippet-") as name:
        file = Path(name) / f"snippet{suffix}"
        file.write_text(code, encoding="utf-8", errors="replace")
        outcome = run([*argv, str(file)], cwd=Path(name), seconds=SECONDS)
    if not outcome.returncode and not outcome.timed_out:
        return None
    met = re.search(pattern, outcome.output)
    said = outcome.output.strip().splitlines()
    return Trouble(int(met[1]), met[2].strip()) if met else Trouble(0, said[-1] if said else f"{argv[0]} refuses it")


_PARSERS: dict[str, Callable[[str], Trouble | None]] = {
    "python": _python, "json": _json, "yaml": _yaml, "toml": _toml, "bash": _bash, "session": _shell_session,
    "javascript": _javascript, "typescript": _typescript, CLI: _bash,
}  # fmt: skip
_TOOLS = {"bash": "bash", "session": "bash", CLI: "bash", "javascript": "node", "typescript": "tsc"}
