"""`docs.snippets`: what a reader copies is taken by a parser of its language."""

import shutil
import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_snippets import test_snippets_compile as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.snippets import parser_of, snippets

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "docs.snippets"
PLAN = {"files": ["doc.md"], "service": None}
RETRY = "```python\nwait(headers['Retry-After'])\n```\n"


def cases(kind):
    folders = sorted((SAMPLES / kind).iterdir())
    return [folder for folder in folders if folder.name != "javascript" or shutil.which("node")]


@pytest.mark.parametrize("folder", cases("good"), ids=lambda folder: folder.name)
def test_good_samples_are_met(folder):
    assert met(check, Repository(folder), **PLAN).measures[-1].value >= 1


@pytest.mark.parametrize("folder", cases("bad"), ids=lambda folder: folder.name)
def test_bad_samples_are_unmet(folder):
    assert unmet(check, Repository(folder), **PLAN) == (folder / "expected.txt").read_text().splitlines()


def repository(folder, text):
    (folder / "doc.md").write_text(text)
    return Repository(folder)


@pytest.mark.parametrize(
    ("info", "language"),
    [("py", "python"), ("Python {3-4}", "python"), ("{.python .numberLines}", "python"), ("{python}", "python"),
     ("{code-block} sh", "bash"), ("{note}", ""), ('hl_lines="4"', ""), ("ts,ignore", "typescript"), ("", "")],
)  # fmt: skip
def test_a_fence_names_its_language_in_many_ways(info, language):
    assert [one.language for one in snippets("a.md", f"```{info}\nx\n```\n")] == [language]


def test_each_snippet_says_what_the_plan_asks_for(tmp_path):
    repo = repository(tmp_path, RETRY + "\n```python\nwait(3)\n```\n\n```json\n{}\n```\n")

    assert unmet(check, repo, **PLAN, must_say={"py": ["Retry-After"], "*": ["/wait|{/"]}) == [
        "doc.md:6: this python snippet does not say 'Retry-After'"
    ]
    assert unmet(check, repo, **PLAN, must_say={"go": ["Retry-After"]}) == ["must_say: no snippet of go"]
    with pytest.raises(CannotJudge, match=r"^must_say: '/\(/' is no regular expression"):
        check(repo=repo, evidence=Evidence(), **PLAN, must_say={"py": ["/(/"]})


def test_a_language_that_nothing_can_read_is_told_or_a_fault(tmp_path):
    repo = repository(tmp_path, RETRY + "\n```cobol\nSTOP RUN.\n```\n")

    assert met(check, repo, **PLAN).remarks == ["1 snippets of cobol were not read: nothing here can read it"]
    assert unmet(check, repo, **PLAN, unparsed=True) == [
        "doc.md:6: nothing here can read cobol, so this snippet is not known to compile"
    ]


def test_a_tool_that_is_not_there_reads_nothing(tmp_path, monkeypatch):
    repo = repository(tmp_path, "```sh\nls\n```\n")
    assert repo.files == ("doc.md",)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Vacuous, match=r"^nothing here can read bash$"):
        check(repo=repo, evidence=Evidence(), **PLAN)


def test_languages_that_the_plan_names_must_be_there(tmp_path):
    repo = repository(tmp_path, RETRY + "\n```json\n{\n```\n")

    assert met(check, repo, **PLAN, languages=["py"]).remarks == [
        "1 fenced blocks are no code, of another language, or marked `skip`"
    ]
    assert unmet(check, repo, **PLAN, languages=["Python", "ts"]) == ["languages: no snippet of typescript"]


def test_an_exception_has_a_reason_and_is_used(tmp_path):
    repo = repository(tmp_path, RETRY + "\n```json\n{ ...\n}\n```\n")

    met(check, repo, **PLAN, allow={"*.md:{ ... }": "cut short on purpose"})
    assert unmet(check, repo, **PLAN, allow={"doc.md:[": "?"}) == [
        "doc.md:6: no json: Expecting property name enclosed in double quotes",
        "allow: 'doc.md:[' excuses nothing",
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["gone.md"], "files: no such file: gone.md"),
        ([], "no snippet of code in an empty list of files"),
        (["doc.md"], "no snippet of code in doc.md"),
    ],
)
def test_nothing_to_look_at_is_vacuous(tmp_path, files, said):
    repo = repository(tmp_path, "```text\nx\n```\n```python skip\n(\n```\n")

    with pytest.raises(Vacuous) as told:
        check(repo=repo, evidence=Evidence(), service=None, files=files)
    assert str(told.value) == said


