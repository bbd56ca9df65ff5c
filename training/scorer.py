"""First stage of the scorer: train both towers on rendered scenes with a contrastive loss.

`python -m training.scorer [--steps N]` resumes from `.training/scorer.pt`.
"""

import logging
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pocket.scorer import DIM, SIDE, ImageTower, TextTower
from store.reader.vocabulary import COLOURS, SHAPES, subjects
from training import art
from training.data.captions import ANY, Caption, captions, token_buckets
from training.data.labels import (
    NATURAL,
    PLAIN,
    THINGS,
    SceneLabels,
    frequency_weights,
    random_labels,
    seeded_generators,
)
from training.data.scenes import RenderedScene, SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint

log = logging.getLogger(__name__)
BATCH = 128
MEAN, STD = 0.5, 0.25  # normalisation of the scorer's input


class Scorer(nn.Module):
    """Image and text tower with classification heads that only training uses."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.text = ImageTower(), TextTower()
        pooled = self.image.out.in_features
        self.heads = nn.ModuleList(
            nn.Linear(pooled, n) for n in (len(subjects()), len(COLOURS) + 1, len(COLOURS) + 1)
        )
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def encode_images(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Encode pictures in 0..1; return pooled features and unit vectors."""
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        pooled = self.image.pooled(x)
        return pooled, F.normalize(self.image.out(pooled), dim=-1)


def match_captions(batch_captions: list[Caption], scene: RenderedScene | SceneLabels) -> Tensor:
    """Return the mask [captions, pictures] of captions that are true of a picture."""
    out = torch.ones(len(batch_captions), len(scene.subject), dtype=torch.bool)
    for i, label in enumerate(("subject", "colour", "ground")):
        claim = torch.tensor(
            [(c.subject, c.colour, c.ground)[i] for c in batch_captions]
        ).unsqueeze(1)
        out &= (claim == ANY) | (claim == getattr(scene, label).unsqueeze(0))
    return out


def contrastive_loss(
    texts: Tensor, pictures: Tensor, true: Tensor, scale: Tensor, real: int | None = None
) -> Tensor:
    """Contrastive loss with several positives per caption and per picture.

    `true` [texts, pictures] marks the positives. Only the first `real` pictures are matched to
    captions; the others serve as negatives.
    """
    logits = texts @ pictures.T * scale

    def side(logits: Tensor, true: Tensor) -> Tensor:
        target = true / true.sum(1, keepdim=True).clamp(min=1)
        return -(target * F.log_softmax(logits, dim=1)).sum(1).mean()

    return side(logits, true.float()) + side(logits[:, :real].T, true[:, :real].T.float())


def classification_loss(scorer: Scorer, scene: RenderedScene, pooled: Tensor) -> Tensor:
    """Cross-entropy of subject, colour and ground, predicted from the pooled features."""
    labels = (scene.subject, scene.colour, scene.ground)
    weights = (1.0, 0.5, 0.5)
    losses = [
        weight * F.cross_entropy(head(pooled), label, label_smoothing=0.05)
        for head, label, weight in zip(scorer.heads, labels, weights, strict=True)
    ]
    return torch.stack(losses).sum()


@torch.no_grad()
def measure_retrieval(
    scorer: Scorer, renderer: SceneRenderer, rng_seed: int = 7
) -> dict[str, float]:
    """Measure recall@1 from text to picture by language.

    Measured on 100 things, on 100 combinations of shape, colour and ground, and from all Russian
    names to the English ones.
    """
    generator, _ = seeded_generators(rng_seed)
    scorer.eval()
    available = renderer.available.any(0).nonzero().squeeze(1)
    things_shown = available[torch.randperm(len(available), generator=generator)[:100]]
    natural = torch.full((100,), len(COLOURS))
    ground = torch.randint(len(COLOURS), (100,), generator=generator)
    thing_pictures = renderer(SceneLabels(things_shown, natural, ground), centred_share=1.0)
    shape_labels = _random_shapes(100, generator)
    shapes = renderer(shape_labels, centred_share=1.0)
    results = {}
    for language in ("English", "Russian"):
        russian = language == "Russian"
        names = [describe(thing, NATURAL, PLAIN, russian) for thing in things_shown.tolist()]
        results[f"things in {language}"] = _accuracy(scorer, names, thing_pictures.pictures)
        texts = [describe(*row, russian) for row in shape_labels.rows()]
        results[f"shapes in {language}"] = _accuracy(scorer, texts, shapes.pictures)
    english, in_russian = (
        scorer.text(token_buckets([describe(i, NATURAL, PLAIN, russian) for i in range(THINGS)]))
        for russian in (False, True)
    )
    is_same = (in_russian @ english.T).argmax(1) == torch.arange(THINGS)
    results["Russian names to English"] = is_same.float().mean().item()
    scorer.train()
    return results


