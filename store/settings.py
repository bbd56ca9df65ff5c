"""What both rooms read from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """Each room adds its own settings to these and ignores those of the others."""

    model_config = SettingsConfigDict(
        env_prefix="MAZOK_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    database: str = "sqlite+aiosqlite:///data/mazok.db"
    files: str = "data/files"  # any fsspec URL
    # What a dead process held is taken up again after so long; longer than any call to Telegram.
    lease_seconds: float = Field(default=30.0, gt=0)
