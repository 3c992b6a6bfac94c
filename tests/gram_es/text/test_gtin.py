"""The check digit of GTINs; expected values are GS1's examples and numbers of real products."""

import pytest

from gram_es.text.gtin import check_digit, gtin_forms, is_gtin, is_trade_number


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


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("36000291452", ("00036000291452",)),
        ("00036000291452", ("00036000291452",)),
        ("96385074", ("00000096385074",)),
        ("0306406152", ("09780306406157", "00000306406152")),  # ISBN-10
        ("080442957x", ("09780804429573",)),
        ("9780306406157", ("09780306406157",)),
        ("12345", ()),
        ("000000000000", ()),
        ("360002914520000", ()),
        ("dcd771", ()),
    ],
)
def test_numbers_are_compared_with_14_digits(key: str, forms: tuple[str, ...]):
    assert gtin_forms(key) == forms


@pytest.mark.parametrize("key", ["36000291452", "080442957x", "4006381333931"])
def test_a_trade_number_has_a_right_check_digit(key: str):
    assert is_trade_number(key)
    assert not is_trade_number(f"1{key[1:]}")
    assert not is_trade_number("123457")
