"""How a picture begins: by chance, or with simple shapes that the guides themselves choose."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.pocket.palette import PALETTE

COLOURS = torch.tensor(list(PALETTE.values())) / 255.0  # [12, 3]
SKETCH_SIDE = 64  # pixels: sketches are judged small
RADII = (0.3, 0.45, 0.75, 0.6)  # the pair is judged at all of them, and begins with the last
SHAPES = 3  # soft shapes in a sketch
POPULATION, PARENTS, GENERATIONS = 32, 8, 14
RIM = 3  # pixels along a draft's edge that show its ground
CLEAR, CLEARER = 0.5, 0.1  # what standing out is worth, and from where on more is worth nothing

Score = Callable[[Tensor], Tensor]  # pictures [n, 3, s, s] -> [n], lower is better
Drafts = Callable[[torch.Generator], Tensor]  # -> latents [n, e, cells, cells]


@dataclass(frozen=True)
class Sketches:
    """Grounds with soft super-ellipses on them: colours [n, 3] and [n, k, 3], forms [n, k, 6].

    A form is x, y, half width, half height (in halves of the shorter side), angle, boxness.
    """

    ground: Tensor
    colours: Tensor
    forms: Tensor

    def __getitem__(self, index: Tensor) -> "Sketches":
        return Sketches(self.ground[index], self.colours[index], self.forms[index])

    def render(self, height: int, width: int) -> Tensor:
        """[n, 3, height, width]; later shapes lie above earlier ones."""
        short = min(height, width)
        y, x = torch.meshgrid(
            (torch.arange(height) * 2 + 1 - height) / short,
            (torch.arange(width) * 2 + 1 - width) / short,
            indexing="ij",
        )
        out = self.ground[:, :, None, None].expand(-1, 3, height, width)
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
    *,
    drafts: Drafts | None = None,
) -> Tensor:
    """The first latent [1, e, h / cell, w / cell] of a picture of size (h, w), made of codes.

    codes: a random code in every cell (Crowson 2021); flat, gradient, pixels: such a picture,
    encoded; scored: the best pair of a ground and a disc by the guides' own judgement;
    sketch: a short evolution from there of three soft shapes, the guides being the judge;
    prior: of several drafts that a network made of the words, the guides' choice, unless it can
    hardly be told from its ground and another is about as good.
    """
    device, (height, width) = vqgan.codebook.device, size
    cell = vqgan.shape.cell
    if kind == "codes":
        grid = (1, height // cell, width // cell)
        return vqgan.lookup(
            torch.randint(len(vqgan.codebook), grid, generator=generator).to(device)
        )
    if kind == "prior":
        assert drafts is not None, "a plan names this start for a VQGAN with a prior alone"
        codes = vqgan.lookup(vqgan.nearest(drafts(generator)))
        with torch.no_grad():
            pictures = vqgan.decode(codes).clamp(0, 1)
        chosen = (score(pictures) - CLEAR * standing_out(pictures)).argmin().view(1)
        if pictures.shape[2:] == size:
            return codes[chosen]
        picture = _fitted(pictures[chosen], height, width)
    elif kind in ("scored", "sketch"):
        best = best_pair(score)
        if kind == "sketch":
            best = evolve(best, score, generator)
        picture = best.render(height, width)
    else:
        picture = _noise(kind, height, width, generator)
    return as_codes(picture, vqgan)


def standing_out(pictures: Tensor) -> Tensor:
    """How far pictures [n, 3, h, w] are from the colour of their rim: the mean way [n].

    A blue fish on blue pleases guides, for there is much blue, and nobody sees a fish.
    """
    sides = (pictures[..., :RIM], pictures[..., -RIM:])
    ends = (pictures[..., :RIM, :], pictures[..., -RIM:, :])
    rim = torch.cat([side.flatten(2) for side in (*sides, *ends)], dim=2).median(2).values
    away = (pictures - rim[:, :, None, None]).abs().mean((1, 2, 3))
    return away.clamp(max=CLEARER).cpu()


@torch.no_grad()
def as_codes(picture: Tensor, vqgan: VQGAN) -> Tensor:
    """Picture [1, 3, h, w] -> the codebook's latent for it [1, e, h / cell, w / cell]."""
    return vqgan.lookup(vqgan.nearest(vqgan.encode(picture.to(vqgan.codebook.device))))


def _fitted(picture: Tensor, height: int, width: int) -> Tensor:
    """A square picture, as large as fits, in the middle; its rim goes on outwards."""
    short = min(height, width)
    picture = F.interpolate(picture, size=(short, short), mode="bicubic").clamp(0, 1)
    across, down = width - short, height - short
    edges = (across // 2, across - across // 2, down // 2, down - down // 2)
    return F.pad(picture, edges, mode="replicate")


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
    """The best of all ordered pairs (ground, disc) of the palette, over several radii."""
    count = len(COLOURS)
    ground, disc = (~torch.eye(count, dtype=torch.bool)).nonzero().unbind(1)
    form = torch.zeros(len(ground), 1, 6)
    totals = torch.zeros(len(ground))
    for radius in RADII:
        form[..., 2:4] = radius
        pairs = Sketches(COLOURS[ground], COLOURS[disc].unsqueeze(1), form)
        totals += score(pairs.render(SKETCH_SIDE, SKETCH_SIDE))
    best = totals.argmin()
    return Sketches(COLOURS[ground], COLOURS[disc].unsqueeze(1), form)[best.view(1)]


def evolve(start: Sketches, score: Score, generator: torch.Generator) -> Sketches:
    """Mutates a crowd of sketches, keeps the best, and again."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    colours = start.colours.expand(1, SHAPES, 3).clone()
    forms = torch.tensor([[0.0, 0.0, 0.6, 0.6, 0.0, 0.2]] * SHAPES).unsqueeze(0)
    forms[:, 1:, 2:4] = 0.25
    parents = Sketches(start.ground, colours, forms)
    spread = torch.tensor([0.25, 0.25, 0.15, 0.15, 0.4, 0.2])
    for generation in range(GENERATIONS):
        keep = torch.arange(POPULATION) % len(parents.ground)
        calm = 1.0 - 0.6 * generation / GENERATIONS
        crowd = parents[keep]
        new = torch.rand(POPULATION, SHAPES, 1, generator=generator) < 0.15
        pick = COLOURS[torch.randint(len(COLOURS), (POPULATION, SHAPES), generator=generator)]
        drawn = torch.where(new, pick, crowd.colours + normal(POPULATION, SHAPES, 3) * 0.08 * calm)
        children = Sketches(
            (crowd.ground + normal(POPULATION, 3) * 0.03 * calm).clamp(0, 1),
            drawn.clamp(0, 1),
            crowd.forms + normal(POPULATION, SHAPES, 6) * spread * calm,
        )
        everyone = Sketches(
            torch.cat([parents.ground, children.ground]),
            torch.cat([parents.colours, children.colours]),
            torch.cat([parents.forms, children.forms]),
        )
        marks = score(everyone.render(SKETCH_SIDE, SKETCH_SIDE))
        parents = everyone[marks.argsort(stable=True)[:PARENTS]]
    return parents[torch.tensor([0])]
