"""Whether a candidate is a credential: by its rule, its value, its name and its place."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from pathlib import PurePosixPath

from pytest_coordguard.domain.randomness import looks_random
from pytest_coordguard.facts.secrets.engine import Candidate
from pytest_coordguard.facts.secrets.honest import is_honest, is_sequence, is_trivial_password, says_honest
from pytest_coordguard.facts.secrets.naming import Kind, kind_of, name_before

# Rules of the catalogue that report names, not credentials, or what our own rules judge with more context.
_NOT_SECRET = re.compile(
    r"curl-auth-(?:header|user)|mongodb-connection-string|generic-credential-uri|gcp-application-default-credentials|jwt(?:-base64)?|private-key"
    r"|.*(?:client-id|account-name|account-id|account-host|tenant-id"
    r"|access-id|user-api-id|auth-id|key-id|application-id|cloud-name"
    r"|domain|username|instance-url|project-url|rest-url|server-host"
    r"|token-name|-address|pub(?:lic)?-(?:api-)?key|pub-key|-repository)"
    r"(?:\.\d)?|.*public.*token.*"
)
_CODE_ENDINGS = (
    ".py .pyi .js .jsx .ts .tsx .mjs .cjs .go .java .kt .rb .rs .c .h .cc .cpp .hpp .cs .php .swift .scala .lua .m "
    ".vue .svelte .css .scss"
)
_CODE = frozenset(_CODE_ENDINGS.split())
LEAST_OF_A_BLOB = 100  # signs of base64 around a value, with nothing between
_BASE64_BEFORE = re.compile(r"[A-Za-z0-9+/]*\Z")
_BASE64_AFTER = re.compile(r"[A-Za-z0-9+/]*")
SHORTEST_PASSWORD = 7  # signs; what a person chooses below that is a sample, or a loss of little
SHORTEST_OF_TWO_KINDS = 8
THREE_KINDS, TWO_KINDS = 3, 2  # of small letters, capitals, digits, signs
_FOR_ONE_PAGE = re.compile(r"(?i)csrf|xsrf|nonce|sitekey")
_INDEXED = re.compile(r"[A-Za-z_][\w.]*[\[(]")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_PREFIX = re.compile(
    r"(?:(?:sk|rk|pk|whsec|ek)_(?:live|test|prod)?_?|gh[opusr]_|github_pat_|gl[a-z]{2,5}-|npm_|hf_|do[por]_v1_"
    r"|dckr_[a-z]{3}_|shp[a-z]{2}_"
    r"|sq0[a-z]{3}-|EAAA|dapi|dkea|hv[sbr]\.|NR[A-Z]{2}-|AT[AC]TT3|ATBB|lin_api_|ntn_|secret_|phx_|pul-|rubygems_|sntry[su]_"
    r"|AIza|ya29\."
    r"|GOCSPX-|AGE-SECRET-KEY-1|figd_|glsa_|glc_|sgp_|r8_|gsk_|xai-|pplx-|HRKU-|PMAK-|rdme_|oy2|LTAI|SG\."
    r"|sk-(?:proj|svcacct|admin|None"
    r"|ant-[a-z]+\d\d|or-v1|lf)?-?|xox[a-z]-|xapp-\d-|xoxe\.|pypi-|key-|pat-|SK|rpa_|tvly-|s\.|A[KS]IA|EZ[AT]K)"
)
_TWILIO_OR_MAILGUN = re.compile(r"(?:SK[0-9a-f]{32}|key-[0-9a-z]{32})\Z")
_URL = re.compile(r"://([^\s:/@]{0,128}):\Z")
_LOCAL = re.compile(
    r"@(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal|[\w.-]*example[\w.-]*|[\w-]+\.(?:test|invalid|local)\b)",
    re.IGNORECASE,
)
_SAMPLE_HOST = re.compile(r"@[\w.-]*(?:example|\.test\b|\.invalid\b)", re.IGNORECASE)


def is_secret(found: Candidate) -> bool:
    """Tell whether a candidate is a credential that someone must rotate."""
    if not found.ours:
        return (
            not _NOT_SECRET.fullmatch(found.rule)
            and not _lies_in_a_blob(found)
            and _is_token(found.value, unsure=False)
        )
    return _JUDGES[found.rule](found)


def _lies_in_a_blob(found: Candidate) -> bool:
    """Tell whether a value is a piece of encoded data: what has a token's form by chance in a module or a picture.

    Base64 has signs at which a word ends, so that each megabyte of it holds a few short tokens of some issuer.
    """
    before, after = _BASE64_BEFORE.search(found.before), _BASE64_AFTER.match(found.after)
    return len(before[0] if before else "") + len(after[0] if after else "") >= LEAST_OF_A_BLOB


def without_prefix(value: str) -> str:
    """Return the value without what its issuer puts before each: the word "test" counts in the rest alone."""
    return _PREFIX.sub("", value, count=1)


def _is_token(value: str, *, unsure: bool = True) -> bool:
    """Tell whether a value with an issuer's form is drawn, not typed; `unsure` when the form alone says little."""
    rest = without_prefix(value)
    if is_honest(value, words=False) or is_honest(rest):
        return False
    return not unsure or _random(rest, 16)


