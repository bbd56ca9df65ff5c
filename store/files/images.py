"""Decode images that users send, in a process of its own with limits on memory, time and pixels.

A few kilobytes may describe a picture that takes hundreds of megabytes to decode, and a decoder
that crashes on a damaged file must not take bot or engine with it.
"""

import json
import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import Any

from store.files.decoder import Limits
from store.files.formats import FORMAT_NAMES, MAX_BYTES, InvalidImage, check_bytes
from store.system.memory import free_main_memory

__all__ = ["FORMAT_NAMES", "MAX_BYTES", "MAX_PIXELS", "InvalidImage", "check_image", "decode_image"]

MAX_PIXELS = 50_000_000
BYTES_PER_PIXEL = 16  # at most, with every copy that a conversion makes
SHARE = 0.5  # of the free memory
SECONDS = 20  # of computing; a phone's largest photo takes one
TIMEOUT_S = 60.0  # with the start, on a busy machine


def check_image(data: bytes) -> None:
    """Decode an image completely, which may take seconds; raise InvalidImage if it fails."""
    _decode(data, 0)


def decode_image(data: bytes, max_area: int) -> tuple[tuple[int, int], bytes]:
    """Return the (width, height) and the RGB bytes of an image, reduced to `max_area` pixels.

    It is upright, on white, the first frame of several. Raises InvalidImage.
    """
    return _decode(data, max_area)


def limits_now(max_area: int = 0) -> Limits:
    """Return the limits that the memory at hand allows."""
    memory = MAX_PIXELS * BYTES_PER_PIXEL
    free = free_main_memory(Path("/"))
    if free is not None:
        memory = min(memory, int(free * SHARE))
    return Limits(min(MAX_PIXELS, memory // BYTES_PER_PIXEL), memory, SECONDS, max_area)


def _decode(data: bytes, max_area: int) -> tuple[tuple[int, int], bytes]:
    check_bytes(data)
    told, pixels = run_decoder(data, limits_now(max_area))
    if "flaw" in told:
        raise InvalidImage(told["flaw"], **told["values"])
    width, height = told["size"]
    return (width, height), pixels


def run_decoder(data: bytes, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """Return what the decoder tells of an image, and its pixels. Raises InvalidImage."""
    command = [sys.executable, "-m", "store.files.decoder", *map(str, astuple(limits))]
    try:
        ended = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            # Threads that numpy would start take address space, which is limited.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidImage("damaged") from error
    line, _, pixels = ended.stdout.partition(b"\n")
    if ended.returncode != 0 or not line:  # the decoder crashed, or took too much
        raise InvalidImage("damaged")
    return json.loads(line), pixels
