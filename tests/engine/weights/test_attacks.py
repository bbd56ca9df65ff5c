"""Each file in `attacks/` would do harm to a careless reader: it is refused, and nothing runs.

Where one of them is executed it makes a file named `canary` in the current folder.
"""

import pickle
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.networks.checkpoint import vqgan_state
from engine.networks.vqgan_config import read_config
from engine.weights.clip import read_clip

ATTACKS = sorted(Path(__file__).with_name("attacks").iterdir())
NAMES = {  # by the file, what its error has to name
    "system.ckpt": "posix.system",
    "eval-in-the-old-format.ckpt": "builtins.eval",
    "exec-protocol-0.pt": "builtins.exec",
    "popen-protocol-5.bin": "subprocess.Popen",
    "inst-opcode.pt": "os.system",
    "obj-opcode.pt": "os.system",
    "name-from-the-memo.pt": "os.system",
    "getattr-chain.pt": "builtins.getattr",
    "pickle-in-a-storage.pt": "torch.storage._load_from_bytes",
    "second-pickle.ckpt": "posix.system",
    "torchscript-system.pt": "os.system",
    "object.yaml": "python/object/apply:os.system",
}
RUNNABLE = ("exec-protocol-0.pt", "popen-protocol-5.bin", "inst-opcode.pt", "getattr-chain.pt")
GIB = 1 << 30


@contextmanager
def _memory(size: int) -> Iterator[None]:
    """Allow this many bytes of address space more than what is taken."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    old = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, old)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.name)
def test_it_is_refused_by_one_sentence_and_nothing_runs(at_home: Path, attack: Path) -> None:
    readers = [read_config] if attack.suffix == ".yaml" else [vqgan_state, read_clip]
    for read in readers:
        with _memory(2 * GIB), pytest.raises(EngineError) as refused:
            read(attack)
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 400
        if "terabytes" in attack.name:
            assert refused.value.key == "checkpoint-damaged"
        assert NAMES.get(attack.name, "") in str(refused.value)
    assert not Path("canary").exists()


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_careless_reader_would_run_it(at_home: Path, name: str) -> None:
    attack = next(path for path in ATTACKS if path.name == name)
    made = pickle.loads(attack.read_bytes())
    if hasattr(made, "get") and hasattr(made.get("w"), "wait"):
        made["w"].wait()
    assert Path("canary").exists()


def test_each_attack_that_names_code_is_there() -> None:
    assert NAMES.keys() <= {path.name for path in ATTACKS} and len(ATTACKS) >= 18
