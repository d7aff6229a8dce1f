"""Parts of the report, each on its own: keys of sorting, markup, patches, codes, budgets, choices."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.reporting.blocks import Block, Cell
from freqbench.reporting.html_report import choices
from freqbench.reporting.html_report.browser import Coding, ShownDataset, ShownPatch, coding_of, fitted
from freqbench.reporting.html_report.embedding import PREFIX, data_uri, encoded_size, figure_webp, grey_webp
from freqbench.reporting.html_report.markup import code_spans, coloured, kept_together, with_minus
from freqbench.reporting.html_report.patch_choice import Choice, choose_patches
from freqbench.reporting.html_report.sort_keys import UNSORTED, sort_key
from freqbench.reporting.html_report.table_sections import grouped


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("21.679", 21.679),
        ("-0.0014", -0.0014),
        ("−0.5", -0.5),
        ("+0.61", 0.61),
        ("1,024", 1024),
        ("95,089 to 99,000", 95089),
        ("0.87 (0.86 to 0.95)", 0.87),
        ("2.5 min", 150),
        ("91.7 s", 91.7),
        ("3.0 h", 10800),
        ("0.5 Wh", 0.5),
        ("∞", UNSORTED),
        ("12 %", 12),
        ("n/a", None),
        ("no test", None),
        ("", None),
        ("–", None),
        ("clean", None),
        ("FD-VGG16", None),
    ],
)
def test_a_cell_is_sorted_by_its_first_number(text, key):
    assert sort_key(text) == key


def test_less_than_comes_before_the_number_itself():
    assert sort_key("< 0.0001") < sort_key("0.0001")
    assert sort_key("≤ 0.60") < sort_key("0.60")
    assert sort_key("0.00009") < sort_key("< 0.0001")


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)))
def test_keys_are_the_numbers_however_they_are_printed(value):
    for text in (f"{value:.4f}", f"{value:+.4f}", f"{value:,.4f}", with_minus(f"{value:.4f} dB")):
        assert sort_key(text) == pytest.approx(value, abs=1e-9)


def test_text_is_escaped_and_code_is_told_apart():
    assert str(code_spans("`a.b` <i>")) == "<code>a.<wbr>b</code> &lt;i&gt;"
    assert str(code_spans("`<b>`")) == "<code>&lt;b&gt;</code>"
    assert str(coloured("▲–")) == '<span class="mark-better">▲</span>–'
    assert str(coloured("<")) == "&lt;"


def test_minus_signs_stand_for_numbers_alone():
    assert with_minus("-0.2 to -0.1; KD-VGG16 of 2026-11-21") == "−0.2 to −0.1; KD-VGG16 of 2026-11-21"
    assert kept_together("PSNR ↑") == "PSNR\u00a0↑"


def test_neighbours_of_one_form_are_one_table():
    def block(headers, caption):
        return Block(caption, headers, [("a", [Cell("1")] * len(headers))])

    groups = grouped([block(["x"], "1"), block(["x"], "2"), block(["x", "y"], "3"), block(["x"], "4")])
    assert [[part.caption for part in group.blocks] for group in groups] == [["1", "2"], ["3"], ["4"]]


def scores(values):
    rows = [(f"p{place:03d}", fov, value) for place, (fov, value) in enumerate(values)]
    return pd.DataFrame(rows, columns=["patch_id", "fov", "value"])


def test_the_median_comes_first_and_fields_of_view_come_once_before_any_comes_twice():
    table = scores([(str(place % 5), float(place)) for place in range(101)])
    chosen = choose_patches(table)
    assert chosen[0] == Choice("p050", "0", 51, 101)
    assert sorted(choice.fov for choice in chosen) == ["0", "1", "2", "3", "4"]
    assert [round(choice.rank / 101, 1) for choice in chosen] == [0.5, 0.1, 0.9, 0.3, 0.7]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 50)), min_size=1, max_size=30), st.integers(1, 5))
def test_fewer_patches_are_the_first_of_more(values, count):
    table = scores(values)
    more = choose_patches(table)
    assert choose_patches(table, count) == more[:count]
    assert len({choice.patch_id for choice in more}) == len(more) == min(5, len(values))
    shuffled = table.sample(frac=1, random_state=0)
    assert choose_patches(shuffled) == more


def test_codes_hold_the_shown_range_in_at_least_half_of_their_steps():
    clean = np.linspace(0.2, 0.4, 10_000, dtype=np.float32).reshape(100, 100)
    far = np.array([[0.0, 1.0]], dtype=np.float32)
    coding = coding_of([clean, far], clean)
    width = coding.white - coding.black
    assert width / coding.step == pytest.approx(255 / 2)
    assert coding.low == pytest.approx(coding.black - width / 2)
    # without anything beyond, the codes are the range itself
    alone = coding_of([np.clip(clean, coding.black, coding.white)], clean)
    assert (alone.low, alone.step * 255) == pytest.approx((coding.black, width))


@given(st.floats(0, 0.5), st.floats(0.001, 0.5))
def test_a_decoded_value_is_within_half_a_step(low, width):
    image = np.random.default_rng(0).uniform(low, low + width, (8, 8)).astype(np.float32)
    coding = coding_of([image], image)
    inside = (image >= coding.low) & (image <= coding.low + 255 * coding.step)
    decoded = coding.low + coding.codes(image) * coding.step
    assert np.abs(decoded - image)[inside].max() <= coding.step / 2 + 1e-6


def test_an_even_patch_has_codes_too():
    even = np.full((4, 4), 0.3, dtype=np.float32)
    coding = coding_of([even], even)
    assert coding.white > coding.black
    assert coding.codes(even).max() == 0


def test_embedded_images_have_every_pixel(tmp_path):
    codes = np.random.default_rng(0).integers(0, 256, (31, 17), dtype=np.uint8)
    uri = data_uri(grey_webp(codes))
    assert len(uri) == len(PREFIX) + encoded_size(base64.b64decode(uri.removeprefix(PREFIX)))
    decoded = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(PREFIX))))
    assert np.array_equal(np.asarray(decoded.convert("L")), codes)
    Image.fromarray(np.dstack([codes, codes, codes, np.zeros_like(codes)])).save(tmp_path / "clear.png")
    payload, size = figure_webp(tmp_path / "clear.png")
    assert size == (17, 31)
    assert (np.asarray(Image.open(io.BytesIO(payload)).convert("RGB")) == 255).all(), "clear pixels are white"
    assert figure_webp(tmp_path / "clear.png", 0.5)[1] == (8, 16)


def test_a_damaged_figure_is_named(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(FreqbenchError, match=r"bad\.png: cannot be read"):
        figure_webp(tmp_path / "bad.png")


def shown(count=5, side=64):
    rng = np.random.default_rng(0)
    patches = []
    for place in range(count):
        images = {name: rng.random((side, side), dtype=np.float32) for name in ("input", "clean")}
        patches.append(ShownPatch(Choice(f"p{place}", "1", 9 - place, 9), "c", images, images["clean"], {}))
    return ShownDataset("tiny", "tiny", "PSNR", tuple(patches))


def characters(datasets):
    return sum(len(uri) for data in datasets for patch in data["patches"] for uri in patch["images"].values())


def test_as_many_patches_are_kept_as_there_is_room_for():
    everything = fitted([shown()], 10**9)
    whole = characters(everything)
    assert [patch["rank"] for patch in everything[0]["patches"]] == [5, 6, 7, 8, 9]
    some = fitted([shown()], int(0.65 * whole))
    assert [patch["rank"] for patch in some[0]["patches"]] == [7, 8, 9], "the first chosen ones, by rank"
    assert not some[0]["patches"][0]["isPart"]


def test_if_one_patch_is_too_much_its_centre_is_kept():
    whole = characters(fitted([shown(1)], 10**9))
    (part,) = fitted([shown(1)], whole // 3)
    assert part["patches"][0]["isPart"]
    assert characters([part]) <= whole // 3
    assert fitted([shown(1)], 10) == []
    assert fitted([], 10) == []


def test_coding_clips_what_lies_beyond():
    coding = Coding(low=0.1, step=0.001, black=0.1, white=0.2)
    assert coding.codes(np.array([[0.0, 0.1, 0.2, 1.0]], dtype=np.float32)).tolist() == [[0, 0, 100, 255]]


def test_every_choice_of_the_page_is_in_the_table():
    block = choices.choices_block()
    lines = choices.choices_file().read_text(encoding="utf-8").splitlines()
    assert len(block.rows) == sum(line.startswith("|") for line in lines) - 2
    assert block.headers == ["here", "why", "key"]
    by_point = {name: [cell.text for cell in cells] for name, cells in block.rows}
    assert by_point["place of ε"][0] == "log(|Re| + ε)"
    assert not any("](" in text for texts in by_point.values() for text in texts)


@pytest.mark.parametrize("text", ["no table", "| a | b |\n|---|---|\n| 1 | 2 | 3 |"])
def test_a_page_of_choices_without_a_table_is_named(tmp_path, monkeypatch, text):
    monkeypatch.setattr(choices, "PLACES", (tmp_path / "choices.md",))
    with pytest.raises(FreqbenchError, match=r"choices\.md: is missing"):
        choices.choices_block()
    (tmp_path / "choices.md").write_text(text, encoding="utf-8")
    with pytest.raises(FreqbenchError, match=r"choices\.md: holds no table"):
        choices.choices_block()
