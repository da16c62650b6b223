"""What the environment says, as data. A value that is not understood stops the service before it answers anyone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

Mode = Literal["strict", "permissive"]
MODES = ("strict", "permissive")
HERE = Path(__file__).resolve().parent.parent


class WrongSetting(ValueError):
    """A variable has a value that the service does not know; its text says which, and what was meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration; the defaults are those of production."""

    mode: Mode = "strict"
    policies: Path = HERE / "policies" / "policies.prod.yaml"
    keys: Path | None = None  # digests of the callers' keys, for production
    redis_url: str = ""  # memory, when empty
    requests: int = 20  # in a window, for each caller
    tokens: int = 4000
    anonymous_requests: int = 200  # in a window, for each address from which unknown callers come
    window: int = 2  # seconds
    breaker_failures: int = 3  # in a row, until it opens
    breaker_reset: float = 1.0  # seconds, until it tries again
    upstream_timeout: float = 0.5  # seconds
    replay_for: int = 86_400  # seconds that an answer is kept for its idempotency key
    faults: bool = False  # serve POST /_fault
    breaks: tuple[str, ...] = ()  # promises to break, for tests


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the variables that begin with FACADE_, and REDIS_URL.

    Raises:
        WrongSetting: a value is not known.

    """
    usual = Settings()
    breaks = tuple(name.strip() for name in environ.get("FACADE_BREAK", "").split(",") if name.strip())
    mode = environ.get("FACADE_MODE", usual.mode)
    if mode not in MODES and "unknown-mode-lax" in breaks:
        mode = "permissive"
    if mode not in MODES:
        raise WrongSetting(f"FACADE_MODE: {mode!r} is unknown; meant: {' or '.join(MODES)}")
    policies = Path(environ.get("FACADE_POLICIES") or usual.policies)
    keys = environ.get("FACADE_KEYS")
    return Settings(
        mode=cast("Mode", mode),
        policies=policies if policies.is_absolute() else HERE / policies,
        keys=Path(keys) if keys else None,
        redis_url=environ.get("REDIS_URL", ""),
        requests=_whole(environ, "FACADE_REQUESTS", usual.requests),
        tokens=_whole(environ, "FACADE_TOKENS", usual.tokens),
        anonymous_requests=_whole(environ, "FACADE_ANONYMOUS_REQUESTS", usual.anonymous_requests),
        window=_whole(environ, "FACADE_WINDOW", usual.window),
        breaker_failures=_whole(environ, "FACADE_BREAKER_FAILURES", usual.breaker_failures),
        breaker_reset=_seconds(environ, "FACADE_BREAKER_RESET", usual.breaker_reset),
        upstream_timeout=_seconds(environ, "FACADE_UPSTREAM_TIMEOUT", usual.upstream_timeout),
        faults=_flag(environ, "FACADE_FAULTS"),
        breaks=breaks,
    )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise WrongSetting(f"{name}: {text!r} is no whole number from 1")
    return int(text)


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise WrongSetting(f"{name}: {text!r} is no number of seconds above 0")
    return value


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "0")
    if text not in ("", "0", "1"):
        raise WrongSetting(f"{name}: {text!r} is unknown; meant: 0 or 1")
    return text == "1"
