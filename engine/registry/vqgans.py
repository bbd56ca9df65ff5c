"""Published VQGANs: their shapes, and the sources of their files.

A size, a hash or a licence that nobody states is None or "not stated". Where a file can only be
downloaded through a page, the note has its URL.
"""

from collections.abc import Mapping
from dataclasses import replace

from engine.downloads.sources import ByHand, archived, heibox, heibox_file, hub, mirrors, release
from engine.networks import published_vqgan as shapes
from engine.networks.published_vqgan import PublishedVqgan

UNSTATED = "not stated"
SBER = ("shonenkov", "ai-forever")

_ALL = (
    PublishedVqgan(
        name="imagenet_f16_16384",
        title="ImageNet, f16, 16384 codes",
        licence=UNSTATED,
        shape=shapes.F16_16384,
        checkpoint=mirrors(
            [
                heibox("a7530b09fed84f80a887", "ckpts/last.ckpt"),
                heibox_file("867b05fc8c4841768640"),
                *archived("imagenet.ckpt"),
            ],
            980_092_370,
            "845a68805098cb666420d5db93df53f3a3b6dd443e6dd85c05759c5b998cd663",
        ),
        config=mirrors(
            [
                heibox("a7530b09fed84f80a887", "configs/model.yaml"),
                heibox_file("274fb24ed38341bfa753"),
                *archived("imagenet.yaml"),
            ],
            692,
            "00e2c6189926f1d89ecfef73e9598db77981c1982f0555fbade963ffd16143c7",
        ),
        memory_bytes=shapes.BYTES_F16_16384,
    ),
    PublishedVqgan(
        name="imagenet_f16_1024",
        title="ImageNet, f16, 1024 codes",
        licence=UNSTATED,
        shape=shapes.F16_1024,
        checkpoint=mirrors(  # about 958 MB
            [
                heibox("8088892a516d4e3baf92", "ckpts/last.ckpt"),
                heibox_file("140747ba53464f49b476"),
            ]
        ),
        config=mirrors(
            [
                heibox("8088892a516d4e3baf92", "configs/model.yaml"),
                heibox_file("6ecf2af6c658432c8298"),
            ]
        ),
        memory_bytes=shapes.BYTES_F16_1024,
    ),
    PublishedVqgan(
        name="gumbel_f8_8192",
        title="OpenImages, Gumbel, f8, 8192 codes; some call it openimages_f16_8192",
        licence=UNSTATED,
        shape=shapes.GUMBEL_F8,
        checkpoint=mirrors(
            [
                heibox("2e5662443a6b4307b470", "ckpts/last.ckpt"),
                hub("neggles/vaedump", "taming/vq-gumbel-f8-8192/model.ckpt"),
                *archived("openimages.ckpt"),
            ],
            376_581_823,
            "5cd6c74810ab97e00e942c25403f73afc081e8b19987b31ec0d9ff5b68e7ab14",
        ),
        config=mirrors(
            [heibox("2e5662443a6b4307b470", "configs/model.yaml"), *archived("openimages.yaml")],
            745,
            "91110bab325067b37f85d1e75895a837d59c292bae4f3097f80c518714d5caff",
        ),
        memory_bytes=shapes.BYTES_GUMBEL_F8,
    ),
    PublishedVqgan(
        name="sber_gumbel_f8",
        title="Sber's VQGAN of ruDALL-E, Gumbel, f8, 8192 codes",
        licence="Apache-2.0 for the repository; the model's card states none",
        shape=shapes.GUMBEL_F8,
        checkpoint=mirrors(  # 346 MB
            [
                hub("ai-forever/rudalle-utils", "vqgan.gumbelf8-sber.model.ckpt"),
                hub("shonenkov/rudalle-utils", "vqgan.gumbelf8-sber.model.ckpt"),
                hub("ai-forever/Sber-VQGAN", "vqgan.gumbelf8-sber.model.ckpt"),
            ],
            sha256="7be00096299fe50bbcc1a2ed01fe28561464de5020c7c6b5b4a728d3b515c3fb",
        ),
        memory_bytes=shapes.BYTES_GUMBEL_F8,
    ),
    PublishedVqgan(
        name="sber_gumbel_f8_dwt",
        title="The same codes, decoded twice as large through wavelets (DWT)",
        licence="Apache-2.0 for the repository; the model's card states none",
        shape=shapes.GUMBEL_F8_WAVELETS,
        checkpoint=mirrors(
            [hub(f"{place}/rudalle-utils", "vqgan.gumbelf8-sber-dwt.model.ckpt") for place in SBER]
        ),
        memory_bytes=shapes.BYTES_GUMBEL_F8_WAVELETS,
    ),
    PublishedVqgan(
        name="dalle_mini_f16_16384",
        title="DALL·E mini's VQGAN, f16, 16384 codes; a decoder alone, which shows drafts",
        licence="MIT",
        shape=replace(shapes.F16_16384, encodes=False),
        checkpoint=mirrors([hub("kuprel/min-dalle", "detoker.pt")]),  # 187 MB
        memory_bytes=shapes.BYTES_DALLE_MINI,
    ),
    PublishedVqgan(
        name="wikiart_16384",
        title="WikiArt, f16, 16384 codes",
        licence=UNSTATED,
        shape=shapes.F16_16384,
        checkpoint=mirrors(
            [
                release("pixray/pixray", "v1.7.1", "vqgan_wikiart_16384.ckpt"),
                *archived("wikiart.ckpt"),
            ],
            1_005_327_541,
            "bd08bb46301f98be1712bb2be9f8868cea30b53137cd985d4d6e8da8b3e02c36",
        ),
        config=mirrors(
            [
                release("pixray/pixray", "v1.7.1", "vqgan_wikiart_16384.yaml"),
                *archived("wikiart.yaml"),
            ],
            920,
            "6e78241d2828ff35b8381839ce249c24a6c468ed429760d33a25e98e7f24499a",
        ),
        memory_bytes=shapes.BYTES_F16_16384,
    ),
    PublishedVqgan(
        name="wikiart_1024",
        title="WikiArt, f16, 1024 codes",
        licence=UNSTATED,
        shape=shapes.F16_1024,
        checkpoint=mirrors(  # about 958 MB
            [
                release("pixray/pixray", "v1.7.1", "vqgan_wikiart_1024.ckpt"),
                release("Eleiber/VQGAN-Mirrors", "0.0.1", "wikiart_1024.ckpt"),
            ]
        ),
        config=mirrors(
            [
                release("pixray/pixray", "v1.7.1", "vqgan_wikiart_1024.yaml"),
                release("Eleiber/VQGAN-Mirrors", "0.0.1", "wikiart_1024.yaml"),
            ]
        ),
        memory_bytes=shapes.BYTES_F16_1024,
    ),
    PublishedVqgan(
        name="coco",
        title="COCO, f16, 8192 codes: the first stage alone",
        licence=UNSTATED,
        shape=shapes.F16_8192,
        checkpoint=mirrors(
            archived("coco.ckpt"),
            296_030_214,
            "106cc20fde571df14afc4349d62218d8213cf47177c682ecaa78a8c28b12f9de",
        ),
        config=mirrors(
            archived("coco.yaml"),
            458,
            "17d0c2d9fda59eccade2a6070d833804b759dc817da42c2268be8cf1eb047676",
        ),
        memory_bytes=shapes.BYTES_F16_8192,
    ),
    PublishedVqgan(
        name="coco_8k",
        title="COCO, f16, 8192 codes: the authors' whole file",
        licence=UNSTATED,
        shape=shapes.F16_8192,
        checkpoint=mirrors([heibox_file("78dea9589974474c97c1")]),
        memory_bytes=shapes.BYTES_F16_8192,
    ),
    PublishedVqgan(
        name="coco_transformer",
        title="COCO, f16, 8192 codes, inside a transformer of 8.4 GB",
        licence=UNSTATED,
        shape=shapes.F16_8192,
        checkpoint=mirrors(["https://dl.nmkd.de/ai/clip/coco/coco.ckpt"]),  # answers now and then
        memory_bytes=shapes.BYTES_F16_8192,
    ),
    PublishedVqgan(
        name="faceshq",
        title="Faces of CelebA-HQ and FFHQ, f16, 1024 codes, inside a transformer",
        licence=UNSTATED,
        shape=shapes.F16_1024,
        checkpoint=mirrors(
            # Only the first address of `archived` is known to have these files.
            archived("faceshq.ckpt")[:1],
            sha256="3274bba51bd565c90990bbcf7bb5dad0b9b95a6a77011980afc4c3cfc4d1cad1",
        ),
        config=mirrors(
            archived("faceshq.yaml")[:1],
            sha256="726ca97fb266c3c744f26e5aba2e579a51e310eee711a15f22224031dfdd57e2",
        ),
        memory_bytes=shapes.BYTES_F16_1024,
    ),
    PublishedVqgan(
        name="sflckr",
        title="S-FLCKR landscapes, f16, 1024 codes, inside a transformer of 4.3 GB",
        licence=UNSTATED,
        shape=shapes.F16_1024,
        checkpoint=mirrors(
            [heibox("73487ab6e5314cb5adba", "checkpoints/last.ckpt"), *archived("sflickr.ckpt")],
            4_263_525_412,
            "8a8adea3da8dab412675772831370dd948e0aa97bb11a9488a2f328b58dbc929",
        ),
        config=mirrors(
            [
                heibox("73487ab6e5314cb5adba", "configs/2020-11-09T13-31-51-project.yaml"),
                *archived("sflickr.yaml"),
            ],
            1603,
            "c27f012996f3f1f02580f063be47fd60bdd8528efb04d7318b2cbe8a86505b1b",
        ),
        memory_bytes=shapes.BYTES_F16_1024,
    ),
    PublishedVqgan(
        name="ade20k",
        title="ADE20K scenes, f16, inside a transformer",
        licence=UNSTATED,
        shape=None,
        by_hand=ByHand("https://k00.fr/ot46cksa"),
    ),
    PublishedVqgan(
        name="ffhq",
        title="Faces of FFHQ, f16, inside a transformer",
        licence=UNSTATED,
        shape=None,
        by_hand=ByHand("https://k00.fr/yndvfu95"),
    ),
    PublishedVqgan(
        name="celebahq",
        title="Faces of CelebA-HQ, f16, inside a transformer",
        licence=UNSTATED,
        shape=None,
        by_hand=ByHand("https://k00.fr/2xkmielf"),
    ),
    PublishedVqgan(
        name="boris_f16_16384",
        title="ImageNet, f16, 16384 codes, tuned further for better faces",
        licence=UNSTATED,
        shape=shapes.F16_16384,
        memory_bytes=shapes.BYTES_F16_16384,
        by_hand=ByHand(
            "https://huggingface.co/boris/vqgan_f16_16384",
            sha256="ef7accb930de61689bc697b578933b230ef710a212706e985210a1d0947f7456",
        ),
    ),
    PublishedVqgan(
        name="vq_f8_16384",
        title="Latent diffusion's first stage, f8, 16384 codes",
        licence=UNSTATED,
        shape=shapes.LDM_F8,
        memory_bytes=shapes.BYTES_LDM_F8,
        by_hand=ByHand(
            "https://ommer-lab.com/files/latent-diffusion/vq-f8.zip", "model.ckpt", "archive"
        ),
    ),
    PublishedVqgan(
        name="vq_f8_256",
        title="Latent diffusion's first stage, f8, 256 codes",
        licence=UNSTATED,
        shape=shapes.LDM_F8_256,
        memory_bytes=shapes.BYTES_LDM_F8_256,
        by_hand=ByHand(
            "https://ommer-lab.com/files/latent-diffusion/vq-f8-n256.zip", "model.ckpt", "archive"
        ),
    ),
)
PUBLISHED: Mapping[str, PublishedVqgan] = {model.name: model for model in _ALL}
