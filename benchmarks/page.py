"""The page of plans from 5 to 2,000 criteria: its size, the time to write it, and the time until Chromium shows it.

    python benchmarks/page.py [--rounds 3]

Each plan has a year of history. "look" is reading the record, git and the runs; "write" is making the page's text of
that, in one process, the median of the rounds; "command" is the whole of `coordguard dashboard --html`, a process.
"open" is from the navigation to the load event, and "paint" to the first paint with content, as the browser's own
clock has them (w3.org/TR/navigation-timing-2, w3.org/TR/paint-timing), with an empty profile and no GPU; "search" is
from a word that a third of the tasks has to the end of the next frame. Without Chromium those are left out, and said.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

from ground import ROOT, folder, table
from made_up import END, made_up

sys.path.insert(0, str(ROOT))
from pytest_coordguard.commands.common import here
from pytest_coordguard.lookout import look_around
from pytest_coordguard.reports.page import page
from tests.chromium import CHROMIUM, Chromium

PLANS = ((1, 5), (20, 200), (200, 2000))
OPENED = """(async () => {
  const shown = () => performance.getEntriesByName("first-contentful-paint")[0];
  while (!shown()) await new Promise((done) => setTimeout(done, 10));
  const [load] = performance.getEntriesByType("navigation");
  return [load.loadEventEnd, shown().startTime, document.querySelectorAll("*").length];
})()"""
SEARCHED = """(async () => {
  const search = document.querySelector("#search");
  const start = performance.now();
  search.value = "headers";
  search.form.requestSubmit();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
})()"""


def timed(call):
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def median(call, rounds):
    return statistics.median(timed(call)[1] for _ in range(rounds))


def measured(root, rounds):
    """Return size and times of a repository's page, and the page."""
    with chdir(root):
        found = here(None)
        view, looked = timed(lambda: look_around(root, found.plan, found.record(), now=datetime.now(UTC)))
        text = page(view)
        written = median(lambda: page(view), rounds)
        target = root / "page.html"
        command = [sys.executable, "-c", "import sys; from pytest_coordguard.cli import main; sys.exit(main())"]
        command += ["dashboard", "--html", str(target), "--at", END.isoformat()]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        whole = median(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env), rounds)
    return [f"{len(text) / 1e6:.2f} MB", f"{looked:.2f} s", f"{written:.2f} s", f"{whole:.2f} s"], target


def opened(browser, target, rounds):
    """Return what the browser says of opening a page, medians of the rounds."""
    found = []
    for _ in range(rounds):
        browser.open("about:blank")
        browser.open(target.as_uri())
        found.append((*browser.run(OPENED), browser.run(SEARCHED)))
    load, paint, elements, searched = (statistics.median(each) for each in zip(*found, strict=True))
    return [f"{load:.0f} ms", f"{paint:.0f} ms", f"{searched:.0f} ms", f"{elements:.0f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows = []
    with folder() as place:
        browser = Chromium(place / "profile") if CHROMIUM else None
        if browser is None:
            print("chromium is not installed: open, paint and search are left out")
        try:
            for tasks, criteria in PLANS:
                root = Path(place / f"{criteria}")
                made_up(root, tasks=tasks, criteria=criteria)
                figures, target = measured(root, rounds)
                more = opened(browser, target, rounds) if browser else []
                rows.append([f"{tasks} tasks, {criteria} criteria", *figures, *more])
        finally:
            if browser:
                browser.close()
    heads = ["plan", "size", "look", "write", "command", "open", "paint", "search", "elements"]
    print(table(heads[: len(rows[0])], rows))


if __name__ == "__main__":
    main()
