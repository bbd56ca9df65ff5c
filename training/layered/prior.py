"""The layered prior: learns the latents of drawn compositions.

`python -m training.layered.prior [--steps N]` reads the shards of `training.layered.draft_bank`,
also those that come while it runs. It resumes from `.training/layered.pt`, and leaves a sheet of
drafts of unseen compositions beside it.
"""

import logging
import random
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from engine.kernels.precision import multiplies_bf16
from engine.networks.layered_prior import CODE, ROUGH, Drafted, LayeredPrior, Vocabulary
from engine.networks.pocket_drafter import drafted
from engine.networks.vqgan import VQGAN
from engine.pocket.composition import CALM, CELLS, Composition, Ground, Placed, compose
from store.reader.read import read
from training.art import FOLDER
from training.evaluation.contact_sheet import write_contact_sheet
from training.layered.draft_bank import PORTRAIT, PORTRAITS, packaged_vqgan, vocabulary
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule

log = logging.getLogger(__name__)
BATCH = 16
RATES = LearningRateSchedule(1.2e-3, warm_up=200, cool_down=0.4)
AVERAGED = 0.999  # decay of the moving average of the weights, which is what is judged and shipped
LOADED = 32  # shards in memory; one of them is changed every EXCHANGE steps
EXCHANGE = 25
ALONE = 0.2  # share of the batches of portraits: so every drawing is seen from the beginning
HELD = 1  # the first shards are never learned
SHOWN = """
кот; чёрный кот; panda; зелёная лягушка на зелёном фоне; красный круг на синем фоне; rocket;
пустыня; в снегу; ночной город; закат на море; кот на пляже; робот в космосе; кот и собака;
король и королева; кот в шляпе; bird on a tree; three apples; девочка с красным шариком;
golden star on black; дом в лесу; синяя машина; bread; окно; penguin in the desert
"""


def average(before: Tensor, now: Tensor, count: Tensor | int) -> Tensor:
    """Return a moving average of weights; over fewer steps in the beginning, as they change."""
    return torch.lerp(before, now, 1 - min(AVERAGED, (1 + int(count)) / (10 + int(count))))


class Shards:
    """Batches out of a changing handful of shards."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        paths = self._paths()
        if not paths:
            raise SystemExit("no drafts yet: python -m training.layered.draft_bank")
        self.loaded = [load(path) for path in rng.sample(paths, min(LOADED, len(paths)))]
        self.portraits = portraits(vocabulary())

    @staticmethod
    def _paths() -> list[Path]:
        return sorted((FOLDER / "drafts").glob("*.pt"))[HELD:]

    def batch(self, step: int) -> tuple[Drafted, Tensor]:
        """Return compositions and their latents; now and then another shard is loaded."""
        if step % EXCHANGE == 0:
            fresh = load(self.rng.choice(self._paths()))
            if len(self.loaded) < LOADED:
                self.loaded.append(fresh)
            else:
                self.loaded[self.rng.randrange(LOADED)] = fresh
        alone = self.rng.random() < ALONE
        told, latents = self.portraits if alone else self.rng.choice(self.loaded)
        chosen = torch.tensor(self.rng.sample(range(len(latents)), BATCH))
        return told[chosen], latents[chosen].float()


def load(path: Path) -> tuple[Drafted, Tensor]:
    """Load a shard: compositions, and their latents."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    return Drafted(**{name: saved[name] for name in Drafted.__dataclass_fields__}), saved["latents"]


