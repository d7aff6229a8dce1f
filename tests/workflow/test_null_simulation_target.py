"""The simulation of the analyses is a target of its own: it needs nothing of the study."""

from conftest import Study


def test_the_target_needs_nothing_else(fresh_study: Study) -> None:
    planned = fresh_study.planned("null_simulation")
    assert planned == {"simulate_null": 1, "null_figure": 1, "null_simulation": 1}


def test_a_study_does_not_wait_for_it(fresh_study: Study) -> None:
    planned = fresh_study.planned()
    assert "simulate_null" not in planned
    assert planned["variance_components"] == planned["variance_table"] == 1
