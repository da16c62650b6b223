"""`coordguard serve`: the page on loopback, kept up to date, and nothing else for nobody else."""

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from pytest_coordguard.cli import main
from pytest_coordguard.domain.record import CriterionRecord, Provenance
from pytest_coordguard.domain.verdict import Verdict


def ask(server, path="/", method="GET", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers


def later(server):
    """Let the time pass in which the disk is not looked at again, and a page that was long in the making rests."""
    server.board._looked = server.board._rests = 0.0


def met(shop, criterion):
    here = Provenance(shop.run.commit, checked_at="2026-11-24T09:15:03Z", run=shop.run.id)
    return CriterionRecord(criterion, Verdict.MET, provenance=here)


def test_the_page_says_what_a_run_has_judged_so_far(shop, server):
    shop.begin()
    assert "0 of 3 criteria are judged" in ask(server)[1]
    shop.judge(met(shop, "A/there"))
    later(server)

    assert "1 of 3 criteria are judged" in ask(server)[1]


def test_whoever_listens_is_told_each_change(shop, server):
    shop.begin()
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)) as connection:
        connection.request("GET", "/events")
        answer = connection.getresponse()
        first = answer.readline()
        shop.judge(met(shop, "A/there"))
        answer.readline()
        second = answer.readline()

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert first.startswith(b"data: ")
    assert second.startswith(b"data: ")
    assert first != second


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_a_stranger_made_lead_here_is_refused(server, host):
    """DNS rebinding: a page of evil.example whose name has become 127.0.0.1 asks with its own name."""
    for path in ("/", "/events"):
        status, text, _ = ask(server, path, Host=host.format(port=server.server_port))
        assert status == 403
        assert "Prices" not in text


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_its_own_names_are_answered(server, host):
    assert ask(server, Host=host.format(port=server.server_port))[0] == 200


def test_it_listens_on_loopback_alone(server):
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(shop, server, method):
    before = shop.files
    assert ask(server, method=method)[0] == 501
    ask(server)
    ask(server, method="HEAD")
    assert shop.files == before


def test_no_other_path_is_there(server):
    for path in ("/../coordguard.yaml", "/coordguard.yaml", "/page.js", "/events/x"):
        assert ask(server, path)[0] == 404, path


def test_the_answer_names_its_policy(server):
    _, _, headers = ask(server)

    assert headers["Content-Security-Policy"].endswith("connect-src 'self'; frame-ancestors 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_plan_with_an_error_is_told_and_a_mended_one_shown(shop, server):
    plan = shop.root / "coordguard.yaml"
    good = plan.read_text()
    assert ask(server)[0] == 200
    plan.write_text(good.replace("owner: ana", "owners: ana"))
    later(server)
    status, text, _ = ask(server)
    assert (status, "owners" in text) == (503, True)
    plan.write_text(good.replace("title: Prices", "title: Better prices"))
    later(server)
    assert "Better prices" in ask(server)[1]


def test_it_says_where_it_is_and_ends_by_ctrl_c(shop):
    code = "import sys; from pytest_coordguard.cli import main; sys.exit(main(['serve', '--port', '0', '--json']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=shop.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        port = int(
            json.loads("".join(process.stdout.readline() for _ in range(3)))["url"].rpartition(":")[2].strip("/")
        )
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/events")
            connection.getresponse().readline()
            os.kill(process.pid, signal.SIGINT)
            said, complained = process.communicate(timeout=30)
    assert (process.returncode, said, complained) == (0, "", "")


def test_a_port_that_is_taken_is_told(shop, server, capsys):
    assert main(["serve", "--port", str(server.server_port)]) == 4
    assert f"--port: {server.server_port} cannot be used (Address already in use)" in capsys.readouterr().err
    assert main(["serve", "--port", "70000"]) == 4
    assert "0 takes a free one" in capsys.readouterr().err


# -- coordguard dashboard ------------------------------------------------------------------------------------


def test_a_fresh_clone_gives_the_same_bytes(shop, tmp_path, monkeypatch, capsys):
    """It rests on what is committed (plan, history, status file, record of runs) and on the moment that is named."""
    shop.run = replace(shop.run, state="complete")
    shop.begin()
    (shop.root / ".git/coordguard-journal-r7-1.jsonl").unlink()
    for command in (("add", "-A"), ("commit", "-q", "-m", "Reports")):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *command], cwd=shop.root, check=True
        )
    subprocess.run(["git", "clone", "-q", str(shop.root), str(tmp_path / "clone")], check=True)
    pages = []
    for folder in (shop.root, tmp_path / "clone"):
        monkeypatch.chdir(folder)
        assert main(["dashboard", "--html", str(tmp_path / "page.html"), "--at", "2026-11-24T12:00:00Z"]) == 0
        pages.append((tmp_path / "page.html").read_bytes())

    assert pages[0] == pages[1]
    assert b"2026-11-24 12:00 UTC" in pages[0]


def test_without_a_file_it_prints_the_dashboard(shop, capsys):
    assert main(["dashboard"]) == 0
    assert capsys.readouterr().out.startswith("# shop: dashboard\n")
    assert main(["dashboard", "--json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["tasks"]] == ["A", "B"]
    assert main(["dashboard", "--at", "yesterday"]) == 4
    assert "--at: 'yesterday' is no moment; meant: as 2026-11-24T09:15:00Z" in capsys.readouterr().err
    assert main(["dashboard", "--html", str(shop.root)]) == 4
    assert "--html" in capsys.readouterr().err
