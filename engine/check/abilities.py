"""Check that this machine can compute, load the models and write films."""

import tempfile
from pathlib import Path

from engine.check.painting import check_engine
from engine.errors import EngineError
from engine.hardware import let_threads_sleep
from engine.pipeline import Pipeline, with_defaults
from engine.settings import EngineSettings
from store.checks.report import CheckFinding, Severity
from store.request.request import DrawRequest

SIDE = 32  # of the film


def check_device(settings: EngineSettings) -> list[CheckFinding]:
    """Choose the device and compute something on it."""
    let_threads_sleep()
    import torch

    from engine.device import device_name, driver_version, try_devices

    try:
        device, refused = try_devices(settings.device)
    except EngineError as error:
        return [of_error(error)]
    findings = [of_error(error, Severity.NOTE) for error in refused]
    values = {"name": device_name(device), "device": device.type, "torch": torch.__version__}
    values["driver"] = (device.type == "cuda" and driver_version()) or "none"
    threads = settings.threads or torch.get_num_threads()
    return [*findings, CheckFinding("check-device", {**values, "threads": threads})]


def check_film() -> CheckFinding:
    """Write a film of two frames as MP4, for which ffmpeg is needed, and as GIF."""
    import numpy as np

    from engine.images.animation import write_gif, write_mp4

    frames = [np.full((SIDE, SIDE, 3), shade, np.uint8) for shade in (0, 255)]
    try:
        with tempfile.TemporaryDirectory(prefix="mazok-") as folder:
            write_mp4(frames, Path(folder, "film.mp4"), seconds=0.2, hold=0.1)
            write_gif(frames, Path(folder, "film.gif"), seconds=0.2, hold=0.1)
    except Exception as error:  # the library's errors are of many kinds
        return CheckFinding("check-film-failed", {"reason": _reason(error)}, Severity.FAILED)
    return CheckFinding("check-film")


def check_models(pipeline: Pipeline, settings: EngineSettings) -> list[CheckFinding]:
    """Load the models of the settings, tell which guide reads which script, and paint."""
    from engine.guides.warnings import pocket_only_scripts

    request = with_defaults(DrawRequest(prompt="-"), settings)
    try:
        loaded = pipeline.load(request)
    except EngineError as error:
        return [of_error(error)]
    values = {"vqgan": request.vqgan, "latin": request.clip, "cyrillic": request.ruclip}
    weak = pocket_only_scripts(loaded.guides)
    notes = [CheckFinding("check-guide-weak", {"script": script}, Severity.NOTE) for script in weak]
    return [CheckFinding("check-models", values), *notes, _painting(pipeline, settings)]


def _painting(pipeline: Pipeline, settings: EngineSettings) -> CheckFinding:
    """Paint two steps of a tiny picture."""
    try:
        check_engine(pipeline, settings)
    except EngineError as error:
        return of_error(error, Severity.FAILED)
    except Exception as error:  # the device's errors are of many kinds
        return CheckFinding("check-painting-failed", {"reason": _reason(error)}, Severity.FAILED)
    return CheckFinding("check-painting")


def of_error(error: EngineError, severity: Severity = Severity.WRONG) -> CheckFinding:
    """Return an error of the engine as a finding."""
    return CheckFinding(error.key, error.values, severity)


def _reason(error: Exception) -> str:
    return f"{error}".strip().partition("\n")[0] or type(error).__name__
