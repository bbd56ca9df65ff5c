"""People at work in a real browser, with the real bot and the real engine."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chat_page import ANSWER_MS, PAINTING_MS, ChatPage
from tests.browser.server import statuses
from tests.fixtures.image import png

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

# Such a painting goes on until somebody has enough of it: what is to be seen does not come and go.
PROMPT = "красный круг на синем фоне ∞ каждый 3"


def test_a_picture_grows_in_the_chat_and_is_painted_again(chat: ChatPage) -> None:
    chat.open("Аня")
    chat.page.get_by_role("button", name="Начать").click()
    chat.message("Я рисую").wait_for(timeout=ANSWER_MS)
    chat.say(PROMPT)
    chat.wait_for_previews(3)
    chat.keep()
    picture = chat.wait_for_pictures(1)
    assert chat.films().count() == 1
    chat.press(picture, "Ещё раз")
    chat.wait_for_previews(1)
    chat.keep()
    chat.wait_for_pictures(2)


def test_four_at_once_and_the_third_alone(chat: ChatPage) -> None:
    chat.open("Ben")
    chat.page.get_by_label("Language of the app").select_option("ru")
    chat.say("/draw 4 рыжий кот")
    third = chat.page.locator(".keyboard").get_by_role("button", name="3", exact=True)
    third.wait_for(timeout=PAINTING_MS)
    before = chat.pictures().count()
    third.click()
    chat.wait_for_pictures(before + 1)


def test_a_picture_of_ones_own_is_painted_from_and_another_is_cancelled(
    chat: ChatPage, tmp_path: Path
) -> None:
    chat.open("Олег")
    (start := tmp_path / "start.png").write_bytes(png(size=(64, 64)))
    chat.page.locator("input[type=file]").set_input_files(start)
    chat.page.locator(".strip img").wait_for()
    chat.say("")
    own = chat.page.locator("article.own", has=chat.page.locator("img"))
    own.wait_for(timeout=ANSWER_MS)
    own.hover()
    own.get_by_role("button", name="Что сделать с сообщением").click()
    chat.page.get_by_role("menuitem", name="Ответить").click()
    chat.say("жёлтая звезда")
    chat.wait_for_pictures(1)
    chat.say("зелёный лес ∞ каждый 3")
    cancel = chat.page.locator(".keyboard").get_by_role("button", name="Отменить")
    cancel.last.wait_for(timeout=ANSWER_MS)
    cancel.last.click()
    chat.message("Баллы вернулись").wait_for(timeout=ANSWER_MS)
    assert cancel.count() == 0


def test_the_gallery_is_searched_from_another_chat(chat: ChatPage) -> None:
    chat.open("Аня")
    if chat.pictures().count() == 0:
        chat.say("красный круг на синем фоне")
        chat.wait_for_pictures(1)
    chat.open("Art club")
    chat.page.get_by_label("Кто говорит").select_option(label="Аня")
    chat.page.locator("#write").fill("@mazok_bot круг")
    offers = chat.page.locator(".suggest.grid img")
    offers.first.wait_for(timeout=ANSWER_MS)
    offers.first.click()
    chat.page.locator("article", has_text="@mazok_bot").wait_for(timeout=ANSWER_MS)


def test_the_language_of_page_and_menu_is_that_of_the_speaker(chat: ChatPage) -> None:
    chat.open("Аня")
    chat.page.locator("#write").fill("/dr")
    chat.page.get_by_role("option", name="нарисовать по описанию").wait_for(timeout=ANSWER_MS)
    chat.page.get_by_label("Язык приложения").select_option("en")
    chat.page.get_by_placeholder("Message").fill("/dr")
    chat.page.get_by_role("option", name="paint from a description").wait_for(timeout=ANSWER_MS)
    chat.page.get_by_label("Language of the app").select_option("ru")


def test_an_engine_that_is_killed_at_work_delivers_once(chat: ChatPage, address: str) -> None:
    chat.open("Аня")
    before, films = chat.pictures().count(), chat.films().count()
    chat.say("/draw жёлтый дом ∞ каждый 3")
    chat.wait_for_previews(1)
    chat.page.get_by_role("button", name="Неприятности").click()
    engine = chat.page.locator(".program", has_text="engine")
    engine.get_by_role("button", name="Убить").click()
    engine.get_by_role("button", name="Запустить").click(timeout=ANSWER_MS)
    chat.wait_for_previews(1)
    chat.keep()
    chat.wait_for_pictures(before + 1)
    chat.page.wait_for_timeout(1000)
    assert (chat.pictures().count(), chat.films().count()) == (before + 1, films + 1)


def test_a_strange_update_and_a_bad_network_stop_nothing(chat: ChatPage, address: str) -> None:
    chat.open("Олег")
    chat.page.get_by_role("button", name="Неприятности").click()
    panel = chat.page.locator("#trouble")
    panel.get_by_label("Сырое обновление").first.select_option("a text that is a number")
    panel.get_by_role("button", name="Отправить").click()
    panel.get_by_label("Как сорвётся").select_option("page")
    panel.get_by_role("button", name="Взвести").click()
    chat.page.locator(".due").wait_for(timeout=ANSWER_MS)
    chat.say("/me")
    chat.message("осталось").or_(chat.message("номер")).last.wait_for(timeout=ANSWER_MS)
    assert 502 in statuses(address)


def test_the_board_opens_beside_the_chat_and_finds_a_picture(chat: ChatPage) -> None:
    chat.open("Олег")
    if chat.pictures().count() == 0:
        chat.say("снеговик")
        chat.wait_for_pictures(1)
    with chat.page.context.expect_page() as opened:
        chat.page.get_by_role("button", name="Доска оператора").click()
    board = opened.value
    board.locator(".gallery figure").first.wait_for(timeout=ANSWER_MS)
    assert board.locator(".engines .dot").count() == 1
    board.get_by_role("searchbox").fill("такого никто не просил")
    board.get_by_text("Ничего не нашлось.").wait_for(timeout=ANSWER_MS)
    board.close()


def test_what_people_write_is_never_read_as_html(chat: ChatPage) -> None:
    chat.open("Art club")
    attack = "<img src=x onerror=alert(1)><b>жирно</b> {{7*7}}"
    chat.say(attack)
    own = chat.page.locator("article.own .words", has_text="{{7*7}}")
    own.wait_for()
    assert own.inner_text() == attack and own.locator("img, b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_one_sees_the_list_or_a_chat(
    browser: "Browser", address: str, scheme: Any, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 780}, color_scheme=scheme)
    page.goto(address)
    page.locator(".room").first.wait_for()
    assert not page.locator("#log").is_visible()
    page.locator(".room").first.click()
    assert page.locator("#log").is_visible() and not page.locator("#side").is_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing is wider than the phone"
    page.locator(".back").click()
    assert page.locator("#side").is_visible()
    page.close()


def test_the_page_opens_at_once(browser: "Browser", address: str) -> None:
    page = browser.new_page()
    begun = time.monotonic()
    page.goto(address)
    page.locator(".room").first.wait_for()
    assert time.monotonic() - begun < 10
    page.close()
