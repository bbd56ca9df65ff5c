"""What a bot can show and ask for, and who sees it."""

import pytest

from tests.browser.chat_page import ANSWER_MS, ChatPage
from tests.browser.server import as_bot, person, room

pytestmark = pytest.mark.browser


def test_an_answer_that_is_asked_for_is_written_under_the_question(
    chat: ChatPage, address: str
) -> None:
    chat.open("Олег")
    force = {"force_reply": True, "input_field_placeholder": "сова"}
    oleg = person(address, "Олег")
    as_bot(address, "sendMessage", chat_id=oleg, text="Какими словами?", reply_markup=force)
    chat.page.locator(".answering", has_text="Какими словами?").wait_for(timeout=ANSWER_MS)
    chat.page.get_by_placeholder("сова").wait_for()
    chat.page.keyboard.type("/id")
    chat.page.keyboard.press("Escape")  # it closes the menu, and takes the question back
    chat.page.get_by_placeholder("Сообщение").wait_for()
    chat.open("Ben")
    chat.open("Олег")
    chat.page.locator(".answering", has_text="Какими словами?").wait_for()
    chat.say("/id")
    own = chat.page.locator("article.own", has_text="/id").last
    own.locator(".replied", has_text="Какими словами?").wait_for(timeout=ANSWER_MS)
    chat.page.get_by_placeholder("Сообщение").wait_for()


def test_buttons_copy_a_text_and_write_the_bots_name(chat: ChatPage, address: str) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.open("Олег")
    row = [
        {"text": "Код", "copy_text": {"text": "a code"}},
        {"text": "Найти", "switch_inline_query_current_chat": "такогонет"},
    ]
    oleg, markup = person(address, "Олег"), {"inline_keyboard": [row]}
    as_bot(address, "sendMessage", chat_id=oleg, text="Вот код.", reply_markup=markup)
    message = chat.message("Вот код.")
    chat.press(message, "Код")
    chat.page.locator(".toast", has_text="Скопировано").wait_for(timeout=ANSWER_MS)
    assert chat.page.evaluate("navigator.clipboard.readText()") == "a code"
    chat.press(message, "Найти")
    assert chat.page.locator("#write").input_value() == "@mazok_bot такогонет"
    chat.page.locator(".suggest .wide").wait_for(timeout=ANSWER_MS)
    chat.page.keyboard.press("Escape")
    chat.page.locator(".suggest").wait_for(state="hidden")


def test_what_is_hidden_shows_when_it_is_pressed(chat: ChatPage, address: str) -> None:
    chat.open("Олег")
    oleg, text = person(address, "Олег"), "Это <tg-spoiler>сова</tg-spoiler>."
    as_bot(address, "sendMessage", chat_id=oleg, text=text, parse_mode="HTML")
    hidden = chat.message("Это").get_by_role("button", name="Показать")
    hidden.focus()
    chat.page.keyboard.press("Enter")
    chat.message("Это").locator(".spoiler.shown", has_text="сова").wait_for()
    assert hidden.count() == 0


def test_what_is_for_one_member_is_seen_by_nobody_else(chat: ChatPage, address: str) -> None:
    chat.open("Art club")
    club, ben = room(address, "Art club"), person(address, "Ben")
    to_ben = {"receiver_user_id": ben}
    as_bot(address, "sendMessage", chat_id=club, text="psst", ephemeral_message_parameters=to_ben)
    voice = chat.page.get_by_label("Кто говорит")
    voice.select_option(label="Ben")
    chat.message("psst").get_by_text("only you see this").wait_for(timeout=ANSWER_MS)
    chat.page.get_by_label("Who speaks").select_option(label="Аня")
    chat.message("psst").wait_for(state="detached")


def test_a_link_to_the_bot_leads_into_its_chat(chat: ChatPage) -> None:
    chat.open("Art club")
    chat.page.get_by_label("Кто говорит").select_option(label="Аня")
    chat.say("смотрите: https://t.me/mazok_bot?start=settings")
    chat.page.locator("article.own button.link").last.click()
    chat.page.locator("#room header").get_by_role("heading", name="Mazok").wait_for()
    own = chat.page.locator("article.own", has_text="/start settings")
    own.wait_for(timeout=ANSWER_MS)
    chat.page.locator("article.other .replied", has_text="/start settings").wait_for(
        timeout=ANSWER_MS
    )
