"""The fit of one image: part of a study that asks for it, a target that needs no training, and made once."""

import pytest

from conftest import Study

FIT = {"dataset": "tissue", "size": 32, "features": 4, "iterations": 4, "seeds": [0, 1]}
STEPS = {"image_fit_values": 1, "image_fit_table": 1, "image_fit_figure": 1}


def test_it_is_off_unless_asked_for(fresh_study: Study) -> None:
    assert not STEPS.keys() & fresh_study.planned().keys()
    fresh_study.content["image_fit"] = FIT
    assert STEPS.items() <= fresh_study.planned().items()


@pytest.mark.slow
def test_the_target_trains_nothing_and_is_made_once(fresh_study: Study) -> None:
    fresh_study.content["image_fit"] = FIT
    planned = fresh_study.planned("image_fit")
    assert STEPS.items() <= planned.items()
    assert "train" not in planned
    done = fresh_study.run("image_fit")
    assert done.returncode == 0, done.stdout
    table = (fresh_study.results / "tables" / "image_fit.md").read_text(encoding="utf-8")
    assert "the high frequencies of this image" in table
    assert fresh_study.planned("image_fit") == {}
    # another number of steps is another fit, of the same patches
    fresh_study.content["image_fit"] = FIT | {"iterations": 5}
    assert fresh_study.planned("image_fit") == STEPS | {"image_fit": 1}
