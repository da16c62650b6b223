"""Write the OpenAPI description from the code: `python scripts/generate_openapi.py`."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from facade.service import make_app  # noqa: E402  found by the line above
from facade.settings import Settings  # noqa: E402

text = json.dumps(make_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"
(HERE / "openapi" / "facade.json").write_text(text, encoding="utf-8")
