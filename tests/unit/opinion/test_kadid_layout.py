import numpy as np
import pytest
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.opinion.channel_mean import read_channel_mean
from freqbench.opinion.kadid import DISTORTIONS, read_scores


def edited(folder, line, old, new):
    """Replace a part of a line, counted from 1 as editors do."""
    path = folder / "dmos.csv"
    lines = path.read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_text("\n".join(lines) + "\n")


def test_every_distorted_image_has_its_reference_distortion_level_and_score(make_set):
    scores = read_scores(make_set(references=2))
    assert len(scores) == 2 * 3 * 5
    row = scores.set_index("image").loc["I02_11_04.png"]
    assert row[["reference", "distortion", "level"]].tolist() == ["I02.png", 11, 4]
    assert row["dmos"] == pytest.approx(5.5 - 4 - 0.02 - 0.011)


def test_there_are_25_distortions_of_different_names():
    assert list(DISTORTIONS) == list(range(1, 26))
    assert len(set(DISTORTIONS.values())) == 25


def test_a_table_with_a_byte_order_mark_and_spaces_is_read(make_set):
    folder = make_set(references=1)
    path = folder / "dmos.csv"
    path.write_text("\ufeff" + path.read_text().replace(",I01.png", ", I01.png"), encoding="utf-8")
    assert len(read_scores(folder)) == 15


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("I01_03_02.png", "I01_3_2.png", "dist_img is 'I01_3_2.png', but a name such as"),
        ("I01_03_02.png", "I01_26_02.png", "dist_img is 'I01_26_02.png', but a name such as"),
        (",I01.png,", ",I02.png,", "ref_img is 'I02.png', but I01_03_02.png belongs to I01.png"),
        (",3.487,", ",best,", "dmos is 'best', but a number is expected"),
        (",3.487,", ",nan,", "dmos is 'nan', but a number is expected"),
        (",3.487,0.5", "", "dmos is '', but a number is expected"),
        ("I01_03_02.png", "I01_03_01.png", "I01_03_01.png stands there twice"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(make_set, old, new, message):
    folder = make_set()
    edited(folder, 3, old, new)
    with pytest.raises(FreqbenchError) as caught:
        read_scores(folder)
    assert str(caught.value).startswith(f"{folder / 'dmos.csv'}, line 3: {message}")


@pytest.mark.parametrize("name", ["I02.png", "I02_11_03.png"])
def test_a_missing_image_is_named_with_the_line_that_needs_it(make_set, name):
    folder = make_set()
    (folder / "images" / name).unlink()
    with pytest.raises(FreqbenchError, match=rf"{name}: no such file, but dmos\.csv names it in line \d+"):
        read_scores(folder)


def test_a_folder_that_is_none_is_told_how_to_come_by_one(tmp_path):
    with pytest.raises(FreqbenchError, match="freqbench fetch kadid10k"):
        read_scores(tmp_path)


def test_a_table_without_a_column_or_rows_is_refused(make_set):
    folder = make_set()
    edited(folder, 1, "dmos", "mos")
    with pytest.raises(FreqbenchError, match="has no column dmos"):
        read_scores(folder)
    (folder / "dmos.csv").write_text("dist_img,ref_img,dmos,var\n")
    with pytest.raises(FreqbenchError, match="has no rows"):
        read_scores(folder)


def test_grey_is_the_plain_mean_of_the_channels(tmp_path):
    pixels = np.array([[[255, 0, 0], [10, 20, 60]]], dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "colour.png")
    assert read_channel_mean(tmp_path / "colour.png") == pytest.approx(np.array([[1 / 3, 30 / 255]]))
    Image.fromarray(np.array([[0, 7, 255]], dtype=np.uint8)).save(tmp_path / "grey.png")
    assert read_channel_mean(tmp_path / "grey.png") == pytest.approx(np.array([[0, 7 / 255, 1]]))


def test_a_truncated_image_and_one_with_transparency_are_named(tmp_path):
    path = tmp_path / "image.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(FreqbenchError, match=r"image\.png: image is truncated or corrupt"):
        read_channel_mean(path)
    Image.new("RGBA", (4, 4)).save(path)
    with pytest.raises(FreqbenchError, match=r"image\.png: image mode is RGBA"):
        read_channel_mean(path)
