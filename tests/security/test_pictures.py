"""Pictures that are attacks: each stands as a file, and is refused before it is decoded."""

import time
import tracemalloc
from pathlib import Path

import pytest

from store.files.images import InvalidImage, check_image, decode_image

ATTACKS = Path(__file__).with_name("attacks")
FLAWS = {
    "drawing.svg": "text",  # names an address, which nobody must open
    "empty.png": "empty",
    "half.jpg": "damaged",
    "header-of-ten-thousand-megapixels.png": "large",
    "hundred-megapixels.png": "large",
    "page.png": "page",
    "program.eps": "text",  # Pillow would start Ghostscript
    "wide.tiff": "large",
    "wide.webp": "large",
}
FEW_BYTES = 5_000_000


@pytest.mark.parametrize("name", FLAWS)
def test_it_is_refused_by_its_flaw_at_once_and_costs_no_memory(name: str) -> None:
    data = (ATTACKS / name).read_bytes()
    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(InvalidImage) as caught:
            check_image(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.flaw == FLAWS[name]
    assert time.monotonic() - started < 30  # a process of its own, on a busy machine
    assert peak < FEW_BYTES
    assert not Path("opened").exists()


def test_of_hundreds_of_frames_one_is_decoded() -> None:
    size, pixels = decode_image((ATTACKS / "hundreds-of-frames.gif").read_bytes(), 100)
    assert (size, pixels) == ((1, 1), b"\0\0\0")


def test_no_file_is_without_its_test() -> None:
    assert {path.name for path in ATTACKS.iterdir()} == {*FLAWS, "hundreds-of-frames.gif"}
