"""Methods for updates and webhooks, getFile, getChat and its members."""

import re
from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.api.lookup import chat_of
from sandbox.errors import bad_request
from sandbox.state.permissions import permissions_json
from sandbox.state.updates import WebhookState, is_on_this_machine
from sandbox.state.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


async def get_updates(world: World, arguments: CallArguments) -> Any:
    """Return updates by long polling."""
    _set_allowed_updates(world, arguments)
    world.updates.polls += 1
    if world.updates.polls == 1:
        world.profile_changed()
    world.notify()
    return await world.updates.get(
        arguments.integer("offset") or 0,
        arguments.integer("limit") or 100,
        arguments.integer("timeout") or 0,
    )


async def set_webhook(world: World, arguments: CallArguments) -> Any:
    """Deliver updates to a URL from now on; the sandbox calls only those of this machine."""
    url, secret = arguments.text("url"), arguments.text("secret_token")
    if url and not (url.startswith("https://") or is_on_this_machine(url)):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(secret):
        raise bad_request("bad webhook: secret token contains unallowed characters")
    return _webhook(world, arguments, WebhookState(url, secret))


async def delete_webhook(world: World, arguments: CallArguments) -> Any:
    """Remove the webhook."""
    return _webhook(world, arguments, WebhookState())


async def get_webhook_info(world: World, arguments: CallArguments) -> Any:
    """Return the webhook, its last failure, and the number of pending updates."""
    webhook = world.updates.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": world.updates.pending,
    }
    if webhook.failure:
        info |= {"last_error_date": webhook.failed_at, "last_error_message": webhook.failure}
    return {**info, "allowed_updates": world.updates.allowed} if world.updates.allowed else info


async def get_file(world: World, arguments: CallArguments) -> Any:
    """Create a download link for a file."""
    return world.files.file_info(arguments.text("file_id"))


async def get_chat(world: World, arguments: CallArguments) -> Any:
    """Return a ChatFullInfo object."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    chat = chat_of(world, arguments)
    return {
        **chat.to_json(),
        **({"permissions": permissions_json(chat)} if chat.is_group else {}),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
    }


async def get_chat_member(world: World, arguments: CallArguments) -> Any:
    """Return a ChatMember object."""
    chat = chat_of(world, arguments)
    user = world.users.get(arguments.integer("user_id") or 0)
    if user is None:
        raise bad_request("invalid user_id specified")
    return world.member_json(chat, user)


async def get_chat_administrators(world: World, arguments: CallArguments) -> Any:
    """Return the administrators of a group, without other bots."""
    chat = chat_of(world, arguments)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    return [
        world.member_json(chat, world.users[user_id])
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator")
        and (user_id == world.bot.id or not world.users[user_id].is_bot)
    ]


def _webhook(world: World, arguments: CallArguments, webhook: WebhookState) -> bool:
    world.updates.webhook = webhook
    _set_allowed_updates(world, arguments)
    if arguments.flag("drop_pending_updates"):
        world.updates.clear()
    world.updates.wake_poller()
    return True


def _set_allowed_updates(world: World, arguments: CallArguments) -> None:
    """Set the kinds of updates from now on; without an argument they stay."""
    allowed = arguments.json("allowed_updates")
    if isinstance(allowed, list):
        world.updates.allowed = [str(kind) for kind in allowed]


METHODS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
}
