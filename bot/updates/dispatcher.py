"""Register all routers and middlewares in their order."""

import logging

from aiogram import Dispatcher, F

from bot.context import BotContext
from bot.handlers import (
    cancel,
    chat_events,
    deep_link,
    draw,
    forget,
    forwarded,
    gallery,
    help,
    inline,
    me,
    settings,
)
from bot.handlers.admin import router as admin_router
from bot.handlers.result import edit_prompt
from bot.handlers.result import router as result_router
from bot.handlers.talk import (
    groups,
    keep,
    offers,
    own,
    reply,
    search,
    small_talk,
    sticker,
    surprise,
    words,
)
from bot.middlewares.callback_guard import CallbackGuard
from bot.middlewares.retry import RetryMiddleware
from bot.middlewares.user import UserMiddleware
from bot.requests.asking import Asking

log = logging.getLogger(__name__)


def build_dispatcher(context: BotContext) -> Dispatcher:
    """Return the dispatcher; updates that no router takes, such as edits, are not polled for."""
    dispatcher = Dispatcher(context=context, asking=Asking(), disable_fsm=True)
    # Ignore other bots, and posts of a channel that are copied into its discussion group.
    dispatcher.message.filter(
        F.sender_chat | ~F.from_user.is_bot, ~F.is_automatic_forward.is_(True)
    )
    for observer in (dispatcher.message, dispatcher.callback_query, dispatcher.inline_query):
        observer.outer_middleware(RetryMiddleware())
        observer.middleware(UserMiddleware())
    dispatcher.callback_query.middleware(CallbackGuard())
    for observer in (dispatcher.channel_post, dispatcher.my_chat_member):
        observer.outer_middleware(RetryMiddleware())
    dispatcher.include_routers(
        forwarded.router(),
        own.router(),
        admin_router.router(),
        me.router(),
        small_talk.router(),
        edit_prompt.router(),
        reply.router(),
        words.router(),
        sticker.router(),
        search.router(),
        draw.router(),
        offers.router(),
        keep.router(),
        surprise.router(),
        cancel.router(),
        result_router.router(),
        gallery.router(),
        settings.router(),
        forget.router(),
        inline.router(),
        chat_events.router(),
        groups.router(),
        deep_link.router(),
        help.router(),
    )
    return dispatcher
