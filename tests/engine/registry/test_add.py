"""`python -m engine models add` and `verify`: models from files, and whether they are whole."""

import json
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine import __main__ as program
from engine.downloads.partial_file import sha256_of
from engine.models import ModelNames, load_models
from engine.networks.conversion import convert_checkpoint, origin, sha256
from engine.networks.vqgan import VQGAN
from engine.painting.painter import paint
from engine.registry.clips import PUBLISHED_CLIP
from store.request.request import DrawRequest
from tests.engine.guides.test_ruclip import MODEL
from tests.engine.guides.test_ruclip import TINY as TINY_RUCLIP
from tests.engine.test_loading import CONFIG, TINY
from tests.fixtures.models.guide import english_clip, many_clip

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def vqgan(at_home: Path) -> Path:
    """A checkpoint with its configuration beside it."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        torch.save({"state_dict": VQGAN(TINY).state_dict()}, at_home / "mine.ckpt")
    (at_home / "mine.yaml").write_text(json.dumps(CONFIG))
    return at_home / "mine.ckpt"


@pytest.fixture
def ruclip(at_home: Path) -> Path:
    from engine.guides.ruclip_model import RuClip, RuClipShape

    folder = at_home / "my-ruclip"
    folder.mkdir()
    model = RuClip(RuClipShape(**TINY_RUCLIP))  # type: ignore[arg-type]
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(TINY_RUCLIP))
    (folder / "bpe.model").write_text(MODEL)
    return folder


def engine(*arguments: object) -> int:
    return program.main([str(argument) for argument in arguments])


def left() -> list[str]:
    folder = Path("data/models")
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return sorted(str(path.relative_to(folder)) for path in files)


def paints(names: ModelNames) -> None:
    models = load_models(names, "cpu", Path("data/models"))
    request = DrawRequest("cat | кот", seed=1, steps=1, cutouts=2, size=(16, 16), init_noise="flat")
    *_, last = paint(request, models)
    assert last.image.isfinite().all()


def test_added_models_paint_by_their_names_without_their_sources(
    vqgan: Path, ruclip: Path, at_home: Path, capsys: Capture
) -> None:
    clip = english_clip(at_home / "clip")
    many = many_clip(at_home / "many")
    assert engine("models", "add", vqgan) == 0
    assert engine("models", "add", ruclip, "--name", "ru") == 0
    assert engine("models", "add", clip, "--name", "en", "--architecture", "Small") == 0
    assert engine("models", "add", many.parent, "--architecture", "Small-xlm") == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [f"The model “{name}” is here now." for name in ("mine", "ru", "en", "many")]
    for gone in (vqgan, vqgan.with_suffix(".yaml"), clip):
        gone.unlink()
    shutil.rmtree(ruclip)
    shutil.rmtree(many.parent)
    paints(ModelNames("mine", "en,many", "ru,many"))
    assert engine("models") == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert all("on disk" in rows[name] for name in ("mine", "ru", "en", "many"))


def test_verify_tells_the_whole_from_the_damaged(
    vqgan: Path, ruclip: Path, capsys: Capture
) -> None:
    assert engine("models", "add", vqgan) == engine("models", "add", ruclip) == 0
    assert engine("models", "verify") == 0
    told = capsys.readouterr().out.splitlines()
    assert "The model “mine” is whole." not in told[:2] and "“mine” is whole." in "".join(told)
    file = Path("data/models/mine.safetensors")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    (Path("data/models/my-ruclip/bpe.model")).write_text("1")
    assert engine("models", "verify") == 1
    complaints = capsys.readouterr()
    assert complaints.err.splitlines() == [
        "“mine”: models/mine.safetensors has another sha256 than the right one.",
        "“my-ruclip”: my-ruclip/bpe.model has another sha256 than the right one.",
    ]
    assert "pocket" in complaints.out


def test_verify_names_what_a_pulled_model_lacks(at_home: Path, capsys: Capture) -> None:
    folder = at_home / "data/models/ruclip-vit-base-patch32-224"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    short = at_home / "data/models" / PUBLISHED_CLIP["ViT-B-32/openai"].folder
    short.mkdir()
    (short / "open_clip_model.safetensors").write_bytes(b"half of it")
    assert engine("models", "verify") == 1
    wrong = capsys.readouterr().err
    assert (
        "“ruclip-vit-base-patch32-224”: ruclip-vit-base-patch32-224/bpe.model is missing." in wrong
    )
    assert "has 10 bytes instead of 605143284" in wrong.replace(",", "")


def test_what_nobody_noted_is_told_but_no_failure(at_home: Path, capsys: Capture) -> None:
    folder = at_home / "data/models"
    folder.mkdir(parents=True)
    (folder / "gumbel_f8_8192.safetensors").write_bytes(b"weights")
    assert engine("models", "verify") == 0
    assert "“gumbel_f8_8192” is there, but nobody has noted" in capsys.readouterr().out


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _misfit(path: Path) -> None:
    config = json.loads(json.dumps(CONFIG))
    config["model"]["params"]["n_embed"] = 32
    path.with_suffix(".yaml").write_text(json.dumps(config))


def _code(path: Path) -> None:
    path.with_suffix(".yaml").write_text("model: !!python/object/apply:os.system ['touch ran']")


def _foreign(path: Path) -> None:
    path.with_suffix(".yaml").write_text(json.dumps({"model": {"target": "os.system"}}))


class _Runs:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch ran",)


def _evil(path: Path) -> None:
    torch.save({"state_dict": _Runs()}, path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncated, "cannot be read as a checkpoint"),
        (_misfit, "n_embed is 16 in the weights and 32 in the configuration"),
        (_code, "asks for python/object/apply:os.system"),
        (_foreign, "asks for os.system"),
        (_evil, "asks for posix.system"),
        (Path.unlink, "There is no"),
    ],
)
def test_a_bad_checkpoint_is_one_sentence_and_nothing_of_it_is_kept(
    vqgan: Path, capsys: Capture, damage: Callable[[Path], None], message: str
) -> None:
    damage(vqgan)
    assert engine("models", "add", vqgan) == 2
    told = capsys.readouterr()
    assert message in told.err and told.err.count("\n") == 1 and told.out == ""
    assert left() == [] and not Path("ran").exists()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("config.json", "do not fit"),
        ("bpe.model", "do not fit"),
        ("pytorch_model.bin", "cannot be read as a checkpoint"),
    ],
)
def test_a_bad_ruclip_is_one_sentence_and_nothing_of_it_is_kept(
    ruclip: Path, capsys: Capture, file: str, message: str
) -> None:
    _truncated(ruclip / file)
    assert engine("models", "add", ruclip) == 2
    assert message in capsys.readouterr().err and left() == []


def test_weights_of_another_architecture_are_refused(at_home: Path, capsys: Capture) -> None:
    clip = english_clip(at_home / "clip")
    english_clip(at_home / "narrow", "Narrow", width=32)
    for architecture, message in (("Narrow", "do not fit"), ("Smal", "no architecture called")):
        assert engine("models", "add", clip, "--architecture", architecture) == 2
        assert message in capsys.readouterr().err
    _truncated(clip)
    assert engine("models", "add", clip, "--architecture", "Small") == 2
    assert left() == []


@pytest.mark.parametrize("name", ["pocket", "ViT-B-32/openai", "ruclip-vit-base-patch32-224"])
def test_a_name_that_means_another_model_is_taken(vqgan: Path, name: str, capsys: Capture) -> None:
    assert engine("models", "add", vqgan, "--name", name) == 2
    told = capsys.readouterr().err
    assert "already" in told or "not the file that is published" in told
    assert left() == []


def test_a_name_is_given_once(vqgan: Path, ruclip: Path, capsys: Capture) -> None:
    assert engine("models", "add", vqgan, "--name", "one") == 0
    before = left()
    assert engine("models", "add", vqgan, "--name", "one") == 2
    assert "already" in capsys.readouterr().err
    assert engine("models", "add", ruclip, "--name", "one") == 2
    assert left() == before


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "a,b", "-x", "a:b"])
def test_a_name_is_one_place_in_the_folder(vqgan: Path, name: str) -> None:
    assert engine("models", "add", vqgan, f"--name={name}") == 2
    assert left() == []


def test_what_bears_a_published_name_has_to_be_that_file(vqgan: Path, capsys: Capture) -> None:
    assert engine("models", "add", vqgan, "--name", "imagenet_f16_16384") == 2
    assert "is not the file that is published" in capsys.readouterr().err
    assert (
        engine("models", "add", vqgan, "--name", "imagenet_f16_1024") == 0
    )  # nobody told its hash


def test_a_converted_file_keeps_its_origin_when_it_moves_on(vqgan: Path, at_home: Path) -> None:
    """As from a machine with a network to one without."""
    convert_checkpoint(vqgan, at_home / "carried.safetensors", TINY)
    assert engine("models", "add", at_home / "carried.safetensors") == 0
    assert origin(Path("data/models/carried.safetensors")) == sha256(vqgan)


def test_without_room_nothing_is_kept(
    ruclip: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1, 1, 0))
    assert engine("models", "add", ruclip) == 1
    assert "not enough room" in capsys.readouterr().err and left() == []


def test_a_disk_that_fills_up_leaves_nothing(
    ruclip: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    assert engine("models", "add", ruclip) == 2
    assert "There is no room" in capsys.readouterr().err and left() == []


def test_notes_are_as_sha256sum_reads_them(ruclip: Path) -> None:
    assert engine("models", "add", ruclip) == 0
    file = Path("data/models/my-ruclip/pytorch_model.bin")
    note = file.with_name(f"{file.name}.sha256").read_text()
    assert note == f"{sha256_of(file)}  {file.name}\n"


def test_a_clip_of_safetensors_without_an_architecture_is_no_vqgan(
    at_home: Path, capsys: Capture
) -> None:
    save_file({"visual.proj": torch.zeros(1)}, at_home / "clip.safetensors")
    assert engine("models", "add", "clip.safetensors") == 2
    assert "I do not know the model" in capsys.readouterr().err
