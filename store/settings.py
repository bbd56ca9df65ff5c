"""What both rooms read from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.model import QueueLimits

_USUAL = QueueLimits()


class StoreSettings(BaseSettings):
    """Each room adds its own settings to these and ignores those of the others."""

    model_config = SettingsConfigDict(
        env_prefix="MAZOK_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    database: str = "sqlite+aiosqlite:///data/mazok.db"
    files: str = "data/files"  # any fsspec URL
    # What a dead process held is taken up again after so long; longer than any call to Telegram.
    lease_seconds: float = Field(default=30.0, gt=0)
    # How much may be asked for; administrators change the first two from Telegram.
    daily_credits: int = Field(default=_USUAL.daily_credits, ge=0)
    group_credits: int = Field(default=_USUAL.group_credits, ge=0)
    waiting_each: int = Field(default=_USUAL.per_user_waiting, ge=1)
    waiting_all: int = Field(default=_USUAL.queue, ge=1)

    @property
    def limits(self) -> QueueLimits:
        """What may be asked for, where no administrator has changed it."""
        return QueueLimits(
            daily_credits=self.daily_credits,
            group_credits=self.group_credits,
            per_user_waiting=self.waiting_each,
            queue=self.waiting_all,
        )
