"""What is no part of the wire, and still used by who generates code: operation ids, tags, servers."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.model import Dialect
from pytest_coordguard.facts.openapi.compatible.step import Step, below
from pytest_coordguard.facts.openapi.compatible.values import in_words, listed
from pytest_coordguard.facts.openapi.description import Site

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "operation-id-changed": Rule(WARNING, INFO, "the operation has another operationId, or none any more"),
    "operation-id-added": Rule(INFO, INFO, "the operation has an operationId"),
    "tag-removed": Rule(INFO, INFO, "the operation has a tag less"),
    "tag-added": Rule(INFO, INFO, "the operation has a further tag"),
    "servers-changed": Rule(ERROR, NONE, "none of the URLs that the operation had leads to it now"),
    "server-removed": Rule(WARNING, NONE, "one of the URLs that the operation had does not lead to it now"),
    "server-added": Rule(INFO, NONE, "the operation can be had at a further URL"),
}


def compare_names(step: Step) -> Iterator[Change]:
    """Yield what became of the operation's id, tags and servers."""
    before, after = step.before.field("operationId"), step.after.field("operationId")
    places = below(step.before.site, "operationId"), below(step.after.site, "operationId")
    if before != after and before is not None:
        yield step.change("operation-id-changed", f"the operationId went from {before!r} to {after!r}", *places)
    elif before != after:
        yield step.change("operation-id-added", f"the operationId {after!r} is new", *places)
    tags = [set(listed(operation.field("tags"))) for operation in (step.before, step.after)]
    at = below(step.before.site, "tags"), below(step.after.site, "tags")
    for word, names in (("removed", tags[0] - tags[1]), ("added", tags[1] - tags[0])):
        if names:
            yield step.change(f"tag-{word}", f"tags {word}: {in_words(sorted(names))}", *at)


def compare_servers(step: Step) -> Iterator[Change]:
    """Yield what became of the URLs under which an operation can be had: its path behind each of its servers."""
    before, after = (dict.fromkeys(operation.servers) for operation in (step.before, step.after))
    gone = [url for url in before if url not in after]
    come = [url for url in after if url not in before]
    places = _place(step.old), _place(step.new)
    if gone and len(gone) == len(before):
        said = f"the servers went from {in_words(before)} to {in_words(after)}"
        yield step.change("servers-changed", said, *places)
    elif gone:
        yield step.change("server-removed", f"servers removed: {in_words(gone)}", *places)
    elif come:
        yield step.change("server-added", f"servers added: {in_words(come)}", *places)


def _place(dialect: Dialect) -> Site:
    description = dialect.forms.description
    return below(description.root, "basePath" if description.version == "2.0" else "servers")
