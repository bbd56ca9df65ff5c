"""Last stage of the guide: both towers learn the things and places of the larger world.

`python -m training.layered.guide [--steps N]` starts from `training.hands`, reads the small
pictures and the wishes of the shards of `training.layered.draft_bank`, and resumes from
`.training/wish_guide.pt`. Wishes are described in plain English, as the guide is told them, and in
Russian. Penalties keep the vectors of what the guide knew before near their old values: the older
prior is conditioned on those of the texts, and mixed pictures must not become attractive.
"""

import random
from functools import partial
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine.kernels.precision import multiplies_bf16
from engine.pocket.scorer import SIDE
from store.reader.describe import describe
from training import art
from training.art import FOLDER
from training.data.captions import captions, token_buckets
from training.data.claims import plain_claims, shortened, wish_of
from training.data.labels import frequency_weights, random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.hands import interpolated_weights
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.loop import TrainingLoop
from training.loop.schedule import LearningRateSchedule
from training.scorer import Scorer, contrastive_loss, match_captions, retrieval_report

BATCH, OLD_BATCH = 96, 32
SCHEDULE = LearningRateSchedule(7e-4, warm_up=100, cool_down=0.5)
DRIFT_WEIGHT = 3.0  # weight of the drift of what was known before
CANDIDATES = 100  # of a retrieval


class WishPictures:
    """Small pictures with the texts of their wishes, all in memory: 12 KB each."""

    def __init__(self, paths: list[Path]) -> None:
        saved = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
        self.pictures = torch.cat([shard["small"] for shard in saved])
        self.texts: list[str] = [text for shard in saved for text in shard["wishes"]]
        self.claims = [plain_claims(text) for text in self.texts]

    def batch(self, rng: random.Random, count: int) -> tuple[Tensor, list[str], Tensor]:
        """Return pictures, descriptions, and which descriptions are true of which pictures."""
        chosen = rng.sample(range(len(self.texts)), count)
        texts = [shortened(self.texts[number], rng) for number in chosen]
        told = [plain_claims(text) for text in texts]
        true = torch.tensor([[claim <= self.claims[n] for n in chosen] for claim in told])
        described = [
            describe(wish_of(text), "ru" if rng.random() < 0.3 else "en") for text in texts
        ]
        return self.pictures[chosen] / 255, described, true


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


def between(pictures: Tensor) -> Tensor:
    """Return pictures that show nothing: each mixed with another, and coarse noise over it."""
    mixed = pictures.lerp(pictures.roll(1, 0), torch.rand(len(pictures), 1, 1, 1))
    noise = F.interpolate(torch.randn(len(pictures), 3, 16, 16), size=SIDE, mode="bicubic")
    return (mixed + 0.2 * torch.rand(len(pictures), 1, 1, 1) * noise).clamp(0, 1)


def encoded(scorer: Scorer, pictures: Tensor) -> Tensor:
    """Return unit vectors of pictures, computed in bf16 where the processor is fast at it."""
    fast = multiplies_bf16()
    with torch.autocast("cpu", torch.bfloat16, enabled=fast):
        vectors = scorer.encode_images(pictures)[1]
    return F.normalize(vectors.float(), dim=-1)


def loss_fn(
    scorer: Scorer,
    original: Scorer,
    known: WishPictures,
    renderer: SceneRenderer,
    rng: random.Random,
) -> Tensor:
    """Return the loss of one batch of the larger world and one of what was known before."""
    pictures, texts, true = known.batch(rng, BATCH)
    labels = random_labels(OLD_BATCH, renderer.generator, frequency_weights().sqrt())
    old = renderer(labels)
    old_captions = captions(labels.rows(), rng)
    shown = torch.cat([degraded(pictures), old.pictures, between(pictures[:OLD_BATCH])])
    tokens = token_buckets([*texts, *(caption.text for caption in old_captions)])
    read, seen = scorer.text(tokens), encoded(scorer, shown)
    with torch.no_grad():
        read_before = original.text(tokens[BATCH:])
        seen_before = encoded(original, shown[BATCH:])
    scale = scorer.log_scale.exp().clamp(max=60)
    old_read, old_seen = read[BATCH:], seen[BATCH : BATCH + OLD_BATCH]
    loss = contrastive_loss(read[:BATCH], seen[:BATCH], true, scale)
    loss = loss + 0.5 * contrastive_loss(
        old_read, old_seen, match_captions(old_captions, old), scale.detach()
    )
    drift = 2 - (old_read * read_before).sum(1).mean() - (seen[BATCH:] * seen_before).sum(1).mean()
    total: Tensor = loss + DRIFT_WEIGHT * drift
    return total


@torch.no_grad()
def retrieval(scorer: Scorer, held: WishPictures, seed: int = 5) -> float:
    """Return how often a text finds a picture that it is true of, among CANDIDATES."""
    rng = random.Random(seed)
    right = []
    for _ in range(5):
        pictures, texts, true = held.batch(rng, min(CANDIDATES, len(held.texts)))
        likeness = scorer.text(token_buckets(texts)) @ scorer.encode_images(pictures)[1].T
        right.append(true.gather(1, likeness.argmax(1, keepdim=True)).float().mean())
    return float(torch.stack(right).mean())


def report(scorer: Scorer, held: WishPictures, art_bank: tuple[Tensor, Tensor]) -> str:
    """Return the retrieval of unseen wishes, and of what was known before, as one line."""
    before = retrieval_report(scorer, art_bank)
    scorer.eval()  # the report leaves it in training mode, in which its statistics would move
    return f"wishes {retrieval(scorer, held):.3f}, {before}"


def first_scorer() -> Scorer:
    """Return the towers of `training.hands`, or those of the package where that has not run.

    Their normalisation keeps its statistics.
    """
    scorer = Scorer()
    if (FOLDER / "hands.pt").exists():
        weights = interpolated_weights()
    else:
        weights = load_file(str(files("engine.pocket") / "scorer.safetensors"))
    scorer.load_state_dict({key: value.float() for key, value in weights.items()}, strict=False)
    scorer.log_scale.data.fill_(3.4)
    return scorer.eval()


def main() -> None:
    """Train from the last checkpoint on, to the number of steps."""
    steps = start_training(1_600)
    paths = sorted((FOLDER / "drafts").glob("*.pt"))
    if len(paths) < 2:
        raise SystemExit("too few drafts yet: python -m training.layered.draft_bank")
    held, known = WishPictures(paths[:1]), WishPictures(paths[1:])
    scorer, original = first_scorer(), first_scorer().requires_grad_(False)
    towers = [*scorer.image.parameters(), *scorer.text.parameters(), scorer.log_scale]
    optimizer = torch.optim.AdamW(towers, lr=SCHEDULE.peak, weight_decay=0.01)
    checkpoint = TrainingCheckpoint("wish_guide", scorer=scorer, optimizer=optimizer)
    start = checkpoint.resume()
    generator, rng = seeded_generators(4000 + start)
    art_bank = art.load("train")
    renderer = SceneRenderer(*art_bank, SIDE, generator)
    TrainingLoop(optimizer, SCHEDULE, checkpoint, partial(report, scorer, held, art_bank)).run(
        lambda _: loss_fn(scorer, original, known, renderer, rng), start, steps
    )


if __name__ == "__main__":
    main()
