"""What a plan may tell a guardrail, read from the function or from its text alone."""

import inspect
import sys
from pathlib import Path

import pytest

from pytest_coordguard.domain.guardrail import guardrail
from pytest_coordguard.domain.parameters import RepoFile, Seconds
from pytest_coordguard.domain.record_type import Key
from pytest_coordguard.domain.signature import CheckSignature, SignatureError, signature_of, signatures_in
from pytest_coordguard.domain.text_types import SECONDS, TEXT
from pytest_coordguard.domain.value_types import Anything, Choice, Either, ListOf, MapOf, Nothing, Number, Truth

sys.path.insert(0, str(Path(__file__).parents[1]))
import plan_samples

MINUTE = Seconds(60)


def test_a_signature_holds_what_a_plan_may_give():
    """Fixtures are pytest's to give; an argument with a default is never one (pytest, getfuncargnames)."""

    @guardrail("demo.all", remedy="Mend it.")
    def check(repo, evidence, spec: RepoFile, base: str = "main", within: Seconds = MINUTE):
        """First line.

        Second.
        """

    found = signature_of(check, frozenset({"repo", "evidence", "base"}))

    assert (found.check, found.remedy, found.doc, list(found.parameters)) == (
        "demo.all",
        "Mend it.",
        "First line.",
        ["spec", "base", "within"],
    )
    assert found.parameters["spec"].required
    assert found.parameters["base"] == Key(TEXT, default="main")
    assert found.parameters["within"] == Key(SECONDS, default=Seconds(60))


def test_source_and_function_give_one_signature():
    """A repository's own guardrails are never imported by the judge, and still their parameters are checked."""
    found = {signature.check: signature for signature in signatures_in(inspect.getsource(plan_samples), "g.py")}

    assert found == {
        name: CheckSignature(s.check, s.remedy, s.doc, {key: seen(k) for key, k in s.parameters.items()})
        for name, s in plan_samples.CHECKS.items()
    }


def seen(key):
    """Return a key as the text alone shows it: a default that has to be computed is not known."""
    computed = isinstance(key.default, RepoFile | Seconds)
    return Key(key.type, required=key.required, default=None if computed else key.default)


@pytest.mark.parametrize(
    "annotation, expected",
    [
        ("str", TEXT),
        ("'int'", Number(whole=True)),
        ("float", Number()),
        ("bool", Truth()),
        ("parameters.Seconds", SECONDS),
        ("Optional[bool]", Either((Truth(), Nothing()))),
        ("Union[int, bool, None]", Either((Number(whole=True), Truth(), Nothing()))),
        ("int | bool | None", Either((Number(whole=True), Truth(), Nothing()))),
        ("list[str]", ListOf(TEXT)),
        ("typing.List[str]", ListOf(TEXT)),
        ("dict[str, int]", MapOf(Number(whole=True))),
        ("Literal['a', 2]", Choice(("a", 2))),
        ("Literal[NAME]", Anything()),
        ("Own", Anything()),
        ("Own[int]", Anything()),
        ("list", ListOf(Anything())),
        ("'not python ('", Anything()),
        ("3 + 4", Anything()),
    ],
)
def test_an_annotation_is_read_from_text(annotation, expected):
    """What is not known takes any value: a plan is not refused for what the reader cannot see."""
    source = f"@guardrail('a.b', remedy='r')\ndef test_a(repo, x: {annotation}): ...\n"

    assert signatures_in(source, "g.py") == [CheckSignature("a.b", "r", "", {"x": Key(expected, required=True)})]


def test_violations_are_read_beside_their_guardrail():
    source = "@g.violation(test_a)\ndef _not_there(): ...\n"
    found = signatures_in(f"@g.guardrail('a.b', remedy='r')\ndef test_a(): ...\n{source}", "g.py")

    assert [each.violations for each in found] == [("not-there",)]


def test_an_argument_without_annotation_may_be_a_fixture():
    """The text of one file does not show which fixtures there are."""
    (found,) = signatures_in("@g.guardrail('a.b', remedy='r')\nasync def test_a(own_fixture, /, *, x=1): ...\n", "g.py")

    assert found.parameters == {"own_fixture": Key(Anything()), "x": Key(Anything(), default=1)}


@pytest.mark.parametrize(
    "source, expected",
    [
        ("def (", "g.py:1: not readable as Python (invalid syntax (g.py, line 1)); meant: a file of guardrails"),
        ("\n@guardrail(NAME)\ndef test_a(): ...",
         'g.py:2: a guardrail without its check name; meant: @guardrail("area.property", …)'),
        (
            "@guardrail('a.b', remedy='r')\ndef test_a(tests: str): ...",
            "g.py:2: test_a has a parameter 'tests', which is a key of every criterion; meant: another name",
        ),
    ],
)  # fmt: skip
def test_what_no_plan_could_call_is_told(source, expected):
    """With file and line, as a fault of a plan is."""
    with pytest.raises(SignatureError) as told:
        signatures_in(source, "g.py")

    assert str(told.value) == expected


def test_a_parameter_cannot_have_the_name_of_a_criterions_key():
    """Else the plan's `tests:` would mean two things."""

    @guardrail("a.b", remedy="r")
    def test_a(text: str): ...

    with pytest.raises(SignatureError, match="'text', which is a key of every criterion"):
        signature_of(test_a)


def test_a_type_that_is_not_there_at_run_time_is_told():
    """An import under TYPE_CHECKING is seen by editors alone."""

    @guardrail("a.b", remedy="r")
    def test_a(x: "Gone"): ...  # noqa: F821

    with pytest.raises(SignatureError, match=r"test_a: its types cannot be read \(name 'Gone' is not defined\)"):
        signature_of(test_a)


def test_what_is_passed_by_no_name_is_no_parameter():
    """A plan gives parameters by name."""

    @guardrail("a.b", remedy="r")
    def test_a(*args: str, **kwargs: str): ...

    assert signature_of(test_a).parameters == {}


def test_every_type_has_a_sentence():
    """The reader quotes it as what was meant."""
    assert [key.type.meant for key in plan_samples.CHECKS["demo.types"].parameters.values()] == [
        "text",
        "a whole number, as 10",
        "a number, as 10 or 7.5",
        "true or false",
        "a file inside the repository, as docs/api.json",
        "a list of: a file, folder or glob inside the repository, as src/ or docs/**/*.md or empty",
        "a duration with its unit, as 90s, 20m, 24h or 3d",
        "strict or permissive",
        "3.0 or 3.1 or empty",
        "1 or 2",
        "a list of: a number, as 10 or 7.5",
        "a mapping of names to: a whole number, as 10",
        "a whole number, as 10 or empty",
        "a whole number, as 10 or a list of: text or empty",
        "any value",
    ]


def test_a_check_may_be_named_by_a_constant_of_its_module():
    """One that is given twice, or computed, may be another when it runs."""
    once = 'RULE = "shop.priced"\n@guardrail(RULE)\ndef test_a(): ...\n'
    (found,) = signatures_in(once, "g.py")

    assert found.check == "shop.priced"
    for other in ('RULE = "shop.dear"\n' + once, once.replace('"shop.priced"', "make()")):
        with pytest.raises(SignatureError, match=r"a guardrail without its check name"):
            signatures_in(other, "g.py")
