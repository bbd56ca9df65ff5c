"""`python -m engine models pull`: names, progress, exit codes, and what is made of a checkpoint."""

import re
import signal
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path

import pytest

from engine import __main__ as program
from engine.downloads.fetch import ExpectedFile
from engine.downloads.http import allowed
from engine.downloads.sources import Source
from engine.errors import DownloadError, EngineError, sentence
from engine.networks.vqgan_config import VqganShape
from engine.registry import download_specs
from engine.registry.download_specs import DOWNLOADS, Conversion, DownloadSpec, is_here
from engine.registry.pull import chosen_downloads, pull
from engine.registry.vqgans import PUBLISHED
from tests.fixtures.models.mirror import DATA, LONG_TIMEOUT, SHA256, Mirrors, answers, left, serves

SHAPE = VqganShape()

MAIN = """
import sys
from engine.__main__ import main
from engine.downloads.sources import Source
from engine.registry.download_specs import DOWNLOADS, DownloadSpec
DOWNLOADS["big"] = DownloadSpec("big", (("big.bin", (Source(sys.argv[1]),)),))
sys.exit(main(["models", "pull", "big"]))
"""


def parcel(name: str, *urls: str, sha256: str | None = SHA256) -> DownloadSpec:
    sources = tuple(Source(url, len(DATA), sha256) for url in urls)
    return DownloadSpec(name, ((f"{name}/weights.bin", sources),))


def converted(url: str, sha256: str | None = SHA256) -> DownloadSpec:
    (file,) = parcel("big", url, sha256=sha256).files
    return DownloadSpec("big", (file,), Conversion(file[0], "big.safetensors", SHAPE))


def rewrite(source: Path, target: Path, shape: VqganShape) -> None:
    assert shape == SHAPE
    target.write_bytes(source.read_bytes()[:9])


