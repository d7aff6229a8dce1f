"""TIFF, OME-TIFF and ImageJ stacks: axes and metadata survive, what cannot be read is named."""

import re

import numpy as np
import pytest
import tifffile

from freqbench.errors import FreqbenchError
from freqbench.restoring.tiff_stack import TiffStack

RNG = np.random.default_rng(0)


def pixels(*lengths, dtype=np.uint16):
    return RNG.integers(0, 4096, lengths).astype(dtype)


def copied(source, target, dtype=None):
    """Write what a file holds through `create`; return it as tifffile reads it."""
    with TiffStack(source) as stack:
        dtype = stack.shape.dtype if dtype is None else np.dtype(dtype)
        with stack.create(target, dtype, "test 1") as planes:
            for number in range(stack.shape.planes):
                planes[number] = stack.plane(number)
    return tifffile.TiffFile(target)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_imagej_hyperstack(tmp_path, dtype, byteorder):
    data = pixels(2, 3, 4, 10, 12)
    metadata = {
        "axes": "TZCYX",
        "unit": "\\u00B5m",
        "spacing": 2.5,
        "finterval": 1.5,
        "Info": "objective 40×, 0.65 µm",
        "Labels": [f"plane {n}" for n in range(24)],
        "LUTs": [np.full((3, 256), n, dtype=np.uint8) for n in range(4)],
        "mode": "composite",
        "min": 3.0,
        "max": 99.0,
    }
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, data, imagej=True, byteorder=byteorder, resolution=(1 / 0.65, 1 / 0.65), metadata=metadata)
    before = tifffile.TiffFile(source).imagej_metadata
    with copied(source, tmp_path / "b.tif", dtype) as after:
        assert after.series[0].axes == "TZCYX"
        assert after.series[0].kind == "imagej"
        assert after.series[0].dtype == dtype
        assert np.array_equal(after.asarray(), data)
        for name in ("unit", "spacing", "finterval", "Info", "Labels", "mode", "min", "max", "channels", "frames"):
            assert after.imagej_metadata[name] == before[name], name
        assert all(map(np.array_equal, after.imagej_metadata["LUTs"], before["LUTs"]))
        tags = after.pages.first.tags
        assert tags["XResolution"].value[0] / tags["XResolution"].value[1] == pytest.approx(1 / 0.65)
        assert tags["Software"].value == "test 1"


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("axes", ["TCZYX", "ZCYX", "CYX"])
def test_ome_tiff(tmp_path, axes, dtype):
    data = pixels(*(2, 3, 4)[3 - len(axes) + 2 :], 10, 12)
    channels = data.shape[axes.index("C")]
    metadata = {
        "axes": axes,
        "PhysicalSizeX": 0.3,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.3,
        "SignificantBits": 12,
        "Channel": {"Name": [f"DAPI {n}" for n in range(channels)]},
    }
    source = tmp_path / "a.ome.tif"
    tifffile.imwrite(source, data, metadata=metadata)
    with TiffStack(source) as stack:
        assert stack.shape.bits == 12
    with copied(source, tmp_path / "b.ome.tif", dtype) as after:
        assert after.series[0].kind == "ome"
        assert after.series[0].axes == axes
        assert np.array_equal(after.asarray(), data)
        xml = after.ome_metadata
        assert 'PhysicalSizeX="0.3"' in xml
        assert 'PhysicalSizeXUnit="µm"' in xml
        assert all(f'Name="DAPI {n}"' in xml for n in range(channels))
        assert f'Type="{ {"uint16": "uint16", "float32": "float"}[dtype] }"' in xml
        assert ('SignificantBits="12"' in xml) == (dtype == "uint16")
        assert "UUID" not in re.sub(r"xmlns\S+", "", xml)
        assert xml.count("<TiffData") == 1


def test_ome_planes_in_another_order_of_pages(tmp_path):
    """TiffData can put planes anywhere; the copy has them in the order of its own XML."""
    source, data = tmp_path / "a.ome.tif", pixels(3, 10, 12)
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYZCT" Type="uint16" SizeX="12" SizeY="10" SizeZ="3" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
        + "".join(f'<TiffData IFD="{2 - z}" FirstZ="{z}" PlaneCount="1"/>' for z in range(3))
        + "</Pixels></Image></OME>"
    )
    with tifffile.TiffWriter(source) as writer:
        for z in (2, 1, 0):
            writer.write(data[z], description=xml if z == 2 else None, metadata=None, contiguous=False)
    assert np.array_equal(tifffile.imread(source), data)
    with copied(source, tmp_path / "b.ome.tif") as after:
        assert np.array_equal(after.asarray(), data)