def _random(value: str, length: int) -> bool:
    """Tell whether a value of this length or more was drawn: from digits and letters, in either case."""
    bare = value.rstrip("=")
    if len(bare) < length or _UUID.match(value):
        return False
    mixed = any(c.isdigit() for c in bare) or not (bare.islower() or bare.isupper())
    return mixed and any(c.isalpha() for c in bare) and looks_random(bare)


def _chosen(value: str) -> bool:
    """Tell whether a value is a password that a person chose: letters with digits or signs, and no fixture's word."""
    classes = [
        any(c.islower() for c in value),
        any(c.isupper() for c in value),
        any(c.isdigit() for c in value),
        any(c in "!@#$%^&*?+~" for c in value),
    ]
    if _is_name(value):
        return False
    kinds = sum(classes)
    strong = kinds >= THREE_KINDS or (classes[2] and kinds >= TWO_KINDS and len(value) >= SHORTEST_OF_TWO_KINDS)
    return len(value) >= SHORTEST_PASSWORD and strong and not is_trivial_password(value)


def _named(found: Candidate, name: str, sign: str) -> bool:
    value, kind = found.value.strip(), kind_of(name)
    if kind is Kind.OTHER or " " in value or is_honest(value, words=False) or is_honest(without_prefix(value)):
        return False
    if value.startswith("ey"):
        return False  # JSON in base64: the rule of JSON Web Tokens and the engine's decoder look into it
    if kind is Kind.PASSWORD:
        return not is_trivial_password(value) and (_random(value, 8) or (_is_given(found, sign) and _chosen(value)))
    if kind is Kind.KEY and _UUID.match(value):
        return sign not in ("(", ",")
    return _random(value, 12 if kind is Kind.KEY else 16)


def _is_given(found: Candidate, sign: str) -> bool:
    """Tell whether the value is given to the name, rather than compared with it or listed beside it."""
    if sign in ("(", "==", "==="):
        return False
    return sign != "," or bool(re.search(r"""\(\s*["'][\w.-]+["'],\s*["']?\Z""", found.before))


def _is_name(value: str) -> bool:
    """Tell whether a value reads as a name of something: "oauth2_password", "auth.password.v2", "/run/secrets/db"."""
    return "/" in value or bool(re.fullmatch(r"[a-z]+\d?(?:[._:-][a-z0-9]+)*|[A-Z]+\d?(?:_[A-Z0-9]+)*", value))


def _named_value(found: Candidate) -> bool:
    return _named(found, *name_before(found.before))


def _bare_value(found: Candidate) -> bool:
    value = found.value.rstrip(".,:")
    if PurePosixPath(found.path).suffix in _CODE:
        return _random(value, 20) and any(c.isdigit() for c in value) and _named_value(found)
    return not (found.rule == "bare-value" and _is_expression(found)) and _named_value(found)


def _is_expression(found: Candidate) -> bool:
    """Tell whether code follows: a call, an index."""
    return found.after[:1] in ("(", "[") or bool(re.match(r"\s*\(", found.after))


def _url_password(found: Candidate) -> bool:
    value, user = found.value, _URL.search(found.before)
    host = "@" + found.after[1:80]
    if is_honest(value) or any(sign in value for sign in "[]()|{}<>,") or is_trivial_password(value) or not user:
        return False
    if user[1] and (value == user[1] or says_honest(user[1])):
        return False
    if _SAMPLE_HOST.match(host):
        return _random(value, 10)
    if _random(value, 8) or (_chosen(value) and not value.startswith(user[1] or "\0")):
        return True
    return len(value) >= SHORTEST_OF_TWO_KINDS and not _LOCAL.match(host)


def _header(found: Candidate) -> bool:
    value = found.value
    if "basic" in found.before[-12:].lower():
        return _is_login(value)
    return not value.startswith("ey") and _is_token(value)


def _is_login(value: str) -> bool:
    """Tell whether a value is base64 of user:password, with a password that is none of a fixture's."""
    user, colon, password = _decoded(value).partition(":")
    if not colon or is_honest(value, words=False):
        return False
    return bool(
        password
        and user != password
        and not is_honest(password)
        and not is_honest(user)
        and not is_trivial_password(password)
    )


