"""What stands on the Hugging Face hub, fetched by its library from a server on this machine."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants

from engine.downloads.fetch import fetch
from engine.downloads.http import ConnectionSettings
from engine.downloads.hub import HubFile, hub_file
from engine.downloads.sources import Source, hub
from engine.errors import DownloadError, sentence
from engine.registry.download_specs import DOWNLOADS
from store.texts import LANGUAGES
from tests.fixtures.models.hub import ON_HUB, HubMirrors
from tests.fixtures.models.mirror import (
    DATA,
    OTHER,
    SHA256,
    known,
    left,
    mirrors_here,
    serves,
)

TOKEN = "hf_" + "s3cret" * 5
KNOWN = Source(ON_HUB, len(DATA), SHA256)


@pytest.fixture
def on_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubMirrors]:
    with mirrors_here() as mirrors:
        monkeypatch.setenv("HF_ENDPOINT", f"http://{mirrors.address}")
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield HubMirrors(mirrors)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "cat.bin"


def test_a_file_comes_from_the_mirror_with_the_token_and_takes_no_room_twice(
    on_hub: HubMirrors, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[tuple[int, int | None]] = []
    fetch([KNOWN], target, progress=lambda *now: told.append(now))
    assert target.read_bytes() == DATA and told[-1] == (len(DATA), len(DATA))
    assert set(on_hub.tokens) == {f"Bearer {TOKEN}"} and TOKEN not in caplog.text
    assert target.stat().st_nlink == 2
    assert left(target) == ["cat.bin"]


def test_what_is_in_the_cache_is_not_downloaded_again(on_hub: HubMirrors, target: Path) -> None:
    fetch([KNOWN], target)
    before = on_hub.downloads
    target.unlink()
    fetch([KNOWN], target)
    assert on_hub.downloads == before and target.read_bytes() == DATA


def test_a_damaged_cache_is_downloaded_anew(on_hub: HubMirrors, target: Path) -> None:
    fetch([KNOWN], target)
    target.write_bytes(OTHER)  # and so in the cache: it is one file
    fetch([KNOWN], target)
    assert target.read_bytes() == DATA


def test_a_connection_that_was_closed_meanwhile_is_made_anew(
    on_hub: HubMirrors, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RemoteProtocolError(Exception):
        """As the library of its library names it."""

    really, faults = huggingface_hub.hf_hub_download, [RemoteProtocolError("closed")]

    def download(*names: str, **options: Any) -> object:
        if faults:
            raise faults.pop()
        return really(*names, **options)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    fetch([KNOWN], target)
    assert target.read_bytes() == DATA and not faults


def test_a_hash_that_nobody_publishes_is_recorded(on_hub: HubMirrors, target: Path) -> None:
    fetch([Source(ON_HUB)], target)
    assert SHA256 in target.with_name("cat.bin.sha256").read_text()
    on_hub.serve(OTHER)
    target.unlink()
    with pytest.raises(DownloadError, match="another file"):
        fetch([Source(ON_HUB)], target)
    assert not target.exists()


def test_a_wrong_file_is_refused(on_hub: HubMirrors, target: Path) -> None:
    on_hub.serve(OTHER)
    with pytest.raises(DownloadError, match="sha256"):
        fetch([KNOWN], target)
    assert not target.exists()


@pytest.mark.parametrize(("status", "words"), [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "404")])
def test_a_refusal_is_one_sentence_without_the_token(
    status: int, words: str, on_hub: HubMirrors, target: Path
) -> None:
    on_hub.serve(b"", status)
    with pytest.raises(DownloadError) as caught:
        fetch([KNOWN], target)
    for language in LANGUAGES:
        told = sentence(caught.value, language)
        assert words in told and "127.0.0.1" in told
        assert TOKEN not in told and "\n" not in told


def test_another_mirror_is_asked_where_the_hub_has_it_not(on_hub: HubMirrors, target: Path) -> None:
    on_hub.serve(b"", 404)
    fetch([KNOWN, known(on_hub.mirrors.at("/elsewhere", serves()))], target)
    assert target.read_bytes() == DATA


def test_a_file_system_without_links_gets_a_copy(
    on_hub: HubMirrors, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    fetch([KNOWN], target)
    assert target.read_bytes() == DATA and target.stat().st_nlink == 1


def test_the_settings_proxy_wins_over_the_environments_while_it_downloads(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}

    def download(*_: object, **__: object) -> str:
        seen.update(os.environ)
        raise ConnectionError

    monkeypatch.setenv("HTTPS_PROXY", "http://theirs:1")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    with pytest.raises(DownloadError, match=r"huggingface\.co cannot be reached"):
        fetch([KNOWN], target, connection=ConnectionSettings(proxy="http://ours:2"))
    assert {seen[name] for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")} == {"http://ours:2"}
    assert os.environ["HTTPS_PROXY"] == "http://theirs:1"


def test_published_models_on_the_hub_are_recognised() -> None:
    urls = [source.url for spec in DOWNLOADS.values() for _, mirrors in spec.files
            for source in mirrors]  # fmt: skip
    on_hub = [url for url in urls if "huggingface.co" in url]
    assert len(on_hub) > 20 and all(hub_file(url) for url in on_hub)
    assert hub_file("https://heibox.uni-heidelberg.de/f/1/?dl=1") is None
    assert hub_file(hub("a/b", "c/d.bin", "v1")) == HubFile("a/b", "v1", "c/d.bin")
