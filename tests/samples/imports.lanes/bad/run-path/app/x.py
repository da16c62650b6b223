import os
import runpy

runpy.run_path(os.path.join(os.getcwd(), "candidate", "core.py"))
