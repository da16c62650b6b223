"""What is found in a description, and where: samples by trouble, and what must hold for any document."""

from __future__ import annotations

import contextlib
import json
import warnings
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.openapi import json_text, yaml_text
from pytest_coordguard.facts.openapi.document import Unreadable, read_document
from pytest_coordguard.facts.openapi.headers import Asked, declared_headers
from pytest_coordguard.facts.openapi.places import read_fragment, step_into, written
from pytest_coordguard.facts.openapi.validity import examine, open_description
from pytest_coordguard.facts.repository import Repository

SAMPLES = Path(__file__).parents[1] / "samples" / "openapi_valid"
GOOD = sorted(folder.name for folder in (SAMPLES / "good").iterdir())
BAD = sorted(folder.name for folder in (SAMPLES / "bad").iterdir())

# Where openapi-spec-validator 0.9 and this one differ, and why the sample stands on this side.
THEY_REFUSE = {
    "anchor-31": "a $ref by $anchor: JSON Schema 2020-12, section 8.2.2",
    "anchor-defined-twice": "YAML 1.2.2, section 7.1: an alias means the last anchor before it",
    "extensions": "an extension is data, a $ref in it too",
    "json-named-yaml": "RFC 8259, section 7: characters beyond U+FFFF are escaped in pairs",
    "link-server-31": "OAS 3.1.1, Link Object: it has a field server",
    "reference-in-example-is-data": "an example is data, a $ref in it too",
    "relative-id-31": "a $ref to an $id: JSON Schema 2020-12, section 8.2.1",
    "surrogate-pair": "RFC 8259, section 7: characters beyond U+FFFF are escaped in pairs",
}
WOULD_FETCH = {"id-31", "remote-reference", "version-32"}  # it looks up on the network what is in the file


def spec_of(folder: Path) -> str:
    return "spec.json" if (folder / "spec.json").exists() else "spec.yaml"


@pytest.mark.parametrize("name", GOOD)
def test_what_the_specification_allows_is_not_refused(name):
    folder = SAMPLES / "good" / name

    assert examine(Repository(folder), spec_of(folder)).findings == ()


@pytest.mark.parametrize("name", BAD)
def test_each_fault_is_found_at_its_line(name):
    folder = SAMPLES / "bad" / name

    found = examine(Repository(folder), spec_of(folder)).findings

    assert "".join(f"{finding}\n" for finding in found) == (folder / "expected.txt").read_text(encoding="utf-8")
    assert found


def verdict_of_the_validator(path: Path) -> bool:
    from openapi_spec_validator import validate
    from openapi_spec_validator.readers import read_from_filename

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            document, base = read_from_filename(str(path))
            validate(document, base_uri=base)
        except Exception:  # noqa: BLE001  # the validator lets through whatever its libraries raise
            return False
    return True


@pytest.mark.parametrize("name", sorted(set(GOOD) - WOULD_FETCH))
def test_what_passes_here_passes_openapi_spec_validator(name):
    """Where the two differ on legal documents, a section of a specification says why."""
    folder = SAMPLES / "good" / name

    accepted = verdict_of_the_validator(folder / spec_of(folder))

    assert accepted is (name not in THEY_REFUSE)


@pytest.mark.parametrize("name", sorted(set(BAD) - {"alias-bomb", "alias-in-itself"}))
def test_what_openapi_spec_validator_refuses_is_refused_here(name):
    """Only the other way round may differ: it lets half of the dangling references pass."""
    folder = SAMPLES / "bad" / name

    if not verdict_of_the_validator(folder / spec_of(folder)):
        assert examine(Repository(folder), spec_of(folder)).findings


def test_a_reference_is_looked_up_in_planted_content_too(tmp_path):
    spec = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"$ref": "a.json"}}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    repo = Repository(tmp_path).with_changes({"a.json": b'{"get": {"responses": {"200": {"description": "d"}}}}'})

    assert examine(repo, "spec.json").findings == ()
    assert examine(repo, "spec.json").count("operation") == 1


