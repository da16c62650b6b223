"""CPU and memory of five small guardrails against what a user would run instead, in the same run.

    python benchmarks/small_guardrails.py REPOSITORY --base COMMIT [--peers FOLDER] [--policies FILE] [--rounds 3]

The tools take turns, each in a fresh process, so that all meet the same load; CPU seconds are user and system time of
the process and its children, ratios the medians of the rounds' ratios. `--peers` is a virtual environment with
`yamllint`, `check-jsonschema`, `codeowners` and `mktestdocs`; a peer that is not there is left out, and said. What each
found stands beside it, for none of the peers answers quite the same question.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

from ground import Spent, folder, spend, table

OURS = """
import sys
from pathlib import Path
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository
root, name, base, policies = Path(sys.argv[1]), *sys.argv[2:5]
repo, evidence, plan = Repository(root), Evidence(), Plan("", "")
change = Change(root, base, "the benchmark", asked=True)
try:
    if name == "lint.clean":
        from pytest_coordguard.guardrails.test_lint import test_lint_is_clean as check
        check(repo, evidence, change, plan, ["E9", "F63", "F7", "F82"], ["."])
    elif name == "change.data_parses":
        from pytest_coordguard.guardrails.test_change_data import test_change_data_parses as check
        check(repo, evidence, change, plan)
    elif name == "codeowners.effective":
        from pytest_coordguard.guardrails.test_codeowners import test_code_owners_are_effective as check
        check(repo, evidence, plan, {"/": ["@nobody"]})
    elif name == "docs.snippets":
        from pytest_coordguard.guardrails.test_snippets import test_snippets_compile as check
        check(repo, evidence, ["docs/**/*.md"], ["python"])
    else:
        from pytest_coordguard.guardrails.test_policies import test_policies_are_labelled as check
        check(repo, evidence, [policies])
    print("nothing amiss")
except Unmet as unmet:
    print(len(unmet.findings), "findings")
except (CannotJudge, Vacuous) as error:
    print(type(error).__name__, error)
"""
OWNERS = """
import pathlib, sys
from codeowners import CodeOwners
known = CodeOwners(pathlib.Path(sys.argv[1]).read_text())
print(sum(not known.of(path) for path in pathlib.Path(sys.argv[2]).read_text().split(chr(0)) if path), "without owner")
"""
SNIPPETS = """
import pathlib, sys
from mktestdocs import grab_code_blocks
blocks = [block for path in pathlib.Path("docs").rglob("*.md") if path.is_file()
          for block in grab_code_blocks(path.read_text(errors="replace"), lang="python")]
bad = 0
for block in blocks:
    try:
        compile(block, "block", "exec")
    except (SyntaxError, ValueError):
        bad += 1
print(f"{bad} of {len(blocks)} blocks do not compile")
"""
SYNTAX_ALONE = "{rules: {key-duplicates: enable}}"
GUARDRAILS = ("lint.clean", "change.data_parses", "codeowners.effective", "docs.snippets", "policies.labelled")


def listed(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True)
    return [name for name in done.stdout.decode(errors="replace").split("\0") if (root / name).is_file()]


def peers(root: Path, work: Path, base: str, policies: str, bin_: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Return for each guardrail what a user would run instead: a name and a command."""
    files = work / "files"
    files.write_text("\0".join(listed(root, "ls-files", "-z")))
    touched = listed(root, "diff", "--name-only", "-z", "--diff-filter=AM", base)
    yaml = [path for path in touched if path.endswith((".yaml", ".yml"))]
    flows = [path for path in yaml if path.startswith(".github/workflows/")]
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "--quiet"]
    owners = next(
        (path for path in (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS") if (root / path).is_file()), ""
    )
    return {
        "lint.clean": [("ruff itself", [*ruff, "--select", "E9,F63,F7,F82", "--statistics", "."])],
        "change.data_parses": [
            (f"yamllint, {len(yaml)} YAML files", [str(bin_ / "yamllint"), "-d", SYNTAX_ALONE, *yaml] if yaml else []),
            (
                f"check-jsonschema, {len(flows)} workflows",
                [str(bin_ / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *flows]
                if flows
                else [],
            ),
        ],
        "codeowners.effective": [
            ("codeowners (library)", [str(bin_ / "python"), "-c", OWNERS, owners, str(files)] if owners else [])
        ],
        "docs.snippets": [("mktestdocs and compile", [str(bin_ / "python"), "-c", SNIPPETS])],
        "policies.labelled": [("grep -L", ["grep", "-iL", "not for production", policies])],
    }


def told(spent: Spent) -> str:
    lines = [line.strip() for line in spent.output.splitlines() if line.strip()]
    return f"{lines[-1][:60]} (exit {spent.returncode}, {len(lines)} lines)" if lines else f"exit {spent.returncode}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--base", required=True)
    parser.add_argument("--peers", type=Path, default=Path(sys.prefix))
    parser.add_argument("--policies", default="config/policy/guardian_policies.yaml")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    root = options.repository.resolve()
    rows = []
    with folder() as work:
        base = subprocess.run(["git", "rev-parse", options.base], cwd=root, capture_output=True, check=True).stdout
        beside = peers(root, work, options.base, options.policies, options.peers.absolute() / "bin")
        for name in GUARDRAILS:
            ours = [sys.executable, "-c", OURS, str(root), name, base.decode().strip(), options.policies]
            rows += measured(root, {name: ours, **dict(beside[name])}, options.rounds)
    print(table(("tool", "CPU s", "ours / it", "MiB", "finds"), rows))


def measured(root: Path, tools: dict[str, list[str]], rounds: int) -> list[tuple[str, ...]]:
    absent = {tool: argv for tool, argv in tools.items() if not argv or not there(argv)}
    usable = {tool: argv for tool, argv in tools.items() if tool not in absent}
    results = [{tool: spend(argv, root, dict(os.environ)) for tool, argv in usable.items()} for _ in range(rounds)]
    ours = next(iter(tools))
    rows: list[tuple[str, ...]] = []
    for tool in usable:
        runs = [each[tool] for each in results]
        ratio = statistics.median(each[ours].cpu / max(each[tool].cpu, 0.001) for each in results)
        cpu, peak = statistics.median(run.cpu for run in runs), max(run.peak for run in runs)
        rows.append((tool, f"{cpu:.2f}", f"{ratio:.2f}", f"{peak / 2**20:.0f}", told(runs[-1])))
    return rows + [(tool, "-", "-", "-", "left out: nothing to look at" if not argv else "left out: not installed")
                   for tool, argv in absent.items()]  # fmt: skip


def there(argv: list[str]) -> bool:
    if argv[0] != sys.executable and argv[0].endswith("python"):
        module = "codeowners" if "codeowners" in argv[2] else "mktestdocs"
        return not subprocess.run([argv[0], "-c", f"import {module}"], capture_output=True, check=False).returncode
    return argv[0] == "grep" or Path(argv[0]).is_file()


if __name__ == "__main__":
    main()
