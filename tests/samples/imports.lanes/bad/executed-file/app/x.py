from pathlib import Path

exec((Path(__file__).parent.parent / "candidate" / "core.py").read_text())
