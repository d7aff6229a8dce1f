import numpy as np
import pytest

from freqbench.classical.tuning import evenly_spread, mean_psnr, tune

CLEAN = np.zeros((2, 8, 8), dtype=np.float32)


def off_by(parameters):
    """Images whose error is smallest at 3 and 0.5."""
    error = 0.1 + (parameters["a"] - 3) ** 2 / 50 + abs(parameters.get("b", 0.5) - 0.5)
    return CLEAN + np.float32(error)


def test_the_best_point_of_the_grid_is_found_and_the_whole_curve_kept():
    grid = [{"a": float(a), "b": b} for a in range(6) for b in (0.1, 0.5, 0.9)]
    steps = []
    found = tune(off_by, grid, CLEAN, lambda done, total: steps.append((done, total)))
    assert found.parameters == {"a": 3.0, "b": 0.5}
    assert found.at_end == ()
    assert [parameters for parameters, _ in found.curve] == grid
    assert dict(zip((tuple(p.values()) for p in grid), (v for _, v in found.curve), strict=True))[3.0, 0.5] == (
        pytest.approx(20.0, abs=1e-4)
    )
    assert steps == [(number, 18) for number in range(1, 19)]


@pytest.mark.parametrize("values", [(3.0, 4.0, 5.0), (1.0, 2.0, 3.0)])
def test_a_best_value_at_either_end_of_its_grid_is_said(values):
    assert tune(off_by, [{"a": a} for a in values], CLEAN).at_end == ("a",)


def test_a_parameter_with_one_value_has_no_end():
    assert tune(off_by, [{"a": a, "b": 0.2} for a in (2.0, 3.0, 4.0)], CLEAN).at_end == ()


def test_the_first_of_equals_is_taken():
    assert tune(lambda _: CLEAN, [{"a": 2.0}, {"a": 1.0}, {"a": 3.0}], CLEAN).parameters == {"a": 2.0}


def test_the_psnr_is_the_mean_of_that_of_each_image():
    images = CLEAN + np.array([0.1, 0.01], dtype=np.float32)[:, None, None]
    assert mean_psnr(images, CLEAN) == pytest.approx(30.0, abs=1e-4)
    assert mean_psnr(CLEAN, CLEAN) == pytest.approx(120.0)


@pytest.mark.parametrize(("count", "at_most"), [(1, 24), (5, 24), (24, 24), (25, 24), (1000, 24)])
def test_things_are_taken_from_the_whole_range(count, at_most):
    rows = evenly_spread(count, at_most)
    assert len(rows) == len(set(rows.tolist())) == min(count, at_most)
    assert rows[0] == 0
    assert rows[-1] == count - 1
    assert np.ptp(np.diff(rows)) <= 1 if len(rows) > 1 else True
