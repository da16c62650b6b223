from tools.inner import nothing
