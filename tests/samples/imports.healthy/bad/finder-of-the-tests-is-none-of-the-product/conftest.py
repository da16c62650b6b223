import sys

sys.meta_path.append(object())
