"""Secrets that are made to be looked for: how one is spelt in a log, where a request may carry one. Plain data."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import quote, unquote

from pytest_coordguard.domain.ask import Ask

FRESH = "{fresh}"  # in a shape: what differs from secret to secret
CANARY = "{canary}"  # in a request of a plan: where the secret goes
LENGTH = 32  # characters of what differs
BEGINNING = 12  # characters of a secret that nobody may know either
DRAWN = 9  # of them at least that are drawn
Place = Literal[
    "bearer",
    "other-scheme",
    "no-scheme",
    "basic",
    "api-key",
    "cookie",
    "query",
    "path",
    "json",
    "malformed",
    "form",
    "exception",
]
PLACES: tuple[Place, ...] = get_args(Place)
WORDS: dict[str, str] = {
    "bearer": "a bearer token",
    "other-scheme": "a token behind an unknown scheme",
    "no-scheme": "a token without a scheme",
    "basic": "a password of Basic authentication",
    "api-key": "X-Api-Key",
    "cookie": "a cookie",
    "query": "the query",
    "path": "the path",
    "json": "a JSON body",
    "malformed": "a body that is no JSON",
    "form": "a form",
    "exception": "a request that crashes",
    "token": "the caller's own token",
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(/))")


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that carries a secret at one place, and a harmless word where a log has it."""

    place: str
    ask: Ask
    secret: str
    nonce: str


class Text:
    """A text in which secrets are looked for, with its escapes undone."""

    def __init__(self, text: str) -> None:
        self.as_is = text
        self.forms = {
            "as it is": text,
            "URL-encoded": unquote(text),
            "escaped": _ESCAPE.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), text),
        }

    def has(self, word: str) -> bool:
        """Tell whether a harmless word is in it."""
        return any(word in form for form in self.forms.values())

    def shows(self, secret: str, beginning: int = 0) -> str:
        """Say in which way a secret is in it, "" when it is not; `beginning`: how much of it tells it already."""
        for how, form in self.forms.items():
            if secret in form:
                return how
        for form in self.forms.values():
            if any(piece in form for piece in in_base64(secret[:beginning] if beginning else secret)):
                return "in Base64"
        if beginning and any(secret[:beginning] in form for form in self.forms.values()):
            return f"with its first {beginning} characters"
        return ""


def in_base64(secret: str) -> Iterator[str]:
    """Yield what Base64 makes of a text whatever stands before and behind it, in both of its alphabets."""
    for before in range(3):
        raw = base64.b64encode(bytes(before) + secret.encode()).decode()
        first = -(-before * 8 // 6)
        last = (before + len(secret.encode())) * 8 // 6
        yield raw[first:last]
        yield raw[first:last].replace("+", "-").replace("/", "_")


def beginning_of(shape: str) -> int:
    """Return how many characters of a secret of this shape tell it already."""
    return max(BEGINNING, len(shape.partition(FRESH)[0]) + DRAWN)


def pattern_of(shape: str) -> re.Pattern[str]:
    """Return what secrets of a shape look like, for those who have not drawn them."""
    before, _, behind = shape.partition(FRESH)
    return re.compile(f"{re.escape(before)}[A-Za-z0-9]{{{LENGTH}}}{re.escape(behind)}")


def percent(secret: str) -> str:
    """Return a text with each character as a URL may encode it."""
    return "".join(f"%{byte:02X}" for byte in secret.encode())


def probe(place: str, endpoint: Ask, secret: str, nonce: str) -> Probe:
    """Return the request that carries a secret at a place, made of one that succeeds or of the one that crashes."""
    return Probe(place, _with_nonce(_CARRIERS[place](endpoint, secret), nonce), secret, nonce)


def _with_nonce(ask: Ask, nonce: str) -> Ask:
    return _in_query(replace(ask, headers={**ask.headers, "X-Request-ID": nonce}), "coordguard", nonce)


def _in_query(ask: Ask, name: str, value: str) -> Ask:
    return replace(ask, path=f"{ask.path}{'&' if '?' in ask.path else '?'}{name}={quote(value, safe='')}")


def _authorized(value: str) -> Callable[[Ask, str], Ask]:
    return lambda ask, secret: replace(
        ask, auth="none", headers={**ask.headers, "Authorization": value.replace(CANARY, secret)}
    )


def _headed(name: str, value: str = CANARY) -> Callable[[Ask, str], Ask]:
    return lambda ask, secret: replace(ask, headers={**ask.headers, name: value.replace(CANARY, secret)})


def _basic(ask: Ask, secret: str) -> Ask:
    pair = base64.b64encode(f"coordguard:{secret}".encode()).decode()
    return _authorized(f"Basic {pair}")(ask, secret)


def _in_path(ask: Ask, secret: str) -> Ask:
    path, _, query = ask.path.partition("?")
    return replace(ask, path=f"{path.rstrip('/')}/{quote(secret, safe='')}{'?' + query if query else ''}")


def _in_json(ask: Ask, secret: str) -> Ask:
    try:
        data = json.loads(ask.content or b"{}")
    except ValueError:
        data = {}
    data = data if isinstance(data, dict) else {"data": data}
    return _posted(ask).with_json({**data, "api_key": secret, "user": {"password": secret}})


def _malformed(ask: Ask, secret: str) -> Ask:
    text = f'{{"api_key": "{secret}", "user": {{"password": "{secret}"'
    return replace(_posted(ask), content=text.encode(), media_type="application/json")


def _form(ask: Ask, secret: str) -> Ask:
    content = f"user=coordguard&password={quote(secret, safe='')}".encode()
    return replace(_posted(ask), content=content, media_type="application/x-www-form-urlencoded")


def _posted(ask: Ask) -> Ask:
    return ask if ask.method in ("POST", "PUT", "PATCH") else replace(ask, method="POST")


def carries(ask: Ask) -> bool:
    """Tell whether a request of the plan says where its secret goes."""
    return any(CANARY in text for text in (ask.path, ask.content.decode("utf-8", "replace"), *ask.headers.values()))


def _filled(ask: Ask, secret: str) -> Ask:
    return replace(
        ask,
        path=ask.path.replace(CANARY, quote(secret, safe="")),
        content=ask.content.replace(CANARY.encode(), secret.encode()),
        headers={name: value.replace(CANARY, secret) for name, value in ask.headers.items()},
    )


_CARRIERS: dict[str, Callable[[Ask, str], Ask]] = {
    "bearer": _authorized(f"Bearer {CANARY}"),
    "other-scheme": _authorized(f"Secret {CANARY}"),
    "no-scheme": _authorized(CANARY),
    "basic": _basic,
    "api-key": _headed("X-Api-Key"),
    "cookie": _headed("Cookie", f"session={CANARY}"),
    "query": lambda ask, secret: _in_query(ask, "api_key", secret),
    "path": _in_path,
    "json": _in_json,
    "malformed": _malformed,
    "form": _form,
    "exception": _filled,
}
