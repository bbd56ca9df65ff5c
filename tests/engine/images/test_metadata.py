"""The metadata of a picture: saved in two ways, read back from either, and never trusted."""

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.errors import EngineError, sentence
from engine.images import png_text, xmp
from engine.images.metadata import (
    FORMAT,
    IMAGES,
    KEYWORD,
    READABLE,
    build_metadata,
    merge_options,
    read_metadata,
)
from engine.images.output import png
from store.errors import RequestError
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.texts import LANGUAGES

PICTURE = np.zeros((16, 24, 3), np.uint8)
ASKED = DrawRequest("кот:2 | a <hat> & ]]>", seed=7, vqgan="pocket", clip="pocket", ruclip="pocket")
WHOLE = replace(ASKED, size=(24, 16), steps=3, cutouts=4, init_noise="flat", edition=2)
METADATA = build_metadata(ASKED, WHOLE, {"vqgan": "ab" * 32}, "Mazok 0.1.0")


def saved(path: Path, metadata: dict[str, Any] | None = METADATA) -> Path:
    path.write_bytes(png(PICTURE, metadata))
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_text(text: str, keyword: str = KEYWORD) -> bytes:
    """A PNG that has no other text, and no pixels."""
    data = keyword.encode() + b"\0\0\0\0\0" + text.encode()
    return png_text.SIGNATURE + chunk(b"iTXt", data) + chunk(b"IEND", b"")


def refused(path: Path) -> EngineError:
    with pytest.raises(EngineError) as error:
        read_metadata(path)
    for language in LANGUAGES:
        assert len(sentence(error.value, language).splitlines()) == 1
    return error.value


def test_what_is_told_is_read_back(tmp_path: Path) -> None:
    metadata = read_metadata(saved(tmp_path / "cat.png"))
    assert merge_options(metadata, {}) == WHOLE
    assert metadata.left_open == {"size", "steps", "cutouts", "init_noise", "edition"}
    assert metadata.hashes == {"vqgan": "ab" * 32} and metadata.software == "Mazok 0.1.0"
    assert not metadata.other_format


@pytest.mark.parametrize(
    "prompt",
    [
        "кот | a cat:-0.5",
        "<b>&amp; \"'</rdf:li> ]]> <!-- <?xpacket end='w'?>",
        "\ufffe\uffff \U0001f431\u200d\U0001f680 \ue000",
        "щ" * 500,
    ],
)
def test_the_xmp_is_well_formed_with_any_prompt(tmp_path: Path, prompt: str) -> None:
    metadata = build_metadata(
        replace(ASKED, prompt=prompt), replace(WHOLE, prompt=prompt), {}, "Mazok 0.1.0"
    )
    texts = png_text.read_texts(saved(tmp_path / "cat.png", metadata), [xmp.KEYWORD])
    root = ElementTree.fromstring(texts[xmp.KEYWORD])
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    words, creator = (node.text or "" for node in root.iter(f"{rdf}li"))
    clean = DrawRequest(prompt).prompt
    assert words == clean.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    tool = root.find(".//{http://ns.adobe.com/xap/1.0/}CreatorTool")
    assert tool is not None and tool.text == creator and creator.startswith("Mazok")
    own = {name: root.find(f".//{{{xmp.NAMESPACE}}}{name}") for name in xmp.SHOWN}
    values = {name: node.text for name, node in own.items() if node is not None}
    models = dict.fromkeys(("vqgan", "clip", "ruclip"), "pocket")
    assert values == {"seed": "7", "steps": "3", **models}


def test_where_the_chunk_is_gone_the_xmp_still_tells(tmp_path: Path) -> None:
    packet = png_text.read_texts(saved(tmp_path / "cat.png"), [xmp.KEYWORD])[xmp.KEYWORD]
    (path := tmp_path / "other.png").write_bytes(with_text(packet, xmp.KEYWORD))
    assert merge_options(read_metadata(path), {}) == WHOLE
    short = packet.replace("<mazok:story>", "<mazok:x>").replace("</mazok:story>", "</mazok:x>")
    attribute = (
        json.dumps(METADATA).replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;")
    )
    short = short.replace('rdf:about=""', f"rdf:about='' mazok:story='{attribute}'")
    path.write_bytes(with_text(short, xmp.KEYWORD))
    assert merge_options(read_metadata(path), {}) == WHOLE


def test_a_packed_chunk_is_read_too(tmp_path: Path) -> None:
    data = KEYWORD.encode() + b"\0\1\0en\0Mazok\0" + zlib.compress(json.dumps(METADATA).encode())
    (path := tmp_path / "cat.png").write_bytes(
        png_text.SIGNATURE + chunk(b"iTXt", data) + chunk(b"IEND", b"")
    )
    assert merge_options(read_metadata(path), {}) == WHOLE


def test_a_picture_that_breaks_off_after_its_story_still_tells_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "cat.png")
    path.write_bytes(path.read_bytes()[:-30])
    assert merge_options(read_metadata(path), {}) == WHOLE


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(png_text.MAX_FILE + 1)


