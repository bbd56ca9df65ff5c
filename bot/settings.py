"""Read the bot's settings from the environment or from .env."""

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from store.errors import LocalisedError, SettingsFileError, WrongSetting
from store.moderation.safety_modes import DEFAULT_MODE, SafetyMode, SafetyRule
from store.settings import StoreSettings, wrong_setting
from store.users.access import AccessRule

TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)


class SettingsError(LocalisedError):
    """Raised when a setting is missing or wrong; its text is one line for the operator."""


def _ids(value: object) -> object:
    """Split `"7, 8"` into two ids, `"7"` into one, an empty text into none."""
    if not isinstance(value, str):
        return value
    parts = {part.strip() for part in value.split(",")} - {""}
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        raise WrongSetting("setting-admins")
    return frozenset(parts)


class ListenAddress(NamedTuple):
    """Where a server of the bot listens."""

    host: str
    port: int


def listen_address(value: object) -> object:
    """Return the host and the port of `127.0.0.1:8443` or `[::]:8443`."""
    if not isinstance(value, str):
        return value
    parts = urlsplit(f"//{value}")
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise WrongSetting("setting-listen")
    return ListenAddress(parts.hostname, port)


class BotSettings(StoreSettings):
    """The bot's own settings, beside those that it shares with the engine."""

    # A validation error must not repeat the input: it may be the token.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    token: SecretStr = SecretStr("")
    bot_api: str | None = None  # None: Telegram's own server
    # The files of a server of one's own in `--local` mode, as they are found on this machine.
    bot_api_files: Path | None = None
    # NoDecode: pydantic would expect JSON.
    admins: Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)] = frozenset()
    keep_days: int = Field(default=30, ge=0)  # of pictures and latents; 0: for ever

    # Where Telegram delivers updates to instead of being polled, and where they arrive: behind a
    # reverse proxy, which has the certificate.
    webhook: str | None = None
    webhook_listen: Annotated[ListenAddress, BeforeValidator(listen_address)] = ListenAddress(
        "127.0.0.1", 8443
    )

    # Where figures for Prometheus are served; None: nowhere.
    metrics: Annotated[ListenAddress | None, BeforeValidator(listen_address)] = None

    # What happens to unsafe pictures, and the least strict mode that a chat may choose instead;
    # unset, it is `safety`.
    safety: SafetyMode = DEFAULT_MODE
    safety_least: SafetyMode | None = None

    # Who is served: everybody, or those whom /allow has let in; and what the others hear.
    access: Literal["everyone", "list"] = "everyone"
    strangers: Literal["answer", "silence"] = "answer"

    @field_validator("bot_api", "webhook")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise WrongSetting("setting-address")
        return value.rstrip("/")

    @property
    def safety_rule(self) -> SafetyRule:
        """Return the mode of chats that have chosen none, and the least strict one."""
        return SafetyRule(self.safety, self.safety_least or self.safety)

    @property
    def access_rule(self) -> AccessRule:
        """Return who is served, and whether others get an answer."""
        return AccessRule(self.access == "list", self.strangers == "silence")

    @property
    def bare_token(self) -> str:
        """Return the token without surrounding spaces."""
        return self.token.get_secret_value().strip()


def load() -> BotSettings:
    """Load the settings. Raises SettingsError, which names the variable."""
    try:
        return BotSettings()
    except SettingsFileError as error:
        raise SettingsError(error.key, **error.values) from None
    except ValidationError as error:
        raise SettingsError("setting-wrong", **wrong_setting(error)) from None


def check_token(token: str) -> None:
    """Raise SettingsError if the token is missing or has the wrong form."""
    if not token:
        raise SettingsError("token-missing")
    if not TOKEN.fullmatch(token):
        raise SettingsError("token-malformed")
