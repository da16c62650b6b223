"""Only what the author of a comment says in plain view is a command."""

import pytest

from pytest_coordguard.facts.comment_lines import own_lines

BODIES = {
    "alone": ("/assign", ["/assign"]),
    "between words": ("Look at this:\n/assign ana\nthanks", ["/assign ana"]),
    "with windows line ends": ("a\r\n/assign ana\r\nb", ["/assign ana"]),
    "after a paragraph": (
        "Hello.\n\n/assign ana\n\n/coordguard run preaudit",
        ["/assign ana", "/coordguard run preaudit"],
    ),
    "a little indented": ("  /assign", ["/assign"]),
    "with emphasis in it": (
        "/waive a/b until 2026-12-31 because *really*",
        ["/waive a/b until 2026-12-31 because really"],
    ),
    "with code in it": (
        "/waive a/b until 2026-12-31 because `x` is gone",
        ["/waive a/b until 2026-12-31 because x is gone"],
    ),
    "within a sentence": ("please /assign ana", []),
    "quoted": ("> /assign ana", []),
    "quoted and carried on": ("> they said\n/assign ana", []),
    "fenced": ("```\n/assign ana\n```", []),
    "fenced without end": ("```\n/assign ana", []),
    "fenced by tildes": ("~~~ sh\n/assign ana\n~~~", []),
    "indented code": ("text\n\n    /assign ana", []),
    "inline code": ("`/assign ana`", []),
    "inline code over lines": ("`\n/assign ana\n`", []),
    "in an HTML comment": ("<!--\n/assign ana\n-->", []),
    "in details": ("<details>\n/assign ana\n</details>", []),
    "in a list": ("- /assign ana\n", []),
    "in a heading": ("# /assign ana", []),
    "underlined to a heading": ("/assign ana\n===", []),
    "in a table": ("| a |\n|---|\n| /assign ana |", []),
    "in a link's text": ("[x\n/assign ana](https://example.org)", []),
    "within bold over lines": ("**x\n/assign ana**", []),
    "in bold": ("**/assign ana**", []),
    "escaped": ("\\/assign ana", []),
    "as an entity": ("&#47;assign ana", []),
    "nothing": ("", []),
    "a zero byte": ("\0/assign", []),
}


@pytest.mark.parametrize("body", BODIES)
def test_a_command_stands_on_a_line_of_its_own_in_plain_view(body):
    text, lines = BODIES[body]

    assert own_lines(text) == lines
