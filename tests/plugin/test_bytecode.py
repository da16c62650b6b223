"""Bytecode that lies in the repository and says that it need not match its source."""

import importlib.util
import py_compile
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("coordguard_battery", Path(__file__).with_name("battery.py"))
battery = sys.modules.setdefault(_SPEC.name, importlib.util.module_from_spec(_SPEC))
if not hasattr(battery, "run"):
    _SPEC.loader.exec_module(battery)


def test_bytecode_that_does_not_match_its_source_is_not_believed(tmp_path):
    """Python runs an "unchecked" .pyc whatever its source says: total([]) would be 1 here, as the lie has it."""
    battery.lies.build(battery.EVERY["fails"], tmp_path)
    other = tmp_path / "other.py"
    other.write_text("def total(prices):\n    return sum(prices) or 1\n")
    planted = tmp_path / "__pycache__" / f"shop.{sys.implementation.cache_tag}.pyc"
    py_compile.compile(str(other), str(planted), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    other.unlink()

    result = battery.gate(tmp_path)

    assert (result.exit, result.verdicts) == (1, {"AC-1/honest": "met", "AC-2/lie": "unmet"}), result.output
