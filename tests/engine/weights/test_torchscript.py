"""TorchScript archives are read as data: their tensors are right, and their program never runs."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.errors import EngineError
from engine.weights import torchscript
from engine.weights.read import read_weights

# New versions of torch want its users to export; archives of old ones stay.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")


class Block(nn.Module):
    """As in OpenAI's CLIP: tensors of several kinds, a buffer, a list of modules."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2)
        self.mlp = nn.Sequential(nn.Linear(8, 8), nn.GELU())
        self.register_buffer("input_resolution", torch.tensor(224))
        self.sizes = [1, 2, 3]
        self.name = "block"

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(x)  # type: ignore[no-any-return]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    model = nn.Sequential(Block(), nn.ModuleDict({"ln": nn.LayerNorm(8)})["ln"]).half().eval()
    torch.jit.save(torch.jit.script(model), str(tmp_path / "ViT-B-32.pt"))
    return tmp_path / "ViT-B-32.pt"


def test_the_tensors_are_those_that_torch_reads(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = torch.jit.load(str(script)).state_dict()
    for runs in ("torch.jit.load", "torch.load", "pickle.load", "pickle.loads"):
        monkeypatch.setattr(runs, lambda *args, **kwargs: pytest.fail("it was run"))
    found = read_weights(script)
    assert found.keys() == expected.keys() and len(found) > 8
    for key, value in expected.items():
        assert torch.equal(found[key], value) and found[key].dtype == value.dtype


def _rewritten(script: Path, name: str, data: bytes, compress: int = zipfile.ZIP_STORED) -> Path:
    target = script.with_name("changed.pt")
    with zipfile.ZipFile(script) as old, zipfile.ZipFile(target, "w", compress) as new:
        for entry in old.infolist():
            content = data if entry.filename.endswith(name) else old.read(entry)
            new.writestr(entry.filename, content)
    return target


def test_the_program_is_not_even_opened(script: Path) -> None:
    expected = read_weights(script)
    changed = read_weights(_rewritten(script, ".py", b"import os; os.system('false')"))
    assert changed.keys() == expected.keys()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.", r"os\.system"),
        (b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.", r"builtins\.eval"),
        (b"\x80\x02ctorch.hub\nload\n.", r"torch\.hub\.load"),
        (b"\x80\x02c__torch__x\ny\n.", r"__torch__x\.y"),
        (b"(S'a'\nios\nsystem\n.", "damaged"),  # INST, which torch never writes
        (pickle.dumps(print, protocol=4), "damaged"),  # STACK_GLOBAL likewise
        (b"\x80\x02" + b"]" * 50, "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"", "damaged"),
    ],
)
def test_a_pickle_that_asks_for_more_is_refused(script: Path, data: bytes, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        read_weights(_rewritten(script, "/data.pkl", data))


def test_a_bomb_is_refused_before_it_is_unpacked(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(script) as archive:
        data = archive.read(next(n for n in archive.namelist() if n.endswith("/data.pkl")))
    with pytest.raises(EngineError, match="damaged"):
        read_weights(_rewritten(script, "/data.pkl", data, zipfile.ZIP_DEFLATED))
    monkeypatch.setattr(torchscript, "MAX_PICKLE", 10)
    with pytest.raises(EngineError, match="damaged"):
        read_weights(script)


def test_a_module_inside_itself_ends(script: Path) -> None:
    name, state = b"c__torch__.M\nM\n", b"}X\x01\x00\x00\x00mh\x00sb."
    again = b"\x80\x02" + name + b")\x81q\x00" + state
    assert read_weights(_rewritten(script, "/data.pkl", again)) == {}