def test_nothing_is_run(tmp_path):
    code = f"open({str(tmp_path / 'ran')!r}, 'w')"

    met(check, repository(tmp_path, f"```python\n{code}\n```\n```sh\ntouch {tmp_path}/ran\n```\n"), **PLAN)
    assert not (tmp_path / "ran").exists()


def test_every_violation_is_seen(tmp_path):
    repo = repository(tmp_path, "# D\n\n" + RETRY)

    assert planted(check, repo, **PLAN, must_say={"python": ["Retry-After"]}) == {
        "snippet-that-does-not-compile": [
            "doc.md:4: no python: invalid syntax",
            "doc.md:4: this python snippet does not say 'Retry-After'",
        ],
        "snippet-that-does-not-say-it": ["doc.md:4: this python snippet does not say 'Retry-After'"],
        "service-that-fails-the-snippet": "cannot be planted: the plan does not have snippets run",
    }


@pytest.mark.parametrize(
    ("line", "has_url"),
    [("curl localhost", True), ('curl "$URL"', True), ("curl -sSX POST host", True), ("curl --url x", True),
     ("curl -XPOST -dx host", True), ("curl --version", True), ("curl -s -o out", False),
     ("curl --header 'A: b'", False), ("curl -sX POST", False), ("curl", False)],
)  # fmt: skip
def test_curl_is_asked_for_its_url(line, has_url):
    assert (parser_of("bash")(f"# {line}\n{line}\n") is None) is has_url


CALL = """```python
import os, time, urllib.request, urllib.error
def ask():
    request = urllib.request.Request("http://localhost:9/v1/models")
    request.add_header("Authorization", "Bearer " + os.environ["KEY"])
    return urllib.request.urlopen(request).read()
try:
    print(ask())
except urllib.error.HTTPError as error:
    if error.code != 429:
        raise
    time.sleep(float(error.headers["Retry-After"]))
    ask()
```
"""
RUN = {"files": ["doc.md"], "runs_against": "http://localhost:9", "token": "KEY"}


def test_a_snippet_that_waits_as_it_is_told_runs_against_the_service(facade, tmp_path):
    """It is refused once, and has to come again."""
    evidence = met(check, repository(tmp_path, CALL), **RUN, service=facade, backs_off=True)

    assert evidence.remarks[-1] == "doc.md:2: exit status 0, 2 requests"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (CALL.replace("/v1/models", "/v1/nothing"), "fails with status 1 when it is run against the service"),
        (CALL.replace('os.environ["KEY"]', '"wrong"'), "fails with status 1 when it is run against the service"),
        (CALL.replace("localhost:9", "localhost:7").replace("    ask()", "").replace("print(ask())", "pass"),
         "asks nothing of the service; meant: http://localhost:9 in it"),
        (CALL.replace("    ask()", "    pass"), "does not come again after a 429, or before Retry-After is over"),
        (CALL.replace('error.headers["Retry-After"]', "0"), "does not come again after a 429, or before Retry-After"),
    ],
)  # fmt: skip
def test_a_snippet_that_does_not_run_is_told(facade, tmp_path, code, told):
    (line,) = unmet(check, repository(tmp_path, code), **RUN, service=facade, backs_off=True)

    assert line.startswith("doc.md:2: this snippet ")
    assert told in line


def test_a_service_that_fails_the_snippet_is_found(facade, tmp_path):
    (violation,) = (one for one in described(check).violations if one.name == "service-that-fails-the-snippet")
    with facade.through(violation.changes(**RUN)) as spoilt:
        assert unmet(check, repository(tmp_path, CALL), **RUN, service=spoilt)


def test_nothing_to_run_is_nothing_known(facade, tmp_path):
    with pytest.raises(Vacuous, match="runs_against: no snippet of python to run"):
        met(check, repository(tmp_path, "```json\n{}\n```\n"), **RUN, service=facade)
