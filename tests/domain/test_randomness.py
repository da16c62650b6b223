"""What looks drawn by chance, and what looks like words."""

import random
import string

import pytest

from pytest_coordguard.domain.randomness import looks_random, surprise

ALPHABETS = {
    "letters and digits": string.ascii_letters + string.digits,
    "small letters and digits": string.ascii_lowercase + string.digits,
    "hexadecimal": "0123456789abcdef",
}


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS)
def test_almost_every_random_text_looks_random(alphabet):
    """A scanner that rests on this must not lose one key in twenty."""
    dice = random.Random(7)
    drawn = ["".join(dice.choices(alphabet, k=32)) for _ in range(1000)]

    assert sum(map(looks_random, drawn)) >= 985


@pytest.mark.parametrize(
    "text",
    [
        "test_very_long_name_of_a_test_case_v2_3_4",
        "ConsciousnessIntegrationOrchestrator2",
        "production-us-east-1-load-balancer",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "12345678901234567890",
        "0123456789012345678901234567890123456789",
        "abababababababababababab1",
    ],
)
def test_words_numbers_and_repetitions_do_not(text):
    """Names of tests, classes and machines fill every report."""
    assert not looks_random(text)


def test_nothing_surprises_in_an_empty_text():
    """The share of no neighbours is none, not an error."""
    assert surprise("") == surprise("a") == 0.0
