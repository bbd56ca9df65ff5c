"""What the images hold and what the engine is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from engine.settings import EngineSettings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def test_the_engine_has_no_token(tmp_path: Path) -> None:
    assert "token" not in EngineSettings.model_fields
    environment = {name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"}
    health = subprocess.run(
        [sys.executable, "-m", "engine", "--health"],
        env={**environment, "MAZOK_DATABASE": f"sqlite:///{tmp_path}/mazok.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert health.returncode == 1 and "TOKEN" not in health.stderr


def test_no_container_of_an_engine_gets_the_bots_secrets() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    engines = [service for name, service in services.items() if name.startswith("engine")]
    assert len(engines) >= 3
    for engine in engines:
        assert engine["environment"]["MAZOK_TOKEN"] == ""
        assert engine["environment"]["POSTGRES_PASSWORD"] == ""
    unit = (ROOT / "deploy" / "mazok-engine.service").read_text("utf-8")
    assert "bot.env" not in unit


def test_every_container_of_ours_has_as_few_rights_as_it_needs() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    ours = [service for name, service in services.items() if name != "database"]
    for service in ours:
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


def test_both_images_run_as_a_user_without_rights() -> None:
    runtime = DOCKERFILE[DOCKERFILE.index("AS runtime") :]
    users = re.findall(r"^USER (.+)$", runtime, re.MULTILINE)
    assert users and not {"root", "0"} & set(users)
    assert "ADD http" not in DOCKERFILE
