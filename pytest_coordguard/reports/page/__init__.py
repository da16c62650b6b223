"""The dashboard as one page of HTML that asks nothing of a network: facts in, text out, the same for the same facts."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.reports.page.facts import shown

if TYPE_CHECKING:
    from jinja2 import Template


def page(view: Overview, live: str = "") -> str:
    """Return the page of an overview; a live one, of a revision, asks the server that it came from for newer ones.

    Whatever comes from outside is escaped by the template, and has no power if it were not: the policy lets no script
    and no style run but the two files beside this one.
    """
    template, style, script = _parts()
    return template.render(shown(view), live=live, policy=policy(live=bool(live)), style=style, script=script) + "\n"


def policy(*, live: bool) -> str:
    """Return the content security policy (w3.org/TR/CSP3): own style and script, no address but a live page's own."""
    _, style, script = _parts()
    rules = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        f"script-src '{_digest(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*rules, "connect-src 'self'"] if live else rules)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache(maxsize=1)
def _parts() -> tuple[Template, str, str]:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_own),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (Markup(_own(name)) for name in ("page.css", "page.js"))  # noqa: S704  # files of this package
    return environment.get_template("page.html"), style, script


def _own(name: str) -> str:
    return files("pytest_coordguard.reports.page").joinpath(name).read_text(encoding="utf-8")
