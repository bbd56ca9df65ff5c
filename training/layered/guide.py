"""The guide of the larger world, first stage: both towers learn the texts of wishes.

`python -m training.layered.guide [--steps N]` reads the small pictures and the texts of the shards
of `training.layered.draft_bank`, and resumes from `.training/wish_guide.pt`.
"""

import logging
import random
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pocket.scorer import ImageTower, TextTower, tokenize
from training.art import FOLDER
from training.data.claims import claims, shortened
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule
from training.scorer import MEAN, STD, contrastive_loss

log = logging.getLogger(__name__)
BATCH = 128
RATES = LearningRateSchedule(1.5e-3, warm_up=200, cool_down=0.4)
CANDIDATES = 100  # of a retrieval


class WishGuide(nn.Module):
    """The towers that the package ships, under the names that it ships them by."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.text = ImageTower(), TextTower()
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def encode_images(self, pictures: Tensor) -> Tensor:
        """Encode pictures [n, 3, 64, 64], 0..1, as unit vectors."""
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        return self.image(x)  # type: ignore[no-any-return]


class WishPictures:
    """Small pictures with the texts of their wishes, all in memory: 12 KB each."""

    def __init__(self, paths: list[Path]) -> None:
        saved = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
        self.pictures = torch.cat([shard["small"] for shard in saved])
        self.texts: list[str] = [text for shard in saved for text in shard["wishes"]]
        self.claims = [claims(text) for text in self.texts]

    def batch(self, rng: random.Random, count: int) -> tuple[Tensor, list[str], Tensor]:
        """Return pictures, shortened texts, and which texts are true of which pictures."""
        chosen = rng.sample(range(len(self.texts)), count)
        texts = [shortened(self.texts[number], rng) for number in chosen]
        told = [claims(text) for text in texts]
        true = torch.tensor([[claim <= self.claims[n] for n in chosen] for claim in told])
        return self.pictures[chosen] / 255, texts, true


def degraded(pictures: Tensor) -> Tensor:
    """Return pictures shifted, softened and with noise, as cutouts of a painting are."""
    n = len(pictures)
    zoom = 1 / (0.75 + 0.35 * torch.rand(n))
    shift = (torch.rand(n, 2) * 2 - 1) * 0.15
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1], theta[:, :, 2] = zoom, zoom, shift
    grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
    out = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    soft = F.avg_pool2d(F.pad(out, (1, 1, 1, 1), mode="reflect"), 3, 1)
    out = torch.where((torch.rand(n) < 0.4).view(n, 1, 1, 1), soft, out)
    return (out + torch.randn_like(out) * 0.05 * torch.rand(n, 1, 1, 1)).clamp(0, 1)


@torch.no_grad()
def retrieval(guide: WishGuide, held: WishPictures, seed: int = 5) -> float:
    """Return how often a text finds a picture that it is true of, among CANDIDATES."""
    rng = random.Random(seed)
    guide.eval()
    right = []
    for _ in range(5):
        pictures, texts, true = held.batch(rng, min(CANDIDATES, len(held.texts)))
        likeness = guide.text(tokenize(texts)) @ guide.encode_images(pictures).T
        found = likeness.argmax(1, keepdim=True)
        right.append(true.gather(1, found).float().mean())
    guide.train()
    return float(torch.stack(right).mean())


def main() -> None:
    """Train from the last checkpoint on, to the number of steps."""
    steps = start_training(6_000)
    paths = sorted((FOLDER / "drafts").glob("*.pt"))
    if len(paths) < 2:
        raise SystemExit("too few drafts yet: python -m training.layered.draft_bank")
    held, known = WishPictures(paths[:1]), WishPictures(paths[1:])
    guide = WishGuide()
    optimizer = torch.optim.AdamW(guide.parameters(), lr=RATES.peak, weight_decay=0.03)
    state = TrainingCheckpoint("wish_guide", guide=guide, optimizer=optimizer)
    start = state.resume()
    rng = random.Random(4000 + start)
    began = time.process_time()
    for step in range(start + 1, steps + 1):
        RATES.apply(optimizer, step, steps)
        pictures, texts, true = known.batch(rng, BATCH)
        seen = guide.encode_images(degraded(pictures))
        read = guide.text(tokenize(texts))
        loss = contrastive_loss(read, seen, true, guide.log_scale.exp().clamp(max=60))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(guide.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            each = (time.process_time() - began) / (step - start)
            log.info("%d loss %.3f, %.2f CPU s/step", step, loss, each)
        if step % 500 == 0 or step == steps:
            state.save(step)
            log.info("%d right of %d: %.3f", step, CANDIDATES, retrieval(guide, held))


if __name__ == "__main__":
    main()
