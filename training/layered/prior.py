"""The layered prior: learns the latents of drawn compositions.

`python -m training.layered.prior [--steps N]` reads the shards of `training.layered.draft_bank`,
resumes from `.training/layered.pt` and leaves sheets of unseen compositions beside it.
"""

import logging
import random
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.layered_prior import Drafted, LayeredPrior
from engine.networks.pocket_drafter import drafted
from engine.networks.vqgan import VQGAN
from engine.pocket.composition import compose
from store.reader.read import read
from training.art import FOLDER
from training.evaluation.contact_sheet import write_contact_sheet
from training.layered.autoencoder import SHAPE
from training.layered.draft_bank import autoencoder, vocabulary
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule

log = logging.getLogger(__name__)
BATCH = 32
RATES = LearningRateSchedule(1.2e-3, warm_up=200, cool_down=0.4)
LOADED = 24  # shards in memory; one of them is changed every EXCHANGE steps
EXCHANGE = 40
HELD = 1  # the first shards are never learned
SHOWN = """
кот; чёрный кот; panda; зелёная лягушка на зелёном фоне; красный круг на синем фоне; rocket;
пустыня; в снегу; ночной город; закат на море; кот на пляже; робот в космосе; кот и собака;
король и королева; кот в шляпе; bird on a tree; three apples; девочка с красным шариком;
golden star on black; дом в лесу; синяя машина; bread; окно; penguin in the desert
"""


class Shards:
    """Batches out of a changing handful of shards."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.paths = sorted((FOLDER / "drafts").glob("*.pt"))[HELD:]
        if not self.paths:
            raise SystemExit("no drafts yet: python -m training.layered.draft_bank")
        self.loaded = [load(path) for path in rng.sample(self.paths, min(LOADED, len(self.paths)))]

    def batch(self, step: int) -> tuple[Drafted, Tensor]:
        """Return compositions and their latents; now and then another shard is loaded."""
        if step % EXCHANGE == 0 and len(self.paths) > LOADED:
            self.loaded[self.rng.randrange(LOADED)] = load(self.rng.choice(self.paths))
        told, latents = self.rng.choice(self.loaded)
        chosen = torch.tensor(self.rng.sample(range(len(latents)), BATCH))
        return told[chosen], latents[chosen].float()


def load(path: Path) -> tuple[Drafted, Tensor]:
    """Load a shard: compositions, and their latents."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    return Drafted(**{name: saved[name] for name in Drafted.__dataclass_fields__}), saved["latents"]


@torch.no_grad()
def missed(prior: LayeredPrior, told: Drafted, latents: Tensor) -> str:
    """Return the missed share of the latents' variance: of all, of coloured things, of places."""
    found = torch.cat([prior(told[index]) for index in torch.arange(len(latents)).split(32)])
    real = (latents.float() - prior.mean) / prior.spread
    error, spread = (found - real).square().mean((1, 2, 3)), real.square().mean((1, 2, 3))

    def share(chosen: Tensor) -> str:
        return f"{float(error[chosen].mean() / spread[chosen].mean()):.3f}" if chosen.any() else "-"

    coloured = (told.colour[:, 0, 0] >= 0) & (told.place < 0)
    everything = torch.ones_like(coloured)
    return f"all {share(everything)}, coloured {share(coloured)}, places {share(told.place >= 0)}"


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
    steps = start_training(20_000)
    vqgan = autoencoder()
    prior = LayeredPrior(vocabulary(), SHAPE.embed_dim)
    optimizer = torch.optim.AdamW(
        prior.parameters(), lr=RATES.peak, betas=(0.9, 0.98), weight_decay=0.02
    )
    state = TrainingCheckpoint("layered", prior=prior, optimizer=optimizer)
    start = state.resume()
    rng = random.Random(3000 + start)
    shards, held = Shards(rng), load(sorted((FOLDER / "drafts").glob("*.pt"))[0])
    if not start:
        seen = torch.cat([latents.float() for _, latents in shards.loaded])
        prior.mean.copy_(seen.mean((0, 2, 3))[:, None, None])
        prior.spread.copy_(seen.std((0, 2, 3))[:, None, None])
    half = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
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
        mean += (loss.item() - mean) * (0.02 if mean else 1.0)
        if step % 50 == 0:
            each = (time.process_time() - began) / (step - start)
            log.info("%d loss %.3f, %.2f CPU s/step", step, mean, each)
        if step % 500 == 0 or step == steps:
            state.save(step)
            log.info("%d missed: %s", step, missed(prior, *held))
            show(prior, vqgan, FOLDER / "layered.png")


if __name__ == "__main__":
    main()
