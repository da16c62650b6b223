"""The JSON Schema of a plan, so that editors complete it. Made from the shape that the plan reader reads by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_coordguard.domain.plan_shape import CriterionType, plan_type
from pytest_coordguard.domain.signature import CheckSignature

LEFT_OUT = (  # rules of the reader that a JSON Schema cannot state
    "a key given twice, or task ids that differ in upper and lower case only",
    "depends_on, groups, gates, waivers and retired that name what is not there; a criterion waived or retired twice",
    "tasks that wait for themselves or for one another",
    "a retired criterion that is still in the plan",
    "a number of more than 300 digits",
)


def plan_schema(signatures: Mapping[str, CheckSignature]) -> dict[str, Any]:
    """Return the schema (JSON Schema draft 2020-12) of plans that may call these checks.

    It accepts what `facts.plan_file.read_plan` accepts, but for the rules of `LEFT_OUT`.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan of pytest-coordguard",
        "description": "coordguard.yaml: tasks, their acceptance criteria, and what the checks need to know.",
        **plan_type(signatures).schema(),
        "$defs": CriterionType(signatures).definitions(),
    }


def plan_schema_text(signatures: Mapping[str, CheckSignature]) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(plan_schema(signatures), indent=1, ensure_ascii=False) + "\n"
