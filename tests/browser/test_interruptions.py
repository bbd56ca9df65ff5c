"""What one is doing in the page outlives what arrives meanwhile."""

import pytest

from tests.browser.chat_page import ANSWER_MS, ChatPage
from tests.browser.server import act, person

pytestmark = pytest.mark.browser


def test_who_writes_goes_on_writing_when_the_page_is_drawn_anew(
    chat: ChatPage, address: str
) -> None:
    chat.open("Олег")
    chat.page.locator("#write").fill("/id")
    oleg = person(address, "Олег")
    act(address, "language", user=oleg, language="en")
    chat.page.get_by_placeholder("Message").wait_for(timeout=ANSWER_MS)
    chat.page.keyboard.press("End")
    chat.page.keyboard.type(" x")
    assert chat.page.locator("#write").input_value() == "/id x"
    act(address, "language", user=oleg, language="ru")
    chat.page.get_by_placeholder("Сообщение").wait_for(timeout=ANSWER_MS)


def test_a_press_counts_though_a_message_arrives_before_the_release(
    chat: ChatPage, address: str
) -> None:
    chat.open("Олег")
    place = chat.page.locator("#side .room", has_text="Art club").bounding_box()
    assert place
    chat.page.mouse.move(place["x"] + 40, place["y"] + 20)
    chat.page.mouse.down()
    ben, text = person(address, "Ben"), "this redraws the list of chats"
    act(address, "say", user=ben, chat=ben, text=text)
    chat.page.wait_for_timeout(300)
    chat.page.mouse.up()
    chat.page.get_by_role("heading", name="Art club").wait_for(timeout=ANSWER_MS)
    chat.page.locator("#side .room", has_text=text).or_(
        chat.page.locator("#side .room .unread")
    ).first.wait_for(timeout=ANSWER_MS)


def test_what_is_chosen_in_the_panel_stays_after_eachact(chat: ChatPage) -> None:
    chat.open("Олег")
    chat.page.get_by_role("button", name="Неприятности").click()
    panel = chat.page.locator("#trouble")
    panel.get_by_label("Как сорвётся").select_option("hang")
    panel.get_by_label("Сколько раз").fill("7")
    panel.get_by_role("button", name="5 с").click()
    panel.locator(".pill.primary", has_text="5 с").wait_for(timeout=ANSWER_MS)
    assert panel.get_by_label("Как сорвётся").input_value() == "hang"
    assert panel.get_by_label("Сколько раз").input_value() == "7"
    panel.get_by_role("button", name="Убрать сбои").click()
