"""Nothing that a checkpoint names is ever run."""

import os
import pickle
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.errors import EngineError
from engine.networks.checkpoint import read_checkpoint
from engine.weights import safe_unpickle
from tests.fixtures.models.checkpoint import TINY, WRITERS


class Trap:
    """Calls something when it is unpickled; all but the last would leave the canary behind."""

    def __init__(self, call: Callable[..., object], *args: object) -> None:
        self.call, self.args = call, args

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.args


def _traps(canary: Path) -> dict[str, Trap]:
    touch = f"__import__('pathlib').Path({str(canary)!r}).touch()"
    return {
        "posix.system": Trap(os.system, f"touch {canary}"),
        "builtins.eval": Trap(eval, touch),
        "builtins.exec": Trap(exec, touch),
        "subprocess.Popen": Trap(subprocess.Popen, ["touch", str(canary)]),
        "builtins.getattr": Trap(getattr, 1, "real"),
    }


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", _traps(Path()))
def test_code_is_refused_by_name_and_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, writer: str
) -> None:
    canary, path = tmp_path / "canary", tmp_path / "model.ckpt"
    WRITERS[writer]({"state_dict": {}, "x": _traps(canary)[name]}, path)
    with pytest.raises(EngineError) as refused:
        read_checkpoint(path, TINY)
    assert refused.value.key == "checkpoint-code"
    assert refused.value.values["names"] == name
    # Without the first lock the second holds: torch builds nothing that it was not told of.
    monkeypatch.setattr(safe_unpickle, "_refused_names", lambda stream: iter(()))
    monkeypatch.setattr("warnings.warn", lambda *args, **kwargs: None)  # of the pickle's version
    with pytest.raises(EngineError, match=r"damaged|a text"):
        read_checkpoint(path, TINY)
    assert not canary.exists()


def test_the_traps_of_this_file_are_live(tmp_path: Path) -> None:
    for name, trap in _traps(tmp_path / "canary").items():
        made = pickle.loads(pickle.dumps(trap))
        if isinstance(made, subprocess.Popen):
            made.wait()
        assert (tmp_path / "canary").exists() != (name == "builtins.getattr")
        (tmp_path / "canary").unlink(missing_ok=True)


def test_the_first_lock_needs_no_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"x": Trap(os.system, "true")}, tmp_path / "model.ckpt")
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: pytest.fail("torch was asked"))
    with pytest.raises(EngineError, match=r"posix\.system"):
        read_checkpoint(tmp_path / "model.ckpt", TINY)


def test_names_are_told_thrice_at_most_and_later_damage_hides_none(tmp_path: Path) -> None:
    calls: list[Callable[..., object]] = [os.system, os.popen, os.remove, os.rmdir, eval]
    data = pickle.dumps([Trap(call) for call in calls], protocol=4)
    (tmp_path / "model.pt").write_bytes(data[:-20])
    with pytest.raises(EngineError) as refused:
        read_checkpoint(tmp_path / "model.pt", TINY)
    assert refused.value.values["names"] == "posix.system, os.popen, posix.remove"


def test_a_pickle_of_absurd_length_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.ckpt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", b"\x80\x02" + b"N" * safe_unpickle.MAX_PICKLE + b".")
    with pytest.raises(EngineError, match="damaged"):
        read_checkpoint(tmp_path / "model.ckpt", TINY)
