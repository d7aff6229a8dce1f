"""A data set that tests another's generators: `restore` and `export` take those."""

import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.trained.find_run import GENERATOR, Choice, find_run


@pytest.fixture
def study(tmp_path):
    layout = Layout(tmp_path / "study")
    for method in ("mae", "fft"):
        path = layout.generator("aa", method, 1, 0)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"weights")
    write_json(layout.config, {"datasets": {"aa": {"trained_on": None}, "am": {"trained_on": "aa"}}})
    return layout


def test_the_generator_is_that_of_the_data_set_that_trains(study):
    found = find_run(study.root, Choice(dataset="am", method="fft"))
    assert found / GENERATOR == study.generator("aa", "fft", 1, 0)


def test_a_data_set_that_the_study_lacks_has_none(study):
    with pytest.raises(FreqbenchError, match="no training fits"):
        find_run(study.root, Choice(dataset="bb", method="fft"))
