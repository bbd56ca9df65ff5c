"""The command line as a person types it: each slip is one sentence with the near word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import __main__ as program
from engine.cli.arguments import PROGRAM, parse
from engine.cli.explain import explain
from engine.cli.options import DRAW
from engine.errors import EngineError, sentence
from store.command_line.help import help_text
from store.command_line.program import CommandError
from tests.fixtures.engine import TinyPipeline

Capture = pytest.CaptureFixture[str]


def engine(*arguments: str, before: Callable[[int], None] = lambda number: None) -> int:
    return program.main(arguments, TinyPipeline(before=before).pipeline())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("drew кот", "There is no command “drew”; did you mean “draw”?"),
        ("кот", "there are draw, words, models, serve. To paint it: python -m engine draw кот"),
        ("рыжий кот", "To paint it: python -m engine draw рыжий кот"),
        ("models pul x", "There is no command “models pul”; did you mean “models pull”?"),
        ("models xyzzy", "no command “models xyzzy”; there are list, pull, add, verify."),
        ("check", "“check” is written with two dashes: python -m engine --check"),
        ("models help", "“help” is written with two dashes: python -m engine models --help"),
        ("draw кот --sed 7", "There is no option --sed; did you mean --seed?"),
        (
            "draw кот --init_noise=flat",
            "There is no option --init_noise; did you mean --init-noise",
        ),
        ("draw кот --xyzzy", "all of them: python -m engine draw --help."),
        ("draw кот --json=yes", "--json takes no value: leave “=yes” out."),
        ("draw кот -с-усами", "What begins with a minus and is no option stands after “--”."),
        ("draw кот --seed", "--seed needs a value: --seed N."),
        ("draw кот --style -a.png", "One that begins with a minus is written --style=-a.png"),
        ("draw кот --seed семь", "--seed takes a whole number; “семь” is not one."),
        ("draw кот --zoom much", "--zoom takes a number; “much” is not one."),
        ("draw кот --count 0", "--count 0 is not possible: it must be between 1 and 10"),
        ("draw", "What shall I paint? For example: python -m engine draw a cat"),
        ("draw кот --size 64x64 --shape wide", "--size and --shape contradict each other"),
        ("draw кот --init a.png --init-noise flat", "--init and --init-noise contradict"),
        ("draw --again a.png --resume b.safetensors", "--again and --resume contradict"),
        ("draw кот --guide pocket --clip pocket", "--guide and --clip contradict"),
        ("serve now", "I do not know what to do with “now” after “serve”."),
        ("models pull", "Which model?"),
        ("models add", "Which file?"),
        ("models add a.ckpt b.ckpt", "I do not know what to do with “b.ckpt”"),
    ],
)
def test_a_slip_is_one_sentence_of_ours(line: str, told: str) -> None:
    with pytest.raises((EngineError, CommandError)) as refused:
        parse(line.split())
    assert isinstance(refused.value, EngineError | CommandError)
    assert told in str(refused.value)
    russian = sentence(refused.value, "ru")
    assert russian != str(refused.value) and "argument" not in russian


def test_the_list_of_models_can_be_asked_for_by_its_word() -> None:
    assert parse(["models", "list"]).act == parse(["models"]).act == "list"


def test_what_was_not_written_is_not_named(at_home: Path, capsys: Capture) -> None:
    assert engine("draw", "cat", "--steps", "1", "--no-film") == 0
    assert engine("draw", "cat", "--steps", "1") == 0
    alone, all_three = capsys.readouterr().out.splitlines()
    assert alone.startswith("out/cat.png (16×16, 1 step, seed ")
    assert all_three.startswith("out/cat-2.png, out/cat-2.gif, out/cat-2.mp4 (16×16")


def test_words_without_quotes_are_one_prompt_wherever_options_stand() -> None:
    options = parse(["draw", "рыжий", "--seed", "7", "кот", "--json", "на", "дереве"])
    assert (options.prompt, options.seed, options.json) == ("рыжий кот на дереве", 7, True)
    assert parse(["draw", "-a b | c"]).prompt == "-a b | c"
    assert parse(["draw", "a", "--zoom", "1,02", "--verbose"]).zoom == 1.02
    assert parse(["draw", "a", "--shift", "-3,2"]).shift == (-3.0, 2.0)
    assert parse(["draw", "a", "--verbose"]).verbose and parse(["--verbose", "serve"]).verbose


def test_without_a_name_a_picture_gets_a_free_one(at_home: Path, capsys: Capture) -> None:
    for _ in range(2):
        assert engine("draw", "рыжий", "кот:2 | ночь", "--steps", "1") == 0
    assert engine("draw", "рыжий кот:2 | ночь", "--steps", "1", "--count", "2") == 0
    made = {path.name for path in (at_home / "out").glob("*.png")}
    assert made == {f"рыжий-кот-2-ночь{end}.png" for end in ("", "-2", "-2-1", "-2-2")}
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 4 and all(line.startswith("out/") for line in told)
    assert all((at_home / line.split(",")[0]).stat().st_size > 0 for line in told)


def test_a_free_name_is_given_back_where_nothing_was_painted(at_home: Path) -> None:
    def broken(number: int) -> None:
        assert (at_home / "out" / "cat.png").exists()  # another command takes the next name
        raise RuntimeError("boom")

    assert engine("draw", "cat", before=broken) == 1
    assert list(at_home.iterdir()) == []


def test_a_long_prompt_or_one_of_signs_has_a_name(at_home: Path) -> None:
    assert engine("draw", "слово " * 40, "--steps", "1") == 0
    assert engine("draw", "🐱", "--steps", "1") == 0
    names = {path.name for path in (at_home / "out").glob("*.png")}
    assert "picture.png" in names and all(len(name) <= 44 for name in names)


def test_help_is_in_both_languages_with_defaults_and_examples(
    at_home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine() == 0
    short = capsys.readouterr().out
    assert "draw" in short and "python -m engine draw a red cat" in short
    assert len(short.splitlines()) < 25
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert engine("draw", "--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "без него: standard" in told and "Примеры: python -m engine draw рыжий кот" in told
    for word in ("usage", "options", "show this", "default"):
        assert word not in told
    assert all(option.name in told for option in DRAW)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "command", ["", "draw", "serve", "models", "models pull", "models add", "models verify"]
)
def test_every_example_can_be_typed(language: str, command: str) -> None:
    import shlex

    lines = help_text(PROGRAM, command, language).splitlines()
    examples = [line.split("python -m engine ")[1] for line in lines if line.startswith("  python")]
    assert len(examples) == 3
    for example in examples:
        parse(shlex.split(example))
    assert max(map(len, lines)) <= 100


def test_words_in_another_encoding_are_told(capsys: Capture) -> None:
    assert engine("draw", b"\xea\xee\xf2".decode("utf-8", "surrogateescape")) == 2
    assert "another encoding than utf-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "english", "russian"),
    [
        (OSError(28, "No space left on device"), "the disk is full", "диск заполнен"),
        (PermissionError(13, "Permission denied", "a.png"), "“a.png”: there is no", "нет прав"),
        (OSError(30, "Read-only file system"), "can only be read", "только для чтения"),
        (OSError(9999, "Something new"), "Something new", "Something new"),
    ],
)
def test_what_the_operating_system_says_is_translated(
    error: OSError, english: str, russian: str
) -> None:
    for language, words in (("en", english), ("ru", russian)):
        text, code = explain(error, language)
        assert words in text and code == 1
        inner = EngineError("out-unwritable", path="a.png", reason=error)
        assert words.rpartition(": ")[2] in sentence(inner, language)
        assert inner.notice.values["reason"] == error.strerror


def test_a_video_is_called_one(at_home: Path, capsys: Capture) -> None:
    (at_home / "clip.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(30_000_000))
    assert engine("draw", "cat", "--init", "clip.mp4") == 2
    told = capsys.readouterr().err
    assert "“clip.mp4” is a video: save one of its frames as a picture" in told
    assert not Path("out").exists()
    (at_home / "photo.heic").write_bytes(b"\0\0\0\x20ftypheic" + bytes(100))
    assert engine("draw", "cat", "--init", "photo.heic") == 2
    assert "not a picture that I can open" in capsys.readouterr().err
