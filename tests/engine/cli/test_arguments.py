"""The command line: its words, its exit codes, and its one clear line when something is wrong."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from engine import __main__ as program
from engine.cli.arguments import parse
from engine.cli.requests import numbered, numbered_requests
from engine.errors import EngineError
from engine.settings import EngineSettings
from store.database.database import Database
from store.errors import DatabaseError
from store.jobs.engines import EngineState, record_heartbeat
from store.model import Notice
from store.processes import own_name
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.texts import terminal_language
from tests.fixtures.engine import TinyPipeline


def engine(*arguments: str, pipeline: TinyPipeline | None = None) -> int:
    return program.main(arguments, (pipeline or TinyPipeline()).pipeline())


def test_draw_writes_three_files_and_ends_with_json(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = (Notice("notice-size-rounded", {"width": 16, "height": 16}),)
    code = engine(
        *("draw", "кот|hat:0.5", "--out", "cat.png", "--seed", "7", "--size", "17x16"),
        *("--steps", "5", "--json"),
        pipeline=TinyPipeline(notes=notes),
    )
    assert code == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["prompt"] == "кот|hat:0.5" and told["seed"] == 7 and told["steps"] == 5
    assert (told["width"], told["height"]) == (17, 16)
    assert told["loss"] == 0.0 and told["seconds"] >= 0
    assert told["notices"] == ["The size was rounded to 16×16."]
    for ending in ("png", "gif", "mp4"):
        assert (at_home / told[ending]).stat().st_size > 0
        assert told[ending] == f"cat.{ending}"


def test_the_picture_holds_the_request_that_paints_it_again(at_home: Path) -> None:
    assert engine("draw", "cat", "--out", "cat.png") == 0
    with Image.open(at_home / "cat.png") as image:
        image.load()
        again = DrawRequest.from_json(getattr(image, "text", {})["Mazok"])
    assert again.prompt == "cat" and again.seed is not None
    assert again.size == (16, 16) and again.steps == 12 and again.cutouts == 4
    assert (again.vqgan, again.clip, again.ruclip) == ("pocket", "pocket", "pocket")


def test_pictures_are_given_by_their_paths_and_told_by_name_and_content(at_home: Path) -> None:
    names = ("init.png", "look.png", "near:2", "far.png")
    (at_home / "sub").mkdir()
    for number, name in enumerate(names):
        picture = Image.new("RGB", (40, 20), (number, 0, 0))
        picture.save(at_home / "sub" / name, "PNG")
    pipeline = TinyPipeline(steps=1)
    code = engine(
        *("draw", "cat", "--out", "cat.png", "--init", "sub/init.png", "--init-weight", "0.5"),
        *("--target", "sub/near:2", "--target", "sub/far.png:-0,5", "--style", "sub/look.png"),
        pipeline=pipeline,
    )
    assert code == 0 and len(pipeline.seen) == 4
    with Image.open(at_home / "cat.png") as image:
        assert image.size == (23, 16)  # as many pixels as usual, in the shape of the init
        image.load()
        told = getattr(image, "text", {})["Mazok"]
    again = DrawRequest.from_json(told)
    assert (again.init, again.init_weight, again.style) == ("init.png", 0.5, "look.png")
    assert again.targets == (ImageTarget("near:2"), ImageTarget("far.png", -0.5))
    assert "sub" not in told  # where they lie is nobody's business
    hashes = {one["name"]: one["sha256"] for one in json.loads(told)["pictures"]}
    for name in names:
        assert hashes[name] == hashlib.sha256((at_home / "sub" / name).read_bytes()).hexdigest()


def test_count_paints_several_pictures_with_seeds_that_count_up(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = str(2**32 - 1)
    code = engine("draw", "cat", "--out", "cat.png", "--count", "2", "--seed", seed, "--json")
    assert code == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["seed"] for one in told] == [2**32 - 1, 0]
    assert [one["png"] for one in told] == ["cat-1.png", "cat-2.png"]


def test_every_chooses_the_frames(at_home: Path) -> None:
    assert engine("draw", "cat", "--out", "cat.png", "--steps", "10", "--every", "4") == 0
    with Image.open(at_home / "cat.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 4  # 0, 4, 8 and the last


def test_options_outweigh_the_settings(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_VQGAN", "from-settings")
    monkeypatch.setenv("MAZOK_CLIP", "from-settings")
    pipeline = TinyPipeline()
    assert engine("draw", "cat", "--out", "cat.png", "--vqgan", "mine", pipeline=pipeline) == 0
    (request,) = pipeline.loaded
    assert (request.vqgan, request.clip, request.ruclip) == ("mine", "from-settings", "pocket")


@pytest.mark.parametrize(
    "arguments",
    [
        ("drew",),
        ("draw", "--out", "cat.png"),
        ("draw", "", "--out", "cat.png"),
        ("draw", "a:0|b:0", "--out", "cat.png"),
        ("draw", "cat", "--out", "cat.png", "--size", "big"),
        ("draw", "cat", "--out", "cat.png", "--size", "1x1"),
        ("draw", "cat", "--out", "cat.png", "--steps", "0"),
        ("draw", "cat", "--out", "cat.png", "--steps", "many"),
        ("draw", "cat", "--out", "cat.png", "--seed", "-2"),
        ("draw", "cat", "--out", "cat.png", "--count", "0"),
        ("draw", "cat", "--out", "cat.png", "--every", "0"),
        ("draw", "cat", "--out", "cat.png", "--init-noise", "white"),
        ("draw", "cat ^", "--out", "cat.png"),
        ("draw", "cat ^ dog", "--out", "cat.png", "--steps", "2501"),
        ("draw", "cat", "--out", "cat.png", "--optimizer", "lion"),
        ("draw", "cat", "--out", "cat.png", "--learning-rate", "nan"),
        ("draw", "cat", "--out", "cat.png", "--cut-power", "0"),
        ("draw", "cat", "--out", "cat.png", "--augment", "blur"),
        ("draw", "cat", "--out", "cat.png", "--noise-prompt", "seven"),
        ("draw", "cat", "--out", "cat.png", "--zoom", "5"),
        ("draw", "cat", "--out", "cat.png", "--shift", "up"),
        ("draw", "cat", "--out", "cat.png", "--init", "absent.png"),
        ("draw", "cat", "--out", "cat.png", "--style", "absent.png"),
        ("draw", "cat", "--out", "cat.png", "--target", "absent.png:2"),
        ("draw", "cat", "--out", "cat.png", "--target", "absent.png:nan"),
        ("draw", "cat", "--out", "cat.png", "--target", "absent.png:1001"),
        ("draw", "cat", "--out", "cat.png", "--init-weight", "1"),
        ("draw", "cat", "--out", "cat.png", "--init", "/etc/passwd"),
        ("draw", "cat", "--out", "cat.png", "--init", "/etc/passwd", "--init-weight", "much"),
        ("draw", "cat", "--out", "cat.png", "--nonsense"),
        ("draw", "cat", "--out", "cat.jpg"),
        ("draw", "cat", "--out", "nowhere/cat.png"),
        ("draw", "cat", "--out", "/proc/cat.png"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_painted(
    at_home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    pipeline = TinyPipeline()
    assert engine(*arguments, pipeline=pipeline) == 2
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1
    assert pipeline.loaded == []
    assert list(at_home.iterdir()) == []


def test_wrong_settings_are_one_line(
    at_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAZOK_DEVICE", "abacus")
    assert engine("draw", "cat", "--out", "cat.png") == 2
    told = capsys.readouterr().err
    assert told.startswith("MAZOK_DEVICE is wrong: it can be") and len(told.splitlines()) == 1


def test_errors_are_told_in_the_language_of_the_terminal(
    at_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert engine("draw", "  ", "--out", "cat.png") == 2
    assert capsys.readouterr().err == "Напишите, что нарисовать: запрос пуст.\n"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "Interrupted."),
        (RuntimeError("boom\nat line 2"), 1, "RuntimeError: boom at line 2"),
        (OSError(28, "No space left on device"), 1, "the disk is full"),
        (EngineError("device-missing", device="cuda"), 2, "There is no GPU"),
        (DatabaseError("database-scheme"), 2, "MAZOK_DATABASE must begin with"),
    ],
)
def test_a_painting_that_breaks_leaves_no_file_and_no_traceback(
    at_home: Path,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    def broken(number: int) -> None:
        if number == 3:
            raise error

    assert engine("draw", "cat", "--out", "cat.png", pipeline=TinyPipeline(before=broken)) == code
    told = capsys.readouterr().err
    assert words in told.splitlines()[-1] and "Traceback" not in told
    assert list(at_home.iterdir()) == []


def test_sigterm_interrupts_a_painting(at_home: Path) -> None:
    def stopped(number: int) -> None:
        if number == 3:
            signal.raise_signal(signal.SIGTERM)

    assert engine("draw", "cat", "--out", "cat.png", pipeline=TinyPipeline(before=stopped)) == 130
    assert list(at_home.iterdir()) == []


def test_verbose_shows_where_it_happened(at_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(number: int) -> None:
        raise RuntimeError("boom")

    pipeline = TinyPipeline(before=broken)
    assert engine("--verbose", "draw", "cat", "--out", "cat.png", pipeline=pipeline) == 1
    assert "RuntimeError: boom" in caplog.text


def test_arguments_are_checked_without_torch() -> None:
    """Help and a bad argument answer at once; torch alone takes seconds to import."""
    check = (
        "import sys; from engine.__main__ import main; "
        "code = main(['draw', 'cat', '--out', 'nowhere/cat.png']); "
        "assert code == 2 and not {'torch', 'open_clip', 'sqlalchemy'} & set(sys.modules), code"
    )
    subprocess.run([sys.executable, "-c", check], check=True, capture_output=True)


def test_a_prompt_may_begin_with_anything_after_two_dashes() -> None:
    options = parse(["draw", "--out", "a.png", "--", "--cat"])
    (request,) = numbered_requests(options)
    assert request.prompt == "--cat" and options.out == Path("a.png")


def test_the_finer_options_are_fields_of_the_request() -> None:
    words = ["--optimizer", "sgd", "--learning-rate", "2", "--cut-power", "1.5", "--every", "2"]
    words += ["--augment", "flip", "--noise-prompt", "7", "--noise-prompt", "8:-0.5"]
    words += ["--zoom", "1.02", "--shift=-3,2", "--count", "2"]
    options = parse(["draw", "cat ^ dog", "--out", "a.png", *words])
    assert [path.name for path in numbered(options.out, 2)] == ["a-1.png", "a-2.png"]
    for request in numbered_requests(options):
        assert (request.optimizer, request.learning_rate, request.cut_power) == ("sgd", 2.0, 1.5)
        assert (request.augment, request.every, request.zoom) == ("flip", 2, 1.02)
        assert request.noise_prompts == ((7, 1.0), (8, -0.5)) and request.shift == (-3.0, 2.0)


def test_models_lists_what_is_known(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert engine("models") == 0
    assert "pocket" in capsys.readouterr().out


async def test_health_needs_a_living_engine(at_home: Path) -> None:
    settings = EngineSettings(database=f"sqlite+aiosqlite:///{at_home}/mazok.db")
    assert await program._health(settings, "en") == 1
    db = await Database.open(settings.database)
    for name, code in (("another-host:1", 1), (own_name(), 0)):
        await record_heartbeat(db, EngineState(name, ["pocket"], "cpu", [(16, 16)], 1))
        assert await program._health(settings, "en") == code
    await db.close()
