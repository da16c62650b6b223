"""`coordguard mcp`: the same answers for agents, over the Model Context Protocol."""

from __future__ import annotations

import argparse

from pytest_coordguard.commands.common import DONE, Trouble, here


def mcp(options: argparse.Namespace) -> int:
    """Answer on standard input and output until the client closes them."""
    here(options.plan)  # a plan with errors is told at once, and not to each call
    try:
        from pytest_coordguard.mcp_server import server
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        raise Trouble(
            f"needs the Python SDK of the protocol ({missing or error} is missing): "
            "pip install 'pytest-coordguard[mcp]'"
        ) from None
    server(options.plan, allow_run=options.allow_run).run("stdio")
    return DONE
