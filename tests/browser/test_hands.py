"""The page by the keyboard alone, for a screen reader, and when a hand is quick."""

import pytest

from tests.browser.chat_page import ANSWER_MS, ChatPage
from tests.browser.server import act, person

pytestmark = pytest.mark.browser

# Return what can be used but has no name for those who do not see it.
_NAMELESS = """() => [
  ...document.querySelectorAll("button, input, select, textarea, a, [role=button], [role=log]")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.ariaLabel || one.title || one.textContent.trim()
    || [...(one.labels ?? [])].some((label) => label.textContent.trim())
    || one.querySelector("img[alt], [aria-label]")))
  .map((one) => one.outerHTML)"""


def test_a_command_is_chosen_and_a_button_pressed_by_the_keyboard_alone(
    chat: ChatPage, address: str
) -> None:
    page = chat.page
    act(address, "language", user=person(address, "Ben"), language="en")
    page.locator("#side .room").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Language of the app").wait_for()
    assert page.locator("#side .room").nth(1).get_attribute("aria-current") == "true"
    page.keyboard.type("/")
    page.locator(".suggest .marked").wait_for(timeout=ANSWER_MS)
    page.keyboard.type("he")
    page.locator(".suggest button").nth(1).wait_for(state="detached")
    page.keyboard.press("Enter")
    help_text = page.locator("article.other", has=page.locator(".replied", has_text="/help")).last
    help_text.wait_for(timeout=ANSWER_MS)
    help_text.locator(".keyboard button").first.focus()
    page.keyboard.press("Space")
    help_text.get_by_text("edited").wait_for(timeout=ANSWER_MS)
    page.keyboard.type("x")
    assert page.locator("#write").input_value() == "x"


def test_everything_that_can_be_used_has_a_name(chat: ChatPage) -> None:
    chat.open("Мастерская")
    chat.page.get_by_role("button", name="Неприятности").click()
    chat.page.locator("#trouble section").first.wait_for()
    assert chat.page.evaluate(_NAMELESS) == []


def test_what_is_refused_stays_in_the_field_and_a_quick_hand_sends_once(
    chat: ChatPage, address: str
) -> None:
    chat.open("Олег")
    oleg, write = person(address, "Олег"), chat.page.locator("#write")
    act(address, "block", user=oleg)
    chat.say("раз-два")
    chat.page.locator(".toast", has_text="blocked the bot").wait_for(timeout=ANSWER_MS)
    assert write.input_value() == "раз-два"
    act(address, "unblock", user=oleg)
    sent = chat.page.locator("article.own", has_text="/id")
    before = sent.count()
    write.fill("/id")
    for _ in range(2):
        chat.page.keyboard.press("Enter")
    sent.nth(before).wait_for(timeout=ANSWER_MS)
    chat.say("/me")
    chat.page.locator("article.own", has_text="/me").last.wait_for(timeout=ANSWER_MS)
    assert sent.count() == before + 1
