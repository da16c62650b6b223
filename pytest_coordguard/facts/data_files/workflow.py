"""GitHub's workflow files: what GitHub refuses before it runs anything."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.data_files.yaml_events import Node, YamlError, read_documents, yaml_troubles


def workflow_troubles(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a workflow: as YAML, and by GitHub's "Workflow syntax for GitHub Actions"."""
    found = list(yaml_troubles(text))
    yield from found
    try:
        roots = read_documents(text).roots
    except YamlError:
        return  # it is in `found`
    if len(roots) != 1 or roots[0].kind != "mapping":
        yield 0, "is no workflow: one mapping is meant"
        return
    root = roots[0]
    if root.get("on") is None:
        yield 0, "is no workflow: it has no `on`, so that nothing starts it"
    jobs = root.get("jobs")
    if jobs is None or (jobs.kind != "alias" and not jobs.entries):
        yield jobs.line if jobs else 0, "is no workflow: it has no `jobs`"
        return
    for entry in jobs.entries:
        yield from _job(entry.text, entry.line, entry.value)


def _job(name: str, line: int, job: Node | None) -> Iterator[tuple[int, str]]:
    if job is None or job.kind == "alias":
        return
    if job.kind != "mapping":
        yield line, f"the job {name!r} is no mapping"
    elif job.get("<<") is None and job.get("runs-on") is None and job.get("uses") is None:
        yield line, f"the job {name!r} has neither `runs-on` nor `uses`"
