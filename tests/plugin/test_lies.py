"""No lie opens the gate and no honest repository is closed, serially and distributed."""

import importlib.util
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("coordguard_battery", Path(__file__).with_name("battery.py"))
battery = sys.modules.setdefault(_SPEC.name, importlib.util.module_from_spec(_SPEC))
if not hasattr(battery, "run"):
    _SPEC.loader.exec_module(battery)


def lacks(situation):
    for name in situation.needs:
        try:
            distribution(name)
        except PackageNotFoundError:
            return name
    return ""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "n2"])
@pytest.mark.parametrize("name", sorted(battery.EVERY))
def test_the_gate_believes_no_lie_and_every_honest_test(name, workers, tmp_path):
    """Each situation is a small repository; what must come out stands in its sample."""
    situation = battery.EVERY[name]
    if lacking := lacks(situation):
        pytest.skip(f"{lacking} is not installed")

    result = battery.run(name, tmp_path, *workers)

    assert result.trouble(situation) == "", result.output
