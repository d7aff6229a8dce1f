import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from freqbench.spectra.capture_pairs import capture_pairs

PATCHES = st.lists(
    st.tuples(st.sampled_from(["1", "2", "NA"]), st.sampled_from([0, 64]), st.integers(0, 6)), unique=True, max_size=30
)


@given(PATCHES)
def test_pairs_are_two_captures_of_one_window_and_no_capture_is_in_two(patches):
    table = pd.DataFrame(
        [(fov, y, 0, f"capture_{capture:03d}") for fov, y, capture in patches], columns=["fov", "y", "x", "capture"]
    )
    table.index += 7  # row numbers count, not labels
    pairs = capture_pairs(table)
    used = pairs.ravel().tolist()
    assert len(set(used)) == len(used)
    for first, second in pairs:
        one, other = table.iloc[first], table.iloc[second]
        assert (one["fov"], one["y"], one["x"]) == (other["fov"], other["y"], other["x"])
        assert one["capture"] < other["capture"]
    windows = table.groupby(["fov", "y", "x"]).size()
    assert len(pairs) == (windows // 2).sum()


def test_one_capture_of_each_window_makes_no_pair():
    table = pd.DataFrame({"fov": ["1", "2"], "y": 0, "x": 0, "capture": "capture_000"})
    assert capture_pairs(table).shape == (0, 2)
