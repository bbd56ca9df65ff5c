"""A hostile picture takes neither the memory nor the time of bot and engine."""

import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from store.files import images
from store.files.decoder import Limits
from store.files.images import MAX_PIXELS
from tests.conftest import REAL_DECODER
from tests.fixtures.image import saved


@pytest.fixture(autouse=True)
def _real_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the process that other tests do without."""
    monkeypatch.setattr(images, "run_decoder", REAL_DECODER)


def webp_bomb() -> bytes:
    """5 kB that decode to 49 million pixels, 196 MB and several copies of them."""
    data = BytesIO()
    Image.new("RGB", (7000, 7000), "red").save(data, "WEBP", lossless=True, method=0)
    return data.getvalue()


def tiff_bomb() -> bytes:
    """A bilevel TIFF, whose conversion to RGB is 24 times as large."""
    data = BytesIO()
    Image.new("1", (7000, 7000)).save(data, "TIFF", compression="group4")
    return data.getvalue()


@pytest.mark.parametrize("bomb", [webp_bomb, tiff_bomb])
def test_a_bomb_takes_no_memory_of_this_process(bomb: Callable[[], bytes]) -> None:
    data = bomb()
    assert len(data) < 350_000
    code = (
        "import resource, sys; from store.files.images import InvalidImage, decode_image\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: decode_image(sys.stdin.buffer.read(), 1_000_000)\n"
        "except InvalidImage: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], input=data, capture_output=True, check=True
    )
    assert int(ended.stdout) < 30_000  # kB


def test_more_than_the_memory_allows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = saved(Image.new("RGB", (3000, 3000), "red"))
    tight = Limits(MAX_PIXELS, 10_000_000, 20)
    monkeypatch.setattr(images, "limits_now", lambda area=0: tight)
    with pytest.raises(images.InvalidImage) as caught:
        images.check_image(picture)
    assert caught.value.flaw in ("large", "damaged")


def test_the_limit_on_pixels_follows_the_memory_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, most in ((64 << 30, MAX_PIXELS), (320_000_000, 10_000_000), (None, MAX_PIXELS)):
        monkeypatch.setattr(images, "free_main_memory", lambda root, free=free: free)
        assert images.limits_now().max_pixels == most
    monkeypatch.setattr(images, "free_main_memory", lambda root: 32_000_000)
    with pytest.raises(images.InvalidImage) as caught:
        images.check_image(saved(Image.new("RGB", (2000, 1000))))
    assert (caught.value.flaw, caught.value.values) == ("large", {"limit": 1})


def test_the_real_decoder_returns_the_picture_and_names_what_is_wrong() -> None:
    image = Image.new("RGBA", (40, 20), (255, 0, 0, 128))
    size, pixels = images.decode_image(saved(image), 200)
    assert size == (20, 10) and set(pixels[::3]) == {255} and 126 < pixels[1] < 129
    deep = Image.new("I;16", (4, 4), 65535)
    assert images.decode_image(saved(deep, "PNG"), 100) == ((4, 4), b"\xff" * 48)
    with pytest.raises(images.InvalidImage) as caught:
        images.check_image(saved(image)[:60])
    assert caught.value.flaw == "damaged"


ENDLESS = """
from store.files import decoder

def for_ever(data, limits):
    while True:
        pass

decoder.decode = for_ever
decoder.main(["1000", "1000000000", "1"])
"""


@pytest.mark.thorough
def test_a_decoder_that_computes_for_too_long_is_ended_by_the_system() -> None:
    pytest.importorskip("resource")
    ended = subprocess.run(
        [sys.executable, "-c", ENDLESS], input=b"", capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGXCPU


def test_a_decoder_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "TIMEOUT_S", 0.001)
    with pytest.raises(images.InvalidImage) as caught:
        images.check_image(saved(Image.new("RGB", (20, 10))))
    assert caught.value.flaw == "damaged"
