"""The chat page as a person uses it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PAINTING_MS = 300_000  # generous, for busy machines
ANSWER_MS = 120_000
# The page's own policy forbids scripts in it, but not those of the browser's driver.
_REMEMBER = """
window.pictures = new Set();
new MutationObserver(() => {
  for (const one of document.querySelectorAll("article.other img")) {
    pictures.add(one.getAttribute("src"));
  }
}).observe(document, { subtree: true, childList: true, attributeFilter: ["src"] });
"""


@dataclass(frozen=True)
class ChatPage:
    """A page with a chat that is open."""

    page: "Page"

    def remember_what_is_shown(self) -> None:
        """Remember from now on each picture that the page shows, however briefly."""
        self.page.add_init_script(_REMEMBER)

    def wait_for_previews(self, count: int) -> None:
        """Wait until so many pictures more than now were shown in the open chat."""
        before = self._shown()
        for _ in range(PAINTING_MS // 100):
            if self._shown() >= before + count:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"fewer than {count} previews in {PAINTING_MS} ms")

    def _shown(self) -> int:
        shown: int = self.page.evaluate("pictures.size")
        return shown

    def open(self, room: str) -> None:
        """Open a chat by its title."""
        name = self.page.locator(".name", has_text=room)
        self.page.locator("#side .room", has=name).first.click()

    def say(self, text: str) -> None:
        """Write a text and press Enter."""
        self.page.locator("#write").fill(text)
        self.page.keyboard.press("Enter")

    def message(self, text: str) -> "Locator":
        """Return the newest message of others with these words."""
        return self.page.locator("article.other", has_text=text).last

    def press(self, message: "Locator", label: str) -> None:
        """Press the button of a message with exactly this label."""
        message.locator(".keyboard").get_by_role("button", name=label, exact=True).click()

    def keep(self) -> None:
        """End a painting that goes on until somebody has enough of it."""
        button = self.page.locator(".keyboard").get_by_role("button", name="Хватит")
        button.last.click(timeout=PAINTING_MS)

    def pictures(self) -> "Locator":
        """Return the messages that show a picture and have buttons of a finished one."""
        again = self.page.locator(".keyboard button", has_text="Ещё раз")
        return self.page.locator("article.other", has=self.page.locator("img")).filter(has=again)

    def films(self) -> "Locator":
        """Return the messages that show a film."""
        return self.page.locator("article.other", has=self.page.locator("video"))

    def wait_for_pictures(self, count: int) -> "Locator":
        """Wait until there are so many finished pictures; return the newest."""
        newest = self.pictures().nth(count - 1)
        newest.wait_for(timeout=PAINTING_MS)
        return newest
