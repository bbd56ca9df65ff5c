"""The HTTP session with Telegram, with cheaper parsing of answers."""

from http import HTTPStatus
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramServerError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from pydantic import ValidationError

from bot.telegram import to_direct_messages
from store.errors import LocalisedError
from store.proxy import proxy_for, shown_proxy, wants_login

PROXY_ERRORS: tuple[type[Exception], ...] = (OSError,)
try:
    from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
except ImportError:  # the extra `proxy` is not installed
    pass
else:
    PROXY_ERRORS = (OSError, ProxyError, ProxyConnectionError, ProxyTimeoutError)


class ProxyUnusable(LocalisedError):
    """Raised when the proxy cannot be used; its text is one line that says what to do."""


class ProxyFailed(TelegramNetworkError):
    """Raised when the proxy gives no connection, so that the call was certainly not executed."""

    def __init__(self, method: TelegramMethod[Any], cause: Exception) -> None:
        self.wants_login = wants_login(cause)
        super().__init__(method, f"the proxy: {cause}")


def open_session(server: TelegramAPIServer, proxy: str | None) -> "Session":
    """Return a session to the server, through the proxy of the settings or the environment.

    Raises ProxyUnusable if the library for proxies is not installed or the address is wrong.
    """
    address = proxy_for(server.base, proxy)
    if address is None:
        return Session(api=server)
    try:
        return Session(api=server, proxy=address.replace("socks5h://", "socks5://"))
    except (RuntimeError, ImportError):
        raise ProxyUnusable("telegram-proxy-library") from None
    except ValueError as error:
        raise ProxyUnusable("telegram-proxy-wrong", reason=str(error)) from None


def proxy_of(bot: Bot) -> str | None:
    """Return the proxy between the bot and Telegram, without its password; None without one."""
    proxy = getattr(bot.session, "proxy", None)
    return shown_proxy(proxy) if isinstance(proxy, str) else None


def describe_route(bot: Bot) -> str:
    """Describe how the bot reaches Telegram, for a log line about a failure."""
    proxy = proxy_of(bot)
    if proxy is not None:
        return f"through the proxy {proxy}"
    return "directly (MAZOK_PROXY sets a proxy)"


class Session(AiohttpSession):
    """Keep the pydantic model of each type of answer.

    aiogram asks pydantic for `Response[…]` at every answer, and pydantic drops a model that
    nothing refers to: building it anew takes a third of the CPU time of a request.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._models: dict[Any, type[Response[Any]]] = {}

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Call a method; raise ProxyFailed for errors of the proxy."""
        try:
            return await super().make_request(bot, to_direct_messages(method), timeout)
        except PROXY_ERRORS as error:
            raise ProxyFailed(method, error) from None

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Parse an answer as aiogram does, and raise its errors.

        What is no JSON does not come from Telegram as it left: a proxy's page has its code, and of
        an answer that was cut off the call may have been executed.
        """
        returning: Any = method.__returning__  # a type that is known at run time only
        if returning not in self._models:
            self._models[returning] = Response[returning]
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError as error:
            if isinstance(error.original, ValidationError):
                raise
            if status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise TelegramServerError(method, f"a page with code {status_code}") from None
            if status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                raise TelegramEntityTooLarge(method, "a page with code 413") from None
            if status_code == HTTPStatus.OK:
                raise TelegramNetworkError(method, "the answer is cut off") from None
            raise
