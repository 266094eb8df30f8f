import hashlib
import struct
import warnings
import zlib

import numpy as np
import pytest
from engine_pictures import encoded, jpeg, pattern, smooth
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recognizance.engine import ImageLimits, decode
from recognizance.engine.image import search_scale
from recognizance.errors import ImageError, ImageFormatError, ImageTooLargeError

ORIENTATION = 0x0112
PICTURE = smooth(60, 80)
FILES = {
    "JPEG": jpeg(PICTURE),
    "PNG": encoded(Image.fromarray(PICTURE), "PNG"),
    "WEBP": encoded(Image.fromarray(PICTURE), "WEBP", lossless=True),
    "BMP": encoded(Image.fromarray(PICTURE), "BMP"),
}


def close(one: np.ndarray, other: np.ndarray, *, levels: float = 4) -> bool:
    return one.shape == other.shape and np.abs(one.astype(int) - other.astype(int)).max() <= levels


@pytest.mark.parametrize("kind", FILES)
def test_the_four_formats_are_read(kind):
    frame = decode(FILES[kind])
    assert close(frame.pixels, PICTURE, levels=4 if kind == "JPEG" else 0)
    assert frame.digest == hashlib.sha256(FILES[kind]).hexdigest()
    assert frame.size_wh == (80, 60)
    assert (frame.scale, frame.region) == (1.0, None)


def test_pixels_can_be_wiped():
    frame = decode(FILES["PNG"])
    assert frame.pixels.flags.writeable
    assert frame.pixels.flags.c_contiguous


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PPM", "ICO", "TGA"])
def test_other_formats_are_refused_by_name(kind):
    with pytest.raises(ImageFormatError) as caught:
        decode(encoded(Image.fromarray(PICTURE), kind))
    assert "JPEG" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x00" * 4096])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ImageFormatError):
        decode(data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_s_orientation_is_applied(orientation):
    turned = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: np.rot90,
    }[orientation](PICTURE)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert close(
        decode(encoded(Image.fromarray(PICTURE), "PNG", exif=exif)).pixels, turned, levels=0
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_photograph_is_turned_in_both_its_sizes(orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    frame = decode(jpeg(smooth(1200, 1600), exif=exif))
    assert frame.scale == 0.5
    width, height = frame.size_wh
    assert frame.size_wh == ((1600, 1200) if orientation < 5 else (1200, 1600))
    whole = frame.region(0, 0, width, height)
    small = np.asarray(Image.fromarray(whole).reduce(2))
    assert close(frame.pixels, small)


def test_grey_becomes_rgb():
    grey = PICTURE[..., 0]
    frame = decode(encoded(Image.fromarray(grey), "PNG"))
    assert close(frame.pixels, np.repeat(grey[..., None], 3, axis=2), levels=0)


def test_sixteen_bits_are_scaled_and_not_clipped():
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    frame = decode(encoded(Image.fromarray(levels), "PNG"))
    assert close(frame.pixels[..., 0], np.round(levels / 257), levels=0)
    assert (frame.pixels.min(), frame.pixels.max()) == (0, 255)


def test_a_palette_becomes_rgb():
    picture = Image.fromarray(PICTURE).quantize(256)
    frame = decode(encoded(picture, "PNG"))
    assert close(frame.pixels, np.asarray(picture.convert("RGB")), levels=0)


def test_cmyk_becomes_rgb_and_is_not_inverted():
    picture = Image.fromarray(PICTURE).convert("CMYK")
    frame = decode(encoded(picture, "JPEG", quality=95))
    assert close(frame.pixels, np.asarray(picture.convert("RGB")), levels=12)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_mid_grey(mode):
    layer = np.zeros((64, 64, 4), dtype=np.uint8)
    layer[:, 32:] = (200, 200, 200, 255)
    picture = Image.fromarray(layer)
    options = {}
    if mode == "P":
        picture = Image.fromarray((layer[..., 3] // 255).astype(np.uint8)).convert("P")
        picture.putpalette([0, 0, 0, 200, 200, 200])
        options = {"transparency": 0}
    elif mode == "LA":
        picture = picture.convert("LA")
    pixels = decode(encoded(picture, "PNG", **options)).pixels
    assert (pixels[:, :32] == 128).all()
    assert (pixels[:, 32:] == 200).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_read(kind):
    first, second = Image.fromarray(PICTURE), Image.fromarray(PICTURE[::-1].copy())
    data = encoded(first, kind, save_all=True, append_images=[second], lossless=True)
    assert close(decode(data).pixels, PICTURE, levels=0)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_cut_off_is_an_error(kind):
    data = FILES[kind]
    for length in (len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(ImageError):
            decode(data[:length])


def test_the_bound_on_bytes_is_checked_before_anything_is_read():
    with pytest.raises(ImageTooLargeError):
        decode(b"not even a picture" * 10, limits=ImageLimits(max_bytes=100))


def test_the_bound_on_pixels_is_checked_before_decoding():
    with pytest.raises(ImageTooLargeError):
        decode(FILES["PNG"][:60], limits=ImageLimits(max_pixels=80 * 60 - 1))
    assert decode(FILES["PNG"], limits=ImageLimits(max_pixels=80 * 60)).size_wh == (80, 60)


@pytest.mark.parametrize("side", [12_000, 60_000])
@pytest.mark.parametrize("action", ["error", "default"])
def test_a_decompression_bomb_is_too_large(side, action):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk))
    bomb += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with warnings.catch_warnings(record=True):
        warnings.simplefilter(action)
        with pytest.raises(ImageTooLargeError):
            decode(bomb)


def test_a_picture_too_small_for_a_face_is_an_error():
    with pytest.raises(ImageError, match="31 x 40"):
        decode(encoded(Image.fromarray(smooth(40, 31)), "PNG"))


@given(st.binary(max_size=200))
def test_random_bytes_give_only_our_errors(data):
    with pytest.raises(ImageError):
        decode(data)


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_damaged_files_give_a_picture_or_one_of_our_errors(kind, damage, kept):
    data = bytearray(FILES[kind])
    for place, value in damage:
        data[int(place * (len(data) - 1))] = value
    data = bytes(data[: max(1, int(kept * 2 * len(data)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd but harmless headers
        try:
            pixels = decode(data).pixels
        except ImageError:
            return
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_search_never_looks_at_more_than_two_million_pixels(width, height):
    scale = search_scale(width, height)
    assert 0 < scale <= 1
    assert width * height * scale**2 <= 1920 * 1080 * (1 + 1e-9)
    if width * height <= 3840 * 2160:
        assert scale >= 0.5
    if width * height <= 800 * 600:
        assert scale == 1


def test_full_hd_is_decoded_at_exactly_half_and_readable_whole():
    picture = smooth(1080, 1920)
    frame = decode(jpeg(picture))
    assert frame.scale == 0.5
    assert frame.pixels.shape == (540, 960, 3)
    assert frame.size_wh == (1920, 1080)
    assert close(frame.region(100, 200, 180, 260), picture[200:260, 100:180])


def test_damage_that_shows_only_at_full_size_is_still_our_error():
    frame = decode(jpeg(pattern(1080, 1920)))
    broken = type(frame.region)(b"\xff\xd8\xff broken")
    with pytest.raises(ImageError):
        broken(0, 0, 10, 10)
