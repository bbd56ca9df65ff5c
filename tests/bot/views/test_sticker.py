"""A sticker is cut out along a flat ground; a picture without one stays whole."""

from io import BytesIO

from PIL import Image, ImageDraw

from bot.views.sticker import sticker_webp


def _made(picture: Image.Image) -> Image.Image:
    webp = sticker_webp(picture.size, picture.tobytes())
    assert len(webp) <= 512 * 1024
    opened = Image.open(BytesIO(webp))
    assert opened.format == "WEBP" and max(opened.size) == 512
    return opened.convert("RGBA")


def _alpha(picture: Image.Image, across: float, down: float) -> int:
    width, height = picture.size
    pixel = picture.getpixel((int(across * (width - 1)), int(down * (height - 1))))
    assert isinstance(pixel, tuple)
    return int(pixel[3])


def test_the_ground_around_a_thing_goes_and_what_is_inside_stays() -> None:
    picture = Image.new("RGB", (300, 200), (40, 60, 200))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((100, 40, 220, 160), (250, 200, 30))
    draw.ellipse((150, 90, 170, 110), (40, 60, 200))  # an eye of the ground's colour
    made = _made(picture)
    assert _alpha(made, 0, 0) == 0
    assert _alpha(made, 0.5, 0.5) == 255
    assert abs(made.width - made.height) < 20  # the thing alone


def test_without_a_flat_ground_the_picture_is_whole() -> None:
    picture = Image.linear_gradient("L").convert("RGB")
    noisy = Image.effect_noise((256, 256), 200).convert("RGB")
    for one in (picture, noisy, Image.new("RGB", (90, 30), (9, 9, 9))):
        made = _made(one)
        assert made.getchannel("A").getextrema() == (255, 255)
