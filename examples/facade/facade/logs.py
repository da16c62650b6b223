"""One JSON object a line, on standard error, without a secret in it.

Two nets, one behind the other. What a request itself presents as a secret (its token, cookies, fields that are named
like one) is known to the context that answers it, and taken out of every line that is written meanwhile, whoever writes
it: a library, a traceback. Behind that, what has the shape of a secret is taken out wherever it stands.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from urllib.parse import quote, quote_plus, unquote_plus

from pythonjsonlogger.json import JsonFormatter

REDACTED = "[redacted]"
SHORTEST = 4  # characters of a secret; a shorter one would take words out of every line
SENSITIVE = re.compile(
    r"authori[sz]ation|cookie|session|token(?!s)|secret|passw|api[-_]?key|apikey|private[-_]?key|credential|signature"
    r"|^key$|^auth$|^sig$",
    re.IGNORECASE,
)
SHAPES = re.compile(
    r"\b(?:Bearer|Basic|Token)\s+[^\s\"',\\]+"
    r"|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}"
    r"|\btest-golden-token-[A-Za-z0-9-]+"
    r"|\b(?:gh[pousr]|github_pat|glpat|xox[abps]|hf|npm)[-_][A-Za-z0-9_-]{8,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){0,2}"
    # small, capital and digit in one long word: neither prose, nor a digest, nor an id of ours
    r"|(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*\d)(?=[A-Z0-9_-]*[a-z])(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}={0,2}"
)
IN_TEXT = re.compile(r"[\"']?([\w-]+)[\"']?\s*[:=]\s*[\"']?([^\s\"',}&;]+)")

secrets_of_request: ContextVar[frozenset[str]] = ContextVar("secrets_of_request", default=frozenset())


def configure() -> None:
    """Let every logger write through the redacting formatter, Uvicorn's among them.

    Uvicorn's access log is silenced: it holds whole URLs, and ours says the same.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


class Redacting(JsonFormatter):
    """Formats a line, then takes out of the finished text what must not be there."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return redact(super().format(record), secrets_of_request.get())


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without these secrets, in whatever spelling, and without what looks like one."""
    for secret in sorted({spelt for one in secrets for spelt in spellings(one)}, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return SHAPES.sub(REDACTED, text)


def spellings(secret: str) -> Iterator[str]:
    """Yield a secret as it may stand in a line: as it is, in JSON, in a URL, in Base64."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")


def remember(secrets: Iterable[str]) -> None:
    """Add to the secrets of the request that is being answered."""
    found = {secret for secret in secrets if len(secret) >= SHORTEST}
    secrets_of_request.set(secrets_of_request.get() | found)


def secrets_in_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the values of headers or of a query that are named like secrets."""
    for name, value in pairs:
        if SENSITIVE.search(name):
            yield value
            yield value.partition(" ")[2]  # after a scheme, known or not
            yield from (part.partition("=")[2].strip() for part in value.split(";"))  # of cookies


def secrets_in_body(body: bytes) -> Iterator[str]:
    """Yield the values of fields that are named like secrets: of JSON, or of what was meant to be some."""
    text = body.decode("utf-8", "replace")
    try:
        yield from _secrets_in(json.loads(text))
    except (ValueError, RecursionError):
        pairs = [(name, unquote_plus(value)) for name, value in IN_TEXT.findall(text)]
        yield from (value for name, value in pairs if SENSITIVE.search(name))


def _secrets_in(value: object, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _secrets_in(one, str(key) if not SENSITIVE.search(name) else name)
    elif isinstance(value, list):
        for one in value:
            yield from _secrets_in(one, name)
    elif SENSITIVE.search(name) and value is not None:
        yield str(value)
