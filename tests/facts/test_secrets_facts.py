"""What counts as a credential in a file. Every value is drawn at run time; none is written here."""

import base64
import json
import random
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import CannotJudge, Finding
from pytest_coordguard.facts.secrets import engine
from pytest_coordguard.facts.secrets.allowance import (
    apply_marks,
    baseline_faults,
    baseline_text,
    marks_in,
    read_baseline,
    without_accepted,
)
from pytest_coordguard.facts.secrets.honest import is_honest, is_trivial_password
from pytest_coordguard.facts.secrets.naming import Kind, kind_of
from pytest_coordguard.facts.secrets.scan import Secret, is_binary, secrets_in

BASE62 = string.ascii_letters + string.digits
MARK = "coordguard: " + "allow-secret"
SALT = "00" * 16


def drawn(size, alphabet=BASE62, seed=11):
    return "".join(random.Random(seed).choices(alphabet, k=size))


def families(path, text):
    return [(one.line, one.family) for one in secrets_in(path, text.encode())]


KEY = drawn(32)
PASSWORD = "Win" + "ter!" + drawn(4, string.digits)
PEM_LABEL = "PRIVATE " + "KEY"
FOUND = {
    "python": ("a.py", f'x = 1\napi_key = "{KEY}"\n', [(2, "named-value")]),
    "annotated": ("a.py", f'db_password: str = "{PASSWORD}"\n', [(1, "named-value")]),
    "json": ("a.json", json.dumps({"client_secret": KEY}, indent=1), [(2, "named-value")]),
    "notebook": ("a.ipynb", json.dumps({"source": [f'token = "{KEY}"\n']}), [(1, "named-value")]),
    "dotenv": (".env", f"A=1\nDB_PASSWORD={PASSWORD}\n", [(2, "bare-line")]),
    "toml": ("a.toml", f'signing_key = "{KEY}"\n', [(1, "named-value")]),
    "default of a variable": ("a.py", f'os.getenv("SERVICE_API_KEY", "{KEY}")\n', [(1, "named-value")]),
    "driver url": ("a.yaml", f"url: postgresql+asyncpg://app:{KEY}@db.internal/app\n", [(1, "url-password")]),
    "header": ("a.http", f"Authorization: Bearer {KEY}\n", [(1, "authorization-header")]),
    "cassette": ("a.yaml", f"headers:\n  Authorization:\n  - Bearer {KEY}\n", [(3, "authorization-header")]),
    "archive": ("a.har", json.dumps({"name": "X-Api-Key", "value": KEY}), [(1, "pair-value")]),
    "registry": (
        "config.json",
        json.dumps({"auth": base64.b64encode(f"robot:{KEY}".encode()).decode()}),
        [(1, "registry-auth")],
    ),
    "netrc": (".netrc", f"machine api.internal login me password {PASSWORD}\n", [(1, "netrc")]),
    "pgpass": (".pgpass", f"db.internal:5432:app:me:{PASSWORD}\n", [(1, "pgpass")]),
    "split": ("a.py", f'TOKEN = "{KEY[:16]}" + "{KEY[16:]}"\n', [(1, "named-value")]),
    "stripe test key": ("a.py", f'x = "sk_{"test_"}{drawn(24)}"\n', [(1, "prefixed-token")]),
    "discord hook": (
        "a.md",
        f"https://discord.com/api/webhooks/{drawn(18, '123456789')}/{drawn(68)}\n",
        [(1, "webhook")],
    ),
    "private key": (
        "a.pem",
        f"-----BEGIN {PEM_LABEL}-----\n{drawn(64)}\n{drawn(64, seed=2)}\n-----END {PEM_LABEL}-----\n",
        [(2, "private-key")],
    ),
    "base64": (
        "a.yaml",
        "data: " + base64.b64encode(f"x=gh{'p_'}{drawn(36)} ".encode()).decode() + "\n",
        [(1, "github-pat")],
    ),
    "test folder": ("tests/fixtures/a.py", f'api_key = "{KEY}"\n', [(1, "named-value")]),
    "lock file": ("package-lock.json", f'{{"_authToken": "{KEY}"}}\n', [(1, "named-value")]),
    "dependencies": ("node_modules/x/a.js", f'const apiKey = "{KEY}";\n', [(1, "named-value")]),
    "image by name": ("a.png", f'api_key = "{KEY}"\n', [(1, "named-value")]),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_credential_is_found_at_its_line(case):
    """In each kind of file, under each kind of name, in folders that other tools skip without a word."""
    path, text, expected = FOUND[case]

    assert families(path, text) == expected


DIGEST = drawn(64, "0123456789abcdef")
HONEST = {
    "commit": ("a.py", f'COMMIT = "{DIGEST[:40]}"\n'),
    "digest of a token": ("a.json", json.dumps({"token_sha256": DIGEST})),
    "integrity": ("package-lock.json", json.dumps({"integrity": "sha512-" + drawn(86) + "=="})),
    "golden token": ("a.py", f'token = "test-golden-token-{DIGEST[:16]}"\n'),
    "placeholder": (".env", "API_KEY=your-api-key-here\nDB_PASSWORD=changeme123\n"),
    "variable": ("a.yaml", "password: ${DB_PASSWORD_2}\n"),
    "environment": ("a.py", 'secret = os.environ["APP_SECRET_2"]\n'),
    "documented key": ("a.py", 'key = "AKIAIOSFODNN7' + 'EXAMPLE"\n'),
    "documented header": ("a.http", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
    "alphabet": ("a.py", 'token = "abcdefghijklmnopqrstuvwxyz012345"\n'),
    "sample url": ("a.py", 'u = "https://user:password@example.com"\n'),
    "sample url, escaped": ("a.json", '{"href": "https://user:pass%5B%7F@foo/bar"}\n'),
    "service of a test": ("a.yaml", "url: postgresql://postgres:postgres@localhost:5432/test\n"),
    "public key": ("a.pem", f"-----BEGIN PUBLIC KEY-----\n{drawn(64)}\n-----END PUBLIC KEY-----\n"),
    "empty private key": ("a.py", f'PEM = "-----BEGIN {PEM_LABEL}-----\\n...\\n-----END {PEM_LABEL}-----"\n'),
    "pattern": ("a.py", 'RX = r"gh' + 'p_[A-Za-z0-9]{36}"\n'),
    "count of tokens": ("a.json", json.dumps({"max_tokens": 4096, "token_limit": "8192"})),
    "expression": ("a.py", "token = build_token_v2(seed=7)\npassword = form.password2\n"),
    "translation": (
        "ja.json",
        json.dumps(
            {"copy-token": "このトークンを外部アプリケーションで使用するためにコピーします。"}, ensure_ascii=False
        ),
    ),
    "page token": ("a.json", json.dumps({"next_page_token": KEY})),
}


@pytest.mark.parametrize("case", HONEST)
def test_what_only_looks_like_one_is_none(case):
    """A gate that is red for a placeholder is switched off within a week."""
    path, text = HONEST[case]

    assert families(path, text) == []


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data):
    """A repository holds every kind of file."""
    assert isinstance(secrets_in("a.py", data), list)


@given(st.text(max_size=60))
def test_every_value_is_judged(value):
    """Neither question may fail on a value from elsewhere."""
    assert is_honest(value) in (True, False)
    assert is_trivial_password(value) in (True, False)


def test_utf16_is_read():
    """What Windows editors save is text too, and git calls it binary."""
    data = f'api_key = "{KEY}"\n'.encode("utf-16")

    assert not is_binary(data)
    assert [one.family for one in secrets_in("a.txt", data)] == ["named-value"]


def test_a_value_is_never_shown():
    """A traceback or a log of a secret is a second leak."""
    secret = secrets_in("a.py", f'api_key = "{KEY}"\n'.encode())[0]

    assert KEY not in repr(secret)
    assert KEY not in repr(engine.candidates("a.py", f'api_key = "{KEY}"\n'.encode()))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DB_PASSWORD", Kind.PASSWORD),
        ("userPass", Kind.PASSWORD),
        ("client_secret", Kind.KEY),
        ("stripeApiKey", Kind.KEY),
        ("access_token", Kind.TOKEN),
        ("password_file", Kind.OTHER),
        ("token_type", Kind.OTHER),
        ("public_key", Kind.OTHER),
        ("secretName", Kind.OTHER),
        ("password_hash", Kind.OTHER),
        ("compass", Kind.OTHER),
        ("monkey", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_a_name_tells_what_its_value_is(name, kind):
    """The path of a password, the type of a token and its hash may be read by all."""
    assert kind_of(name) is kind


def secret(line, value="v", family="named-value"):
    return Secret(line, family, value)


def test_a_mark_covers_its_own_line():
    """One comment that silences its neighbours hid nine secrets in another tool."""
    marks = marks_in(f"a\nb  # {MARK} (throw-away key of the sandbox)\nc\n".encode())

    assert apply_marks("a.py", [secret(1), secret(2), secret(3)], marks) == ([secret(1), secret(3)], [])


def test_a_mark_without_a_reason_covers_nothing():
    """An allowance is a decision, and a decision has a reason."""
    rest, faults = apply_marks("a.py", [secret(1)], marks_in(f"x  # {MARK}\n".encode()))

    assert rest == [secret(1)]
    assert faults == [
        Finding(
            "a.py",
            1,
            "this allowance gives no reason; write `allow-secret (why this is no secret)`",
            "secrets.allowance",
        )
    ]


def test_a_mark_that_silences_nothing_is_said():
    """It would silence the next secret on that line."""
    _, faults = apply_marks("a.py", [], marks_in(f"x  // {MARK} (old)\n".encode()))

    assert faults == [Finding("a.py", 1, "this allowance silences nothing; take it away", "secrets.allowance")]


def test_a_text_that_speaks_of_the_mark_is_none():
    """Documentation explains it."""
    assert marks_in(f"Write `{MARK} (reason)` there.\n".encode()) == []


def test_a_baseline_holds_when_lines_move_and_no_value_is_in_it():
    """An entry is known by path, family and a keyed digest."""
    text = baseline_text({"a.py": [secret(3, KEY)]}, salt=SALT, reason="sandbox", owner="me")
    baseline = read_baseline("baseline.json", text)

    assert KEY not in text
    assert without_accepted(baseline, {"a.py": [secret(90, KEY), secret(91, "other")]}) == {
        "a.py": [secret(91, "other")]
    }
    assert baseline_faults(baseline, {"a.py": [secret(90, KEY)]}) == []


def test_a_stale_entry_is_said_at_its_line():
    """The value is gone, or the file is; the entry must not wait for the next one."""
    text = baseline_text({"a.py": [secret(3, KEY)], "b.py": [secret(1)]}, salt=SALT, reason="sandbox", owner="me")

    faults = baseline_faults(read_baseline("baseline.json", text), {"a.py": []}, gone=["b.py"])

    assert [str(fault) for fault in faults] == [
        "baseline.json:8: this named-value is no longer in a.py; take the entry away",
        "baseline.json:15: this named-value is no longer in b.py; take the entry away",
    ]


def test_an_entry_without_reason_or_owner_covers_nothing():
    """Somebody signs for each."""
    text = baseline_text({"a.py": [secret(3, KEY)]}, salt=SALT, reason="", owner=" ")
    baseline = read_baseline("baseline.json", text)

    assert without_accepted(baseline, {"a.py": [secret(3, KEY)]}) == {"a.py": [secret(3, KEY)]}
    assert [str(fault) for fault in baseline_faults(baseline, {"a.py": [secret(3, KEY)]})] == [
        "baseline.json:8: this entry for a.py gives no reason and no owner"
    ]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"salt": "zz", "secrets": []}', '{"salt": "00", "secrets": [1]}'])
def test_a_file_that_is_no_baseline_cannot_be_judged_by(text):
    """To go on without it would be red for the wrong reason, to go on with it green for none."""
    with pytest.raises(CannotJudge, match=r"baseline\.json"):
        read_baseline("baseline.json", text)


def test_two_processes_may_fill_the_cache_at_once(tmp_path):
    """pytest-xdist starts several; each must get the whole catalogue."""
    code = (
        "from pytest_coordguard.facts.secrets.scan import secrets_in;"
        f"print(len(secrets_in('a.py', b'api_key = \"{KEY}\"')))"
    )
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(engine.Path.cwd())}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [child.communicate()[0] for child in both] == ["1\n", "1\n"]
    assert list(tmp_path.glob("pytest-coordguard/secrets-*/*"))


@pytest.mark.parametrize("home", ["relative", "/proc/nowhere"])
def test_no_place_for_a_cache_is_no_fault(monkeypatch, home):
    """A read-only home costs time, not the verdict; a relative one is ignored, as the specification says."""
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setenv("HOME", "/proc/nowhere")

    assert engine.cache_folder() is None


def test_a_token_by_chance_within_encoded_data_is_none():
    """A WebAssembly module in base64, on one line of a script, holds short tokens of every issuer somewhere."""
    token = "BSA" + drawn(28)
    alone, within = f'a = "{token}";\n', f'a = "{drawn(300)}/{token}+{drawn(300, seed=3)}";\n'

    assert [family for _, family in families("a.js", alone)] == ["brave-search-api-key"]
    assert families("a.js", within) == []
