"""What people do with messages in the page: drop files, react, edit captions, hide their names."""

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chat_page import ANSWER_MS, ChatPage
from tests.fixtures.image import png

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

# Make what a drag or the clipboard carries, of so many pictures.
_CARRIED = """([encoded, count]) => {
  const carried = new DataTransfer();
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  for (let number = 1; number <= count; number += 1) {
    carried.items.add(new File([bytes], `${number}.png`, { type: "image/png" }));
  }
  return carried;
}"""
_PASTE = """(field, carried) => field.dispatchEvent(
  new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }))"""


def _carried(chat: ChatPage, count: int) -> Any:
    encoded = base64.b64encode(png(size=(64, 64))).decode()
    return chat.page.evaluate_handle(_CARRIED, [encoded, count])


def _act(chat: ChatPage, message: Any, name: str) -> None:
    message.hover()
    message.get_by_role("button", name="Что сделать с сообщением").first.click()
    chat.page.get_by_role("menuitem", name=name).click()


def test_pictures_that_are_dropped_and_pasted_become_an_album(chat: ChatPage) -> None:
    chat.open("Art club")
    dropped = {"dataTransfer": _carried(chat, 2)}
    chat.page.dispatch_event("#room", "dragover", dropped)
    assert "dropping" in (chat.page.locator("#room").get_attribute("class") or "")
    chat.page.dispatch_event("#room", "drop", dropped)
    chat.page.locator("#write").evaluate(_PASTE, _carried(chat, 1))
    chat.page.locator(".strip img").nth(2).wait_for(timeout=ANSWER_MS)
    chat.say("три картинки")
    album = chat.page.locator(".album", has_text="три картинки")
    album.locator("img").nth(2).wait_for(timeout=ANSWER_MS)
    assert album.locator("footer:visible").count() == 1, "one bubble, which tells its time once"


def test_a_caption_is_edited_and_a_message_gets_a_reaction(chat: ChatPage) -> None:
    chat.open("Art club")
    chat.page.locator("#write").evaluate(_PASTE, _carried(chat, 1))
    chat.page.locator(".strip img").wait_for(timeout=ANSWER_MS)
    chat.say("мой кот")
    own = chat.page.locator("article.own", has_text="мой кот")
    own.wait_for(timeout=ANSWER_MS)
    _act(chat, own, "Изменить")
    chat.say("мой кот спит")
    own = chat.page.locator("article.own", has_text="мой кот спит")
    own.get_by_text("изменено").wait_for(timeout=ANSWER_MS)
    _act(chat, own, "🔥")
    fire = own.locator(".reaction", has_text="🔥")
    fire.wait_for(timeout=ANSWER_MS)
    assert fire.get_attribute("aria-pressed") == "true"
    fire.click()
    fire.wait_for(state="detached", timeout=ANSWER_MS)


def test_an_administrator_speaks_in_the_name_of_the_group(chat: ChatPage) -> None:
    chat.open("Мастерская")
    voice = chat.page.get_by_label("Кто говорит")
    voice.select_option(label="Олег (анонимно)")
    chat.say("всем привет")
    chat.page.locator("article.own", has_text="всем привет").wait_for(timeout=ANSWER_MS)
    voice.select_option(label="Аня")
    other = chat.page.locator("article.other", has_text="всем привет")
    other.locator(".author", has_text="Мастерская").wait_for(timeout=ANSWER_MS)


def test_on_a_phone_the_list_and_a_menu_fit_the_width(browser: "Browser", address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 780}, locale="ru-RU")
    page.goto(address)
    room = page.locator("#side .room", has_text="Art club")
    room.wait_for(timeout=ANSWER_MS)
    widest = page.locator("#side button").evaluate_all(
        "all => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    )
    assert widest <= 390
    room.click()
    chat = ChatPage(page)
    chat.say("на телефоне")
    own = page.locator("article.own", has_text="на телефоне")
    own.wait_for(timeout=ANSWER_MS)
    own.hover()
    own.get_by_role("button", name="Что сделать с сообщением").click()
    place = page.locator(".menu").bounding_box()
    assert place and place["x"] >= 0 and place["x"] + place["width"] <= 390
    page.close()


def test_a_post_of_a_channel_is_edited_and_deleted(chat: ChatPage) -> None:
    chat.open("Картина дня")
    chat.say("первая запись")
    post = chat.page.locator("article", has_text="первая запись")
    post.wait_for(timeout=ANSWER_MS)
    _act(chat, post, "Изменить")
    chat.say("вторая запись")
    post = chat.page.locator("article", has_text="вторая запись")
    post.get_by_text("изменено").wait_for(timeout=ANSWER_MS)
    _act(chat, post, "Удалить")
    post.wait_for(state="detached", timeout=ANSWER_MS)
