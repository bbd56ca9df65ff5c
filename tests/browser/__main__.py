"""Take the pictures of the chat page for the README and docs/: `make screenshots`."""

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from tests.browser.chat_page import ANSWER_MS, ChatPage
from tests.browser.live import live_demo, open_browser
from tests.browser.server import act, board_of, person, room, wait_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, ViewportSize

OUT = Path("docs/page")
WIDE: "ViewportSize" = {"width": 1180, "height": 840}
PHONE: "ViewportSize" = {"width": 390, "height": 820}
PAINTING_MS = 400_000  # longer than in a test: a picture that fails costs all of them
QUALITY = 84  # of the JPEG files, 40 to 120 kB each
STEPS = "20"  # a painting of seconds, of which several previews are seen
SETTLED_MS = 800  # after which pictures have been loaded and what moves has come to rest
MARGIN = 7  # pixels above the first message, less than the gap to the one before it
LOWEST = 620  # pixels: a window is no lower
FOUR = "/draw 4 рыжий кот на пляже"


def main() -> None:
    """Write the pictures; an old one is replaced."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        live_demo(Path(folder), MAZOK_STEPS=STEPS) as address,
        open_browser() as browser,
    ):
        wait_until_ready(address)
        _growing(browser, address)
        _in_a_group(browser, address)
        _four(browser, address)
        _administrator(browser, address)
        _troubles(browser, address)
        _phone(browser, address)
        _board(browser, address)


def _growing(browser: "Browser", address: str) -> None:
    """Take a painting of which a quarter is done."""
    chat = _open(browser, address, "Аня")
    chat.say("панда на розовом фоне")
    _until_share(chat, 0.05)
    _fit(chat, chat.page.locator("#log > article").first)
    _until_share(chat, 0.25)
    _take(chat.page, "growing")
    chat.wait_for_pictures(1)


def _in_a_group(browser: "Browser", address: str) -> None:
    chat = _open(browser, address, "Art club")
    _speak_as(chat, "Ben")
    chat.say("/draw a fox in the snow")
    chat.page.locator("article.other").get_by_role("button", name="Again").wait_for(
        timeout=PAINTING_MS
    )
    _speak_as(chat, "Аня")
    club, anna = room(address, "Art club"), person(address, "Аня")
    painted = chat.page.locator("article.other", has=chat.page.locator("img")).last
    number = int((painted.get_attribute("data-key") or "").split(":")[1])
    act(address, "react", user=anna, chat=club, message=number, emoji="🔥")
    chat.say("какая красота!")
    chat.page.locator("article.own").last.wait_for()
    _fit(chat, chat.page.locator("#log > article").first)
    _take(chat.page, "group")


def _four(browser: "Browser", address: str) -> None:
    chat = _open(browser, address, "Аня")
    chat.say(FOUR)
    chat.page.locator(".keyboard").get_by_role("button", name="3", exact=True).wait_for(
        timeout=PAINTING_MS
    )
    _fit(chat, chat.page.locator("article.own", has_text=FOUR))
    _take(chat.page, "four")


def _administrator(browser: "Browser", address: str) -> None:
    chat = _open(browser, address, "Олег")
    for command in ("/queue", "/stats"):
        answers = chat.page.locator("article.other").count()
        chat.say(command)
        chat.page.locator("article.other").nth(answers).wait_for(timeout=ANSWER_MS)
    chat.page.locator("article.other img").last.wait_for(timeout=ANSWER_MS)
    _fit(chat, chat.page.locator("#log > article").first)
    _take(chat.page, "administrator")


def _troubles(browser: "Browser", address: str) -> None:
    chat = _open(browser, address, "Art club", scheme="dark")
    chat.page.get_by_role("button", name="Неприятности").click()
    chat.page.locator(".program").first.get_by_role("button", name="Убить").click()
    chat.page.locator(".dot.ended").wait_for(timeout=ANSWER_MS)
    _fit(chat, chat.page.locator("#log > article").first)
    _take(chat.page, "troubles")
    chat.page.locator(".program").first.get_by_role("button", name="Запустить").click()


def _phone(browser: "Browser", address: str) -> None:
    chat = _open(browser, address, "Аня", scheme="dark", phone=True)
    _fit(chat, chat.page.locator("article.own", has_text=FOUR))
    _take(chat.page, "phone")


def _board(browser: "Browser", address: str) -> None:
    """Take the operator's board while it is busy, in the language of the browser."""
    for name, prompt in (("Ben", "a castle in the mountains"), ("Олег", "сова"), ("Аня", "лимон")):
        act(address, "say", user=(who := person(address, name)), chat=who, text=prompt)
    page = browser.new_context(viewport=WIDE, locale="ru-RU").new_page()
    page.goto(board_of(address))
    page.locator(".queue progress").first.wait_for(timeout=PAINTING_MS)
    _take(page, "board", whole=True)


def _open(
    browser: "Browser",
    address: str,
    name: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    phone: bool = False,
) -> ChatPage:
    for context in browser.contexts:
        context.close()
    page = browser.new_context(viewport=PHONE if phone else WIDE, color_scheme=scheme).new_page()
    page.goto(address)
    chat = ChatPage(page)
    chat.open(name)
    page.locator("#log > *").first.wait_for(timeout=ANSWER_MS)
    return chat


def _fit(chat: ChatPage, first: "Locator") -> None:
    """Make the window as high as the chat is from a message on, so that nothing is cut."""
    page = chat.page
    page.wait_for_timeout(SETTLED_MS)
    shown, log, message = (
        page.viewport_size,
        page.locator("#log").bounding_box(),
        first.bounding_box(),
    )
    assert shown and log and message
    more = round(log["y"] + MARGIN - message["y"])
    page.set_viewport_size({"width": shown["width"], "height": max(shown["height"] + more, LOWEST)})
    page.wait_for_timeout(SETTLED_MS)


def _speak_as(chat: ChatPage, name: str) -> None:
    voice = chat.page.get_by_label("Кто говорит").or_(chat.page.get_by_label("Who speaks"))
    voice.select_option(label=name)


def _until_share(chat: ChatPage, share: float) -> None:
    """Wait until the preview says so many hundredths, or more."""
    marks = "|".join(str(percent) for percent in range(round(share * 100), 100))
    _wait(chat.page, lambda: chat.page.locator(f"text=/\\b({marks}) %/").count() > 0)


def _wait(page: "Page", condition: Callable[[], bool]) -> None:
    for _ in range(PAINTING_MS // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise SystemExit("the page did not come so far")


def _take(page: "Page", name: str, *, whole: bool = False) -> None:
    page.mouse.move(0, 0)  # what it points at has tools
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    picture.save(OUT / f"{name}.jpg", quality=QUALITY, optimize=True, progressive=True)
    print(OUT / f"{name}.jpg", file=sys.stderr)


if __name__ == "__main__":
    main()
