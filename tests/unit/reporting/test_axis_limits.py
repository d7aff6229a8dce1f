"""Axes end at the trained methods; controls may make them longer, but not dwarf the methods."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.reporting.axis_limits import MARGIN, axis_limits

numbers = st.floats(-1e3, 1e3)


def test_a_near_control_is_inside_and_a_far_one_outside():
    (low, high), outside = axis_limits([30.0, 34.0], {"input": [20.0], "gaussian": [28.0, 29.0], "clean": [np.inf]})
    assert outside == {"input", "clean"}
    assert (low, high) == pytest.approx((28.0 - 6 * MARGIN, 34.0 + 6 * MARGIN))


def test_without_trained_values_the_controls_decide_and_without_any_there_is_an_axis():
    (low, high), outside = axis_limits([np.nan], {"input": [1.0], "clean": [3.0]})
    assert low < 1.0 and high > 3.0 and not outside
    assert axis_limits([], {"clean": [np.inf]}) == ((0.0, 1.0), {"clean"})


@given(st.lists(numbers, min_size=1), st.dictionaries(st.text(max_size=2), st.lists(numbers, max_size=4)))
def test_every_value_that_is_not_outside_is_inside_and_the_axis_has_a_length(trained, controls):
    (low, high), outside = axis_limits(trained, controls)
    assert low < high
    inside = [value for name, values in controls.items() if name not in outside for value in values]
    assert all(low <= value <= high for value in (*trained, *inside))
