"""Downloads: among broken mirrors, with every file verified."""

import ssl
from collections import namedtuple
from pathlib import Path
from urllib.request import Request

import pytest

from engine.downloads import http as mirrors_module
from engine.downloads import partial_file
from engine.downloads.fetch import fetch
from engine.downloads.http import MirrorError, allowed
from engine.downloads.sources import Source
from engine.errors import DownloadError, sentence
from store.texts import LANGUAGES
from tests.fixtures.models.mirror import (
    DATA,
    KNOWN,
    LONG_TIMEOUT,
    OTHER,
    SHA256,
    SHORT_TIMEOUT,
    Behaviour,
    Handler,
    Mirrors,
    answers,
    breaks_off,
    chunked,
    get,
    known,
    left,
    raw,
    serves,
)

HALF = len(DATA) // 2


def stalls(handler: Handler) -> None:
    handler.head(200, Content_Length=len(DATA))
    handler.wfile.write(DATA[:10])
    handler.mirrors.gate.wait(20)


def trickles(handler: Handler) -> None:
    handler.head(200, Content_Length=len(DATA))
    while not handler.mirrors.gate.wait(0.02):
        handler.wfile.write(b"x")


def silent(handler: Handler) -> None:
    handler.mirrors.gate.wait(20)


def test_a_file_comes_whole_and_leaves_nothing_beside_it(mirrors: Mirrors, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    source = known(mirrors.at("/model", serves()))
    fetch([source], target, progress=lambda *now: told.append(now))
    assert target.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA)) and len(told) < 5
    assert left(target) == ["model.ckpt"]


def test_a_file_that_is_there_costs_no_request(mirrors: Mirrors, target: Path) -> None:
    for source in (known(mirrors.at("/known", serves())), Source(mirrors.at("/new", serves()))):
        target.unlink(missing_ok=True)
        assert get(target, source) == get(target, source) == DATA
    assert [path for path, _ in mirrors.seen] == ["/known", "/new"]
    target.parent.chmod(0o500)  # as a volume that the engine may only read
    assert get(target, known("https://nowhere.invalid/model")) == DATA
    target.parent.chmod(0o700)


@pytest.mark.parametrize("told", [KNOWN, {"size_bytes": len(DATA)}, {"sha256": SHA256}])
def test_a_damaged_file_is_fetched_anew(
    mirrors: Mirrors, target: Path, told: dict[str, object]
) -> None:
    target.parent.mkdir()
    target.write_bytes(OTHER[1:] if "sha256" not in told else OTHER)
    source = Source(mirrors.at("/model", serves()), **told)  # type: ignore[arg-type]
    assert get(target, source) == DATA


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (answers(404), "answers with HTTP 404"),
        (answers(403), "answers with HTTP 403"),
        (answers(500), "answers with HTTP 500"),
        (answers(503, Retry_After=5), "answers with HTTP 503"),
        (answers(204), "makes no sense"),
        (answers(302, Location="http://example.invalid/"), "without https"),
        (answers(302, Location="ftp://127.0.0.1/"), "without https"),
        (answers(302, Location="file:///etc/passwd"), "answers with HTTP 302"),
        (silent, "does not answer"),
        (stalls, "stopped sending"),
        (trickles, "stopped sending"),
        (raw(b""), "makes no sense"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "makes no sense"),
        (serves(b"<!DOCTYPE html><title>Sign in", kind="text/html"), "a page instead"),
        (chunked(b"1d\r\n<!DOCTYPE html><title>Sign in\r\n0\r\n\r\n"), "a page instead"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"), "makes no sense"),
        (serves(DATA + b"x"), "of another size"),
        (serves(DATA[:-1]), "of another size"),
        (breaks_off(after=1000), "broke the connection off"),
        (breaks_off(after=0), "broke the connection off"),
        (chunked(b"5\r\nabcde\r\n"), "broke the connection off"),
        (chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(DATA) + 1, DATA + b"x")), "of another size"),
        (serves(OTHER), "another sha256"),
    ],
)
def test_a_broken_mirror_is_passed_over_and_named_if_none_is_good(
    mirrors: Mirrors, target: Path, behaviour: Behaviour, words: str
) -> None:
    broken = known(mirrors.at("/broken", behaviour) + "?token=geheim")
    good = known(mirrors.at("/good", serves()))
    connection = SHORT_TIMEOUT if behaviour in (silent, stalls, trickles) else LONG_TIMEOUT
    with pytest.raises(DownloadError) as refused:
        get(target, broken, connection=connection)
    assert words in str(refused.value) and "127.0.0.1" in str(refused.value)
    for language in LANGUAGES:
        assert "geheim" not in sentence(refused.value, language)
        assert len(sentence(refused.value, language).splitlines()) == 1
    assert not target.exists()
    assert get(target, broken, good, connection=connection) == DATA
    assert left(target) == ["model.ckpt"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1:1/model?key=geheim", "cannot be reached"),
        ("https://nowhere.invalid/model?key=geheim", "nowhere.invalid"),
        ("http://example.org/model?key=geheim", "without https"),
        ("https://geheim:geheim@127.0.0.1/model", "without https"),
        ("file:///geheim", "without https"),
        ("https://[geheim", "without https"),
        ("https://127.0.0.1:geheim/", "makes no sense"),
    ],
)
def test_an_address_that_leads_nowhere(target: Path, url: str, words: str) -> None:
    with pytest.raises(DownloadError) as refused:
        get(target, Source(url))
    assert words in str(refused.value) and "geheim" not in str(refused.value)
    assert left(target) == []


