"""The names of the promises that can be broken, and which of them are."""

from __future__ import annotations

from collections.abc import Iterable

from facade.settings import WrongSetting

STATUSES = (400, 401, 403, 404, 405, 422, 429, 500, 503)

BREAKS: dict[str, str] = {
    # service.smoke
    "endpoint-gone": "POST /v1/embeddings is not there",
    "authenticated-500": "every call with a token ends in 500",
    "wrong-envelope": "a chat's answer has `answers` in place of `choices`",
    "models-empty": "GET /v1/models lists none",
    "json-as-text": "JSON is sent as text/plain",
    "crash-on-odd-input": "an embedding of anything but ASCII, or of over 512 dimensions, ends in 500",
    # service.envelope
    "string-envelope": "`error` is a text",
    "envelope-missing-message": "`error` lacks `message`",
    "envelope-missing-type": "`error` lacks `type`",
    "envelope-missing-param": "`error` lacks `param`",
    "envelope-missing-code": "`error` lacks `code`",
    "error-as-200": "errors are sent with status 200",
    **{f"{status}-as-html": f"{status} is answered in HTML" for status in STATUSES},
    **{f"{status}-as-detail": f"{status} is answered as the framework does" for status in STATUSES},
    # service.headers
    "no-openai-family": "no answer has x-ratelimit-…-requests and -tokens",
    "no-x-family": "no answer has X-RateLimit-Limit, -Remaining, -Reset",
    "no-tokens-headers": "no answer has x-ratelimit-…-tokens",
    **{f"no-openai-family-on-{status}": f"{status} lacks x-ratelimit-…-requests" for status in (200, *STATUSES)},
    **{f"no-x-family-on-{status}": f"{status} lacks X-RateLimit-…" for status in (200, *STATUSES)},
    "frozen-remaining": "what remains is always one less than the limit",
    "remaining-above-limit": "more remains than is allowed",
    "garbled-reset": "the reset is a word",
    "zero-tokens": "the headers of tokens are all 0",
    "never-limits": "the headers count down, and nobody is ever refused",
    # service.backoff
    "no-retry-after": "a 429 has no Retry-After",
    "no-envelope-retry-after": "a 429 has no error.retry_after",
    "lying-retry-after": "whoever was refused is refused longer than they were told",
    "disagreeing-retry-after": "Retry-After says 30 s more than the body",
    "disagreeing-retry-after-ms": "retry-after-ms says a tenth of Retry-After",
    "garbled-retry-after": "Retry-After is a word",
    # service.stream_headers
    "stream-no-headers": "a stream begins without both families",
    "stream-error-no-headers": "an error before a stream has neither family",
    "stream-error-as-200": "an error before a stream is an event in a stream with status 200",
    "buffered-stream": "a stream is sent at its end, in one piece",
    "no-done": "a stream ends without [DONE]",
    "no-trailer": "a stream ends without the quota",
    "stream-as-json": "a stream says that it is JSON",
    "stream-cut": "a stream ends in the middle of an event",
    # service.modes
    "strict-lets-unscoped": "in strict mode, a token without the scope is enough",
    "strict-lets-garbage": "in strict mode, any token is enough",
    "no-token-needed": "nobody needs a token",
    "mode-dead-knob": "permissive mode is as strict as the other",
    "unknown-mode-lax": "a mode that is not known means permissive (with FACADE_BREAK alone)",
    # service.idempotent
    "replay-recomputes": "a second request with the same key is answered anew",
    "replay-second-effect": "it is answered as the first, and has an effect of its own",
    "replay-unmarked": "no header tells a replay",
    "replay-across-callers": "another caller with the same key gets the first one's answer",
    "conflict-accepted": "another body with the same key gets the first one's answer",
    "concurrent-twice": "two at once with the same key have two effects",
    "forget-on-restart": "answers are kept in memory in spite of Redis (with FACADE_BREAK alone)",
    # those of service.breaker and service.metrics
    "breaker-never-opens": "the model is asked however often it fails",
    "never-half-open": "once open, it stays so",
    "breaker-hidden-in-healthz": "/healthz says nothing of it",
    "breaker-frozen-in-healthz": "/healthz always says closed",
    "breaker-metric-missing": "/metrics lacks facade_breaker_state",
    "breaker-metric-frozen": "facade_breaker_state is always 0",
    "trips-missing": "/metrics lacks facade_breaker_trips_total",
    "trips-frozen": "facade_breaker_trips_total is always 0",
    "metrics-gone": "/metrics is not there",
    "decisions-uncounted": "facade_policy_decisions_total never moves",
    "silent-fallback": "a fallback is not marked",
    "provenance-dropped": "a fallback has no provenance",
    "silent-upstream-fault": "a failure of the model is in no log",
    # service.redacts_logs
    "log-secret-header": "the log has the Authorization header",
    "log-secret-query": "the log has the query",
    "log-secret-path": "the log has the path",
    "log-secret-cookie": "the log has the cookies",
    "log-secret-body": "the log has the body",
    "log-secret-malformed": "the log has a body that is no JSON",
    "log-secret-exception": "the log has tracebacks as they are",
    "log-secret-prefix": "the log has the first 14 characters of the token",
    "log-secret-base64": "the log has the token in Base64",
    "no-logs": "there is no log",
}


class Broken:
    """The promises that are broken just now."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names: frozenset[str] = frozenset()
        self.only(names)

    def only(self, names: Iterable[str]) -> None:
        """Break these, and no others.

        Raises:
            WrongSetting: there is no such promise.

        """
        wanted = frozenset(names)
        if unknown := sorted(wanted - BREAKS.keys()):
            raise WrongSetting(f"FACADE_BREAK: {', '.join(unknown)}: unknown; `facade.breaks.names` has the names")
        self.names = wanted

    def __call__(self, name: str) -> bool:
        """Tell whether a promise is broken."""
        assert name in BREAKS, name
        return name in self.names
