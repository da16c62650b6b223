import builtins

core = builtins.__import__("candidate")
