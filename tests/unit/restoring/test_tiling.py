"""The geometry of tiles: for any size, window, overlap and divisor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.restoring.tiling import rounded_up, spans


@st.composite
def cases(draw):
    divisor = draw(st.sampled_from([1, 2, 4, 32]))
    length = divisor * draw(st.integers(1, 300))
    overlap = divisor * draw(st.integers(0, 20))
    window = 2 * overlap + divisor * draw(st.integers(1, 40)) + draw(st.integers(0, divisor - 1))
    return length, window, overlap, divisor


@given(cases())
def test_every_pixel_is_restored_once_and_seen_with_its_surroundings(case):
    length, window, overlap, divisor = case
    cut = spans(length, window, overlap, divisor)
    assert [span.start for span in cut] == [0, *(span.stop for span in cut[:-1])]
    assert cut[-1].stop == length
    for span in cut:
        assert 0 <= span.first <= span.start < span.stop <= span.last <= length
        assert span.last - span.first <= max(window, divisor)
        # as much as is there, up to the border of the image
        assert span.first <= max(0, span.start - overlap)
        assert span.last >= min(length, span.stop + overlap)
        assert not any(place % divisor for place in (span.start, span.stop, span.first, span.last))
        assert span.inner == slice(span.start - span.first, span.stop - span.first)


@given(cases())
def test_tiles_are_as_few_as_the_window_allows_and_of_equal_size(case):
    length, window, overlap, divisor = case
    cut = spans(length, window, overlap, divisor)
    sizes = [span.stop - span.start for span in cut]
    assert max(sizes) - min(sizes) <= divisor
    assert len({span.last - span.first for span in cut}) == 1, "one size in memory"
    if len(cut) > 1:
        largest = (window - 2 * overlap) // divisor * divisor
        assert len(cut) == -(-length // largest)


@pytest.mark.parametrize(
    ("length", "window", "overlap", "divisor"), [(33, 64, 4, 4), (32, 64, 3, 4), (0, 8, 0, 1), (64, 16, 8, 4)]
)
def test_impossible_tiles_are_refused(length, window, overlap, divisor):
    with pytest.raises(ValueError, match=r"multiples of|too small"):
        spans(length, window, overlap, divisor)


@given(st.integers(1, 10_000), st.sampled_from([1, 4, 32]))
def test_rounding_up(length, divisor):
    assert rounded_up(length, divisor) == min(n for n in range(length, length + divisor) if n % divisor == 0)
