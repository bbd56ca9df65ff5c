"""The first latent of a picture: random, or of simple shapes or drafts that the guides choose."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.networks.vqgan import VQGAN
from engine.pocket.palette import PALETTE

COLOURS = torch.tensor(list(PALETTE.values())) / 255.0  # [12, 3]
SKETCH_SIDE = 64  # pixels of the sketches that are scored
RADII = (0.3, 0.45, 0.75, 0.6)  # a pair is scored at all of them and painted with the last
SHAPES = 3  # soft shapes in a sketch
POPULATION, PARENTS, GENERATIONS = 32, 8, 14

Score = Callable[[Tensor], Tensor]  # pictures [n, 3, s, s] -> [n], lower is better


@dataclass(frozen=True)
class Sketches:
    """Soft super-ellipses on plain backgrounds: colours [n, 3] and [n, k, 3], forms [n, k, 6].

    A form is x, y, half width, half height (in halves of the shorter side), angle, squareness.
    """

    background: Tensor
    colours: Tensor
    forms: Tensor

    def __getitem__(self, index: Tensor) -> "Sketches":
        return Sketches(self.background[index], self.colours[index], self.forms[index])

    def render(self, height: int, width: int) -> Tensor:
        """Return pictures [n, 3, height, width]; later shapes lie above earlier ones."""
        short = min(height, width)
        y, x = torch.meshgrid(
            (torch.arange(height) * 2 + 1 - height) / short,
            (torch.arange(width) * 2 + 1 - width) / short,
            indexing="ij",
        )
        out = self.background[:, :, None, None].expand(-1, 3, height, width)
        for colour, form in zip(self.colours.unbind(1), self.forms.unbind(1), strict=True):
            cx, cy, w, h, angle, box = (v[:, None, None] for v in form.unbind(1))
            dx, dy = x - cx, y - cy
            u = (dx * angle.cos() + dy * angle.sin()).abs() / w.clamp(min=0.05)
            v = (dy * angle.cos() - dx * angle.sin()).abs() / h.clamp(min=0.05)
            power = 2 + 4 * box.clamp(0, 1)
            radius = ((u + 1e-4) ** power + (v + 1e-4) ** power) ** (1 / power)
            mask = torch.sigmoid((1 - radius) * 12).unsqueeze(1)
            out = out * (1 - mask) + colour[:, :, None, None] * mask
        return out


def initial_latent(
    kind: str,
    vqgan: VQGAN,
    size: tuple[int, int],
    score: Score,
    generator: torch.Generator,
) -> Tensor:
    """Return the first latent [1, e, h / cell, w / cell] of a picture of size (h, w).

    All its vectors are of the codebook. Kinds:
    codes: a random code in every cell (Crowson 2021);
    flat, gradient, pixels: a plain colour, a gradient or noise, encoded;
    scored: the pair of a background and a disc that the guides score best, encoded;
    sketch: three soft shapes, evolved from that pair by the guides' score, encoded;
    """
    device, (height, width) = vqgan.codebook.device, size
    cell = vqgan.shape.cell
    if kind == "codes":
        grid = (1, height // cell, width // cell)
        return vqgan.lookup(
            torch.randint(len(vqgan.codebook), grid, generator=generator).to(device)
        )
    if kind in ("scored", "sketch"):
        best = best_pair(score)
        if kind == "sketch":
            best = evolve(best, score, generator)
        picture = best.render(height, width)
    else:
        picture = _noise(kind, height, width, generator)
    return as_codes(picture, vqgan)


@torch.no_grad()
def as_codes(picture: Tensor, vqgan: VQGAN) -> Tensor:
    """Encode a picture [1, 3, h, w] as codebook vectors [1, e, h / cell, w / cell]."""
    return vqgan.lookup(vqgan.nearest(vqgan.encode(picture.to(vqgan.codebook.device))))


def _noise(kind: str, height: int, width: int, generator: torch.Generator) -> Tensor:
    colours = torch.rand(3, 3, generator=generator)
    if kind == "flat":
        return colours[0].view(1, 3, 1, 1).expand(1, 3, height, width)
    if kind == "pixels":
        return torch.rand(1, 3, height, width, generator=generator)
    across = torch.linspace(0, 1, width).view(1, 1, 1, width)
    down = torch.linspace(0, 1, height).view(1, 1, height, 1)
    first, second, third = (c.view(1, 3, 1, 1) for c in colours)
    upper = first * (1 - across) + second * across
    ramp: Tensor = upper * (1 - down / 2) + third * down / 2
    return ramp


def best_pair(score: Score) -> Sketches:
    """Return the best ordered pair (background, disc) of the palette, over several radii."""
    count = len(COLOURS)
    background, disc = (~torch.eye(count, dtype=torch.bool)).nonzero().unbind(1)
    form = torch.zeros(len(background), 1, 6)
    totals = torch.zeros(len(background))
    for radius in RADII:
        form[..., 2:4] = radius
        pairs = Sketches(COLOURS[background], COLOURS[disc].unsqueeze(1), form)
        totals += score(pairs.render(SKETCH_SIDE, SKETCH_SIDE))
    best = totals.argmin()
    return Sketches(COLOURS[background], COLOURS[disc].unsqueeze(1), form)[best.view(1)]


def evolve(start: Sketches, score: Score, generator: torch.Generator) -> Sketches:
    """Return the best of a population of sketches after `GENERATIONS` of mutation and selection."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    colours = start.colours.expand(1, SHAPES, 3).clone()
    forms = torch.tensor([[0.0, 0.0, 0.6, 0.6, 0.0, 0.2]] * SHAPES).unsqueeze(0)
    forms[:, 1:, 2:4] = 0.25
    parents = Sketches(start.background, colours, forms)
    spread = torch.tensor([0.25, 0.25, 0.15, 0.15, 0.4, 0.2])
    for generation in range(GENERATIONS):
        parent = torch.arange(POPULATION) % len(parents.background)
        step = 1.0 - 0.6 * generation / GENERATIONS
        population = parents[parent]
        recoloured = torch.rand(POPULATION, SHAPES, 1, generator=generator) < 0.15
        palette = COLOURS[torch.randint(len(COLOURS), (POPULATION, SHAPES), generator=generator)]
        colours = torch.where(
            recoloured, palette, population.colours + normal(POPULATION, SHAPES, 3) * 0.08 * step
        )
        children = Sketches(
            (population.background + normal(POPULATION, 3) * 0.03 * step).clamp(0, 1),
            colours.clamp(0, 1),
            population.forms + normal(POPULATION, SHAPES, 6) * spread * step,
        )
        candidates = Sketches(
            torch.cat([parents.background, children.background]),
            torch.cat([parents.colours, children.colours]),
            torch.cat([parents.forms, children.forms]),
        )
        scores = score(candidates.render(SKETCH_SIDE, SKETCH_SIDE))
        parents = candidates[scores.argsort(stable=True)[:PARENTS]]
    return parents[torch.tensor([0])]
