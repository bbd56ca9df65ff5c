"""Validation of inline keyboards as Telegram does it."""

from typing import Any

from sandbox.errors import bad_request

Markup = dict[str, Any]

_MAX_BUTTONS = 100
_OTHER_KINDS = ("keyboard", "remove_keyboard", "force_reply")
_ACTIONS = (
    "callback_data",
    "url",
    "copy_text",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
    "disabled",
)


def check_markup(markup: Any) -> Markup | None:
    """Return the keyboard without empty rows, or None; raise a refusal where Telegram does."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad_request("can't parse reply keyboard markup JSON object")
        checked = [[_check_button(button) for button in row] for row in rows if row]
        if sum(map(len, checked)) > _MAX_BUTTONS:
            raise bad_request("REPLY_MARKUP_TOO_LONG")
        return {"inline_keyboard": checked} if checked else None
    if not any(kind in markup for kind in _OTHER_KINDS):
        raise bad_request("can't parse reply keyboard markup JSON object")
    return dict(markup)


def inline_rows(markup: Markup | None) -> list[list[dict[str, Any]]]:
    """Return the rows of an inline keyboard; none for other markups."""
    rows: list[list[dict[str, Any]]] = (markup or {}).get("inline_keyboard", [])
    return rows


def _check_button(description: Any) -> dict[str, Any]:
    if not isinstance(description, dict):
        raise bad_request("can't parse inline keyboard button: object expected")
    button = {str(name): value for name, value in description.items() if value is not None}
    if not str(button.get("text", "")).strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: more than one action")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid")
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return button