def test_every_mirror_gets_a_reason_in_one_sentence(mirrors: Mirrors, target: Path) -> None:
    urls = [mirrors.at("/1", answers(404)), mirrors.at("/2", serves(OTHER))]
    with pytest.raises(DownloadError) as refused:
        get(target, *map(known, urls))
    assert sentence(refused.value, "ru") == (
        "Не получилось скачать «model.ckpt»: 127.0.0.1 отвечает кодом HTTP 404; "
        "у 127.0.0.1 файл с другим sha256."
    )


def test_only_https_leaves_this_machine() -> None:
    assert allowed("https://example.org/a") and allowed("http://localhost:1/a")
    assert allowed("http://127.0.0.1/a") and allowed("http://[::1]:1/a")
    for url in ("http://example.org/", "http://127.0.0.1.example.org/", "http://10.0.0.1/", "a"):
        assert not allowed(url)
    guard = mirrors_module._RedirectGuard("https://example.org/")
    guard.http_request(Request("https://example.org/"))
    with pytest.raises(MirrorError):  # not even to this machine
        guard.http_request(Request("http://127.0.0.1/"))


def test_a_certificate_that_proves_nothing_is_said() -> None:
    fault = mirrors_module._connection_error(
        "https://example.org", ssl.SSLCertVerificationError(1, "no")
    )
    assert "certificate" in str(fault)


def test_a_redirect_is_followed_with_its_range(mirrors: Mirrors, target: Path) -> None:
    mirrors.at("/real", breaks_off(after=HALF))
    here = mirrors.at("/model", answers(302, Location="/real"))
    assert get(target, Source(here)) == DATA
    assert mirrors.seen[-1] == ("/real", f"bytes={HALF}-")


def test_a_length_that_nobody_tells_is_not_guessed(mirrors: Mirrors, target: Path) -> None:
    url = mirrors.at("/model", raw(b"HTTP/1.1 200 OK\r\n\r\n" + DATA))
    with pytest.raises(DownloadError, match="does not say how long"):
        get(target, Source(url))
    assert get(target, Source(url, sha256=SHA256)) == DATA


def test_a_new_hash_is_noted_and_enforced_from_then_on(mirrors: Mirrors, target: Path) -> None:
    url = mirrors.at("/model", serves())
    assert get(target, Source(url)) == DATA
    record = target.with_name("model.ckpt.sha256")
    assert record.read_text() == f"{SHA256}  model.ckpt\n"
    target.write_bytes(OTHER)  # damaged: the noted hash tells, and the file comes anew
    assert get(target, Source(url)) == DATA
    target.unlink()
    mirrors.at("/model", serves(OTHER))
    with pytest.raises(DownloadError, match=r"another file than .*model\.ckpt\.sha256"):
        get(target, Source(url))
    assert get(target, Source(url), Source(mirrors.at("/good", serves()))) == DATA
    hashed = "0" * 64  # what the publisher says outweighs the note
    with pytest.raises(DownloadError, match="another sha256"):
        get(target.with_name("new"), Source(url, sha256=hashed))


def test_mirrors_of_different_files_are_a_mistake(target: Path) -> None:
    with pytest.raises(ValueError, match="different files"):
        fetch([Source("https://a.invalid/", 1), Source("https://b.invalid/", 2)], target)


def test_room_is_asked_for_before_anything_is_fetched(
    mirrors: Mirrors, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(partial_file.RESERVE + len(DATA) - 1))
    url = mirrors.at("/model", serves())
    with pytest.raises(DownloadError, match="not enough room"):
        get(target, known(url))
    assert mirrors.seen == []
    with pytest.raises(DownloadError, match="not enough room"):  # the answer tells the size
        get(target, Source(url))
    assert left(target) == []


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="Nothing can be written"):
        get(tmp_path / "file" / "model", Source("https://nowhere.invalid/"))
