"""The packaged guide knows what things are called: the same in both languages."""

from pathlib import Path

import torch

from engine.models import ModelNames, load_models
from store.reader.scripts import CYRILLIC, LATIN
from store.reader.vocabulary import subjects


def test_a_russian_name_is_nearest_to_the_english_name_of_the_same_thing(tmp_path: Path) -> None:
    models = load_models(ModelNames(), "cpu", tmp_path)
    (english,), (russian,) = (models.guides[script] for script in (LATIN, CYRILLIC))
    with torch.no_grad():
        here = russian.encode_text([subject.russian[0].nominative for subject in subjects()])
        there = english.encode_text([subject.english[0] for subject in subjects()])
    right = (here @ there.T).argmax(1) == torch.arange(len(there))
    assert right.float().mean() >= 0.97
