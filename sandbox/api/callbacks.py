"""Methods answerCallbackQuery and setMessageReaction."""

from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.api.lookup import message_of, writable_chat
from sandbox.errors import bad_request
from sandbox.state.entities import utf16_length
from sandbox.state.world import CallbackAnswer, World, WorldEvent

_MAX_ANSWER = 200
# About how long the user's app waits for the answer.
_QUERY_SECONDS = 60.0
_EMOJI = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥
🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨
🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
_REACTIONS = frozenset(_EMOJI.split())


async def answer_callback_query(world: World, arguments: CallArguments) -> Any:
    """Answer a tapped button."""
    query = world.queries.get(arguments.text("callback_query_id"))
    if query is None or world.clock.now() - query.at > _QUERY_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = arguments.text("text")
    if utf16_length(text) > _MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer_count += 1
    if query.answer is None:  # users see the first answer only
        query.answer = CallbackAnswer(
            text, arguments.flag("show_alert"), arguments.text("url") or None
        )
        world.notify(WorldEvent("answer", query.message, query))
    return True


async def set_message_reaction(world: World, arguments: CallArguments) -> Any:
    """Set the bot's reaction to a message."""
    chat = writable_chat(world, arguments)
    message = message_of(chat, arguments, "message to react not found")
    reactions = arguments.json("reaction") or []
    if not isinstance(reactions, list) or not all(isinstance(item, dict) for item in reactions):
        raise bad_request("can't parse reaction JSON object")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = [str(item.get("emoji", "")).rstrip("\ufe0f") for item in reactions]
    if any(item not in _REACTIONS for item in emoji):
        raise bad_request("REACTION_INVALID")
    message.reactions = emoji
    world.notify(WorldEvent("reaction", message))
    return True


METHODS = {
    "answerCallbackQuery": answer_callback_query,
    "setMessageReaction": set_message_reaction,
}
