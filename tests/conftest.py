"""Keeps the settings of whoever runs the tests out of them: a token in `.env`, a database."""

import os

import pytest

from bot.settings import BotSettings
from engine.settings import EngineSettings
from store.settings import StoreSettings


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MAZOK_"):
            monkeypatch.delenv(name)
    for settings in (StoreSettings, BotSettings, EngineSettings):
        monkeypatch.setitem(settings.model_config, "env_file", None)