def _decoded(value: str) -> str:
    try:
        text = base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if set(value) & set("-_") else None
        ).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return text if text.isprintable() else ""


def _field(found: Candidate) -> bool:
    """Judge the second of two fields, a header's list, a cookie: the rule has seen the name."""
    value = found.value
    if _FOR_ONE_PAGE.search(found.before[-120:]):
        return False
    if value.startswith("ey") or is_honest(value) or _UUID.match(value) or "://" in value:
        return False
    password = found.rule in ("pair-value", "element-value") and re.search(r"(?i)passw|pwd", found.before[-120:])
    return _random(value, 16) or (bool(password) and _chosen(value))


def _registry_auth(found: Candidate) -> bool:
    return _is_login(found.value)


def _connection(found: Candidate) -> bool:
    name = re.split(r"[;?& \"']", found.before.rstrip("="))[-1].lower()
    value = found.value
    if is_honest(value) or value.startswith("ey") or _INDEXED.match(value):
        return False
    if name in ("password", "passwd", "pwd", "pass"):
        return not _is_expression(found) and (_random(value, 8) or _chosen(value))
    length = 20 if name in ("key", "sig", "signature", "token", "x-amz-signature", "x-amz-credential") else 12
    return "." not in value and not _is_expression(found) and _random(value, length) and any(c.isdigit() for c in value)


def _password(found: Candidate) -> bool:
    value = found.value
    return not is_honest(value) and not is_trivial_password(value) and (_random(value, 8) or _chosen(value))


def _prefixed(found: Candidate) -> bool:
    value = found.value
    if value.startswith(("SK", "key-")) and not _TWILIO_OR_MAILGUN.match(value):
        return False
    return _is_token(value)


def _whole(found: Candidate) -> bool:
    return _is_token(found.value)


def _hook(found: Candidate) -> bool:
    return not is_honest(found.value) and _random(found.value, 6)


def _aws_key_id(found: Candidate) -> bool:
    return not is_honest(found.value) and not is_sequence(found.value[4:]) and not found.value.endswith("EXAMPLE")


def _hash(found: Candidate) -> bool:
    return not is_honest(re.split(r"[$}]", found.value)[-1])


SHORTEST_OF_KEY_PAIR = 80  # signs of base64; 64 bytes need 86
_SAMPLE_PEOPLE = re.compile(
    r"(?i)\bjo(?:hn|e) doe|\bjane doe|1234567890|\btest|example"
    r"|\bdummy|\bfake|\bmock|\bdemo\b|fixture|\bfoo\b|\balice\b|\bbob\b"
)


def _web_token(found: Candidate) -> bool:
    head, body, signature = [*found.value.split("."), "", ""][:3]
    if is_honest(signature) or not _random(signature, 16):
        return False
    try:
        header, claims = json.loads(_decoded(head)), _decoded(body)
    except ValueError:
        return False
    return (
        isinstance(header, dict) and _can_hold(str(header.get("alg")), signature) and not _SAMPLE_PEOPLE.search(claims)
    )


def _can_hold(algorithm: str, signature: str) -> bool:
    """Tell whether a signature is long enough for its algorithm: with a key pair it has 64 bytes (RFC 7518, 8037)."""
    return algorithm.lower() != "none" and (algorithm.startswith("HS") or len(signature) >= SHORTEST_OF_KEY_PAIR)


def _private_key(found: Candidate) -> bool:
    lines = re.split(r"\s+|\\[nr]", found.value)
    return not is_honest(lines[-1], words=False) and _random(lines[-1], 16)


_JUDGES: dict[str, Callable[[Candidate], bool]] = {
    "named-value": _named_value,
    "bare-value": _bare_value,
    "bare-line": _bare_value,
    "url-password": _url_password,
    "authorization-header": _header,
    "bearer-value": _header,
    "pair-value": _field,
    "list-value": _field,
    "header-value": _field,
    "element-value": _field,
    "registry-auth": _registry_auth,
    "connection-string": _connection,
    "netrc": _password,
    "pgpass": _password,
    "option-value": _password,
    "login-pair": _password,
    "jdbc-oracle": _password,
    "putty-key": _private_key,
    "joined-literal": lambda _found: False,
    "password-hash": _hash,
    "webhook": _hook,
    "prefixed-token": _prefixed,
    "bot-token": _whole,
    "mailchimp-key": _whole,
    "aws-key-id": _aws_key_id,
    "json-web-token": _web_token,
    "private-key": _private_key,
    "split-literal": lambda _found: False,  # scan.py joins the pieces and looks again
}
