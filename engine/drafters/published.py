"""Published drafters: ruDALL-E, RUDOLPH and DALL·E mini, with the sources of their files.

Neither hashes nor, of most, exact sizes are published; the hash of the first download is recorded.
Their facts are in the repositories ai-forever/ru-dalle, ai-forever/ru-dolph, kuprel/min-dalle.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.downloads.sources import ByHand, Source, hub, koofr
from engine.drafters.files import CONFIG, DECODER, ENCODER, MERGES, VOCABULARY, WEIGHTS
from engine.weights.folders import BPE
from store.reader.scripts import CYRILLIC, LATIN

SBER = "Apache-2.0 for the code; for the weights none is stated"
RUSSIAN, ENGLISH, BOTH = "Russian", "English", "Russian, English"
SCRIPTS_OF: Mapping[str, tuple[str, ...]] = {
    "": (), RUSSIAN: (CYRILLIC,), ENGLISH: (LATIN,), BOTH: (CYRILLIC, LATIN),
}  # fmt: skip
UNSTATED = "not stated"
MIN_DALLE = "kuprel/min-dalle"
BYTES_24_LAYERS = 609_800_000  # 24 layers of 1024, and tables
_CIN = "90cbd5aa-ef70-4f5e-99bc-f12e5a89380e", "2021-04-03T19-39-50_cin_transformer"
_TOKENIZER = Source(hub("shonenkov/rudalle-utils", BPE))
_MALEVICH = "20af7e2b591f6f66a4af59a2eaf4615653547eb6"  # the revision with safetensors


@dataclass(frozen=True)
class PublishedDrafter:
    """A model: a folder with the weights and the tokenizer's files.

    family: of `engine.drafters.load`, which says what the files do not.
    """

    name: str
    title: str
    family: str
    vqgan: str
    memory_bytes: int  # of its weights in half precision
    reads: str = ""
    files: tuple[tuple[str, tuple[Source, ...]], ...] = ()
    licence: str = SBER
    first_stage: str = ""  # the VQGAN whose checkpoint holds its weights too
    by_hand: ByHand | None = None  # if its files cannot be downloaded by a program

    @property
    def vqgans(self) -> tuple[str, ...]:
        """Return the VQGANs that have its codes, the usual one first."""
        return (self.vqgan, *SAME_CODES.get(self.vqgan, ()))

    @property
    def is_second_stage(self) -> bool:
        """Return whether its files are checkpoints of taming."""
        return self.family.startswith("second-stage")

    @property
    def asks(self) -> bool:
        """Return whether it draws from a map alone."""
        return self.family.startswith(("second-stage-labels", "second-stage-depth"))

    @property
    def scripts(self) -> tuple[str, ...]:
        """Return the scripts of the words that it reads; none if it reads no words."""
        return SCRIPTS_OF[self.reads]


SAME_CODES: Mapping[str, tuple[str, ...]] = {"sber_gumbel_f8": ("sber_gumbel_f8_dwt",)}


def _russian(repository: str, file: str, revision: str = "main") -> tuple[
    tuple[str, tuple[Source, ...]], ...
]:  # fmt: skip
    ending = file[file.rindex(".") :]
    return (
        (f"{WEIGHTS}{ending}", (Source(hub(repository, file, revision)),)),
        (BPE, (_TOKENIZER,)),
    )


def second_stage(page: str) -> ByHand:
    """Return how a checkpoint of taming is added; its configuration says how many heads it has."""
    return ByHand(page, "last.ckpt --config project.yaml")


def _english(ending: str) -> tuple[tuple[str, tuple[Source, ...]], ...]:
    published = {
        ENCODER: f"encoder{ending}.pt",
        DECODER: f"decoder{ending}.pt",
        VOCABULARY: f"vocab{ending}.json",
        MERGES: f"merges{ending}.txt",
    }
    return tuple((file, (Source(hub(MIN_DALLE, name)),)) for file, name in published.items())


_ALL = (
    PublishedDrafter(
        name="rudolph",
        title="RUDOLPH 350M: 128 px from Russian words, the one for a CPU",
        family="rudolph",
        vqgan="sber_gumbel_f8",
        reads=RUSSIAN,
        memory_bytes=709_277_312,
        files=_russian("shonenkov-AI/RuDOLPH-350M-v2", "pytorch_model.bin"),
    ),
    PublishedDrafter(
        name="malevich",
        title="ruDALL-E Malevich: 256 px from Russian words",
        family="rudalle",
        vqgan="sber_gumbel_f8",
        reads=RUSSIAN,
        memory_bytes=2_620_821_760,
        files=_russian("ai-forever/rudalle-Malevich", "pytorch_model_v3.safetensors", _MALEVICH),
    ),
    PublishedDrafter(
        name="emojich",
        title="ruDALL-E Emojich: emoji and stickers from Russian words",
        family="rudalle-2",
        vqgan="sber_gumbel_f8",
        reads=RUSSIAN,
        memory_bytes=2_620_821_760,
        files=_russian("ai-forever/rudalle-Emojich", "pytorch_model.bin"),
    ),
    PublishedDrafter(
        name="surrealist",
        title="ruDALL-E Surrealist: from Russian words, in Salvador Dalí's manner",
        family="rudalle",
        vqgan="sber_gumbel_f8",
        reads=RUSSIAN,
        memory_bytes=2_620_821_760,
        files=_russian("shonenkov-AI/rudalle-xl-surrealist", "pytorch_model.bin"),
    ),
    PublishedDrafter(
        name="kandinsky",
        title="ruDALL-E Kandinsky, 12 billion parameters: for 32 GB and more",
        family="rudalle-xxl",
        vqgan="sber_gumbel_f8",
        reads=RUSSIAN,
        memory_bytes=23_038_613_248,
        by_hand=ByHand(
            "https://huggingface.co/shonenkov-AI/Kandinsky", "pytorch_model.bin", "account"
        ),
    ),
    PublishedDrafter(
        name="sflckr_transformer",
        title="VQGAN's second stage of landscapes: from a map of what is where (--map)",
        family="second-stage-labels",
        vqgan="sflckr",
        memory_bytes=BYTES_24_LAYERS,
        licence=UNSTATED,
        first_stage="sflckr",
    ),
    PublishedDrafter(
        name="faceshq_transformer",
        title="VQGAN's second stage of faces: without words",
        family="second-stage-coordinates",
        vqgan="faceshq",
        memory_bytes=BYTES_24_LAYERS,
        licence=UNSTATED,
        first_stage="faceshq",
    ),
    PublishedDrafter(
        name="coco_stuff_transformer",
        title="VQGAN's second stage of COCO: from a map of what is where (--map)",
        family="second-stage-labels-coco",
        vqgan="coco_transformer",
        memory_bytes=1_302_000_000,  # 32 layers of 1280, by the size of the file
        licence=UNSTATED,
        by_hand=second_stage("https://k00.fr/2zz6i2ce"),
    ),
    PublishedDrafter(
        name="ade20k_transformer",
        title="VQGAN's second stage of ADE20K: from a map of what is where (--map)",
        family="second-stage-labels-ade",
        vqgan="ade20k",
        memory_bytes=BYTES_24_LAYERS,
        licence=UNSTATED,
        by_hand=second_stage("https://k00.fr/ot46cksa"),
    ),
    PublishedDrafter(
        name="drin_transformer",
        title="VQGAN's second stage of ImageNet: from a depth map (--map)",
        family="second-stage-depth",
        vqgan="imagenet_f16_1024",
        memory_bytes=BYTES_24_LAYERS,
        licence=UNSTATED,
        by_hand=second_stage("https://k00.fr/39jcugc5"),
    ),
    PublishedDrafter(
        name="cin_transformer",
        title="VQGAN's second stage of ImageNet: one of 1,000 things, by its name",
        family="second-stage-class",
        vqgan="imagenet_f16_16384",
        reads=BOTH,
        memory_bytes=2_821_000_000,
        files=(
            (f"{WEIGHTS}.ckpt", (Source(koofr(_CIN, "checkpoints/last.ckpt")),)),
            (CONFIG, (Source(koofr(_CIN, "configs/2021-04-03T19-39-50-project.yaml")),)),
        ),
        licence=UNSTATED,
    ),
    *(
        PublishedDrafter(
            name=f"{faces}_transformer",
            title=f"VQGAN's second stage of faces ({faces}): without words",
            family="second-stage-none",
            vqgan=faces,
            memory_bytes=BYTES_24_LAYERS,
            licence=UNSTATED,
            by_hand=second_stage(f"https://k00.fr/{place}"),
        )
        for faces, place in (("ffhq", "yndvfu95"), ("celebahq", "2xkmielf"))
    ),
    PublishedDrafter(
        name="dalle_mini",
        title="DALL·E mini: 256 px from English words, the one for a CPU",
        family="dalle-mini",
        vqgan="dalle_mini_f16_16384",
        reads=ENGLISH,
        memory_bytes=875_925_440,
        files=_english("_mini"),
        licence="MIT for min-dalle's files; Apache-2.0 for the model",
    ),
    PublishedDrafter(
        name="dalle_mega",
        title="DALL·E mega: 256 px from English words",
        family="dalle-mega",
        vqgan="dalle_mini_f16_16384",
        reads=ENGLISH,
        memory_bytes=5_175_934_976,
        files=_english(""),
        licence="MIT for min-dalle's files; for the model none is stated",
    ),
)
PUBLISHED_DRAFTERS: Mapping[str, PublishedDrafter] = {model.name: model for model in _ALL}
