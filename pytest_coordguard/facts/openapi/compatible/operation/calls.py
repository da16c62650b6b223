"""Calls that the API makes: callbacks of an operation, and webhooks."""

from __future__ import annotations

from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "webhook-removed": Rule(ERROR, ERROR, "a call that clients wait for does not come any more"),
    "webhook-added": Rule(INFO, INFO, "a further call may come"),
    "callback-removed": Rule(ERROR, NONE, "a call that clients wait for does not come any more"),
    "callback-added": Rule(INFO, NONE, "a further call may come"),
}
