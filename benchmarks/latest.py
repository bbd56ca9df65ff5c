"""The newest figures of every measure, in `benchmarks/out/latest.json`, each with its machine."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("out") / "latest.json"


def keep(measure: str, figures: Mapping[str, Any]) -> None:
    """Puts the figures in the place of earlier ones; those of other measures stay."""
    known = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    known[measure] = {
        **figures,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "machine": platform.platform(),
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
