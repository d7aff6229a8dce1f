"""The audit of printed numbers is a target of its own: it needs nothing of the study."""

import pytest

from conftest import Study


def test_the_target_needs_nothing_else(fresh_study: Study) -> None:
    assert fresh_study.planned("paper_audit") == {"paper_audit": 1}


@pytest.mark.slow
def test_the_target_is_made_once(fresh_study: Study) -> None:
    done = fresh_study.run("paper_audit")
    assert done.returncode == 0, done.stdout
    assert "AM PSNR input" in (fresh_study.results / "tables" / "paper_audit.md").read_text(encoding="utf-8")
    assert fresh_study.planned("paper_audit") == {}
