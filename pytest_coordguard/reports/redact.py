"""Text in, the same text without credentials out. Standard library alone, for every report calls it.

Time grows with the length of the text alone: each repetition is bounded, or stops at a sign that it cannot contain.
What a report is made of stays: paths, node ids, numbers, commit ids and sha256 digests (bare), UUIDs (bare).
"""

from __future__ import annotations

import re

from pytest_coordguard.domain.randomness import looks_random

MARK = "[redacted]"
LONG = 16  # letters in a row; no word of a report
PASSES = 8  # one when nothing is found, two when something is; more only when marks meet

# What providers put in front of their keys, as in the catalogues of gitleaks and kingfisher.
_PREFIXED = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{12,}
    | (?:gh[opusr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|soat|imt|agent|ft)-)[\w.-]{16,}
    | xox[a-z]-[\w.-]{8,} | xapp-[\w-]{8,} | xoxe\.[\w.-]{8,}
    | (?:sk|pk|rk|whsec|ek)_(?:live|test|prod)?_?[A-Za-z0-9+/=]{16,}
    | sk-[\w-]{16,}
    | (?:SG\.|hf_|npm_|pypi-|dop_v1_|doo_v1_|dor_v1_|dckr_(?:pat|oat)_|shp(?:at|ca|pa|ss)_|sq0(?:atp|csp|idp)-|EAAA
      |dapi|hv[sbr]\.|NRAK-|NRJS-|NRII-|ATATT3|ATCTT3|ATBB|lin_api_|ntn_|secret_|phc_|phx_|pul-|rubygems_|sntry[su]_|SK
      |key-|AIza|ya29\.|GOCSPX-|1//|AGE-SECRET-KEY-|figd_|glsa_|glc_|sgp_|tfp_|r8_|gsk_|xai-|pplx-|AccountKey=|HRKU-
      |cio[A-Z]|PMAK-|rdme_|ghv_|fo1_|EZAK|EZTK|CFPAT-|patt?[A-Z]|oy2|LTAI|AKID|8Q~|Q~)[\w.~+/=-]{16,}
    | ey[JI][\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?
    | [\w-]{1,14}\.atlasv1\.[\w.=-]{20,}
    | \d{6,12}:[A-Za-z0-9_-]{30,}
    | [MNO][A-Za-z0-9_-]{22,27}\.[\w-]{5,7}\.[\w-]{26,}
    | [0-9a-f]{32}-us\d{1,2}
    )""",
    re.VERBOSE,
)
_HASHED = re.compile(
    r"\$(?:2[abxy]|apr1|[1-9]|y|argon2\w{0,2}|scrypt|pbkdf2[\w-]{0,12})\$[\w.$/+=,-]{12,}|\{S?SHA\}[\w+/=]{8,}"
)
_BLOCK = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)"
    r"(?:(?:(?!-----BEGIN )[\s\S])*?(?=-----END )|(?:\s|\\[nr]|\[redacted\]|[A-Za-z0-9+/=]{16,})*)"
)
_HOOK = re.compile(
    r"(?i)(hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/"
    r"|webhook\.office\.com/webhookb2/|api\.telegram\.org/bot)[^\s\"'<>]+"
)
_SIGNED = re.compile(r"(?i)([?&;](?:x-amz-signature|x-amz-credential|x-amz-security-token|signature|sig)=)[^\s&\"'<>]+")
# In a URL the password may hold anything but the signs that end the URL; RFC 3986, 3.2.1.
_IN_URL = re.compile(r"(://[^\s:/@?#\"'<>]{0,128}:)(?!\d{1,5}/)[^\s\"'<>]{1,256}(?=@)")
_HEADER = re.compile(
    r"(?i)((?<![\w-])(?:proxy-)?authorization[\"'\]]{0,2}\s{0,3}[:=,]\s{0,20}[-\[(]?\s{0,20}[\"'(]{0,2}"
    r"(?:(?:bearer|basic|token|bot|digest|apikey|negotiate|aws4-hmac-sha256)[ \t]+)?)"
    r"(\[redacted\]|[^\s\"'\])}]{3,}(?:[ \t]*,[ \t]*\w{1,30}=\S+)*)"
)
_COOKIE = re.compile(
    r"(?i)((?<![\w-])(?:set-)?cookie[\"'\]]{0,2}[ \t]{0,3}:\s{0,20}[-\[]?[ \t]{0,3}[\"']?)([^\n\"']{1,4096})"
)
_SCHEME = re.compile(r"(?i)((?<![\w-])(?:bearer|basic)[ \t]{1,3})([\w.~+/=-]{8,})")
_NETRC = re.compile(r"(?i)(\blogin\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S+)")
_CURL = re.compile(r"((?<!\S)(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,64}:)([^\s\"']+)")
_PGPASS = re.compile(r"((?<![\w.-])[\w.*-]{1,128}:(?:\d{4,5}|\*):[\w*-]{1,64}:[\w*-]{1,64}:)([^\s:]+)(?![^\s])")

_STRONG = (
    r"passw(?:or)?d|passwrd|passphrase|passcode|pwd|mysql_pass|db_pass|secret|api[_-]?key|apikey|access[_-]?key|auth[_-]?key"
    r"|account[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|master[_-]?key|service[_-]?key|app(?:lication)?[_-]?key"
    r"|client[_-]?key|session[_-]?key|license[_-]?key|shared[_-]?key|deploy[_-]?key|credential"
)
_WEAK = r"token|auth|jwt|cookie|salt|signature|session[_-]?id|\bpat\b|webhook|dsn|\bkey\b|\bsid\b"
_NAMED = re.compile(
    rf"(?i)((?:(?P<strong>{_STRONG})|(?:{_WEAK}))(?P<rest>[a-z0-9_-]{{0,32}})[\\\"'\]]{{0,4}}[ \t]{{0,8}}"
    r"(?:=>|:=|=(?!=)|:(?![:/\d]*[:/])|(?<=[\"']),)[ \t]{0,8})"
    r"(?:(?P<prefix>[bruf]{0,2})(?P<quote>\\?[\"'])(?P<quoted>(?:(?!(?P=quote))[^\n]){1,4096})|(?P<bare>[^\s\"',;&(){}<>\[\]|]{2,4096}))"
)
# A name that ends so does not hold the credential itself.
_ABOUT = re.compile(
    r"(?i).*(?:path|file|name|names|count|type|types|url|uri|limit|length|len|size|used|usage|policy|scope|scopes|field|header|"
    r"expir\w*|ttl|age|env|var|prefix|index|format|kind|status|error|errors|version|required|valid\w*)\Z"
)
_NO_VALUE = re.compile(
    r"(?i)(?:none|null|nil|true|false|str|bytes|int|bool|any|optional|undefined|\.{2,}|\*+|x+|[-=:]+|"
    r"\$\{?\w+\}?|%[A-Za-z_]\w*%|%[sdr]|os\.environ\S*|os\.getenv\S*|self\.\w+|\[redacted\]|redacted)\W*\Z"
)
_KEY_ENDS = re.compile(r"\\?[\"'][ \t]{0,8}:")
_NUMBER = re.compile(r"[-+]?[\d.,:%_]{1,12}[a-z]{0,3}\Z")
_RUN = re.compile(r"[A-Za-z0-9_+/=~.-]{20,}")
_PART = re.compile(r"[A-Za-z0-9_+=~-]{20,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{30,}={0,2}\Z")
_KEPT = re.compile(
    r"(?:sha(?:1|224|256|384|512)[-:=])?(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\Z|sha(?:256|384|512)-.*\Z"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z",
    re.DOTALL,
)


def redact(text: str) -> str:
    """Return the text with `[redacted]` for whatever looks like a credential; a second time changes nothing.

    A mark may bring together what was apart, so a text that changed is looked at again.
    """
    for _ in range(PASSES):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = _BLOCK.sub(rf"\1{MARK}", text)
    for pattern in (_HOOK, _SIGNED, _IN_URL, _NETRC, _CURL, _PGPASS, _COOKIE, _HEADER):
        text = pattern.sub(rf"\1{MARK}", text)
    text = _PREFIXED.sub(MARK, text)
    text = _HASHED.sub(MARK, text)
    text = _SCHEME.sub(_scheme, text)
    text = _NAMED.sub(_named, text)
    return _RUN.sub(_run, text)


def _scheme(match: re.Match[str]) -> str:
    """Keep "bearer authentication": what follows the word counts when it has a digit or more capitals than a word."""
    value = match[2]
    plain = value.isalpha() and (value.islower() or value.istitle() or value.isupper())
    return match[0] if plain else match[1] + MARK


def _named(match: re.Match[str]) -> str:
    value = match["quoted"] or match["bare"]
    if _ABOUT.match(match["rest"]) or _NO_VALUE.match(value) or _is_next_key(match):
        return match[0]
    if not match["strong"] and not _weak_value(value, quoted=bool(match["quoted"])):
        return match[0]
    return match[1] + (match["prefix"] or "") + (match["quote"] or "") + MARK


def _is_next_key(match: re.Match[str]) -> bool:
    """Tell whether what follows is no value but the next key, as in {"type": "invalid_api_key", "message": "…"}."""
    return match[1].rstrip().endswith(",") and bool(_KEY_ENDS.match(match.string, match.end()))


def _weak_value(value: str, *, quoted: bool) -> bool:
    """Tell whether the value of a name such as `token` is a credential: "tokens: 12" and "key: scopes" are not."""
    if _NUMBER.match(value) or _KEPT.match(value):
        return False
    long_enough = len(value) >= (8 if quoted else 12)
    drawn = (
        any(c.isdigit() for c in value) or looks_random(value) or (quoted and value.isalnum() and len(value) >= LONG)
    )
    return long_enough and " " not in value and drawn


def _run(match: re.Match[str]) -> str:
    run = match[0]
    if _BASE64.match(run) and _mixed(run) and not _KEPT.match(run) and looks_random(run, above=0.55):
        return MARK
    return _PART.sub(_part, run)


def _part(match: re.Match[str]) -> str:
    part = match[0]
    return MARK if not _KEPT.match(part) and any(c.isdigit() for c in part) and looks_random(part) else part


def _mixed(text: str) -> bool:
    return any(c.isdigit() for c in text) and any(c.isupper() for c in text) and any(c.islower() for c in text)
