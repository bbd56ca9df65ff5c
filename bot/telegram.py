"""Facts about Telegram's and aiogram's objects: languages, topics, kinds of chat, limits."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from aiogram import Bot
from aiogram.client.telegram import PRODUCTION, TEST
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message, TelegramObject, User

from store.errors import RequestError
from store.request.parameters import read_parameters
from store.texts import LANGUAGES

# The rest of the chain, as aiogram passes it to a middleware.
Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

# Users with one of these interface languages read Russian more often than English.
RUSSIAN_READERS = ("ru", "uk", "be", "kk")
CYRILLIC_LANGUAGES = ("ru", "uk", "be", "kk", "bg", "ky", "mk", "mn", "sr", "tg")
_NAMES = re.compile(r"@\w+")
# Roughly: parameters of which one is out of its limits, so that all are still among the words.
_PARAMETERS = re.compile(r"(?:(?<!\w)(?:seed|steps?|fps|every|x)\W*)?\S*\d\S*", re.I)
PROMPT_COMMANDS = ("draw", "like", "style")  # whose arguments are what to paint
GROUPS = ("group", "supergroup")
TOAST_LIMIT = 200  # UTF-16 units in the answer to a button press


def language_of(user: User | None, languages: Collection[str] = LANGUAGES) -> str:
    """Return the language of a user's app if there are texts in it, or the one read instead."""
    code = (user.language_code or "" if user else "").lower().replace("_", "-").partition("-")[0]
    if code in languages:
        return code
    return "ru" if code in RUSSIAN_READERS else "en"


def language_of_words(text: str, language: str) -> str:
    """Return the language to answer a text in: that of its script, if `language` has another one.

    language: that of the user's app.
    """
    command, _, rest = text.partition(" ")
    is_prompt = command[1:].partition("@")[0].lower() in PROMPT_COMMANDS
    words = text if not text.startswith("/") else rest if is_prompt else ""
    try:
        words = read_parameters(words).prompt
    except RequestError:  # it is told in a moment
        words = _PARAMETERS.sub(" ", words)
    letters = [letter for letter in _NAMES.sub("", words) if letter.isalpha()]
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    if "CYRILLIC" in scripts:  # beside which Latin words are names and parameters
        return language if language in CYRILLIC_LANGUAGES else "ru"
    return "en" if "LATIN" in scripts and language in CYRILLIC_LANGUAGES else language


def thread_of(message: Message) -> int | None:
    """Return the topic of a message; that of a channel's direct messages is negative.

    A plain reply has a thread id as well, but sends with that id are refused.
    """
    if message.direct_messages_topic is not None:
        return -message.direct_messages_topic.topic_id
    return message.message_thread_id if message.is_topic_message else None


def to_direct_messages(method: TelegramMethod[TelegramType]) -> TelegramMethod[TelegramType]:
    """Return a call whose topic, as `thread_of` has it, stands where Telegram expects it."""
    topic = getattr(method, "message_thread_id", None)
    if topic is None or topic >= 0:
        return method
    return method.model_copy(update={"message_thread_id": None, "direct_messages_topic_id": -topic})


def is_own_server(bot: Bot) -> bool:
    """Return whether the bot talks to a Bot API server of its own, not to Telegram's."""
    return bot.session.api not in (PRODUCTION, TEST)
