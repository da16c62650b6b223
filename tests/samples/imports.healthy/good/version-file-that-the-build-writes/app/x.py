from app._version import version