ENTITIES = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"
BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("again-missing", lambda path: None),
    "a folder": ("again-not-png", Path.mkdir),
    "empty": ("again-not-png", lambda path: path.write_bytes(b"")),
    "a JPEG": ("again-not-png", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" * 9)),
    "huge": ("again-too-large", _huge),
    "no story": ("again-no-story", lambda path: saved(path, None)),
    "cut short": ("again-damaged", lambda path: path.write_bytes(png(PICTURE, METADATA)[:60])),
    "a changed byte": (
        "again-damaged",
        lambda path: path.write_bytes(png(PICTURE, METADATA).replace(b'"seed": 7', b'"seed": 8')),
    ),
    "a length without end": (
        "again-damaged",
        lambda path: path.write_bytes(png_text.SIGNATURE + b"\xff\xff\xff\xffIDAT"),
    ),
    "no JSON": ("again-damaged", lambda path: path.write_bytes(with_text("{"))),
    "too deep": ("again-damaged", lambda path: path.write_bytes(with_text("[" * 90_000))),
    "a list": ("again-no-story", lambda path: path.write_bytes(with_text("[]"))),
    "too long": (
        "again-no-story",
        lambda path: path.write_bytes(
            with_text(json.dumps(METADATA | {"x": "x" * png_text.MAX_TEXT}))
        ),
    ),
    "entities": (
        "again-no-story",
        lambda path: path.write_bytes(with_text(ENTITIES, xmp.KEYWORD)),
    ),
    "no XML": ("again-no-story", lambda path: path.write_bytes(with_text("<x", xmp.KEYWORD))),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_tells_no_story_is_said_in_one_sentence(tmp_path: Path, case: str) -> None:
    key, make = BROKEN[case]
    make(path := tmp_path / "cat.png")
    assert refused(path).key == key


@pytest.mark.parametrize(
    "values",
    [
        {"size": [1, 99999]},
        {"size": "big"},
        {"steps": 10**9},
        {"seed": 7.5},
        {"prompt": ["cat"]},
        {"prompt": ""},
        {"vqgan": 7},
        {"quality": "best"},
        {"shape": {}},
    ],
)
def test_a_story_keeps_within_the_limits_of_a_request(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    metadata = read_metadata(saved(tmp_path / "cat.png", METADATA | values))
    with pytest.raises(RequestError):
        merge_options(metadata, {})


def test_what_of_a_story_we_do_not_know_is_left_out(tmp_path: Path) -> None:
    strange = {"format": FORMAT + 1, "sky": "blue", "left_open": 7, "models": [], "software": {}}
    metadata = read_metadata(saved(tmp_path / "cat.png", METADATA | strange))
    assert metadata.other_format and merge_options(metadata, {}) == WHOLE


def test_every_field_of_a_request_is_told_or_kept_back() -> None:
    """A new field has to be judged: one that names a file must never come from a picture."""
    kept_back = {*IMAGES, "larger", "at_once"}
    assert {field.name for field in fields(DrawRequest)} == {*READABLE} | kept_back


@pytest.mark.parametrize(
    ("values", "option", "names"),
    [
        ({"init": "cat.jpg"}, "--init", "cat.jpg"),
        ({"targets": [{"source": "a.png"}, {"source": "b.png"}]}, "--target", "a.png, b.png"),
        ({"style": ["?"]}, "--style", "?"),
    ],
)
def test_pictures_that_it_came_from_are_named_again(
    tmp_path: Path, values: dict[str, Any], option: str, names: str
) -> None:
    """Metadata never open a file."""
    path = tmp_path / "cat.png"
    path.write_bytes(png(PICTURE, {"prompt": "cat", "seed": 1, "init_weight": None, **values}))
    with pytest.raises(EngineError) as refused:
        merge_options(read_metadata(path), {})
    assert option in sentence(refused.value, "en") and names in sentence(refused.value, "ru")
    own = {"init": "b.png", "targets": (ImageTarget("b.png", 2),), "style": "b.png"}
    again = merge_options(read_metadata(path), own)
    assert (again.init, again.targets, again.style) == (
        "b.png",
        (ImageTarget("b.png", 2),),
        "b.png",
    )


def test_a_picture_of_a_version_without_editions_is_of_the_first(tmp_path: Path) -> None:
    told = json.loads(json.dumps(METADATA))
    del told["edition"]
    metadata = read_metadata(saved(tmp_path / "cat.png", told))
    assert merge_options(metadata, {}).edition == 1


def test_options_outweigh_the_story(tmp_path: Path) -> None:
    metadata = read_metadata(saved(tmp_path / "cat.png"))
    again = merge_options(metadata, {"seed": 5, "prompt": "dog", "size": (64, 32)})
    assert again == replace(WHOLE, seed=5, prompt="dog", size=(64, 32))
    finer = merge_options(metadata, {"quality": "fine", "shape": "wide"})
    assert (finer.steps, finer.cutouts, finer.size) == (None, None, None)
    assert merge_options(metadata, {"quality": "fine", "steps": 9}).steps == 9


def test_another_model_chooses_for_itself_what_the_first_one_chose(tmp_path: Path) -> None:
    metadata = read_metadata(saved(tmp_path / "cat.png"))
    other = merge_options(metadata, {"vqgan": "imagenet_f16_1024"})
    assert other == replace(ASKED, vqgan="imagenet_f16_1024")
    assert merge_options(metadata, {"vqgan": "pocket"}) == WHOLE


def test_a_model_that_was_named_by_its_path_is_told_without_its_folders() -> None:
    asked = replace(ASKED, vqgan="/home/anna/my.ckpt", clip="ViT-B-32:/home/anna/clip.pt")
    values = json.dumps(build_metadata(asked, asked, {}, "Mazok"))
    assert "anna" not in values
    assert '"vqgan": "my.ckpt"' in values and '"clip": "ViT-B-32:clip.pt"' in values
