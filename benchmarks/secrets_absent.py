"""Recall, precision and F1 of `secrets.absent` against other scanners, on a labelled corpus drawn at run time.

    python benchmarks/secrets_absent.py [--seeds 1,2,3] [--peers /venv/with/peers/bin] [--tree REPOSITORY] [--misses]

The corpus is drawn twice for each seed, once below `tests/fixtures/` and once below a neutral folder, for some tools
skip test folders without a word. One sample is one file; a file counts as found when a tool reports anything in it.
Each tool runs as a process of its own; `--tree` measures CPU (user and system, with children) on a repository.
The corpus and our rules have the same authors, so our own figures are an upper bound; take the peers' as they are.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from secrets_corpus import Sample, corpus

OURS = """
import json, sys
from pathlib import Path
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.secrets.survey import survey
repo = Repository(Path(sys.argv[1]))
print(json.dumps([path for path, found in survey(repo, repo.files, largest=32_000_000).secrets.items() if found]))
"""
Paths = set[str]


def run(command: list[str], folder: Path) -> tuple[str, float]:
    """Return what a command prints, and its CPU seconds."""
    with tempfile.TemporaryFile() as out:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL, env=environment)
        _, _, usage = os.wait4(child.pid, 0)
        out.seek(0)
        return out.read().decode("utf-8", "replace"), usage.ru_utime + usage.ru_stime


def ours(folder: Path, _peers: Path) -> tuple[Paths, float]:
    text, cpu = run([sys.executable, "-c", OURS, str(folder)], folder)
    return set(json.loads(text)), cpu


def detect_secrets(folder: Path, peers: Path) -> tuple[Paths, float]:
    text, cpu = run([str(peers / "detect-secrets"), "scan", "--all-files"], folder)
    return set(json.loads(text)["results"]), cpu


def betterleaks(folder: Path, peers: Path) -> tuple[Paths, float]:
    with tempfile.TemporaryDirectory() as there:
        report = Path(there, "report.json")
        _, cpu = run([str(peers / "betterleaks"), ".", "-o", str(report)], folder)
        found = json.loads(report.read_text())["findings"]
    return {os.path.normpath(one["location"]["path"]) for one in found}, cpu


def credsweeper(folder: Path, peers: Path) -> tuple[Paths, float]:
    with tempfile.TemporaryDirectory() as there:
        report = Path(there, "report.json")
        _, cpu = run(
            [str(peers / "credsweeper"), "--path", ".", "--save-json", str(report), "--severity", "medium"], folder
        )
        found = json.loads(report.read_text() or "[]")
    return {os.path.normpath(line["path"]) for one in found for line in one["line_data_list"]}, cpu


TOOLS: dict[str, Callable[[Path, Path], tuple[Paths, float]]] = {
    "detect-secrets": detect_secrets,
    "betterleaks": betterleaks,
    "credsweeper": credsweeper,
}


def scores(samples: list[Sample], found: Paths) -> tuple[float, float, float]:
    """Return recall, precision and F1."""
    hits = sum(one.path in found for one in samples if one.secret)
    false = sum(one.path in found for one in samples if not one.secret)
    recall = hits / sum(one.secret for one in samples)
    precision = hits / (hits + false) if hits + false else 1.0
    return recall, precision, 2 * recall * precision / (recall + precision) if hits else 0.0


def write(samples: list[Sample], folder: Path) -> None:
    for one in samples:
        target = folder / one.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(one.text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    tools = {"ours": ours, **{name: tool for name, tool in TOOLS.items() if (options.peers / name).exists()}}
    results: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    wrong: Counter[str] = Counter()
    for seed in map(int, options.seeds.split(",")):
        for kind in ("tests/fixtures", "config"):
            samples = corpus(seed, kind)
            with tempfile.TemporaryDirectory() as there:
                write(samples, Path(there))
                for name, tool in tools.items():
                    found, _ = tool(Path(there).resolve(), options.peers)
                    results.setdefault((name, kind), []).append(scores(samples, found))
                    if name == "ours":
                        wrong.update(one.family for one in samples if (one.path in found) != one.secret)
    positives = sum(one.secret for one in samples)
    families = len({one.family for one in samples if one.secret})
    print(f"{positives} credentials of {families} families, {len(samples) - positives} files that hold none")
    for (name, kind), rows in results.items():
        recall, precision, both = (statistics.mean(column) for column in zip(*rows, strict=True))
        print(f"{name:16} {kind:16} recall {recall:.3f}  precision {precision:.3f}  F1 {both:.3f}")
    if options.misses:
        print(wrong.most_common())
    if options.tree:
        for name, tool in tools.items():
            found, cpu = tool(options.tree.resolve(), options.peers)
            print(f"{name:16} {options.tree.name}: {cpu:.1f} s CPU, {len(found)} files with findings")


if __name__ == "__main__":
    main()