def portraits(named: Vocabulary) -> tuple[Drafted, Tensor]:
    """Load each thing alone, as each style draws it, on one plain ground: with its latents."""
    alone = torch.load(FOLDER / PORTRAITS, map_location="cpu", weights_only=True)["things"]
    rows = alone["rows"].tolist()
    ground, styles = Ground(CALM[0], CALM[0]), len(named.styles)
    compositions = [
        Composition(ground, (Placed(named.things[row // styles], None, PORTRAIT),)) for row in rows
    ]
    told = drafted(named, compositions, [named.styles[row % styles] for row in rows])
    return told, alone["latents"]


@torch.no_grad()
def begin_with_components(codes: nn.Embedding, rows: Tensor, latents: Tensor) -> float:
    """Set rows of codes to the principal components of the latents that they stand for.

    The components are those of all squares of cells together; smaller ones are raised, to the root
    of their size. Generative latent optimisation begins so (Bojanowski et al. 2018): the network
    need not find out what each code means. Return the share of the variance that they explain.
    """
    squares = F.pixel_unshuffle(latents.float(), CELLS // ROUGH)
    flat = squares.permute(0, 2, 3, 1).flatten(0, 2)
    flat = flat - flat.mean(0)
    size, axes = torch.linalg.eigh(flat.T @ flat)
    size, axes = size[-CODE:].flip(0), axes[:, -CODE:].flip(1)
    found = flat @ axes / size.sqrt().sqrt()
    found = (found / found.std()).view(len(latents), ROUGH, ROUGH, CODE).permute(0, 3, 1, 2)
    codes.weight[rows] = found.flatten(1)
    return float(size.sum() / flat.square().sum())


def begin(prior: LayeredPrior, shards: Shards) -> None:
    """Set what is not learned from zero: the scale of latents, and the embeddings."""
    seen = torch.cat([latents.float() for _, latents in shards.loaded])
    prior.mean.copy_(seen.mean((0, 2, 3))[:, None, None])
    prior.spread.copy_(seen.std((0, 2, 3))[:, None, None])
    alone = torch.load(FOLDER / PORTRAITS, map_location="cpu", weights_only=True)
    for kind, embedding in (("things", prior.thing), ("places", prior.scenery)):
        share = begin_with_components(embedding, alone[kind]["rows"], alone[kind]["latents"])
        log.info("the codes of %s explain %.2f of their variance", kind, share)


@torch.no_grad()
def missed(prior: LayeredPrior, told: Drafted, latents: Tensor) -> str:
    """Return the missed share of the latents' variance: of all, of coloured things, of places."""
    found = torch.cat([prior(told[index]) for index in torch.arange(len(latents)).split(32)])
    real = (latents.float() - prior.mean) / prior.spread
    error, spread = (found - real).square().mean((1, 2, 3)), real.square().mean((1, 2, 3))
    alone = (told.thing[:, 0] >= 0) & (told.thing[:, 1] < 0) & (told.place < 0)
    coloured = alone & (told.colour[:, 0, 0] >= 0)

    def share(chosen: Tensor) -> str:
        return f"{float(error[chosen].mean() / spread[chosen].mean()):.3f}" if chosen.any() else "-"

    kinds = {
        "all": torch.ones_like(alone),
        "plain": alone & ~coloured,
        "coloured": coloured,
        "two or more": (told.thing[:, 1] >= 0) & (told.place < 0),
        "places": told.place >= 0,
    }
    return ", ".join(f"{name} {share(chosen)}" for name, chosen in kinds.items())


@torch.no_grad()
def show(prior: LayeredPrior, vqgan: VQGAN, path: Path) -> None:
    """Write first drafts of the prompts of SHOWN, unpicked."""
    rng = random.Random(3)
    compositions = [compose(read(prompt), rng) for prompt in SHOWN.split(";")]
    told = drafted(prior.vocabulary, compositions, ["noto"] * len(compositions))
    latents = prior.draft(told)
    made = [vqgan.decode(vqgan.quantise(few)).clamp(0, 1) for few in latents.split(4)]
    write_contact_sheet(torch.cat(made), path, columns=8)


def main() -> None:
    """Train from the last checkpoint on, to the number of steps."""
    steps = start_training(40_000)
    vqgan = packaged_vqgan()
    prior = LayeredPrior(vocabulary())
    averaged = AveragedModel(prior, avg_fn=average, use_buffers=True)
    judged = averaged.module
    assert isinstance(judged, LayeredPrior)
    optimizer = torch.optim.AdamW(
        prior.parameters(), lr=RATES.peak, betas=(0.9, 0.98), weight_decay=0.02
    )
    state = TrainingCheckpoint("layered", prior=prior, averaged=averaged, optimizer=optimizer)
    start = state.resume()
    rng = random.Random(3000 + start)
    shards, held = Shards(rng), load(sorted((FOLDER / "drafts").glob("*.pt"))[0])
    if not start:
        begin(prior, shards)
    half = multiplies_bf16()
    began, mean = time.process_time(), 0.0
    for step in range(start + 1, steps + 1):
        RATES.apply(optimizer, step, steps)
        told, latents = shards.batch(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            drafts = prior(told)
        loss = F.mse_loss(drafts.float(), (latents - prior.mean) / prior.spread)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prior.parameters(), 1.0)
        optimizer.step()
        averaged.update_parameters(prior)
        mean += (loss.item() - mean) * (0.02 if mean else 1.0)
        if step % 50 == 0:
            each = (time.process_time() - began) / (step - start)
            log.info("%d loss %.3f, %.2f CPU s/step", step, mean, each)
        if step % 250 == 0 or step == steps:
            state.save(step)
        if step % 500 == 0 or step == steps:
            log.info("%d missed: %s", step, missed(judged, *held))
            show(judged, vqgan, FOLDER / "layered.png")


if __name__ == "__main__":
    main()
