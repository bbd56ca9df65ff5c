"""What the page shows, as JSON: everything at once, or a chat or a message that has changed."""

from sandbox.control.control import Control
from sandbox.control.describe import describe_chat, describe_now, media_address
from sandbox.state.chats import SandboxChat
from sandbox.state.inline import InlineQueryState
from sandbox.state.json_object import JsonObject
from sandbox.state.world import World, WorldEvent

ACTION_SECONDS = 5.0  # for which an app shows that the bot is typing or uploading


def everything(control: Control) -> JsonObject:
    """Return users, chats and all messages."""
    world = control.world
    return {
        "bot": bot_now(world),
        "trouble": control.troubles(),
        "users": [user.to_json() for user in world.users.values() if not user.is_bot],
        "chats": [
            {**chat_now(world, chat), "messages": [describe_now(world, m) for m in chat.visible]}
            for chat in world.chats.values()
        ],
    }


def bot_now(world: World) -> JsonObject:
    """Return the bot with what an empty chat says of it."""
    awake = world.updates.polls > 0 or bool(world.updates.webhook.url)
    return {**world.bot.to_json(), "descriptions": world.profile.descriptions, "awake": awake}


def chat_now(world: World, chat: SandboxChat) -> JsonObject:
    """Return a chat, with what the bot is doing there at this moment."""
    at, action = chat.actions[-1] if chat.actions else (float("-inf"), "")
    left = max(0.0, ACTION_SECONDS - (world.clock.now() - at))
    person = chat.person.to_json() if chat.person else None
    return {**describe_chat(chat), "person": person, "action": action, "action_seconds": left}


def event_now(world: World, event: WorldEvent) -> tuple[str, JsonObject]:
    """Return the name and the data of an event for the page."""
    query = event.query
    if event.kind == "answer" and query and query.answer:
        answer = query.answer
        toast = {"user": query.user.id, "text": answer.text, "alert": answer.alert}
        return "answer", {**toast, "url": answer.url, "query": query.id}
    return event.kind, describe_now(world, event.message)


def offers_now(world: World, query: InlineQueryState) -> JsonObject:
    """Return what the bot offers in answer to an inline query."""
    answer = query.answer
    results = [
        {
            "id": result.id,
            "kind": result.kind,
            "caption": result.content.text,
            "media": media_address(world, media),
            "name": media.name,
        }
        for result in (answer.results if answer else ())
        if (media := result.content.media)
    ]
    start = {"label": answer.button, "start": answer.start} if answer and answer.button else None
    return {"id": query.id, "results": results, "button": start}
