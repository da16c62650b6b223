"""`coordguard mcp`, asked by the SDK's own client over stdio: what it offers, what it answers, and what it refuses."""

import asyncio
import json
import subprocess
import sys

import pytest

from pytest_coordguard.cli import main

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

PLAN = """\
version: 1
project: shop
tasks:
  A:
    title: Prices
    owner: ana
    accept:
      there: {text: The README is there, check: files.exist, files: [README.md]}
      more: {text: A price is there, check: files.exist, files: [price.py]}
  B: {title: Discounts, depends_on: [A], accept: {there: {text: There, check: files.exist, files: [d.py]}}}
"""
START = "import sys; from pytest_coordguard.cli import main; sys.exit(main(['mcp', *sys.argv[1:]]))"
WHO = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("shop")
    (root / "coordguard.yaml").write_text(PLAN)
    (root / "README.md").write_text("# Shop\n")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Plan")):
        subprocess.run(["git", *WHO, *command], cwd=root, check=True)
    return root


def asked(root, *calls, options=()):
    """Return what the server offers, and its answer to each call: whether it is an error, and its content."""

    async def talk():
        program = mcp.StdioServerParameters(command=sys.executable, args=["-c", START, *options], cwd=str(root))
        async with mcp.Client(program) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, given) for name, given in calls]

    tools, answers = asyncio.run(talk())
    return tools, [(each.is_error, each.structured_content or each.content[0].text) for each in answers]


def test_it_answers_as_the_commands_do_and_offers_nothing_that_acts(shop, monkeypatch, capsys):
    tools, answers = asked(
        shop,
        ("status", {}),
        ("status", {"task": "A"}),
        ("next", {"most": 1}),
        ("explain", {"criterion": "A/more"}),
        ("explain", {"criterion": "A/mroe"}),
        ("status", {"task": "AA"}),
        ("next", {"gate": "launch"}),
        ("run", {"gate": "preaudit"}),
    )
    assert [each.name for each in tools] == ["status", "next", "explain"]
    assert all(each.annotations.read_only_hint and each.description for each in tools)
    errors, said = zip(*answers, strict=True)
    assert errors == (False, False, False, False, True, True, True, True)
    assert [(each["id"], each["status"]) for each in said[0]["tasks"]] == [("A", "not_started"), ("B", "blocked")]
    assert [each["id"] for each in said[1]["criteria"]] == ["A/there", "A/more"]
    assert (said[2]["open"], said[2]["closing"], len(said[2]["next"])) == (False, 3, 1)
    monkeypatch.chdir(shop)
    main(["explain", "A/more", "--json"])
    assert said[3] == json.loads(capsys.readouterr().out)
    assert "'A/mroe' is no criterion of coordguard.yaml; did you mean A/more" in said[4]
    assert "'AA' is no task of the plan; did you mean A?" in said[5]
    assert "'launch' is no gate of the plan; it has: preaudit, review_gate" in said[6]
    assert "Unknown tool" in said[7]
    assert not (shop / "docs").exists()


def test_with_leave_it_runs_and_tells_the_verdict(shop):
    tools, answers = asked(
        shop,
        ("run", {"criterion": "A/there"}),
        ("run", {}),
        ("run", {"criterion": "A/there", "gate": "preaudit"}),
        options=("--allow-run",),
    )
    assert [each.name for each in tools] == ["status", "next", "explain", "run"]
    assert not tools[3].annotations.read_only_hint
    (failed, said), *refused = answers
    assert not failed
    assert said["criterion"]["id"] == "A/there"
    assert said["criterion"]["verdict"] == "met"
    assert "1 passed" in said["output"]
    for wrong, text in refused:
        assert wrong
        assert "either a criterion or a gate is to be named" in text


def test_without_the_extra_it_says_what_to_install(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.delitem(sys.modules, "pytest_coordguard.mcp_server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)

    assert main(["mcp"]) == 4
    assert capsys.readouterr().err == (
        "coordguard mcp: needs the Python SDK of the protocol (mcp is missing): pip install 'pytest-coordguard[mcp]'\n"
    )