def test_a_link_out_of_the_repository_is_not_followed(tmp_path):
    (tmp_path / "outside.yaml").write_text("type: object\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "in.yaml").symlink_to(tmp_path / "outside.yaml")
    (repo / "spec.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents: {schemas: {A: {$ref: in.yaml}}}\n"
    )

    assert [str(finding) for finding in examine(Repository(repo), "spec.yaml").findings] == [
        "spec.yaml:3: #/components/schemas/A/$ref: 'in.yaml' leads nowhere: in.yaml: leads out of the repository"
    ]


@pytest.mark.parametrize("reference", ["a" * 5000, "a%00b", "//[a", "..", "%2e%2e/x.json", ".", "", "?a", "#/%", "\\"])
@pytest.mark.parametrize("base", ["", "https://example.com/a"])
def test_a_reference_that_no_file_can_have_is_a_finding(tmp_path, reference, base):
    spec = {"openapi": "3.2.0", "info": {"title": "t", "version": "1"}, "components": {}}
    spec["components"]["schemas"] = {"A": {"$ref": reference}}
    if base:
        spec["$self"] = base
    (tmp_path / "spec.json").write_text(json.dumps(spec))

    examined = examine(Repository(tmp_path), "spec.json")

    assert examined.findings or examined.description.remote
    assert all(len(str(finding)) < 400 for finding in examined.findings)


def test_a_message_never_holds_a_whole_document(tmp_path):
    spec = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": [{"x": "y" * 9000}]}
    (tmp_path / "spec.json").write_text(json.dumps(spec))

    (finding,) = examine(Repository(tmp_path), "spec.json").findings

    assert len(str(finding)) < 300


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_nesting_without_end_is_a_finding_or_no_verdict(tmp_path, opened):
    """Never a crash of the interpreter, never a pass."""
    (tmp_path / "spec.yaml").write_text("openapi: 3.0.3\nx-a: " + "[" * 5000 + "]" * 5000 + "\n")
    (tmp_path / "spec.json").write_text('{"openapi": "3.0.3", "paths": ' + opened * 100_000)
    repo = Repository(tmp_path)

    assert examine(repo, "spec.json").findings
    with contextlib.suppress(CannotJudge):
        assert examine(repo, "spec.yaml").findings


def members(value):
    for step, child in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, step
        yield from members(child)


JUNK = [
    None,
    1,
    1.5,
    "x",
    "http://[bad",
    [],
    [1],
    [{}],
    {},
    {"a": 1},
    True,
    {"$ref": "#/x"},
    {"$ref": 5},
    {"$ref": "#"},
]


FUZZED = [SAMPLES / "good" / name for name in ("part-in-another-file", "version-32", "links", "discriminator")]
FUZZED += [SAMPLES.parent / "openapi_headers" / "good" / name for name in ("swagger-2", "nullable-or-alternatives")]


@pytest.mark.parametrize("folder", FUZZED, ids=lambda folder: folder.name)
@settings(max_examples=80, deadline=None)
@given(choice=st.data())
def test_any_value_in_any_place_is_judged_and_never_crashes_the_check(folder, choice):
    """A crash would be reported as a fault of the check, and hide the fault of the document."""
    repo = Repository(folder)
    document, _ = read_document("spec.yaml", repo.read("spec.yaml"))
    holder, step = choice.draw(st.sampled_from(list(members(document.data))))
    holder[step] = choice.draw(st.sampled_from(JUNK))
    planted = repo.with_changes({"spec.yaml": json.dumps(document.data).encode()})

    examine(planted, "spec.yaml")
    opened = open_description(planted, "spec.yaml")
    if opened.description:
        declared_headers(opened.description, Asked())


@pytest.mark.parametrize("key", ["007", "404", "+1", "", "-1", "a/b", "~", "1.0", "18446744073709551616"])
@pytest.mark.parametrize("version", ["3.0.0", "3.1.0"])
def test_the_place_of_a_fault_is_told_whatever_the_keys_are(tmp_path, version, key):
    """The validator tells paths with "007" as 7 and without empty keys."""
    schema = {"properties": {key: {"properties": {key: {"type": "text"}}}}}
    spec = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"A": schema}},
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec, indent=1))

    (finding,) = examine(Repository(tmp_path), "spec.json").findings

    place = written(("components", "schemas", "A", "properties", key, "properties", key, "type"))
    assert str(finding).startswith(f"spec.json:15: {place}: 'text' is none of 'array'")


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
data = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def pointers_of(value, here=()):
    yield here
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from pointers_of(child, (*here, str(step)))


@settings(max_examples=60, deadline=None)
@given(data)
def test_json_is_read_as_it_was_written_and_each_line_is_that_of_its_pointer(value):
    """Written with one value a line, the line of a pointer grows with the order in which it stands."""
    text = json.dumps(value, indent=1)
    document, findings = read_document("a.json", text.encode())
    pointers = list(pointers_of(value))
    lines = document.lines(pointers)

    assert (document.data, findings) == (value, [])
    assert [lines[pointer] for pointer in pointers] == sorted(lines[pointer] for pointer in pointers)
    for pointer in pointers[1:]:
        assert json.dumps(pointer[-1]) in text.splitlines()[lines[pointer] - 1] or pointer[-1].isdigit()


@settings(max_examples=60, deadline=None)
@given(data)
def test_yaml_is_read_as_it_was_written(value):
    text = yaml.safe_dump(value, allow_unicode=False, sort_keys=False)
    document, _ = read_document("a.yaml", b"# a comment first, or it may look like JSON\n" + text.encode())

    assert document.data == value


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=4).map(tuple))
def test_a_pointer_written_is_the_pointer_read(pointer):
    from urllib.parse import quote

    assert read_fragment(quote(written(pointer)[1:], safe="/~")) == pointer


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    for path in ("a.json", "a.yaml"):
        with contextlib.suppress(Unreadable):
            read_document(path, content)


def test_repeated_keys_are_found_at_every_depth():
    text = '{"a": [{"b": 1,\n"b": 2}],\n"c": {"d": {"e": 1,\n"e": 2}},\n"c": 3}'

    assert sorted(json_text.repeated_keys(text)) == [(("a", "0", "b"), 2), (("c",), 5), (("c", "d", "e"), 4)]


def test_a_pointer_that_leads_nowhere_has_the_line_of_its_nearest_parent():
    pointer = ("a", "b", "gone")

    assert json_text.lines_of('{\n"a": {\n"b": {}}}', [pointer]) == {pointer: 3}
    assert yaml_text.lines_of("x: 1\na:\n  b: {}\n", [pointer]) == {pointer: 3}


def test_an_index_is_digits_alone():
    """`-1` and `01` are no indices (RFC 6901, section 4)."""
    for step in ("-1", "01", "1", "²"):
        with pytest.raises(LookupError):
            step_into(["a"], step)
    assert step_into(["a"], "0") == "a"


def test_plain_scalars_are_read_by_yaml_1_2():
    text = "[yes, on, 2020-01-01, 0o17, 0x1f, 017, 1e3, .5, ~, null, True, 1_000, 12:30, '1', !!str 1, !!float 1, -]"
    read = yaml_text.read_yaml(text.replace(", -]", "]")).data

    assert read == [
        "yes",
        "on",
        "2020-01-01",
        15,
        31,
        17,
        1000.0,
        0.5,
        None,
        None,
        True,
        "1_000",
        "12:30",
        "1",
        "1",
        1.0,
    ]
