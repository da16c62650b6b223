"""What the pages say is true: their commands end as stated, their files work, their tables are those of the code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"<!-- (?P<kind>runs|file|append)(?:: (?P<name>\S+))? -->\n```\w+\n(?P<text>.*?)```\n", re.DOTALL)
COMMAND = re.compile(r"\$ (?P<line>.*?)(?:\s+#\s*(?:exit (?P<status>\d+))?.*)?$")
WITH_STEPS = ["README.md", "docs/own-guardrails.md"]
START = {
    "README.md": "# Shop\n",
    ".gitignore": "__pycache__/\n",
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
}


def environment(outside):
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COORDGUARD", "GITHUB_", "COV_", "GIT_"))
    }
    person = {f"GIT_{who}_{what}": "a@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, **person, "PATH": path, "COLUMNS": "120", "PYTHONPATH": str(outside), "OUTSIDE": str(outside)}


def put(root, name, text, mode="w"):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)


def steps(text):
    """Return the commands of a console block: line, exit status, and what must be in its output in this order."""
    found = []
    for line in text.splitlines():
        if command := COMMAND.fullmatch(line):
            found.append((command["line"], int(command["status"] or 0), []))
        elif line.strip() != "…":
            found[-1][2].append(line.strip())
    return found


def follow(root, env, text):
    for line, status, wanted in steps(text):
        done = subprocess.run(
            line,
            shell=True,
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

        assert done.returncode == status, f"$ {line}\n{done.stdout}"
        pattern = ".*".join(".*".join(map(re.escape, part.split("…"))) for part in wanted)
        assert re.search(pattern, done.stdout, re.DOTALL), f"$ {line}\n{done.stdout}\nwanted: {wanted}"


@pytest.mark.parametrize("page", WITH_STEPS)
def test_a_reader_who_follows_the_page_gets_what_it_says(page, tmp_path):
    """Every block marked as runnable, in order, in one repository; every file as it stands there."""
    root, outside = tmp_path / "shop", tmp_path / "outside"
    outside.mkdir()
    env = environment(outside)
    for name, text in START.items():
        put(root, name, text)
    follow(root, env, "$ git init -q -b main\n$ git add -A\n$ git commit -q -m Start\n")
    blocks = list(BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")))
    assert any(block["kind"] == "runs" for block in blocks)

    for block in blocks:
        if block["kind"] == "runs":
            follow(root, env, block["text"])
        else:
            put(root, block["name"].replace("$OUTSIDE", str(outside)), block["text"], "aw"[block["kind"] == "file"])


def test_the_generated_tables_are_those_of_the_code():
    """A guardrail, a parameter, a fault or a lie that is not in the tables: python docs/generate.py"""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")]
)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """To files of the project, and to headings where one is named."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        name, _, heading = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        if heading:
            heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads]


def test_the_readme_names_every_command():
    """A command that is not there, or one that nobody is told of."""
    from pytest_coordguard.cli import _parser

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    there = set(re.search(r"\{([\w,]+)\}", _parser().format_help().replace("COMMAND", "")) or [])
    choices = next(action.choices for action in _parser()._actions if action.choices)

    assert {*choices} == {*re.findall(r"^\| `coordguard (\w+)", text, re.MULTILINE)}, there
