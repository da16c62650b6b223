"""What can still be read of a file that does not parse: whole statements where they do, lines where they do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pytest_coordguard.facts.imports.references import Reference, place

WHERE = "in lines that do not parse"
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)  # the marks of git-merge(1)
TRIPLE = re.compile(r"\"{3}|'{3}")
TEXT = re.compile(r"(\"{3}|'{3})(?:\\[\s\S]|[^\\])*?\1")
COMMENT = re.compile(r"^([^'\"\n]*?)#.*$", re.MULTILINE)
CONTINUES = re.compile(r"[\s)\]}#]|(?:else|elif|except|finally|case)\b")
GAP = r"(?:[ \t]|\\\n)"
OPENS = r"(?:if|elif|else|try|except|finally|for|while|with|def|class)\b[^\n'\"]*:"  # `try: import x` on one line
IMPORT = re.compile(
    rf"(?:^[ \t]*(?:{OPENS}{GAP}*)?|;{GAP}*)"
    rf"(?:from{GAP}+(?P<origin>\.*{GAP}*[\w.]*){GAP}+import{GAP}*(?:\((?P<inside>[^)]*)|(?P<members>[\w ,\t*]*))"
    rf"|import{GAP}+(?P<names>[\w., \t]+))",
    re.MULTILINE,
)
CALL = re.compile(r"(?P<how>import_module|__import__|find_spec|run_module)\s*\(\s*[rRuUbBfF]*[\"'](?P<name>[\w.]+)")


def salvage(text: str, path: str) -> tuple[ast.Module, list[Reference]]:
    """Return the statements of a broken file that parse by themselves, and what the other lines refer to.

    The file is cut at the lines that begin at its margin. Conflict marks are blanked, so both sides are read.
    """
    lines = CONFLICT.sub("", text).split("\n")
    body: list[ast.stmt] = []
    lost: list[Reference] = []
    for start, end in _chunks(lines):
        chunk = "\n".join(lines[start:end])
        try:
            tree = ast.parse(chunk)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            lost += _imports(chunk, start, path)
            continue
        for statement in tree.body:
            ast.increment_lineno(statement, start)
        body += tree.body
    return ast.Module(body, []), lost


def _chunks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Give the spans of lines that are likely to be one statement at the margin each."""
    start, quote, decorated = 0, "", False
    for number, line in enumerate(lines):
        if not quote and line and not CONTINUES.match(line):
            if number > start and not decorated:
                yield start, number
                start = number
            decorated = line.startswith("@")
        quote = _open_quote(line, quote)
    yield start, len(lines)


def _open_quote(line: str, quote: str) -> str:
    """Return the triple quote that is open after this line, "" when none is."""
    for match in TRIPLE.finditer(line):
        if not quote:
            quote = match.group()
        elif quote == match.group():
            quote = ""
    return quote


def _imports(chunk: str, before: int, path: str) -> Iterator[Reference]:
    """Give the imports that these lines seem to hold; comments and closed triple-quoted texts are passed over."""
    closed = len(TRIPLE.findall(chunk)) % 2 == 0  # with one quote astray, what looks like text may be code
    text = TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), chunk) if closed else chunk
    text = COMMENT.sub(r"\1", text)
    for match in IMPORT.finditer(text):
        named = "names" if match["names"] is not None else "origin"
        yield from _of_statement(match, before + text.count("\n", 0, match.start(named)) + 1, path)
    for match in CALL.finditer(text):
        line = before + text.count("\n", 0, match.start()) + 1
        yield Reference(line, match["name"], "dynamic", f"by {match['how']}, {WHERE}")


def _of_statement(match: re.Match[str], line: int, path: str) -> Iterator[Reference]:
    if match["names"] is not None:
        yield from (Reference(line, name, "text", WHERE) for name in _first_words(match["names"]))
        return
    origin = re.sub(GAP, "", match["origin"])
    level = len(origin) - len(origin.lstrip("."))
    meant = place(path, level, origin.lstrip(".")) if level else ""
    members = _first_words(match["inside"] or match["members"] or "")
    yield Reference(line, origin, "text", WHERE, members, meant)


def _first_words(listed: str) -> tuple[str, ...]:
    """Return the names of `a as b, c`."""
    return tuple(part.split()[0] for part in listed.split(",") if part.split())
