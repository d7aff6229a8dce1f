"""Printed digits as intervals, against decimal arithmetic."""

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.published.rounding import Interval, Printed, mean_of_rounded

DECIMALS = st.integers(0, 4)
NUMBERS = st.decimals(-50, 50, places=7)


def printed_with(value: Decimal, decimals: int, rounding: str) -> str:
    return str(value.quantize(Decimal(1).scaleb(-decimals), rounding=rounding))


@given(NUMBERS, DECIMALS, st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]))
def test_no_rounding_of_a_number_excludes_it(value, decimals, rounding):
    printed = Printed.of(printed_with(value, decimals, rounding))
    assert printed.decimals == decimals
    assert printed.is_rounding_of(float(value))


@given(NUMBERS, DECIMALS, st.integers(-3, 3))
def test_a_number_is_allowed_exactly_if_decimal_arithmetic_rounds_it_so(value, decimals, units):
    unit = Decimal(1).scaleb(-decimals)
    other = value.quantize(unit, rounding=ROUND_HALF_UP) + units * unit
    assert Printed.of(str(other)).is_rounding_of(float(value)) == (abs(value - other) <= unit / 2)


@given(st.decimals(0, 50, places=7), DECIMALS)
def test_cut_off_digits_stand_for_what_lies_above(value, decimals):
    printed = Printed.of(printed_with(value, decimals, ROUND_FLOOR))
    low, high = printed.cut_off.low, printed.cut_off.high
    assert low <= float(value) <= high


@given(st.lists(NUMBERS, min_size=1, max_size=12), DECIMALS)
def test_the_mean_of_the_unrounded_rows_lies_in_the_interval(values, decimals):
    rows = [float(printed_with(value, decimals, ROUND_HALF_EVEN)) for value in values]
    interval = mean_of_rounded(rows, 0.5 * 10.0**-decimals)
    mean = float(sum(values) / len(values))
    assert interval.low - 1e-9 <= mean <= interval.high + 1e-9


def test_all_rows_may_err_to_one_side():
    interval = mean_of_rounded([1.0, 2.0], 0.05)
    assert (interval.low, interval.high) == pytest.approx((1.45, 1.55))


def test_intervals_meet_at_their_ends():
    assert Interval(0, 1).meets(Interval(1, 2))
    assert not Interval(0, 1).meets(Interval(1.001, 2))
    assert Printed.of("0.1").allows(Interval(0.15, 0.2))
    assert not Printed.of("0.1").allows(Interval(0.1500001, 0.2))


def test_trailing_zeros_count():
    assert (Printed.of("0.960").half_unit, Printed.of("0.96").half_unit) == pytest.approx((0.0005, 0.005))


@pytest.mark.parametrize("text", ["", "1,5", "nan", "1e3", "0.5*", " 1"])
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(ValueError, match="is no decimal number"):
        Printed.of(text)
