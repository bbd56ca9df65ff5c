"""Compare a small text encoder and its tokenizer with transformers, on fewer texts."""

from pathlib import Path

import pytest

from engine.guides.xlm_roberta import XlmShape
from tests.conformance.conftest import COMPARED
from tests.conformance.test_clip import RecordingSession, compare

pytestmark = pytest.mark.conformance


def test_every_vector_and_every_id(tmp_path: Path, record_property: RecordingSession) -> None:
    record_property(COMPARED, compare(tmp_path, XlmShape(64, 2, 4, vocabulary=1000), 2000))
