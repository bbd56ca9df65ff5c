"""Texts, captions, settings and logs: what people read, and what nobody may."""

import logging
import re
from types import SimpleNamespace
from typing import Any

import pytest
from aiogram.types import User

from bot.context import load_texts
from bot.logs import RedactingFilter
from bot.settings import SettingsError, check_token, load
from bot.telegram import language_of
from bot.views import captions, formatting
from bot.views.keyboards import CancelJob, TryExample
from bot.views.result_keyboard import ALL_ACTIONS, ResultAction
from store.model import Notice, Result

TOKEN = "123456789:AAaa-bbBB_ccCCddDDeeEEffFFggGGhhHH1"
TEXTS = load_texts()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 картина"),
        (2, "2 картины"),
        (5, "5 картин"),
        (11, "11 картин"),
        (21, "21 картина"),
        (112, "112 картин"),
        (1003, "1003 картины"),
    ],
)
def test_34_russian_plurals(number: int, words: str) -> None:
    assert TEXTS("ru", "queue-ahead", ahead=number) == f"впереди {words}"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ru", "ru"),
        ("ru-RU", "ru"),
        ("uk", "ru"),
        ("be", "ru"),
        ("kk", "ru"),
        ("en", "en"),
        ("de", "en"),
        (None, "en"),
    ],
)
def test_33_the_language_follows_telegrams(code: str | None, language: str) -> None:
    user = User(id=1, is_bot=False, first_name="A", language_code=code)
    assert language_of(user) == language


def test_times_are_said_shortly_and_guesses_roughly() -> None:
    exact = [formatting.format_duration(TEXTS, "ru", seconds) for seconds in (0.2, 59.6, 83, 3720)]
    assert exact == ["1 с", "1 мин", "1 мин 23 с", "1 ч 2 мин"]
    rough = [formatting.format_duration(TEXTS, "en", n, roughly=True) for n in (3, 41, 130, 4000)]
    assert rough == ["5 s", "50 s", "3 min", "1 h 10 min"]


def _job(prompt: str, notices: tuple[Notice, ...] = ()) -> Any:
    return SimpleNamespace(id=1, prompt=prompt, language="ru", notices=notices)


def _visible(caption: str) -> str:
    text = re.sub(r"</?code>", "", caption)
    assert "<" not in text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize("letter", ["ы", "&", "<", "🎨", "👩‍🎨"])
def test_25_captions_fit_and_are_never_cut_inside_a_character(letter: str) -> None:
    result = Result("p", "a", "g", 64, 64, steps=2, seconds=1.0, loss=0.5, seed=2**32 - 1)
    caption = captions.finished_caption(TEXTS, _job(letter * 1000), result)
    visible = _visible(caption)
    assert len(visible.encode("utf-16-le")) // 2 <= captions.CAPTION_LIMIT
    assert len(visible.encode("utf-16-le")) // 2 > captions.CAPTION_LIMIT - 40
    assert f"<code>{2**32 - 1}</code>" in caption
    assert set(visible.partition("…")[0]) == {"«", *letter}


def test_25_many_notices_are_cut_by_whole_lines_and_unknown_ones_left_out() -> None:
    result = Result("p", "a", "g", 64, 64, steps=2, seconds=1.0, loss=0.5, seed=1)
    notice = Notice("notice-size-rounded", {"width": "<b>", "height": 8})
    caption = captions.finished_caption(
        TEXTS, _job("кот", (notice,) * 99 + (Notice("new"),)), result
    )
    assert len(_visible(caption)) <= captions.CAPTION_LIMIT
    assert caption.endswith("&lt;b&gt;×8.")


def test_22_callback_data_keeps_its_shape_and_fits() -> None:
    assert CancelJob(job=12).pack() == "cancel:12"
    assert ResultAction(action="gif", job=12).pack() == "do:gif:12:0"
    assert all(
        len(ResultAction(action=one, job=2**52, serial=2**31).pack()) <= 64 for one in ALL_ACTIONS
    )
    assert len(TryExample(serial=2**52).pack()) <= 64


def test_45_no_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    secret = "my-own:short"
    log, redact = logging.getLogger("tests.tokens"), RedactingFilter([secret])
    caplog.handler.addFilter(redact)
    try:
        log.warning("GET /bot%s/getMe with %s", TOKEN, secret)
        try:
            raise OSError(f"404 for http://localhost/file/bot{TOKEN}/x.jpg {secret}")
        except OSError:
            log.exception("download failed: %s", "http://h/bot" + TOKEN.replace(":", "%3A"))
    finally:
        caplog.handler.removeFilter(redact)
    assert "AAaa" not in caplog.text
    assert secret not in caplog.text
    assert "OSError: 404" in caplog.text
    assert caplog.text.count("[token]") == 5


@pytest.mark.parametrize(
    ("value", "ids"), [("7", {7}), ("", set()), (" 7, -8,", {7, -8}), (" ", set())]
)
def test_administrators_are_a_plain_list(
    monkeypatch: pytest.MonkeyPatch, value: str, ids: set[int]
) -> None:
    monkeypatch.setenv("MAZOK_ADMINS", value)
    monkeypatch.setenv("MAZOK_VQGAN", "the engine's")
    assert load().admins == ids


def test_wrong_settings_are_named_and_the_token_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("ADMINS", "anna"), ("BOT_API", "localhost:8081")):
        monkeypatch.setenv(f"MAZOK_{name}", value)
        with pytest.raises(SettingsError, match=f"MAZOK_{name}"):
            load()
        monkeypatch.delenv(f"MAZOK_{name}")
    monkeypatch.setenv("MAZOK_TOKEN", TOKEN)
    assert TOKEN not in repr(load())
    for wrong in ("", "hello", "1:two words"):
        with pytest.raises(SettingsError) as caught:
            check_token(wrong)
        assert "MAZOK_TOKEN" in str(caught.value)
        assert not wrong or wrong not in str(caught.value)
    check_token(TOKEN)


def test_a_long_value_is_said_whole_whatever_is_in_it() -> None:
    prompt = "кот \ufffc0\ufffc " * 900
    assert TEXTS("ru", "result-prompt", prompt=prompt) == f"«{prompt}»"
    both = TEXTS("ru", "sorry-reason", prompt=prompt, reason="\ufffc1\ufffc" * 500)
    assert both.startswith(f"«{prompt}»: не получилось. \ufffc1\ufffc\ufffc1")
