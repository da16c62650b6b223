"""The error envelope of the OpenAI API: {"error": {"message", "type", "param", "code"}}."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.domain.reply import NotJson, Reply

# https://platform.openai.com/docs/guides/error-codes and the `Error` schema of openai/openai-openapi
FIELDS = ("message", "type", "param", "code")
_WORDS = ("message", "type")  # never empty; the other two may be null
_DUMPED = ("{'", '{"', "[{")  # an exception's detail that went through str(), as in a handler of HTTPException
_OWN = "Traceback (most recent call last)"


def envelope_faults(reply: Reply) -> Iterator[str]:
    """Yield in which ways an error answer is not in the envelope, in words that are the same at each run."""
    if not reply.is_json:
        yield f"is {reply.media_type or 'of no media type'}, not application/json"
    try:
        data = reply.json()
    except NotJson:
        yield "has a body that is no JSON"
        return
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        yield _instead(data)
        return
    yield from _faults_of(error)
    if _OWN in reply.text:
        yield "shows a Python traceback"


def _instead(data: object) -> str:
    if not isinstance(data, dict):
        return f"has {_kind(data)} for a body; meant: an object with 'error'"
    if "error" in data:
        return f"has {_kind(data['error'])} for 'error'; meant: an object with {', '.join(FIELDS)}"
    names = sorted(map(str, data))[:4]
    has = ", ".join(name if name.isprintable() else repr(name) for name in names) or "nothing"
    return f"has no 'error' (it has {has})"


def _faults_of(error: dict[str, object]) -> Iterator[str]:
    for name in FIELDS:
        if name not in error:
            yield f"has no error.{name}"
            continue
        value = error[name]
        if name in _WORDS and not (isinstance(value, str) and value.strip()):
            yield f"has {_kind(value)} for error.{name}; meant: words"
        elif name == "message" and str(value).lstrip().startswith(_DUMPED):
            yield "has a printed object for error.message; meant: a sentence"
        elif name not in _WORDS and not (value is None or isinstance(value, str)):
            yield f"has {_kind(value)} for error.{name}; meant: text or null"


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text" if value.strip() else "an empty text"
    names = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names[type(value)]
