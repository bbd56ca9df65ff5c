"""What happens to the machine of bot and engine is done in the panel, and borne."""

import pytest

from tests.browser.chat_page import ANSWER_MS, PAINTING_MS, ChatPage

pytestmark = pytest.mark.browser


def test_what_is_asked_on_a_full_disk_is_painted_once_there_is_room(chat: ChatPage) -> None:
    chat.open("Олег")
    chat.page.get_by_role("button", name="Неприятности").click()
    panel = chat.page.locator("#trouble")
    panel.get_by_role("button", name="полон").click()
    panel.locator(".pill.danger", has_text="полон").wait_for(timeout=ANSWER_MS)
    before = chat.pictures().count()
    chat.say("синяя рыба")
    chat.page.wait_for_timeout(3000)
    assert chat.pictures().count() == before
    panel.get_by_role("button", name="цел").click()
    panel.locator(".pill.primary", has_text="цел").wait_for(timeout=ANSWER_MS)
    chat.wait_for_pictures(before + 1)


def test_a_group_that_becomes_a_supergroup_is_followed(chat: ChatPage) -> None:
    chat.open("Art club")
    chat.page.get_by_role("button", name="Неприятности").click()
    chat.page.get_by_role("button", name="Сделать супергруппой").click()
    moved = chat.page.locator("#log .service", has_text="Группа стала супергруппой")
    moved.wait_for(timeout=ANSWER_MS)
    chat.page.get_by_role("button", name="Сделать супергруппой").wait_for(state="detached")
    chat.say("все здесь?")
    chat.page.locator("article.own", has_text="все здесь?").wait_for(timeout=ANSWER_MS)


def test_the_bot_goes_on_with_a_webhook_and_with_another_time(chat: ChatPage) -> None:
    chat.open("Олег")
    chat.page.get_by_role("button", name="Неприятности").click()
    panel = chat.page.locator("#trouble")
    panel.get_by_label("Обновления через вебхук").check()
    panel.get_by_role("button", name="+1 ч").first.click()
    panel.get_by_role("button", name="как есть").wait_for(timeout=ANSWER_MS)
    answers = chat.page.locator("article.other").count()
    chat.say("/help")
    chat.page.locator("article.other").nth(answers).wait_for(timeout=PAINTING_MS)
    panel.get_by_role("button", name="как есть").click()
    panel.get_by_label("Обновления через вебхук").uncheck()
    panel.get_by_role("button", name="как есть").wait_for(state="detached", timeout=ANSWER_MS)
