import importlib

core = getattr(importlib, "import_module")("candidate.core")
