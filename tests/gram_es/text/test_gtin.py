"""The check digit of GTINs; expected values are GS1's examples and numbers of real products."""

import pytest

from gram_es.text.gtin import check_digit, is_gtin


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("629104150021", "3"),  # GS1's own example
        ("400638133393", "1"),
        ("03600029145", "2"),
        ("9638507", "4"),
        ("0000000", "0"),
    ],
)
def test_the_check_digit_makes_the_weighted_sum_a_multiple_of_ten(body: str, digit: str):
    assert check_digit(body) == digit


@pytest.mark.parametrize("digits", ["96385074", "036000291452", "4006381333931", "14006381333938"])
def test_a_gtin_has_8_12_13_or_14_digits_and_a_right_check_digit(digits: str):
    assert is_gtin(digits)
    assert not is_gtin(digits[:-1] + str((int(digits[-1]) + 1) % 10))


@pytest.mark.parametrize("digits", ["", "0", "00000", "36000291452", "000000000000000"])
def test_numbers_of_other_lengths_are_no_gtins(digits: str):
    assert not is_gtin(digits)