def test_a_plain_tiff_keeps_axes_pixel_size_and_description(tmp_path):
    data = pixels(5, 10, 12)
    source = tmp_path / "a.tif"
    tifffile.imwrite(
        source, data[0], description="exposure 10 ms", metadata=None, resolution=(100, 50), resolutionunit=3
    )
    with copied(source, tmp_path / "b.tif") as after:
        tags = after.pages.first.tags
        assert tags["ImageDescription"].value == "exposure 10 ms"
        assert tags["XResolution"].value == (100, 1)
        assert tags["YResolution"].value == (50, 1)
        assert int(tags["ResolutionUnit"].value) == 3
    tifffile.imwrite(source, data, metadata={"axes": "TYX"})
    with copied(source, tmp_path / "c.tif") as after:
        assert after.series[0].axes == "TYX"
        assert np.array_equal(after.asarray(), data)


@pytest.mark.parametrize("compression", ["zlib", "lzw"])
def test_compressed_and_tiled_stacks(tmp_path, compression):
    if compression == "lzw":
        pytest.importorskip("imagecodecs")
    data = pixels(3, 40, 50)
    source = tmp_path / "a.tif"
    tifffile.imwrite(
        source, data, compression=compression, tile=(16, 32), photometric="minisblack", metadata={"axes": "ZYX"}
    )
    with copied(source, tmp_path / "b.tif") as after:
        assert np.array_equal(after.asarray(), data)


def test_planes_are_mapped_and_not_read(tmp_path):
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, pixels(3, 40, 50), imagej=True)
    with TiffStack(source) as stack:
        assert isinstance(stack.plane(1).base, np.memmap)


def test_packed_bits_are_the_depth(tmp_path):
    pytest.importorskip("imagecodecs")
    source, data = tmp_path / "a.tif", pixels(40, 48)
    tifffile.imwrite(source, data, bitspersample=12)
    with TiffStack(source) as stack:
        assert stack.shape.bits == 12
        assert np.array_equal(stack.plane(0), data)


def test_channels_and_pyramids_are_said(tmp_path):
    source, data = tmp_path / "a.ome.tif", pixels(2, 64, 64)
    with tifffile.TiffWriter(source) as writer:
        writer.write(data, subifds=1, metadata={"axes": "CYX"})
        writer.write(data[:, ::2, ::2], subfiletype=1)
    with TiffStack(source) as stack:
        assert stack.shape.lengths == (2, 64, 64)
        assert "2 resolutions" in stack.remarks[0]
        assert "2 channels" in stack.remarks[1]


GREY = pixels(8, 8, dtype=np.uint8)
COLOURS = np.zeros((3, 256), np.uint16)

REFUSED = {
    "rgb": ({"data": pixels(8, 8, 3, dtype=np.uint8), "photometric": "rgb"}, "colour image"),
    "palette": ({"data": GREY, "photometric": "palette", "colormap": COLOURS}, "has a palette"),
    "inverted": ({"data": GREY, "photometric": "miniswhite"}, "white as 0"),
    "several samples": ({"data": pixels(8, 8, 2), "photometric": "minisblack", "planarconfig": 1}, "colour image"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_read_is_one_line_with_the_name(tmp_path, fault):
    arguments, message = REFUSED[fault]
    tifffile.imwrite(tmp_path / "a.tif", **arguments)
    with pytest.raises(FreqbenchError, match=message) as error:
        TiffStack(tmp_path / "a.tif")
    assert str(error.value).startswith(str(tmp_path / "a.tif"))
    assert "\n" not in str(error.value)


def test_several_images_in_a_file(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(pixels(8, 8))
        writer.write(pixels(9, 9))
    with pytest.raises(FreqbenchError, match="holds 2 images"):
        TiffStack(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["imagej", "ome", "plain", "zlib"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.4, 0.9])
def test_a_truncated_file(tmp_path, kind, share):
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    options = {"imagej": {"imagej": True}, "zlib": {"compression": "zlib"}}.get(kind, {})
    tifffile.imwrite(path, pixels(4, 60, 60), photometric="minisblack", **options)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FreqbenchError, match=r"truncated|damaged|not a TIFF|missing"), TiffStack(path) as stack:
        for number in range(stack.shape.planes):
            stack.plane(number)


def test_a_plane_in_another_file(tmp_path):
    """An OME-TIFF can be spread over files: half of it must not be taken for zeros."""
    path, data = tmp_path / "a.ome.tif", pixels(2, 10, 12)
    tifffile.imwrite(path, data, metadata={"axes": "ZYX"})
    content = path.read_bytes().replace(b'SizeZ="2"', b'SizeZ="3"').replace(b'PlaneCount="2"', b'PlaneCount="3"')
    path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=r"missing|damaged"), TiffStack(path) as stack:
        for number in range(stack.shape.planes):
            stack.plane(number)
