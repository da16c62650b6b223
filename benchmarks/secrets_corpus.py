# ruff: noqa: F541, SIM905  one sample a line reads best
"""A labelled corpus of credentials and of what only looks like them, drawn from a seed: nothing real, nothing kept."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass

B62 = string.ascii_letters + string.digits
URL = B62 + "-_"
B36 = string.ascii_lowercase + string.digits
UP = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
WORDS = (
    "Winter Harbor Falcon Maple Granite Velvet Thunder Orchid Copper Lantern Saffron Meadow Juniper Cobalt"
).split()


JWT_IO_CLAIMS = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file with one thing in it, and whether that is a credential."""

    path: str
    text: str
    family: str
    secret: bool


class Dice:
    """Draws what the samples are made of."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def __call__(self, alphabet: str, size: int) -> str:
        return "".join(self.random.choices(alphabet, k=size))

    def password(self) -> str:
        word, other = self.random.sample(WORDS, 2)
        year, sign = self.random.randint(1960, 2030), self.random.choice("!#$%&*?@")
        return self.random.choice(
            [
                f"{word}{sign}{year}",
                f"{word}-{other}{year}",
                f"{other.lower()}{year}{sign}",
                f"{word}{other}{sign}{year % 100}",
            ]
        )

    def b64(self, size: int) -> str:
        return base64.b64encode(self.random.randbytes(size)).decode()

    def jwt(self) -> str:
        def part(content: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

        return ".".join(
            [
                part({"alg": "HS256", "typ": "JWT"}),
                part({"sub": self(HEX, 24), "iat": self.random.randint(10**9, 2 * 10**9), "role": "admin"}),
                self(URL, 43),
            ]
        )

    def pem(self, kind: str) -> str:
        body = self.b64(600)
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


Make = Callable[[Dice], str]
NAMED: dict[str, tuple[str, Make]] = {  # family -> (name, value)
    "aws-secret": ("AWS_SECRET_ACCESS_KEY", lambda d: d(B62 + "/+", 40)),
    "aws-session": ("aws_session_token", lambda d: d.b64(200)),
    "gcp-api-key": ("google_api_key", lambda d: "AI" + "za" + d(URL, 35)),
    "gcp-oauth-secret": ("client_secret", lambda d: "GOC" + "SPX-" + d(URL, 28)),
    "azure-storage": ("azure_storage_account_key", lambda d: d.b64(64)),
    "azure-client-secret": ("AZURE_CLIENT_SECRET", lambda d: d(B62, 3) + "8Q~" + d(URL + "~.", 34)),
    "github-pat": ("GITHUB_TOKEN", lambda d: "gh" + "p_" + d(B62, 36)),
    "github-oauth": ("gh_oauth", lambda d: "gh" + "o_" + d(B62, 36)),
    "github-server": ("app_token", lambda d: "gh" + "s_" + d(B62, 36)),
    "github-user": ("user_token", lambda d: "gh" + "u_" + d(B62, 36)),
    "github-fine": ("token", lambda d: "github_" + "pat_" + d(B62, 22) + "_" + d(B62, 59)),
    "gitlab-pat": ("GITLAB_TOKEN", lambda d: "gl" + "pat-" + d(URL, 20)),
    "slack-bot": ("SLACK_BOT_TOKEN", lambda d: "xo" + f"xb-{d(string.digits, 12)}-{d(string.digits, 13)}-{d(B62, 24)}"),
    "slack-user": (
        "slack",
        lambda d: "xo" + f"xp-{d(string.digits, 12)}-{d(string.digits, 12)}-{d(string.digits, 13)}-{d(HEX, 32)}",
    ),
    "slack-app": ("SLACK_APP_TOKEN", lambda d: "xa" + f"pp-1-A{d(UP, 10)}-{d(string.digits, 13)}-{d(HEX, 64)}"),
    "slack-hook": ("hook", lambda d: f"https://hooks.slack.com/services/T{d(UP, 10)}/B{d(UP, 10)}/{d(B62, 24)}"),
    "discord-hook": ("hook", lambda d: f"https://discord.com/api/webhooks/{d(string.digits[1:], 18)}/{d(URL, 68)}"),
    "discord-bot": (
        "DISCORD_TOKEN",
        lambda d: base64.b64encode(d(string.digits[1:], 18).encode()).decode() + "." + d(URL, 6) + "." + d(URL, 38),
    ),
    "stripe-live": ("STRIPE_KEY", lambda d: "sk_" + "live_" + d(B62, 24)),
    "stripe-test": ("STRIPE_KEY", lambda d: "sk_" + "test_" + d(B62, 24)),
    "stripe-hook": ("STRIPE_WEBHOOK_SECRET", lambda d: "wh" + "sec_" + d(B62, 32)),
    "twilio-key": ("twilio", lambda d: "S" + "K" + d(HEX, 32)),
    "twilio-auth": ("TWILIO_AUTH_TOKEN", lambda d: d(HEX, 32)),
    "sendgrid": ("SENDGRID_API_KEY", lambda d: "S" + "G." + d(URL, 22) + "." + d(URL, 43)),
    "mailgun": ("mailgun", lambda d: "ke" + "y-" + d(HEX, 32)),
    "mailchimp": ("mailchimp", lambda d: d(HEX, 32) + "-us14"),
    "npm": ("NPM_TOKEN", lambda d: "np" + "m_" + d(B62, 36)),
    "pypi": ("password", lambda d: "py" + "pi-AgEIcHlwaS5vcmc" + d(URL, 150)),
    "heroku": ("HEROKU_API_KEY", lambda d: str(uuid.UUID(bytes=d.random.randbytes(16), version=4))),
    "digitalocean": ("do", lambda d: "dop" + "_v1_" + d(HEX, 64)),
    "telegram": ("telegram_bot", lambda d: d(string.digits[1:], 10) + ":AA" + d(URL, 33)),
    "openai": ("OPENAI_API_KEY", lambda d: "s" + "k-" + d(B62, 20) + "T3Blbk" + "FJ" + d(B62, 20)),
    "openai-project": ("OPENAI_API_KEY", lambda d: "s" + "k-proj-" + d(URL, 74) + "T3Blbk" + "FJ" + d(URL, 73)),
    "anthropic": ("ANTHROPIC_API_KEY", lambda d: "sk-" + "ant-api03-" + d(URL, 93) + "AA"),
    "hugging-face": ("HF_TOKEN", lambda d: "h" + "f_" + d(string.ascii_letters, 34)),
    "datadog": ("DD_API_KEY", lambda d: d(HEX, 32)),
    "datadog-app": ("datadog_app_key", lambda d: d(HEX, 40)),
    "new-relic": ("NEW_RELIC_API_KEY", lambda d: "NR" + "AK-" + d(UP, 27)),
    "new-relic-license": ("NEW_RELIC_LICENSE_KEY", lambda d: d(HEX, 36) + "NRAL"),
    "square": ("square", lambda d: "sq0" + "csp-" + d(URL, 43)),
    "shopify": ("shopify", lambda d: "shp" + "at_" + d(HEX, 32)),
    "okta": ("okta_api_token", lambda d: "00" + d(URL, 40)),
    "atlassian": ("ATLASSIAN_TOKEN", lambda d: "ATA" + "TT3xFfGF0" + d(URL, 178) + "=" + d(UP, 8)),
    "terraform": ("token", lambda d: d(B62, 14) + ".atlas" + "v1." + d(URL, 67)),
    "vault": ("VAULT_TOKEN", lambda d: "hv" + "s." + d(URL, 92)),
    "databricks": ("databricks", lambda d: "da" + "pi" + d(HEX, 32)),
    "docker": ("docker", lambda d: "dckr_" + "pat_" + d(URL, 27)),
    "grafana": ("grafana", lambda d: "gl" + "sa_" + d(B62, 32) + "_" + d(HEX, 8)),
    "linear": ("linear", lambda d: "lin_" + "api_" + d(B62, 40)),
    "postman": ("postman", lambda d: "PM" + "AK-" + d(HEX, 24) + "-" + d(HEX, 34)),
    "jwt": ("session", lambda d: d.jwt()),
    "django": ("SECRET_KEY", lambda d: d(B36 + "!@#%^&*(-_=+)", 50)),
    "generic-key": ("internal_api_key", lambda d: d(B62, 32)),
    "generic-secret": ("signing_secret", lambda d: d(HEX, 64)),
    "generic-token": ("service_token", lambda d: d(URL, 40)),
    "password-drawn": ("db_password", lambda d: d(B62 + "!#%+", 16)),
    "password-chosen": ("admin_password", lambda d: d.password()),
    "postgres-url": ("DATABASE_URL", lambda d: f"postgresql+asyncpg://app:{d(B62, 18)}@db.internal:5432/app"),
    "postgres-chosen": (
        "DATABASE_URL",
        lambda d: (
            f"postgres://reporting:{d.password().replace('#', '').replace('?', '').replace('@', '')}@10.2.0.8/reports"
        ),
    ),
    "mongo-url": ("MONGO_URL", lambda d: f"mongodb+srv://svc:{d(B62, 20)}@cluster0.{d(B36, 5)}.mongodb.net/app"),
    "redis-url": ("REDIS_URL", lambda d: f"rediss://:{d(B62, 24)}@cache.prod.internal:6380/0"),
    "amqp-url": ("BROKER_URL", lambda d: f"amqps://worker:{d(B62, 20)}@mq.prod.internal/v"),
    "mysql-url": ("dsn", lambda d: f"mysql+pymysql://shop:{d(B62, 14)}@mysql.prod/shop"),
    "jdbc": ("url", lambda d: f"jdbc:postgresql://db.prod:5432/app?user=app&password={d(B62, 16)}"),
    "ado": ("connection", lambda d: f"Server=tcp:sql.prod,1433;User ID=sa;Password={d(B62, 16)};Encrypt=true"),
    "azure-connection": (
        "conn",
        lambda d: (
            f"DefaultEndpointsProtocol=https;AccountName=prodlogs;AccountKey={d.b64(64)};EndpointSuffix=core.windows.net"
        ),
    ),
    "signed-url": (
        "link",
        lambda d: (
            "https://reports.s3.amazonaws.com/q3.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600"
            f"&X-Amz-Signature={d(HEX, 64)}"
        ),
    ),
    "bearer": ("Authorization", lambda d: f"Bearer {d(URL, 43)}"),
    "basic": ("Authorization", lambda d: "Basic " + base64.b64encode(f"deploy:{d(B62, 18)}".encode()).decode()),
}


def cassette(value: str) -> str:
    return (
        f"interactions:\n- request:\n    method: GET\n    headers:\n      {value}\n"
        "    uri: https://api.internal/v1/items\n  response:\n    status: {code: 200, message: OK}\n"
    )


def whole(d: Dice) -> list[tuple[str, str, str]]:
    """Return (family, file name, text) of what is a file or a block of its own."""
    service_account = {
        "type": "service_account",
        "project_id": "prod",
        "private_key_id": d(HEX, 40),
        "private_key": d.pem("PRIVATE " + "KEY") + "\n",
        "client_email": "ci@prod.iam.gserviceaccount.com",
    }
    login = base64.b64encode(f"robot:{d(B62, 20)}".encode()).decode()
    bearer, key, cookie = d(URL, 40), d(HEX, 32), d(URL, 48)
    har = {"log": {"entries": [{"request": {"headers": [{"name": "Authorization", "value": f"Bearer {d(URL, 40)}"}]}}]}}
    notebook = {
        "cells": [{"cell_type": "code", "source": [f'client = Client(api_key="{d(B62, 40)}")\n', "client.ping()"]}]
    }
    env = f"env:\n- name: DB_PASSWORD\n  value: {d(B62, 18)}\n"
    left, right = "gh" + "p_" + d(B62, 14), d(B62, 22)
    aws = "AK" + "IA" + d(string.ascii_uppercase + "234567", 16)
    return [
        ("aws-key-id", "settings.py", f'REGION = "eu-west-1"\nACCESS = "{aws}"\n'),
        ("gcp-service-account", "account.json", json.dumps(service_account, indent=1)),
        ("rsa-key", "id.pem", d.pem("RSA PRIVATE " + "KEY") + "\n"),
        ("ec-key", "ec.pem", d.pem("EC PRIVATE " + "KEY") + "\n"),
        ("openssh-key", "id_ed25519", d.pem("OPENSSH PRIVATE " + "KEY") + "\n"),
        ("pkcs8-in-python", "keys.py", f'KEY = """{d.pem("PRIVATE " + "KEY")}"""\n'),
        ("encrypted-key", "enc.pem", d.pem("ENCRYPTED PRIVATE " + "KEY") + "\n"),
        ("pgp-key", "key.asc", d.pem("PGP PRIVATE " + "KEY BLOCK").replace("-----\n", "-----\n\n", 1) + "\n"),
        ("docker-auth", "config.json", json.dumps({"auths": {"registry.internal": {"auth": login}}}, indent=1)),
        (
            "npmrc",
            ".npmrc",
            (
                f"//registry.internal/:_authToken={d(HEX, 8)}-{d(HEX, 4)}-{d(HEX, 4)}-{d(HEX, 4)}"
                f"-{d(HEX, 12)}{d(B62, 8)}\n"
            ),
        ),
        ("netrc", ".netrc", f"machine api.internal login robot password {d(B62, 16)}\n"),
        ("netrc-chosen", "netrc", f"machine api.internal\n  login robot\n  password {d.password()}\n"),
        ("pgpass", ".pgpass", f"db.internal:5432:app:app:{d(B62, 16)}\n"),
        ("htpasswd", ".htpasswd", f"deploy:$ap" + f"r1${d(B62, 8)}${d(B62, 22)}\n"),
        ("cassette-bearer", "cassette.yaml", cassette(f"Authorization:\n      - Bearer {bearer}")),
        ("cassette-basic", "login.yaml", cassette(f"authorization: ['Basic {login}']")),
        ("cassette-api-key", "items.yaml", cassette(f"X-Api-Key:\n      - {key}")),
        ("cassette-cookie", "cookie.yaml", cassette(f"Cookie:\n      - session={cookie}; theme=dark")),
        (
            "cassette-body",
            "token.yaml",
            f'response:\n  body:\n    string: \'{{"access_token": "{d(URL, 48)}", "token_type": "bearer"}}\'\n',
        ),
        ("har", "session.har", json.dumps(har)),
        ("har-indented", "session.json", json.dumps(har, indent=2)),
        ("http", "recorded.http", f"GET /v1 HTTP/1.1\nHost: api.internal\nAuthorization: token {d(HEX, 40)}\n\n"),
        ("notebook", "explore.ipynb", json.dumps(notebook, indent=1)),
        ("kubernetes-env", "deploy.yaml", env),
        (
            "kubernetes-secret",
            "secret.yaml",
            (
                "kind: Secret\nmetadata: {name: db}\ndata:\n"
                f"  password: {base64.b64encode(d(B62, 18).encode()).decode()}\n"
            ),
        ),
        ("split-literal", "split.py", f'TOKEN = "{left}" + "{right}"\n'),
        ("split-secret", "split2.py", f'api_secret = ("{d(B62, 20)}"\n    "{d(B62, 20)}")\n'),
        ("curl", "deploy.sh", f"curl -u robot:{d(B62, 16)} https://api.internal/v1\n"),
        ("curl-header", "ping.sh", f'curl -H "Authorization: Bearer {d(URL, 40)}" https://api.internal\n'),
        ("option", "run.sh", f"tool login --username robot --password {d(B62, 16)}\n"),
        (
            "xml",
            "settings.xml",
            f"<server><id>central</id><username>ci</username><password>{d(B62, 16)}</password></server>\n",
        ),
        ("webconfig", "web.config", f'<add key="ApiKey" value="{d(B62, 32)}" />\n'),
        ("getenv-default", "conf.py", f'key = os.environ.get("SERVICE_API_KEY", "{d(B62, 32)}")\n'),
        ("annotated", "model.py", f'class S:\n    db_password: str = "{d.password()}"\n'),
        ("keyword", "call.py", f'connect(host="db", user="app", password="{d.password()}")\n'),
        ("dictionary", "conf2.py", f"CONFIG = {{'user': 'app', 'passwd': '{d(B62, 14)}'}}\n"),
        ("define", "wp-config.php", f"define('DB_PASSWORD', '{d.password()}');\n"),
        ("javascript", "app.js", f'const apiKey = "{d(B62, 36)}";\n'),
        ("comment", "notes.md", f"Staging login: user `ops`, password: {d.password()}\n"),
        (
            "base64-wrapped",
            "wrapped.yaml",
            "config: " + base64.b64encode(f"token=gh{'p_'}{d(B62, 36)}\n".encode()).decode() + "\n",
        ),
    ]


def honest(d: Dice) -> list[tuple[str, str, str]]:
    """Return (kind, file name, text) of what is no credential."""
    sha, digest, tail = d(HEX, 40), d(HEX, 64), d(HEX, 16)
    number = d.random.randint(1, 99)
    example_id = "AKIAIOSFODNN7" + "EXAMPLE"
    jwt_io = ".".join(
        ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", JWT_IO_CLAIMS, "SflKxwRJSMeKKF2QT4fwp" + "MeJf36POk6yJV_adQssw5c"]
    )
    public = d.b64(294)
    texts: list[tuple[str, str, str]] = [
        ("git-sha", "version.py", f'GIT_COMMIT = "{sha}"\n'),
        ("git-sha-yaml", "ci.yaml", f"- uses: actions/checkout@{sha}\n"),
        ("sha256", "manifest.json", json.dumps({"sha256": digest, "file": "a.whl"})),
        ("token-digest", "record.json", json.dumps({"token_sha256": digest})),
        ("integrity", "package-lock.json", json.dumps({"integrity": "sha512-" + d.b64(64)}, indent=1)),
        (
            "poetry-lock",
            "poetry.lock",
            f'[[package]]\nname = "tokenizers"\nfiles = [{{file = "tokenizers-0.1.whl", hash = "sha256:{digest}"}}]\n',
        ),
        ("go-sum", "go.sum", f"github.com/secret/token v1.0.0 h1:{d.b64(32)}\n"),
        ("requirements", "requirements.txt", f"secretstorage==3.3.3 --hash=sha256:{digest}\n"),
        ("uuid", "ids.json", json.dumps({"request_id": str(uuid.UUID(bytes=d.random.randbytes(16), version=4))})),
        ("uuid-tenant", "tenant.yaml", f"tenant_id: {uuid.UUID(bytes=d.random.randbytes(16), version=4)}\n"),
        ("trace", "trace.json", json.dumps({"traceparent": f"00-{d(HEX, 32)}-{tail}-01"})),
        ("etag", "response.yaml", f'headers:\n  ETag: ["{d(HEX, 32)}"]\n  X-Request-Id: [{d(HEX, 32)}]\n'),
        ("golden-token", "tokens.py", f'TOKEN = "test-golden-token-{tail}"\n'),
        ("golden-token-scope", "tokens.json", json.dumps({"token": f"test-golden-chat-read-{number:04d}"})),
        ("golden-bearer", "golden.http", f"Authorization: Bearer test-golden-token-{tail}\n"),
        ("test-api-key", "conftest.py", f'api_key = "test-api-key-{number}"\n'),
        ("fake-openai", "openai_test.py", f'OPENAI_API_KEY = "sk-test-{"x" * 20}"\n'),
        ("fake-key", "fake.py", f'api_key="fake_key_for_unit_tests_{number}"\n'),
        ("changeme", "a.env", "DB_PASSWORD=changeme\n"),
        ("changeme2", "b.env", f"DB_PASSWORD=changeme{number}!\n"),
        ("your", "c.env", "OPENAI_API_KEY=your-api-key-here\n"),
        ("your-secret", "d.yaml", "client_secret: YOUR_CLIENT_SECRET_123\n"),
        ("xxxx", "e.env", "GITHUB_TOKEN=gh" + "p_" + "x" * 36 + "\n"),
        ("stars", "f.yaml", "password: '********'\n"),
        ("variable", "g.env", "API_KEY=${SERVICE_API_KEY}\n"),
        ("shell-variable", "h.sh", 'curl -H "Authorization: Bearer $TOKEN_2" https://api\n'),
        ("environ", "settings.py", 'API_KEY = os.environ["SERVICE_API_KEY_V2"]\n'),
        ("getenv", "settings2.py", 'password = os.getenv("DB_PASSWORD_2", "")\n'),
        ("angle", "i.yaml", "token: <your-token-2>\n"),
        ("jinja", "j.yaml", "password: '{{ vault_db_password_2 }}'\n"),
        ("github-secret", "k.yaml", "token: ${{ secrets.DEPLOY_TOKEN_2 }}\n"),
        ("format", "l.py", 'header = f"Bearer {token_2}"\n'),
        ("percent", "m.py", 'url = "postgresql://%s:%s@%s/%s" % parts\n'),
        ("url-format", "n.py", 'url = f"postgresql://{user}:{password}@{host}/app"\n'),
        ("aws-example", "o.py", f'aws_access_key_id = "{example_id}"\n'),
        (
            "aws-example-secret",
            "p.py",
            'aws_secret_access_key = "' + "wJalrXUtnFEMI/K7MDENG/" + 'bPxRfiCYEXAMPLEKEY"\n',
        ),
        ("jwt-io", "q.py", f'token = "{jwt_io}"\n'),
        ("stripe-documented", "r.py", 'key = "sk_' + 'test_4eC39HqLyjWDarjtT1zdp7dc"\n'),
        ("rfc7617", "s.http", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
        ("rfc6750", "t.http", "Authorization: Bearer mF_9.B5f-4.1JqM\n"),
        ("example-url", "u.py", 'url = "https://user:password@example.com/path"\n'),
        ("local-postgres", "v.yaml", "DATABASE_URL: postgresql://postgres:postgres@localhost:5432/test\n"),
        ("local-rabbit", "w.env", "BROKER=amqp://guest:guest@localhost//\n"),
        (
            "slack-documented",
            "x.py",
            'hook = "https://hooks.slack.com/services/T00000000/B00000000/' + "X" * 24 + '"\n',
        ),
        ("public-key", "y.pem", f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"),
        ("ssh-public", "id_rsa.pub", f"ssh-rsa AAAAB3NzaC1yc2E{public} ci@host\n"),
        ("certificate", "z.pem", f"-----BEGIN CERTIFICATE-----\nMIID{public}\n-----END CERTIFICATE-----\n"),
        ("public-key-name", "pk.json", json.dumps({"public_key": d.b64(32)})),
        ("alphabet", "ab.py", 'token = "abcdefghijklmnopqrstuvwxyz0123456789"\n'),
        ("sequence", "ac.py", 'api_key = "abcdef1234567890abcdef1234567890"\n'),
        ("digits", "ad.py", 'token = "12345678901234567890"\n'),
        ("repeat", "ae.py", 'secret = "aaaaaaaabbbbbbbbcccccccc"\n'),
        ("deadbeef", "af.py", 'secret_key = "deadbeefcafebabedeadbeefcafebabe"\n'),
        ("key-placeholder", "ag.py", 'PEM = "-----BEGIN PRIVATE ' + 'KEY-----\\n...\\n-----END PRIVATE KEY-----"\n'),
        ("key-regex", "ah.py", 'RX = re.compile(r"-----BEGIN (RSA )?PRIVATE ' + 'KEY-----[A-Za-z0-9+/=]+")\n'),
        ("token-regex", "ai.py", 'RX = r"gh' + 'p_[A-Za-z0-9]{36}"\n'),
        ("password-url", "aj.json", json.dumps({"password_reset_url": f"https://app.internal/reset/v{number}"})),
        ("token-count", "ak.json", json.dumps({"max_tokens": 4096, "prompt_tokens": 128, "token_limit": "8192"})),
        (
            "token-type",
            "al.json",
            json.dumps({"token_type": "bearer2", "token_endpoint": "https://id.internal/oauth2/token"}),
        ),
        (
            "secret-name",
            "am.yaml",
            "secretName: tls-certificate-2024\nsecretKeyRef: {name: db-credentials-v2, key: password}\n",
        ),
        ("secret-path", "an.yaml", "password_file: /run/secrets/db_password_2\n"),
        ("label", "ao.html", '<label for="password2">Password</label><input type="password" name="password2">\n'),
        (
            "translation",
            "ap.json",
            json.dumps({"password.error": "Passwort2 muss 8 Zeichen haben", "password": "Kennwort"}),
        ),
        ("derived", "aq.py", 'token = hashlib.sha256(b"seed-7").hexdigest()\n'),
        ("seeded", "ar.py", "api_key = make_token(seed=7, length=32)\n"),
        ("none", "as.py", "password: str | None = None\n"),
        ("algorithm", "at.py", 'password_hasher = "pbkdf2_sha256"\ntoken_algorithm = "RS256"\n'),
        ("symbol", "au.json", json.dumps({"token": "USDC", "token_address": "0x" + d(HEX, 40)})),
        ("class", "av.py", 'token_class = "lukhas.identity.tokens.AccessTokenV2"\n'),
        ("cache", "aw.py", f'cache_key = "user-profile-{tail}"\n'),
        ("idempotency", "ax.json", json.dumps({"idempotency_key": d(HEX, 32)})),
        ("page-token", "ay.json", json.dumps({"next_page_token": d(URL, 40)})),
        ("image", "az.html", f'<img src="data:image/png;base64,{d.b64(200)}">\n'),
        ("minified", "ba.js", "var token=t.next(),secretKey=e.key,password=r.pass;\n"),
        ("dummy-basic", "bb.http", "Authorization: Basic " + base64.b64encode(b"user:password").decode() + "\n"),
        ("unsigned", "bc.py", 'token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0In0."\n'),
        ("redacted-cassette", "bd.yaml", cassette("Authorization:\n      - Bearer REDACTED")),
        ("dummy-cassette", "be.yaml", cassette("Authorization:\n      - Bearer DUMMY_TOKEN_123456789")),
        ("test-password", "bf.py", 'password = "TestPassword123!"\n'),
        ("trivial-password", "bg.py", 'client.login(username="admin", password="admin123")\n'),
    ]
    return texts


WRITERS: dict[str, Callable[[str, str], str]] = {
    "py": lambda name, value: f'import os\n\n{name} = "{value}"\n',
    "yaml": lambda name, value: f"service:\n  {name}: {value}\n",
    "json": lambda name, value: json.dumps({"service": {name: value}}, indent=2),
    "env": lambda name, value: f"MODE=live\n{name.upper()}={value}\n",
    "toml": lambda name, value: f'[service]\n{name} = "{value}"\n',
    "ipynb": lambda name, value: json.dumps(
        {"cells": [{"cell_type": "code", "source": [f'{name} = "{value}"\n']}]}, indent=1
    ),
}


def corpus(seed: int, folder: str) -> list[Sample]:
    """Return the samples of a seed, each a file of its own below the folder; paths are unique."""
    d = Dice(seed)
    found: list[Sample] = []
    for family, (name, make) in NAMED.items():
        for ending in d.random.sample(sorted(WRITERS), 4):
            found.append(
                Sample(f"{folder}/p{len(found)}/config.{ending}", WRITERS[ending](name, make(d)), family, secret=True)
            )
    for family, path, text in whole(d):
        found.append(Sample(f"{folder}/p{len(found)}/{path}", text, family, secret=True))
    for _ in range(3):
        for family, path, text in honest(d):
            found.append(Sample(f"{folder}/n{len(found)}/{path}", text, family, secret=False))
    return found
