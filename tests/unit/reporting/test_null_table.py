import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.reporting.null_table import write_null_table

ROWS = [
    ("normal", 0.25, 12, 1, 0.0, "false_positives", "image_t", 0.05, 0.58, 0.011),
    ("normal", 0.25, 12, 1, 0.0, "false_positives", "fov_t", 0.05, 0.049, 0.005),
    ("normal", 0.25, 12, 5, 0.05, "false_positives", "fov_t", 0.05, 0.101, 0.0067),
    ("normal", 0.25, 12, 1, 0.0, "coverage", "cluster_bootstrap", 0.95, 0.9512, 0.01),
]
COLUMNS = ["distribution", "correlation", "fovs", "seeds", "run_variance"]
COLUMNS += ["quantity", "analysis", "level", "value", "standard_error"]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "null_simulation.csv"
    pd.DataFrame(ROWS, columns=COLUMNS).assign(patches=50).to_csv(path, index=False)
    return path


def test_each_setting_is_a_row_with_the_rates_and_their_errors(source, tmp_path):
    write_null_table(source, lambda suffix: tmp_path / f"table.{suffix}")
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| Setting | t, patches | t, fields of view |" in text
    assert "| 12 fields, correlation 0.25, normal | 58.0 % ± 1.1 % | 4.9 % ± 0.5 % |" in text
    assert "| 12 fields, correlation 0.25, normal, 5 trainings |  | 10.1 % ± 0.7 % |" in text
    assert "| 12 fields, correlation 0.25, normal | 95.1 % ± 1.0 % |" in text
    assert "p < 0.001" not in text
    assert "With 5 trainings their means differ by a variance of 0.05" in text
    assert (tmp_path / "table.html").is_file()
    assert (tmp_path / "table.tex").is_file()


@pytest.mark.parametrize("content", [None, "", "quantity,level\n1,2\n"])
def test_a_missing_or_damaged_table_is_named(tmp_path, content):
    path = tmp_path / "null_simulation.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(FreqbenchError, match=r"null_simulation\.csv: not readable .*freqbench null-simulation"):
        write_null_table(path, lambda suffix: tmp_path / f"table.{suffix}")
