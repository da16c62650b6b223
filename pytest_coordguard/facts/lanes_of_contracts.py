"""import-linter's contracts as criteria of `imports.lanes`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pytest_coordguard.domain.draft import DraftCriterion, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.survey import Survey
from pytest_coordguard.facts.survey_settings import Contract

Pair = tuple[list[str], list[str]]  # modules of a lane, modules that they may not import


def lane_criteria(survey: Survey) -> tuple[list[DraftCriterion], list[Finding]]:
    """Return a criterion for each lane that a contract closes, and the contracts that have none.

    A lane of which the repository has no file, or that is closed to nothing that exists or is imported, is left out:
    such a criterion could never fail.
    """
    found: list[DraftCriterion] = []
    remarks: list[Finding] = []
    for contract in survey.contracts:
        pairs = list(_pairs(contract))
        if not pairs:
            message = f"contract {contract.name!r} of type {contract.type!r} has no check here yet"
            remarks.append(Finding(contract.path, 0, message, "contract"))
        for lane, forbidden in pairs:
            criterion = _criterion(survey, contract, lane, forbidden, [one.slug for one in found])
            if criterion and not any(criterion.parameters == one.parameters for one in found):
                found.append(criterion)
            elif not criterion:
                message = f"contract {contract.name!r}: {', '.join(lane)} or what it must not import is not here"
                remarks.append(Finding(contract.path, 0, message, "contract"))
    return found, remarks


def _pairs(contract: Contract) -> Iterator[Pair]:
    """Yield what may not import what (import-linter.readthedocs.io, contract types)."""
    if contract.type == "forbidden":
        yield contract.listed("source_modules"), contract.listed("forbidden_modules")
    elif contract.type == "independence":
        modules = contract.listed("modules")
        yield from (([one], [other for other in modules if other != one]) for one in modules)
    elif contract.type == "layers":
        for container in contract.listed("containers") or [""]:
            yield from _layer_pairs(contract.listed("layers"), container)


def _layer_pairs(layers: list[str], container: str) -> Iterator[Pair]:
    """A layer may import those below it: each is closed to those above. `a | b` are also closed to each other."""
    above: list[str] = []
    for layer in layers:
        names = [name.strip(" ()") for name in re.split(r"[|:]", layer)]
        modules = [f"{container}.{name}".strip(".") for name in names if name]
        if above:
            yield modules, list(above)
        if "|" in layer:
            yield from (([one], [other for other in modules if other != one]) for one in modules)
        above += modules


def _criterion(
    survey: Survey, contract: Contract, lane: list[str], forbidden: list[str], taken: list[str]
) -> DraftCriterion | None:
    folders = [path for module in lane if (path := survey.path_of(module))]
    packages = [module for module in forbidden if contract.external or _could_be_imported(survey, module)]
    if not folders or not packages:
        return None
    parameters: dict[str, Any] = {"lane": folders, "forbid": packages}
    if contract.type_checking:
        parameters["type_checking"] = "fail"
    if "True" in contract.values.get("allow_indirect_imports", ()):
        parameters["through"] = "ignore"
    allowed = dict(_allowed(survey, contract))
    if allowed:
        parameters["allow"] = allowed
    text = f"{contract.name}: {', '.join(lane)} does not import {', '.join(packages)}"
    note = f"from {contract.path}, contract {contract.name!r}"
    name = slug(f"{' '.join(module.rpartition('.')[2] for module in lane)} {contract.name}", taken)
    return DraftCriterion(name, text, "imports.lanes", parameters, comment=note)


def _could_be_imported(survey: Survey, module: str) -> bool:
    """Tell whether a module is here or was: what was moved away is imported on by files that nobody mended."""
    return bool(survey.path_of(module)) or module in survey.imported


def _allowed(survey: Survey, contract: Contract) -> Iterator[tuple[str, str]]:
    for line in contract.listed("ignore_imports"):
        importer, arrow, imported = (part.strip() for part in line.partition("->"))
        path = survey.path_of(importer)
        if arrow and path and "*" not in line:
            yield f"{path.rstrip('/')}:{imported}", f"ignored in {contract.path}"
