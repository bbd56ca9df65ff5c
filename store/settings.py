"""Settings of the environment that the bot and the engine share."""

from os.path import expanduser
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from store.environment import EnvironmentSource
from store.errors import WrongSetting
from store.model import QueueLimits
from store.proxy import checked_proxy
from store.system.home import database_at_home, default_home, path_at_home

_USUAL = QueueLimits()
_DRIVERS = {
    "sqlite:": "sqlite+aiosqlite:",
    "postgres:": "postgresql+asyncpg:",
    "postgresql:": "postgresql+asyncpg:",
}


def wrong_setting(error: ValidationError) -> dict[str, object]:
    """Return the values of the text `setting-wrong` for the first fault; none is what was set."""
    first = error.errors(include_input=False, include_url=False)[0]
    name = "_".join(str(part) for part in first["loc"][:1]).upper()
    context = first.get("ctx", {})
    own = context.get("error")
    bound = next((context[key] for key in ("ge", "le", "gt", "lt") if key in context), 0)
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    return {
        "name": f"MAZOK_{name or '*'}",
        "kind": first["type"].removesuffix("_parsing").removesuffix("_type"),
        "choices": choices,
        "bound": bound,
        "reason": own if isinstance(own, WrongSetting) else first["msg"],
    }


def database_url(value: object) -> object:
    """Return the address with the driver that the store uses, where only the database is named."""
    if not isinstance(value, str):
        return value
    for scheme, driver in _DRIVERS.items():
        if value.startswith(scheme):
            return driver + value.removeprefix(scheme)
    return value


class StoreSettings(BaseSettings):
    """Settings that the bot and the engine extend; unknown names are ignored."""

    model_config = SettingsConfigDict(
        env_prefix="MAZOK_", extra="ignore", hide_input_in_errors=True
    )
    settings_file: ClassVar[Path | None] = Path(".env")  # in the current folder, or at home

    # Relative paths of the other settings are relative to this folder.
    home: Annotated[Path, AfterValidator(lambda path: Path(expanduser(path)).absolute())] = Field(
        default_factory=default_home
    )
    database: Annotated[str, BeforeValidator(database_url)] = "sqlite+aiosqlite:///data/mazok.db"
    files: str = "data/files"  # a folder, or the URL of an object store
    # The way to Telegram and to models, where it leads through a proxy.
    proxy: Annotated[str | None, AfterValidator(lambda value: value and checked_proxy(value))] = (
        None
    )
    log: Literal["text", "json"] = "text"  # of each line on stderr
    # How long a dead process's jobs and messages stay claimed; longer than any call to Telegram.
    lease_seconds: float = Field(default=30.0, gt=0)
    # Limits on requests; administrators can change the first two from Telegram.
    daily_credits: int = Field(default=_USUAL.daily_credits, ge=0)
    group_credits: int = Field(default=_USUAL.group_credits, ge=0)
    waiting_each: int = Field(default=_USUAL.per_user_waiting, ge=1)
    waiting_all: int = Field(default=_USUAL.queue, ge=1)

    @field_validator("files")
    @classmethod
    def _shared_as_the_database_is(cls, value: str, info: ValidationInfo) -> str:
        scheme, separator, _ = value.partition("://")
        if not separator or scheme == "file":
            return value
        if scheme == "memory":
            raise WrongSetting("setting-files-in-memory")
        if str(info.data.get("database", "")).startswith("sqlite"):
            raise WrongSetting("setting-files-elsewhere", scheme=scheme)
        return value

    @model_validator(mode="after")
    def _at_home(self) -> Self:
        self.database = database_at_home(self.database, self.home)
        self.files = path_at_home(self.files, self.home)
        return self

    @property
    def local_folders(self) -> dict[str, Path]:
        """Return the folders of this machine that hold the database and the files, if it does."""
        folders = {}
        scheme, _, path = self.database.partition(":///")
        if scheme.startswith("sqlite"):
            folders["database"] = Path(path.partition("?")[0]).parent
        if "://" not in self.files:
            folders["files"] = Path(self.files)
        return folders

    @property
    def limits(self) -> QueueLimits:
        """Return the limits that hold where no administrator has changed them."""
        return QueueLimits(
            daily_credits=self.daily_credits,
            group_credits=self.group_credits,
            per_user_waiting=self.waiting_each,
            queue=self.waiting_all,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read `.env` and the environment by our own rules; see `store.environment`."""
        return init_settings, EnvironmentSource(settings_cls, cls.settings_file)
