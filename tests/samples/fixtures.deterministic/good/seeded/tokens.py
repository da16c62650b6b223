import hashlib
import random
import uuid
from datetime import datetime, timezone

from faker import Faker

RNG = random.Random(7)
WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)
SCOPES = {"read", "write"}
fake = Faker()
Faker.seed(7)


def token(scope: str) -> str:
    assert scope in SCOPES
    return f"test-golden-token-{hashlib.sha256(scope.encode()).hexdigest()[:8]}-{RNG.random()}"


def name():
    return uuid.uuid5(uuid.NAMESPACE_DNS, ",".join(sorted(SCOPES)))


def drawn():
    random.seed(7)
    return random.choice("abc")
