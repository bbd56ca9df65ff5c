"""Settings, texts, versions and the wheel agree with each other."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from fluent.runtime import FluentResource
from fluent.syntax import ast, visitor
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import BotSettings
from engine.settings import EngineSettings
from store.settings import StoreSettings
from store.texts import LANGUAGES, Texts

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "engine", "mazok", "migrations", "sandbox", "store")
FOLDERS_OF_TEXTS = (
    "store/texts",
    "engine/texts",
    "bot/texts",
    "bot/texts/admin",
    "bot/board/texts",
    "sandbox/demo/texts",
    "sandbox/page/texts",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINS = dict(
    line.split("==")
    for name in ("constraints.txt", "constraints-torch.txt")
    for line in (ROOT / name).read_text("utf-8").splitlines()
    if not line.startswith("#")
)


def test_every_setting_stands_in_the_example_with_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    rows = re.findall(r"^# .+\n#?(MAZOK_([A-Z_]+)=.*)$", example, re.MULTILINE)
    kinds = (StoreSettings, BotSettings, EngineSettings)
    assert sorted(name.lower() for _, name in rows) == sorted(
        {field for kind in kinds for field in kind.model_fields}
    )
    assert len(rows) == example.count("MAZOK_"), "each setting has a line that explains it"
    (filled := tmp_path / "env").write_text("\n".join(row for row, _ in rows))
    defaults = [kind() for kind in kinds]
    monkeypatch.setattr(StoreSettings, "settings_file", filled)
    assert [kind() for kind in kinds] == defaults


def test_the_russian_example_has_the_same_lines() -> None:
    english, russian = (
        re.findall(r"^#?[A-Z][A-Z_]+=.*$", (ROOT / name).read_text("utf-8"), re.MULTILINE)
        for name in (".env.example", ".env.example.ru")
    )
    assert russian == english


def test_pre_commit_calls_words_of_the_makefile_and_downloads_nothing() -> None:
    words = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = [(hook["language"], *hook["entry"].split()) for hook in repos[0]["hooks"]]
    assert ("system", "make", "fix") in hooks
    assert all(word in words for _, _, word in hooks)


def test_all_rooms_say_the_same_things_in_both_languages() -> None:
    Texts(*(ROOT / room / "texts" for room in ("store", "engine")))  # no key is said twice
    for folder in FOLDERS_OF_TEXTS:
        first, second = (_messages(ROOT / folder / f"{name}.ftl") for name in LANGUAGES)
        assert first == second, folder


def test_no_text_installs_this_package_from_an_index() -> None:
    """It is on none; its extras are installed from the folder that holds it."""
    for folder in FOLDERS_OF_TEXTS:
        for language in LANGUAGES:
            text = (ROOT / folder / f"{language}.ftl").read_text("utf-8")
            assert not re.search(r"pip install ['\"]?mazok", text), folder


def test_every_error_names_a_text() -> None:
    known = {key for folder in FOLDERS_OF_TEXTS for key in _messages(ROOT / folder / "en.ftl")}
    raised = re.compile(
        r"(?<!\.)\b(?:Database|Backup|Settings|SettingsFile|Request|Command|Engine|Download|Demo)Error\(\s*"
        r"\"([^\"{]*)\"|(?:Refused|WrongSetting|DatabaseAway|Unhealthy)\(\s*\"([^\"]*)\""
    )
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for match in raised.finditer(path.read_text("utf-8")):
                assert (match[1] or match[2]) in known, (path, match[0])


def _messages(path: Path) -> dict[str, set[str]]:
    """Each message of a file, with the values that it takes."""
    resource: ast.Resource = FluentResource(path.read_text("utf-8"))
    return {
        entry.id.name: _values(entry) for entry in resource.body if isinstance(entry, ast.Message)
    }


def _values(entry: ast.Message) -> set[str]:
    found = set()

    class Collect(visitor.Visitor):
        def visit_VariableReference(self, node: ast.VariableReference) -> None:
            found.add(node.id.name)

    Collect().visit(entry)
    return found


def test_versions_are_exact_have_no_addresses_and_suit_what_is_asked_for() -> None:
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in PINS.values())
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    project = PROJECT["project"]
    asked = sum(project["optional-dependencies"].values(), project["dependencies"])
    for requirement in map(Requirement, asked):
        if requirement.name != project["name"]:
            pin = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(pin), requirement


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a built wheel holds; it is built from a copy, since building leaves things behind."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in (*PACKAGES, "tests", "training"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy)
    build = "import sys; from setuptools import build_meta as b; b.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=copy, check=True, timeout=60)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.thorough
def test_a_wheel_holds_the_packages_with_all_their_files_and_nothing_else(wheel: list[str]) -> None:
    present = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel if ".dist-info/" not in name}
    assert packed == present
    assert {"bot/texts/ru.ftl", "store/reader/things.txt"} <= packed
    assert {name.rpartition("/")[2] for name in wheel} >= {"LICENSE", "NOTICE"}
