"""The checks that the plans of tests/samples/plans and of the property tests call."""

from typing import Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.guardrail import guardrail
from pytest_coordguard.domain.parameters import RepoFile, RepoPath, Seconds
from pytest_coordguard.domain.signature import signature_of


@guardrail("openapi.valid", remedy="Fix the first error it names.")
def openapi_valid(spec: RepoFile, evidence: Evidence, at_most: int = 0) -> None:
    """The OpenAPI document validates."""


@guardrail("demo.types", remedy="Give what is meant.")
def demo_types(
    repo: object,
    word: str = "",
    count: int = 0,
    share: float = 7.5,
    flag: bool = False,
    file: RepoFile = RepoFile("a"),
    paths: list[RepoPath] | None = None,
    limit: Seconds = Seconds(60),
    mode: Literal["strict", "permissive"] = "strict",
    version: Literal["3.0", "3.1"] | None = None,
    level: Literal[1, 2] = 1,
    numbers: list[float] = [],  # noqa: B006
    table: dict[str, int] = {},  # noqa: B006
    maybe: int | None = None,
    either: int | list[str] | None = None,
    other: object = None,
) -> None:
    """Each type that a parameter may have."""


CHECKS = {signature.check: signature for signature in map(signature_of, (openapi_valid, demo_types))}
