"""The pull requests that are open on the forge, all of them, with what each waits for: one query for fifty."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.facts.pull_request.forge.client import PAGES, Client, ForgeError
from pytest_coordguard.facts.pull_request.shape import Malformed, at, rows, text, truth

OPEN = """
query($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: 50, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number title state isDraft headRefName headRefOid reviewDecision createdAt updatedAt
        author { login }
        labels(first: 50) { nodes { name } }
        head: commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { nodes {
          __typename
          ... on CheckRun { name conclusion }
          ... on StatusContext { context state }
        } } } } } }
      }
    }
  }
}
"""


def open_pulls(client: Client) -> list[dict[str, Any]]:
    """Return the open pull requests, each as `gh pr list --json` writes it.

    Raises:
        ForgeError: there is no answer, or the list has no end.
        Malformed: the answer is not of the shape that the schema promises.

    """
    owner, _, name = client.where.repository.partition("/")
    found: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(PAGES):
        data = client.graphql(OPEN, {"owner": owner, "name": name, "after": after})
        listed = at(data, "repository", "pullRequests")
        if listed is None:
            raise ForgeError(f"{client.where.repository} is not found, or the token may not see it")
        found += [_as_gh_writes(node) for node in rows(listed, "nodes")]
        if not truth(listed, "pageInfo", "hasNextPage"):
            return found
        after = text(listed, "pageInfo", "endCursor")
    raise ForgeError(f"{client.where.repository}: more than {PAGES} pages of open pull requests; the list is not whole")


def _as_gh_writes(node: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    if not isinstance(node, dict):
        raise Malformed("a pull request is no object")
    commits = rows(node, "head", "nodes")
    rollup = at(commits[0], "commit", "statusCheckRollup") if commits else None
    checks = rows(rollup, "contexts", "nodes") if rollup else []
    return {**node, "labels": rows(node, "labels", "nodes"), "statusCheckRollup": checks}
