"""Store the latest figures of every benchmark in `benchmarks/out/latest.json`."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("out") / "latest.json"


def store(benchmark: str, figures: Mapping[str, Any]) -> None:
    """Replace the figures of one benchmark and describe the machine; other benchmarks stay."""
    stored = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    stored[benchmark] = {
        **figures,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "machine": platform.platform(),
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
