"""The subcommands of `python -m engine`, and how their errors are shown."""

import logging
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.cli.requests import numbered, numbered_requests, picture_paths, request_of
from engine.errors import DONE, FAILED, INTERRUPTED, DownloadError, EngineError, say, sentence
from engine.settings import EngineSettings
from store.environment import export
from store.errors import RequestError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from engine.cli.saved_painting import SavedPainting
    from engine.images.inputs import InputImages
    from engine.painting.step import Step
    from engine.painting_run import Prepared
    from engine.pipeline import Pipeline
    from store.model import Notice
    from store.request.request import DrawRequest


UNKNOWN_WORDS = ("notice-words-unknown", "notice-outside-world")  # bigger models know more


def complain(text: str, code: int) -> int:
    """Print an error in one line on stderr; return the exit code."""
    print(" ".join(text.split()), file=sys.stderr)
    return code


def interrupt(number: int, frame: FrameType | None) -> None:
    """Handle a signal as Ctrl-C."""
    raise KeyboardInterrupt


def run_draw(
    options: "Namespace", settings: EngineSettings, language: str, pipeline: "Pipeline | None"
) -> int:
    """Run `draw`: paint the request, or so many of it; return the exit code."""
    from engine.cli import repaint, saved_painting
    from engine.cli.words import read_words
    from engine.images import metadata
    from engine.images.inputs import from_disk
    from engine.images.output import check_writable
    from engine.logs import to_stderr
    from engine.pipeline import open_pipeline, with_defaults
    from store.model import Notice

    to_stderr(logging.DEBUG if options.verbose else logging.WARNING)
    signal.signal(signal.SIGTERM, interrupt)
    unread = read_words(options)
    earlier = metadata.read_metadata(options.again) if options.again else None
    saved = saved_painting.read_saved(options.resume) if options.resume else None
    typed = numbered_requests(options, earlier, saved.request if saved else None)
    requests = [with_defaults(request, settings) for request in typed]
    if options.save_latent:
        saved_painting.check_saved(options.save_latent)
    images = from_disk()
    if not earlier and not saved and not requests[0].wants_something:
        raise RequestError("request-nothing-wanted")
    for request in requests:
        images.check(request)
    if earlier:
        given = request_of(options), settings, options.again.name
        requests = [repaint.checked_models(request, *given) for request in requests]
    with picture_paths(options.out, requests[0].prompt, options.count) as paths:
        for path in paths:
            check_writable(path)
        pipeline = pipeline or open_pipeline(settings, options.config)
        notices = [Notice("notice-unread", {"words": ", ".join(unread)})] if unread else []
        if earlier:
            hashes = pipeline.hashes(requests[0])
            notices += repaint.repaint_notices(earlier, requests[0], hashes, options.again.name)
        tell(notices, language)  # before painting, which may take hours
        tasks = list(zip(requests, paths, strict=True))
        return _paint(
            tasks, options, pipeline, images, saved=saved, notices=notices, language=language
        )


def tell(notices: "Iterable[Notice]", language: str) -> None:
    """Print a line for each notice on stderr, and where bigger models are if one is of words."""
    told = list(notices)
    for notice in told:
        print(sentence(notice, language), file=sys.stderr)
    if any(notice.key in UNKNOWN_WORDS for notice in told):
        print(say("bigger-models", language), file=sys.stderr)