def retrieval_report(scorer: Scorer, art_bank: tuple[Tensor, Tensor]) -> str:
    """Measure retrieval with fixed renderings of a sprite bank; return it as one line."""
    renderer = SceneRenderer(*art_bank, SIDE, seeded_generators(7)[0])
    return format_measures(measure_retrieval(scorer, renderer))


def _random_shapes(count: int, generator: torch.Generator) -> SceneLabels:
    """Sample distinct combinations of shape, colour and ground, including held-out ones."""
    kinds, colours = len(SHAPES), len(COLOURS)
    codes = torch.randperm(kinds * colours * (colours - 1), generator=generator)[:count]
    subject, colour = THINGS + codes % kinds, codes // kinds % colours
    ground_offset = 1 + codes // (kinds * colours)
    return SceneLabels(subject, colour, (colour + ground_offset) % colours)


def format_measures(results: dict[str, float]) -> str:
    """Format measurements as one line."""
    return ", ".join(f"{name} {value:.2f}" for name, value in results.items())


def describe(subject: int, colour: int, ground: int, russian: bool) -> str:
    """Return the plainest description of the labels in Russian or English."""
    entry = subjects()[subject]
    noun = entry.russian[0]
    text = noun.nominative if russian else entry.english[0]
    if colour != NATURAL:
        colour_entry = COLOURS[colour]
        forms = colour_entry.adjectives(noun.gender) if russian else colour_entry.english
        text = f"{forms[0]} {text}"
    if ground != PLAIN:
        ground_entry = COLOURS[ground]
        text += (
            f" на {ground_entry.adjectives('on')[0]} фоне"
            if russian
            else f" on a {ground_entry.english[0]} background"
        )
    return text


def _accuracy(scorer: Scorer, texts: list[str], pictures: Tensor) -> float:
    similarity = scorer.text(token_buckets(texts)) @ scorer.encode_images(pictures)[1].T
    return float((similarity.argmax(1) == torch.arange(len(texts))).float().mean())


def main() -> None:
    """Train the stage."""
    steps = start_training(1400)
    scorer = Scorer().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2.5e-3, steps, pct_start=0.1)
    state = TrainingCheckpoint("scorer", scorer=scorer, optimizer=optimizer, schedule=schedule)
    start = state.resume()
    generator, rng = seeded_generators(start)
    bank, available = art.load("train")
    renderer = SceneRenderer(bank, available, 64, generator)
    weights, started = frequency_weights(), time.time()
    for step in range(start + 1, steps + 1):
        labels = random_labels(BATCH, generator, weights)
        scene, batch_captions = renderer(labels), captions(labels.rows(), rng)
        pooled, image_vectors = scorer.encode_images(scene.pictures)
        text_vectors = scorer.text(token_buckets([c.text for c in batch_captions]))
        scale = scorer.log_scale.exp().clamp(max=30)
        loss_text = contrastive_loss(
            text_vectors, image_vectors, match_captions(batch_captions, scene), scale
        )
        loss = loss_text + classification_loss(scorer, scene, pooled)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            rate = BATCH * (step - start) / (time.time() - started)
            log.info("%d loss %.3f text %.3f %.0f img/s", step, loss, loss_text, rate)
        if step % 200 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, format_measures(measure_retrieval(scorer, renderer)))


if __name__ == "__main__":
    assert DIM == 192
    main()
