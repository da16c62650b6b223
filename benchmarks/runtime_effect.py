"""CPU and verdicts of `change.no_runtime_effect`'s engine against the check that formatters do: equal syntax trees.

    python benchmarks/runtime_effect.py REPOSITORY BASE..END [--rounds 3]

Each modified Python file of the range is compared by both, in turns, in this process; CPU seconds, and the median of
the rounds' ratios. Beside it: how many files each calls unchanged. Equal trees are all that a formatter can vouch for;
the engine also says of the others by how much they differ.
"""

import argparse
import ast
import statistics
import subprocess
import time
import warnings
from collections import Counter
from collections.abc import Callable

from pytest_coordguard.facts.runtime_effect.compare import compare
from pytest_coordguard.facts.runtime_effect.levels import Level

Pair = tuple[str, bytes, bytes]


def git(repository: str, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True).stdout


def pairs(repository: str, span: str) -> list[Pair]:
    base, _, end = span.partition("..")
    changed = git(repository, "diff", "--name-only", "-z", "--diff-filter=M", base, end, "--", "*.py").split(b"\0")
    names = [name.decode("utf-8", "surrogateescape") for name in changed if name]
    return [
        (name, git(repository, "show", f"{base}:{name}"), git(repository, "show", f"{end}:{name}")) for name in names
    ]


def equal_trees(pair: Pair) -> str:
    try:
        same = ast.dump(ast.parse(pair[1])) == ast.dump(ast.parse(pair[2]))
    except (SyntaxError, ValueError):
        return "unparsable"
    return "equal" if same else "differs"


def engine(pair: Pair) -> str:
    found = compare(pair[1], pair[2], pair[0])
    return "allowed by default" if found.whole <= Level.IMPORT_ORDER else found.whole.word


def seconds(judge: Callable[[Pair], str], files: list[Pair]) -> tuple[float, Counter[str]]:
    started = time.process_time()
    found = Counter(map(judge, files))
    return time.process_time() - started, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("range")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    files = pairs(options.repository, options.range)
    ratios = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(options.rounds):
            plain, of_trees = seconds(equal_trees, files)
            ours, of_engine = seconds(engine, files)
            ratios.append(ours / plain)
            print(f"equal trees {plain:.2f} s, engine {ours:.2f} s CPU")
    print(f"{len(files)} files; engine / equal trees: {statistics.median(ratios):.2f}")
    print("equal trees:", dict(of_trees))
    print("engine:", dict(of_engine))


if __name__ == "__main__":
    main()
