"""Pictures that people give, of every kind: seen as they are meant, or refused in one sentence."""

import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError, sentence
from engine.images.decode import open_picture
from engine.images.inputs import from_disk, from_store
from store.files import images
from store.files.files import Files
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.texts import LANGUAGES
from tests.fixtures.image import saved

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right, twice as wide as high."""
    image = Image.new("RGB", (32, 16), RED)
    image.paste(BLUE, (16, 0, 32, 16))
    return image.convert(mode)


def near(pixel: "np.ndarray[tuple[int], np.dtype[np.uint8]]", colour: tuple[int, ...]) -> bool:
    return bool((abs(pixel.astype(int) - colour) < 12).all())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_every_usual_kind_of_file_is_read(kind: str) -> None:
    picture = open_picture(saved(halves(), kind), "a")
    assert picture.shape == (16, 32, 3) and picture.dtype == np.uint8
    assert near(picture[8, 2], RED) and near(picture[8, 29], BLUE)


@pytest.mark.parametrize(
    ("mode", "kind"), [("P", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("YCbCr", "JPEG")]
)
def test_colours_are_right_however_they_are_kept(mode: str, kind: str) -> None:
    picture = open_picture(saved(halves(mode), kind), "a")
    assert near(picture[8, 2], RED) and near(picture[8, 29], BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_has_three_equal_colours(mode: str) -> None:
    image = Image.new("L", (8, 8), 0)
    image.paste(255, (4, 0, 8, 8))
    picture = open_picture(saved(image.convert(mode)), "a")
    assert picture[4, 0].tolist() == [0, 0, 0] and picture[4, 7].tolist() == [255, 255, 255]


def deep(values: list[float], kind: str) -> Image.Image:
    return Image.fromarray(np.array([values], dtype=kind))


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (deep([0, 32768, 65535], "uint16"), "PNG"),
        (deep([0, 32768, 65535], "uint16"), "TIFF"),
        (deep([0, 32768, 65535], "int32"), "TIFF"),
        (deep([0, 128, 255], "int32"), "TIFF"),
        (deep([0, 50_000, 100_000], "int32"), "TIFF"),
        (deep([0, 0.5, 1], "float32"), "TIFF"),
        (deep([-5, 127.5, 255], "float32"), "TIFF"),
        (deep([float("nan"), 0.5, 1], "float32"), "TIFF"),
    ],
)
def test_more_than_eight_bits_are_scaled_and_not_cut_off(image: Image.Image, kind: str) -> None:
    picture = open_picture(saved(image, kind), "a")
    assert picture[0, :, 0].tolist() == [0, 128, 255]


def test_sixteen_bits_of_each_colour_are_scaled() -> None:
    """Pillow reads such files and writes none."""
    row = b"\0" + struct.pack(">6H", 65535, 0, 0, 0x4000, 0x8000, 0xC000)
    chunks = (
        (b"IHDR", struct.pack(">2I5B", 2, 1, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row)),
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    assert open_picture(data, "a").tolist() == [[[255, 0, 0], [0x40, 0x80, 0xC0]]]


def see_through(mode: str) -> bytes:
    """The left half is red, the right half is nothing, though a blue nothing."""
    image = halves().convert("RGBA")
    image.putalpha(Image.new("L", (32, 16), 0))
    image.paste((*RED, 255), (0, 0, 16, 16))
    if mode == "P":
        palette = halves().quantize(2)
        transparent = palette.getpixel((31, 0))
        return saved(palette, transparency=transparent)
    return saved(image.convert(mode))


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_what_can_be_seen_through_stands_on_white(mode: str) -> None:
    picture = open_picture(see_through(mode), "a")
    assert near(picture[8, 2], RED) and near(picture[8, 29], WHITE)


def test_half_seen_through_is_half_white() -> None:
    picture = open_picture(saved(Image.new("RGBA", (4, 4), (255, 0, 0, 128))), "a")
    assert near(picture[0, 0], (255, 127, 127))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    with Image.open(BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 2
    assert near(open_picture(data, "a")[4, 4], RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_stands_upright_as_the_camera_was_held(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    picture = open_picture(saved(halves(), kind, exif=exif), "a")
    assert picture.shape == (32, 16, 3)
    assert near(picture[2, 8], RED) and near(picture[29, 8], BLUE)


def test_sixteen_bits_stand_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(saved(deep([0, 65535], "uint16"), exif=exif), "a")
    assert picture[:, 0, 0].tolist() == [0, 255]


def test_a_broken_note_of_the_camera_is_no_reason_to_refuse() -> None:
    picture = open_picture(saved(halves(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff"), "a")
    assert picture.shape == (16, 32, 3)


def test_a_picture_larger_than_any_painting_comes_smaller() -> None:
    picture = open_picture(saved(Image.new("RGB", (4000, 2000), RED)), "a")
    assert picture.shape == (1448, 2896, 3)  # 2048² pixels


def test_the_thinnest_pictures_are_read() -> None:
    assert open_picture(saved(Image.new("L", (1, 1))), "a").shape == (1, 1, 3)
    assert open_picture(saved(Image.new("L", (1, 60000))), "a").shape == (60000, 1, 3)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(EngineError) as caught:
        act()
    told = [sentence(caught.value, language) for language in LANGUAGES]
    assert all("{" not in one and len(one) < 400 for one in told) and told[0] != told[1]
    return caught.value.key


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "picture-empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "picture-page"),
        (b"\n  <HTML>", "picture-page"),
        ("кот".encode(), "picture-text"),
        (b"a,b\r\n1,2\r\n", "picture-text"),
        (b"\0" * 100, "picture-foreign"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "picture-foreign"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "picture-foreign"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture-text"),
        (b"\x89PNG\r\n", "picture-damaged"),
        (b"\xff\xd8\xff\xe0", "picture-damaged"),
        (b"GIF89a", "picture-damaged"),
    ],
)
def test_what_is_no_picture_is_called_what_it_is(data: bytes, key: str) -> None:
    assert refusal(lambda: open_picture(data, "cat.png")) == key


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_picture_cut_short_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    cut = data[: int(len(data) * share)]
    assert refusal(lambda: open_picture(cut, "cat.png")) == "picture-damaged"


@pytest.mark.parametrize("size", [(9000, 6000), (20000, 5000), (60000, 60000)])
def test_more_pixels_than_memory_bears_are_refused_before_they_are_decoded(
    size: tuple[int, int],
) -> None:
    header = struct.pack(">2I5B", *size, 8, 2, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    body = zlib.compress(b"\0")
    data = struct.pack(">I", len(body)) + b"IDAT" + body
    data += struct.pack(">I", zlib.crc32(b"IDAT" + body))
    whole = b"\x89PNG\r\n\x1a\n" + chunk + data
    assert refusal(lambda: open_picture(whole, "cat.png")) == "picture-large"


def test_a_heavy_file_is_refused() -> None:
    data = saved(halves()) + bytes(images.MAX_BYTES)
    assert refusal(lambda: open_picture(data, "cat.png")) == "picture-heavy"


def test_a_picture_on_disk_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "кот: 1.png").write_bytes(saved(halves()))
    album = from_disk()
    picture = album(str(tmp_path / "кот: 1.png"))
    assert picture.shape == (1, 3, 16, 32)
    assert picture.min() == 0 and picture.max() == 1
    for absent in (tmp_path / "dog.png", tmp_path, Path("a" * 3000)):
        assert refusal(partial(album, str(absent))) in (
            "picture-missing",
            "picture-locked",
        )


def test_a_picture_of_a_job_is_named_by_its_key(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    files.write("inbox/1/cat.png", saved(halves()))
    album = from_store(files.read)
    assert album("inbox/1/cat.png").shape == (1, 3, 16, 32)
    for absent in ("inbox/1/dog.png", "inbox", "../../etc/passwd", "/etc/passwd"):
        assert refusal(partial(album, absent)) == "picture-gone"


def test_each_picture_is_read_once_and_told_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(saved(halves()))
    request = DrawRequest("cat", init=str(path), targets=(ImageTarget(str(path), -1),))
    album = from_disk()
    album.check(request)
    path.unlink()
    (origin,) = album.origins(request)
    assert origin["name"] == "cat.png" and len(origin["sha256"]) == 64
    assert album(str(path)).shape == (1, 3, 16, 32)


def test_check_finds_what_is_wrong_before_anything_is_painted(tmp_path: Path) -> None:
    request = DrawRequest("cat", style=str(tmp_path / "absent.png"))
    assert refusal(lambda: from_disk().check(request)) == "picture-missing"
