"""What the bot reads from the environment or from .env."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from store.errors import SettingsFileError
from store.moderation.safety_modes import DEFAULT_MODE, SafetyMode, SafetyRule
from store.settings import StoreSettings

TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)


class SettingsError(Exception):
    """A setting is missing or wrong; its text is one line for whoever runs the bot."""


def _ids(value: object) -> object:
    """`"7, 8"` is two ids, `"7"` one, an empty text none."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",")]
    return frozenset(part for part in parts if part)


class BotSettings(StoreSettings):
    """The bot's own settings, besides those that it shares with the engine."""

    # An error of validation must not repeat what was typed: it may be the token.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    token: SecretStr = SecretStr("")
    bot_api: str | None = None  # None: Telegram's own server
    # NoDecode: as it stands in the environment, where pydantic would expect JSON.
    admins: Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)] = frozenset()
    keep_days: int = Field(default=30, ge=0)  # of pictures and latents; 0: for ever

    # Of pictures that the guide holds to be unsafe; the second follows the first where it is unset.
    safety: SafetyMode = DEFAULT_MODE
    safety_least: SafetyMode | None = None

    @field_validator("bot_api")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("it must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def safety_rule(self) -> SafetyRule:
        """The mode of chats that have chosen none, and the least strict one."""
        return SafetyRule(self.safety, self.safety_least or self.safety)

    @property
    def bare_token(self) -> str:
        """The token itself, without what may have been pasted around it."""
        return self.token.get_secret_value().strip()


def load() -> BotSettings:
    """The settings, or a SettingsError that names the variable."""
    try:
        return BotSettings()
    except SettingsFileError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        raise SettingsError(f"MAZOK_{name} is wrong: {first['msg']}") from None


def check_token(token: str) -> None:
    """Whether it can be a token at all; only Telegram knows whether it is one."""
    if not token:
        raise SettingsError(
            "MAZOK_TOKEN is missing: put the token from @BotFather into the environment or .env"
        )
    if not TOKEN.fullmatch(token):
        raise SettingsError(
            "MAZOK_TOKEN is not a bot token: @BotFather gives one that looks like 123456789:AbC…"
        )
