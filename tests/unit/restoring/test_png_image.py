import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from freqbench.errors import FreqbenchError
from freqbench.restoring.png_image import PngImage

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_size_and_texts_survive(tmp_path, dtype):
    pixels = RNG.integers(0, np.iinfo(dtype).max + 1, (20, 30)).astype(dtype)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Description", "mouse 3, 0.65 µm")
    Image.fromarray(pixels).save(tmp_path / "a.png", pnginfo=texts, dpi=(25400 / 0.65 / 1000, 25400 / 0.65 / 1000))
    image = PngImage(tmp_path / "a.png")
    assert (image.shape.axes, image.shape.lengths, image.shape.dtype) == ("YX", (20, 30), dtype)
    assert np.array_equal(image.plane(0), pixels)
    with image.create(tmp_path / "b.png", np.dtype(dtype), "test 1") as planes:
        planes[0] = image.plane(0)
    with Image.open(tmp_path / "b.png") as after, Image.open(tmp_path / "a.png") as before:
        assert np.array_equal(np.asarray(after), pixels)
        assert after.info["dpi"] == pytest.approx(before.info["dpi"], rel=1e-3)
        assert after.text["Description"] == "mouse 3, 0.65 µm"
        assert after.text["Software"] == "test 1"


def test_floats_become_a_tiff(tmp_path):
    Image.fromarray(RNG.integers(0, 256, (8, 9)).astype(np.uint8)).save(tmp_path / "a.png", dpi=(100, 100))
    with PngImage(tmp_path / "a.png").create(tmp_path / "b.tif", np.dtype(np.float32), "test 1") as planes:
        planes[0] = 0.25
    with tifffile.TiffFile(tmp_path / "b.tif") as after:
        assert after.asarray() == pytest.approx(0.25 * np.ones((8, 9)))
        above, below = after.pages.first.tags["XResolution"].value
        assert above / below == pytest.approx(100, rel=1e-3)


def save(path, mode):
    grey = Image.fromarray(RNG.integers(0, 256, (60, 60)).astype(np.uint8))
    grey.convert(mode).save(path, format="PNG")


@pytest.mark.parametrize(
    ("mode", "message"),
    [("RGB", "mode RGB"), ("RGBA", "mode RGBA"), ("LA", "mode LA"), ("P", "a palette"), ("1", "mode 1")],
)
def test_colours_are_refused(tmp_path, mode, message):
    save(tmp_path / "a.png", mode)
    with pytest.raises(FreqbenchError, match=rf"a\.png: .*{message}"):
        PngImage(tmp_path / "a.png")


def test_an_animation_is_refused(tmp_path):
    frames = [Image.fromarray(RNG.integers(0, 256, (8, 9)).astype(np.uint8)) for _ in range(3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(FreqbenchError, match="animation of 3 frames"):
        PngImage(tmp_path / "a.png")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_png(tmp_path, share):
    path = tmp_path / "a.png"
    save(path, "L")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FreqbenchError, match=r"a\.png: (not an image|truncated)"):
        PngImage(path)


def test_another_format_under_this_suffix(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.uint8))
    (tmp_path / "a.tif").rename(tmp_path / "a.png")
    with pytest.raises(FreqbenchError, match="is a TIFF file, not a PNG"):
        PngImage(tmp_path / "a.png")


def test_a_missing_png(tmp_path):
    with pytest.raises(FreqbenchError, match=r"a\.png: no such file"):
        PngImage(tmp_path / "a.png")
