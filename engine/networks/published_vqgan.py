"""What is known of a published VQGAN; the shapes that they have, and the memory they take."""

from dataclasses import dataclass, replace

from engine.downloads.sources import ByHand, Source
from engine.networks.vqgan_config import VqganShape


@dataclass(frozen=True)
class PublishedVqgan:
    """A model with its mirrors in the order in which they are tried.

    shape: None if it is only known from the configuration file.
    checkpoint: empty if it has to be downloaded by hand.
    """

    name: str
    title: str
    licence: str
    shape: VqganShape | None
    checkpoint: tuple[Source, ...] = ()
    config: tuple[Source, ...] = ()
    memory_bytes: int | None = None  # of its weights in float32, when it paints
    by_hand: ByHand | None = None  # if its checkpoint cannot be downloaded by a program


F16_16384 = VqganShape()
F16_1024 = VqganShape(n_embed=1024)
F16_8192 = VqganShape(n_embed=8192)
GUMBEL_F8 = VqganShape(
    ch_mult=(1, 1, 2, 4), attn_resolutions=(32,), n_embed=8192, quantiser="gumbel"
)
LDM_F8 = VqganShape(ch_mult=(1, 2, 2, 4), attn_resolutions=(32,), z_channels=4, embed_dim=4)
LDM_F8_256 = replace(LDM_F8, n_embed=256)
# 4 bytes for each parameter of the encoder, the decoder, the codebook and the convolutions between.
BYTES_F16_16384, BYTES_F16_1024, BYTES_F16_8192 = 304_295_436, 288_566_796, 295_906_828
BYTES_GUMBEL_F8 = 275_983_884
BYTES_DALLE_MINI = 186_839_564
BYTES_LDM_F8, BYTES_LDM_F8_256 = 270_869_180, 270_611_132
GUMBEL_F8_WAVELETS = replace(GUMBEL_F8, out_ch=12)
BYTES_GUMBEL_F8_WAVELETS = 276_025_392