def _paint(
    tasks: "Sequence[tuple[DrawRequest, Path]]",
    options: "Namespace",
    pipeline: "Pipeline",
    images: "InputImages",
    *,
    saved: "SavedPainting | None",
    notices: "Sequence[Notice]",
    language: str,
) -> int:
    """Paint each request to its path and print what came of it."""
    from engine.cli.draw import DrawProgress, draw, json_line
    from engine.cli.interruption import FinishOnInterrupt

    def tell_before(prepared: "Prepared") -> None:
        tell(pipeline.before_painting(prepared.request, prepared.models, language), language)

    state_paths: list[Path | None] = [None] * len(tasks)
    if options.save_latent:
        state_paths = [*numbered(options.save_latent, options.count)]
    interruption = FinishOnInterrupt(sys.stderr, language)
    for (request, path), save_state in zip(tasks, state_paths, strict=True):
        progress = DrawProgress(sys.stderr, language)

        def show(step: "Step", progress: DrawProgress = progress) -> None:
            progress(step)
            interruption.has_picture = interruption.has_picture or step.number > 0

        def begin(prepared: "Prepared", progress: DrawProgress = progress) -> None:
            tell_before(prepared)
            progress.begin(prepared.plan)

        try:
            with interruption:
                drawn = draw(
                    request,
                    path,
                    pipeline,
                    images,
                    resume=saved,
                    save_state=save_state,
                    prepare=begin,
                    progress=show,
                    notices=notices,
                    enough=interruption,
                )
        finally:
            progress.close()
        report = drawn.report(language)
        tell(drawn.notices[len(notices) :], language)
        print(
            json_line(report)
            if options.json
            else say(
                "drawn",
                language,
                files=", ".join(report[kind] for kind in ("png", "gif", "mp4") if report[kind]),
                **report,
            ),
            flush=True,
        )
        if interruption.asked:
            return INTERRUPTED
    return DONE


def run_models(options: "Namespace", settings: EngineSettings, language: str) -> int:
    """Run `models`: print a line for each model."""
    from engine.registry.catalogue import megabytes, size_of
    from engine.registry.folder import all_models
    from engine.registry.vqgans import UNSTATED

    print(say("models-header", language))
    for model, on_disk in all_models(settings.models):
        state = "model-here" if on_disk else "model-by-hand" if model.by_hand else "model-absent"
        unstated = model.licence == UNSTATED
        licence = say("licence-unstated", language) if unstated else model.licence
        about = f"{model.title} ({licence})" if model.title else say("model-added", language)
        size, memory = f"{size_of(model):>9}", f"{megabytes(model.memory):>9}"
        status = f"{say(state, language):10}"
        print(f"{model.name:42} {model.kind:6} {size}  {memory}  {status}  {about}")
    return DONE


def run_add(options: "Namespace", settings: EngineSettings, language: str) -> int:
    """Run `models add`: copy a model's files into the models' folder."""
    from engine.registry.add import add_model

    try:
        name = add_model(
            Path(options.words[0]),
            settings.models,
            options.name,
            options.architecture,
            options.config,
        )
    except DownloadError as error:  # the disk is full
        return complain(sentence(error, language), FAILED)
    print(say("added", language, name=name))
    return DONE


def run_verify(options: "Namespace", settings: EngineSettings, language: str) -> int:
    """Run `models verify`: check the hashes of all models on disk; exit 1 if one is wrong."""
    from engine.registry.verify import verify_model

    code = DONE
    for finding in verify_model(settings.models):
        for fault in finding.faults:
            reason = sentence(fault, language)
            code = complain(say("verify-wrong", language, name=finding.name, reason=reason), FAILED)
        if not finding.faults:
            key = "verify-unproven" if finding.unproven else "verify-right"
            files = ", ".join(finding.unproven)
            print(say(key, language, name=finding.name, files=files), flush=True)
    return code


def run_pull(options: "Namespace", settings: EngineSettings, language: str) -> int:
    """Run `models pull`: download the models; one that fails does not stop the others."""
    from engine.downloads.http import ConnectionSettings
    from engine.logs import to_stderr
    from engine.registry.pull import chosen_downloads, pull

    to_stderr(logging.DEBUG if options.verbose else logging.WARNING)
    signal.signal(signal.SIGTERM, interrupt)
    export(settings.settings_file, "HF_")
    code, connection = DONE, ConnectionSettings(proxy=settings.proxy)
    for spec in chosen_downloads(options.words):
        try:
            fresh = pull(spec, settings.models, sys.stderr, language, connection=connection)
        except EngineError as error:
            code = complain(sentence(error, language), FAILED)
        except KeyboardInterrupt:
            return complain(say("pull-interrupted", language), INTERRUPTED)
        else:
            print(say("pulled" if fresh else "pull-here", language, name=spec.name), flush=True)
    return code


MODELS = {"list": run_models, "pull": run_pull, "add": run_add, "verify": run_verify}
