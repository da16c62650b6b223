"""Write pytest_coordguard/plan.schema.json anew, after a guardrail was added: python tests/regenerate_schema.py"""

from pathlib import Path

import pytest_coordguard
from pytest_coordguard.reports.plan_schema import plan_schema_text
from pytest_coordguard.suite import suite

FILE = Path(pytest_coordguard.__file__).with_name("plan.schema.json")

if __name__ == "__main__":
    FILE.write_text(plan_schema_text({name: entry.signature for name, entry in suite().items()}), encoding="utf-8")
