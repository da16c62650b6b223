"""Values that only look like credentials: placeholders, templates, test tokens, documented examples."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from urllib.parse import unquote

LONG_WORDS = (
    "test|example|sample|dummy|fake|mock|placeholder|changeme|change_me|change-me|replace|insert|your|redacted|hidden|masked"
    "|removed|golden|fixture|stub|invalid|incorrect|wrong|unused|nothing|notreal"
    "|insecure|do-not|donotuse|do_not|deadbeef|cafebabe|whatever|lorem|ipsum|foobar|secret_here|key_here|token_here|-here"
    "|_here|todo|fixme|default|demo|anonymous|undefined|qwerty|asdf|hunter2|canary|synthetic|simulat|deterministic|playground"
    "|localdev|local-dev|local_dev|dev-only|dev_only|unittest|expired|revoked|bogus|hardcod|leaked|compromis|malicious|tamper|forged|xxxx|aaaaaa|00000000|12345|(?:^|[^a-z])(?:my|some|not)[-_]"
)
SHORT_WORDS = frozenset(
    ["foo", "bar", "baz", "abc", "xyz", "xxx", "dev", "todo", "tbd", "none", "null", "nil", "here", "pytest"]
)
_WORDS = re.compile(f"(?i){LONG_WORDS}")
_TEMPLATE = re.compile(
    r"(?i)\$\{|\$\(\w|\{\{|\}\}|<[^>]+>|%\(\w+\)|(?<!\w)%[sdr](?!\w)|^%\w+%$|^\$\w|^@\w+@$|^\{[\w.:!]*\}|\{[a-z_][\w.]*(?:\[[^\]]*\])?\}|#\{\w"
    r"|\*{3,}|\.{3}|…|^\[|os\.environ|getenv|process\.env|import\.meta|^(?:env|vault|op|ssm|arn|file|kms|sops|secret|secrets|ref|gsm"
    r"|awssm|projects?|data|vars?|config|settings|self|cls|this|req|request|args|opts|options|ctx|context|process|app|input)[.:/]"
    r"|^!(?:vault|env|ref|sub|secret|getatt|encrypted)|secretmanager|secretsmanager|\\[dws]|\[\^|\[a-z|\(\?"
)
_LEET = str.maketrans("013457@$!", "oieastasi")
# Passwords that open nothing but a fixture: alone, side by side, with numbers and signs.
_TRIVIAL = re.compile(
    "password|passwort|passwd|passphrase|passcode|passw|pass|pwd|secret|admin|administrator|root|user|username|usr|guest|login|letme?in"
    "|welcome|qwerty|token|api|key|auth|postgres|postgresql|mysql|mongo|mongodb|redis|rabbit|rabbitmq|mq|db|database|minio|minioadmin"
    "|server|client|service|local|localhost|host|dev|development|staging|prod|production|super|strong|secure|correct|horse|battery"
    "|staple|new|old|current|my|the|some|any|valid|bad|good|weak|long|short|very|private|public|value|string|text|data|name|email"
    "|alice|bob|carol|john|jane|doe|foo|bar|baz|abc|xyz|def|hunter|hello|world|open|sesame|master|temp|tmp|ci|in"
    "|encrypted|encryption|hashed|hash|plain|credential|access|account|cred|id|is|a|app|application|for|and|or|to|not|only|use|me|it"
)
# Encrypted where it lies: sops, Ansible Vault, Bitnami's sealed secrets (at least a 4096 bit key's block).
_SEALED = re.compile(r"ENC\[|\$ANSIBLE_VAULT|Ag[A-D][A-Za-z0-9+/]{200}")
FEWEST_SIGNS = 3  # that are left without percent-encoding; the rest is a test of encoding
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
FEWEST_STEPS = 3  # three may be chance in a short value, and a short value is no key
PROSE = 0.2  # share of signs of another script from which a value is a sentence: generators draw ASCII
_IDEOGRAPH = 0x2E80  # from here on Unicode holds the scripts of East Asia, which write sentences without spaces
SEQUENCES = 0.5  # share of neighbours that count up, down or repeat, from which a value was typed, not drawn


def is_honest(value: str, *, words: bool = True) -> bool:
    """Tell whether a value is a placeholder, a template, typed in sequence, or documented by its issuer.

    `words`: whether a word such as "test" within it makes it honest; a vendor's own prefix must be cut off before.
    """
    return (
        bool(_TEMPLATE.search(value))
        or bool(_SEALED.match(value))
        or len(_ESCAPED.sub("", value)) < FEWEST_SIGNS
        or has_low_variety(value)
        or is_prose(value)
        or is_sequence(value)
        or is_documented(value)
        or (words and says_honest(value))
    )


def says_honest(value: str) -> bool:
    """Tell whether a word within the value says that it is none: "test", "your", "changeme"."""
    written = any(found[0].islower() or found[0].isupper() or found[0].istitle() for found in _WORDS.finditer(value))
    return written or any(part.lower().rstrip("0123456789") in SHORT_WORDS for part in re.split(r"[\W_]+", value))


def has_low_variety(value: str) -> bool:
    """Tell whether few different signs make up the value, as in "xxxxxxxx" and "abababab"."""
    return len(set(value.lower())) <= max(3, min(len(value) // 5, 6))


def is_prose(value: str) -> bool:
    """Tell whether the value is a sentence in a script without spaces, as translations of a user interface hold."""
    return sum(ord(sign) >= _IDEOGRAPH for sign in value) >= PROSE * len(value)


def is_sequence(value: str) -> bool:
    """Tell whether the value counts up or down: "abcdef123456", "0123456789abcdef", "a1b2c3d4e5f6"."""
    signs = [ord(sign) for sign in value.lower() if sign.isalnum()]
    return _stepping(signs) or (len(signs) > 2 * FEWEST_STEPS and _stepping(signs[::2]) and _stepping(signs[1::2]))


def _stepping(signs: list[int]) -> bool:
    steps = [abs(second - first) <= 1 for first, second in pairwise(signs)]
    return len(steps) >= FEWEST_STEPS and sum(steps) / len(steps) >= SEQUENCES


def is_trivial_password(value: str) -> bool:
    """Tell whether nothing is left of a password without the words that fixtures use: "admin123", "P@ssw0rd!"."""
    bare = re.sub(r"[\W\d_]+$", "", unquote(value).lower()).translate(_LEET)
    letters = re.sub(r"[^a-z]", "", bare)
    return len(_TRIVIAL.sub("", letters)) <= max(1, len(letters) // 8)


@lru_cache(maxsize=1)
def _documented() -> frozenset[str]:
    text = (resources.files(__package__) / "documented.json").read_text(encoding="ascii")
    return frozenset(json.loads(text)["values"])


def digest_of_example(value: str) -> str:
    """Return what `documented.json` holds of a documented example, so that the list trips no scanner itself."""
    return sha256(value.encode()).hexdigest()[:16]


def is_documented(value: str) -> bool:
    """Tell whether an issuer or a standard prints this very value in its documentation."""
    return digest_of_example(value) in _documented()
