"""The two stores do the same; the one in Redis is tried where there is one."""

import asyncio
import shutil
import socket
import subprocess
import time

import pytest

from facade.store import MemoryStore, RedisStore


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server here; on Debian: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    with subprocess.Popen([*command, str(tmp_path_factory.mktemp("redis"))], stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + 10
        while not accepts(port) and time.monotonic() < until:
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=["memory", "redis"])
def store(request):
    return MemoryStore() if request.param == "memory" else RedisStore(request.getfixturevalue("redis_url"))


def test_a_store_keeps_texts_and_lists(store):
    async def use():
        assert await store.get("a") is None
        assert await store.add("a", "1", 60)
        assert not await store.add("a", "2", 60)
        assert await store.get("a") == "1"
        await store.put("a", "3", 60)
        assert await store.get("a") == "3"
        await store.drop("a")
        assert await store.get("a") is None
        assert await store.items("b") == []
        await store.append("b", "x")
        await store.append("b", "y")
        assert await store.items("b") == ["x", "y"]
        await store.close()

    asyncio.run(use())


def test_the_service_counts_and_remembers_in_redis(start, redis_url, may_all):
    service = start(redis_url=redis_url, requests=2)
    keyed = may_all | {"Idempotency-Key": "once"}
    body = {"model": "facade-large", "input": "a thing"}
    first, again, refused = (service("POST", "/v1/responses", headers=keyed, json=body) for _ in range(3))

    assert first.json() == again.json()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-reset-requests"].endswith("s")
    service.close()
