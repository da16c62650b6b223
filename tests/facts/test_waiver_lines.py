"""A plan gets one waiver more, and nothing else of it changes."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.plan import Waiver
from pytest_coordguard.facts.waiver_lines import with_waiver

WAIVER = Waiver("T-1/c", "legacy: goes", "ana", date(2026, 12, 31), 0)
ITEM = '- {criterion: T-1/c, reason: "legacy: goes", owner: ana, until: 2026-12-31}'
OLD = "{criterion: T-1/d, reason: x, owner: ben, until: 2026-12-30}"
PLANS = {
    "no waivers yet": ("version: 1\ntasks: {}\n", f"version: 1\ntasks: {{}}\nwaivers:\n  {ITEM}\n"),
    "a list": (f"waivers:\n  - {OLD}\ntasks: {{}}\n", f"waivers:\n  - {OLD}\n  {ITEM}\ntasks: {{}}\n"),
    "a list at the margin": (f"waivers:\n- {OLD}\ntasks: {{}}\n", f"waivers:\n- {OLD}\n{ITEM}\ntasks: {{}}\n"),
    "a list at the end": (f"waivers: # for now\n  - {OLD}", f"waivers: # for now\n  - {OLD}\n  {ITEM}\n"),
    "items of several lines": (
        "waivers:\n  - criterion: T-1/d\n    owner: ben\n\n# tasks\ntasks: {}\n",
        f"waivers:\n  - criterion: T-1/d\n    owner: ben\n  {ITEM}\n\n# tasks\ntasks: {{}}\n",
    ),
    "windows line ends": ("version: 1\r\n", f"version: 1\r\nwaivers:\r\n  {ITEM}\r\n"),
    "a flow list": (f"waivers: [{OLD}]\n", None),
    "an empty list": ("waivers: []\n", None),
    "a key without value": ("waivers:\ntasks: {}\n", None),
}  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_the_waiver_stands_at_the_end_of_the_list(plan):
    before, after = PLANS[plan]

    assert with_waiver(before, WAIVER) == after


@given(st.text(max_size=40), st.sampled_from([before for before, after in PLANS.values() if after]))
def test_any_reason_is_read_as_it_was_written(reason, plan):
    told = Waiver("T-1/c", reason.encode(errors="replace").decode(), "ana", date(2026, 12, 31), 0)
    after = yaml.safe_load(with_waiver(plan, told))

    assert after["waivers"][-1] == {
        "criterion": "T-1/c", "reason": told.reason, "owner": "ana", "until": date(2026, 12, 31)
    }  # fmt: skip
    before = yaml.safe_load(plan)
    assert after["waivers"][:-1] == (before.pop("waivers", None) or [])
    assert {key: value for key, value in after.items() if key != "waivers"} == before
