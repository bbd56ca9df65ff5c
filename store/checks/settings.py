"""Check the names of the settings."""

from pathlib import Path

from store.checks.report import CheckFinding, Severity
from store.environment import unknown_settings


def check_names(file: Path | None) -> list[CheckFinding]:
    """Return a note for each name in the environment or the file that no setting has."""
    return [
        CheckFinding("check-setting-unknown", {"name": name, "near": near or "none"}, Severity.NOTE)
        for name, near in unknown_settings(file)
    ]
