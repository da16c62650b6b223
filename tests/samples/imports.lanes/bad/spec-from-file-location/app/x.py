import importlib.util
from pathlib import Path

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("core", HERE.parent / "candidate" / "core.py")
