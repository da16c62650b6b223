"""What a name says of its value: a password, a key, a token, or something about one."""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """What a name promises, from the surest to the vaguest."""

    PASSWORD = "password"  # noqa: S105
    KEY = "key"  # a key or secret that a machine made
    TOKEN = "token"  # noqa: S105
    OTHER = "other"  # no credential, or something about one: its path, its type, its hash


# The name that stands before a value, with all that may stand between the two.
_BEFORE = re.compile(
    r"""([A-Za-z0-9_.$-]{2,120})[\\"'\])`]{0,12}[ \t]{0,8}
    (:[ \t]{0,3}[A-Za-z\[\]|., ]{1,30})?(=>|:=|={1,3}|:|,|\()[ \t]{0,8}(?:\(\s{0,24})?
    (?:[bruf]{0,2}|os\.getenv\(|getenv\()?[\\"'`]{0,4}(?:(?:bearer|basic|token)[ ])?$""",
    re.VERBOSE | re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"passw(?:or)?d|passw|passphrase|passcode|pwd|(?:^|[_.-]|db|user|ftp|smtp|mail|root|admin|sql)pass$|(?:^|[_.-])pw$"
)
_KEY = re.compile(
    r"secret|credential|(?:api|access|account|private|signing|encrypt|encryption|master|service|app|application|client|session|license"
    r"|shared|storage|deploy|admin|write|subscription|ingest|hmac|jwt|crypt|cipher|fernet|aes|webhook|auth|root|user)[_.-]?key"
    r"|(?:openai|azure|stripe|sendgrid|mailgun|datadog|google|gcp|aws|anthropic|claude|gemini|mistral|cohere|algolia|twilio|slack"
    r"|github|gitlab|sentry|newrelic|maps|firebase|supabase|pinecone|elastic|heroku|cloudflare|rapidapi|recaptcha|hcaptcha|backup)"
    r"[_.-]?key"
)
_TOKEN = re.compile(r"token")
_ABOUT_WORDS = (
    "path file filename dir folder name names url uri urls endpoint id ids type types kind class hash hashed sha "
    "sha1 sha256 sha512 md5 digest checksum fingerprint thumbprint count limit label title description desc "
    "message msg pattern regex re prefix suffix env var variable header headers field fields param params "
    "placeholder hint help text error errors scope scopes policy length len size index usage version date at time "
    "expires expiry expiration ttl status format algorithm algo alg issuer kid arn ref reference selector style "
    "icon page schema model template doc docs rotation reset change strength required enabled valid validator "
    "validation manager service provider store storage backend handler counter budget cost price per ratio max "
    "min used total bucket buckets address symbol contract mint supply ization izer embedding embeddings "
    "attribute attr column table keyword keywords list array set map tag tags category event events action mode "
    "flow method function func view form input button link route role group level tier part parts segment start "
    "end position offset string_id key_id uuid guid source target changed updated created modified last"
)
_ABOUT = frozenset(_ABOUT_WORDS.split())
_PUBLIC = re.compile(
    r"(?i)hash|digest|public|publish|pub_?key|csrf|xsrf|idempoten|next_?(?:page)?_?token"
    r"|page_?token|continuation|cursor|cache_?key|sort_?key"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def name_before(before: str) -> tuple[str, str]:
    """Return the name and the sign that stand before a value, each "" where there is none."""
    match = _BEFORE.search(before[-200:])
    return (match[1], match[3]) if match else ("", "")


def kind_of(name: str) -> Kind:
    """Return what a name promises of its value."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or _PUBLIC.search(name) or (_last(words) in _ABOUT and words[-2:] != ["secret", "id"]):
        return Kind.OTHER
    flat = "_".join(words)
    for kind, pattern in ((Kind.PASSWORD, _PASSWORD), (Kind.KEY, _KEY), (Kind.TOKEN, _TOKEN)):
        if pattern.search(flat) or pattern.search(name.lower()):
            return kind
    return Kind.OTHER


def _last(words: list[str]) -> str:
    return next((word for word in reversed(words) if not word.isdigit()), words[-1])