def test_pull_brings_models_and_says_so(
    at_home: Path,
    mirrors: Mirrors,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [parcel(name, mirrors.at(f"/{name}", serves())) for name in ("one", "two")]
    monkeypatch.setattr(download_specs, "DOWNLOADS", {one.name: one for one in files})
    assert program.main(["models", "pull", "one", "pocket", "two", "one"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "The model “one” is here now.",
        "The model “pocket” is on disk already.",
        "The model “two” is here now.",
    ]
    assert "weights.bin: 0 of 1 MB" in told.err.splitlines()
    assert (at_home / "data" / "models" / "two" / "weights.bin").read_bytes() == DATA
    mirrors.seen.clear()
    assert program.main(["models", "pull", "one", "two"]) == 0
    assert mirrors.seen == []


def test_a_name_that_nobody_knows_is_told_before_anything_is_fetched(
    at_home: Path,
    mirrors: Mirrors,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    imagenet = parcel("imagenet", mirrors.at("/1", serves()))
    monkeypatch.setattr(download_specs, "DOWNLOADS", {"imagenet": imagenet})
    assert program.main(["models", "pull", "imagenet", "imagnet"]) == 2
    assert capsys.readouterr().err == "I know no model called “imagnet”; there is imagenet.\n"
    assert mirrors.seen == [] and list(at_home.iterdir()) == []
    assert program.main(["models", "pull"]) == 2
    assert program.main(["models", "push", "pocket"]) == 2


def test_a_model_that_cannot_be_had_does_not_keep_the_others_away(
    at_home: Path,
    mirrors: Mirrors,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone, here = mirrors.at("/gone", answers(404)), mirrors.at("/here", serves())
    both = {"gone": parcel("gone", gone), "here": parcel("here", here)}
    monkeypatch.setattr(download_specs, "DOWNLOADS", both)
    assert program.main(["models", "pull", "gone", "here"]) == 1
    told = capsys.readouterr()
    assert "“weights.bin” could not be downloaded: 127.0.0.1 answers with HTTP 404." in told.err
    assert told.out == "The model “here” is here now.\n"


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)]
)
def test_an_interruption_keeps_what_came(
    at_home: Path, mirrors: Mirrors, number: signal.Signals
) -> None:
    half = len(DATA) // 2
    url = mirrors.at("/big", mirrors.waits(until=half))
    part = at_home / "data" / "models" / "big.bin.part"
    command = [sys.executable, "-c", MAIN, url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not part.exists() or part.stat().st_size < half:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and part.stat().st_size == half
    assert errors.splitlines()[-1].startswith("Interrupted; what came is kept")


def test_a_checkpoint_is_rewritten_once(mirrors: Mirrors, tmp_path: Path) -> None:
    box, stream = converted(mirrors.at("/big", serves())), StringIO()
    assert pull(box, tmp_path, stream, "ru", convert=rewrite, connection=LONG_TIMEOUT)
    assert "big: один раз переписываю веса…" in stream.getvalue()
    assert (tmp_path / "big.safetensors").read_bytes() == DATA[:9]
    assert not (tmp_path / "big" / "weights.bin").exists()
    assert is_here(box, tmp_path)
    assert not pull(box, tmp_path, stream, "ru", convert=rewrite, connection=LONG_TIMEOUT)
    assert len(mirrors.seen) == 1


@pytest.mark.parametrize(
    ("key", "sha256", "kept"),
    [
        ("checkpoint-damaged", None, False),
        ("checkpoint-damaged", SHA256, True),
        ("checkpoint-unwritable", None, True),
    ],
)
def test_a_checkpoint_that_was_never_one_is_not_kept(
    mirrors: Mirrors, tmp_path: Path, key: str, sha256: str | None, kept: bool
) -> None:
    def refuse(source: Path, target: Path, shape: VqganShape) -> None:
        raise EngineError(key)

    box = converted(mirrors.at("/big", serves()), sha256)
    with pytest.raises(EngineError):
        pull(box, tmp_path, StringIO(), "en", convert=refuse, connection=LONG_TIMEOUT)
    assert (tmp_path / "big" / "weights.bin").exists() is kept
    assert (tmp_path / "big" / "weights.bin.sha256").exists() is (kept and sha256 is None)
    assert pull(box, tmp_path, StringIO(), "en", convert=rewrite, connection=LONG_TIMEOUT)


def test_progress_in_a_terminal_is_a_bar(mirrors: Mirrors, tmp_path: Path) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    box = parcel("big", mirrors.at("/gone", answers(500)), mirrors.at("/big", serves()))
    pull(box, tmp_path, terminal, "en", connection=LONG_TIMEOUT)
    last = terminal.getvalue().split("\r")[-1]
    assert last.startswith(f"[{'#' * 24}] weights.bin: 0 of 1 MB") and last.endswith("\n")


def test_a_failure_ends_the_line_of_the_bar(mirrors: Mirrors, tmp_path: Path) -> None:
    box = parcel("big", mirrors.at("/gone", answers(500)))
    with pytest.raises(DownloadError):
        pull(box, tmp_path, StringIO(), "en", connection=LONG_TIMEOUT)
    assert left(tmp_path / "big" / "weights.bin") == []


def test_what_ships_with_the_program_needs_no_download() -> None:
    (pocket,) = chosen_downloads(["pocket", "pocket"])
    assert is_here(pocket, Path("nowhere"))


def test_a_drafter_brings_the_vqgan_that_shows_its_codes() -> None:
    def names(*typed: str) -> list[str]:
        return [spec.name for spec in chosen_downloads(typed)]

    assert names("rudolph") == ["rudolph", "sber_gumbel_f8"]
    assert names("sber_gumbel_f8", "malevich", "rudolph") == [
        "sber_gumbel_f8", "malevich", "rudolph",
    ]  # fmt: skip


def test_every_published_model_can_be_pulled_or_says_where_it_is() -> None:
    for model in PUBLISHED.values():
        known = DOWNLOADS[model.name]
        assert bool(known.files) == bool(known.conversion) == (not known.by_hand)
        if known.by_hand:
            with pytest.raises(EngineError, match="No program can fetch"):
                chosen_downloads([model.name])
        for _, sources in known.files:
            ExpectedFile.of(sources, Path(model.name))  # its mirrors do not contradict each other
            assert all(allowed(source.url) for source in sources)


@pytest.mark.parametrize(
    ("name", "adds"),
    [
        ("ffhq", "last.ckpt"),
        ("boris_f16_16384", "last.ckpt"),
        ("drin_transformer", "last.ckpt --config project.yaml"),
        ("kandinsky", "pytorch_model.bin"),
        ("vq_f8_16384", "model.ckpt"),
    ],
)
def test_where_a_model_is_that_no_program_can_download_is_said_in_both_languages(
    name: str, adds: str
) -> None:
    by_hand = DOWNLOADS[name].by_hand
    assert by_hand is not None and by_hand.adds == adds
    with pytest.raises(EngineError) as pulled:
        chosen_downloads([name])
    missing = EngineError("model-only-by-hand", **pulled.value.values)
    command = f"python -m engine models add {adds} --name {name}"
    for error in (pulled.value, missing):
        for language in ("ru", "en"):
            text = sentence(error, language)
            assert by_hand.page in text and text.endswith(command)
        russian = sentence(error, "ru").removesuffix(command).replace(by_hand.page, "")
        assert not re.search("[A-Za-z]", russian.replace(name, ""))


def test_a_model_by_hand_is_named_where_it_paints(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "https://k00.fr/yndvfu95"
    for arguments in (["--vqgan", "ffhq"], ["--draft", "ffhq_transformer"]):
        assert program.main(["draw", "кот", *arguments]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert page in line and line.endswith(f"--name {arguments[1]}")


def test_the_list_tells_what_can_be_pulled(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = at_home / "data" / "models" / "gumbel_f8_8192.safetensors"
    here.parent.mkdir(parents=True)
    here.write_bytes(b"weights")
    assert program.main(["models"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "980 MB" in rows["imagenet_f16_16384"] and "not here" in rows["imagenet_f16_16384"]
    assert "licence not stated" in rows["imagenet_f16_16384"] and "?" in rows["sber_gumbel_f8"]
    assert "on disk" in rows["gumbel_f8_8192"] and "by hand" in rows["celebahq"]


def test_two_at_once_rewrite_it_once(mirrors: Mirrors, tmp_path: Path) -> None:
    """The second comes while the first converts, and finds the checkpoint gone afterwards."""
    box = converted(mirrors.at("/big", serves()))
    begun, told = threading.Event(), StringIO()

    def slowly(source: Path, target: Path, shape: VqganShape) -> None:
        begun.set()
        while "waiting" not in told.getvalue():
            time.sleep(0.01)
        rewrite(source, target, shape)

    first = threading.Thread(
        target=lambda: pull(
            box, tmp_path, StringIO(), "en", convert=slowly, connection=LONG_TIMEOUT
        )
    )
    first.start()
    assert begun.wait(10)
    assert pull(box, tmp_path, told, "en", convert=rewrite, connection=LONG_TIMEOUT)
    first.join()
    assert len(mirrors.seen) == 1
    assert left(tmp_path / "big") == ["big", "big.safetensors", "big.safetensors.sha256"]
