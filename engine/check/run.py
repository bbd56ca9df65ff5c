"""`--check`: look at all that the engine needs, and say in a line each what is well or to do."""

import asyncio
import logging
from typing import TextIO

from engine.check.abilities import check_device, check_film, check_models, of_error
from engine.errors import EngineError, say
from engine.pipeline import open_pipeline
from engine.settings import EngineSettings
from store.checks.places import check_database, check_files
from store.checks.report import CheckReport, Severity
from store.checks.settings import check_names

log = logging.getLogger(__name__)


def run_check(settings: EngineSettings, stream: TextIO, language: str) -> int:
    """Print the findings; return the exit code: 0, 1 or, for a wrong setting, 2."""
    report = CheckReport(lambda key, values: say(key, language, **values), stream)
    report.add(check_names(settings.settings_file))
    device = check_device(settings)
    report.add(device)
    if device[-1].severity is Severity.OK:
        try:
            report.add(check_models(open_pipeline(settings), settings))
        except EngineError as error:
            report.add([of_error(error)])
    report.add([check_film()])
    report.add(asyncio.run(check_database(settings.database)))
    report.add([check_files(settings.files)])
    return report.code


def warn_without_film(language: str) -> None:
    """Log that no film can be written, before pictures are painted that will lack theirs."""
    finding = check_film()
    if finding.severity is not Severity.OK:
        log.warning("%s", say(finding.key, language, **finding.values))


def check_store_at_start(settings: EngineSettings) -> None:
    """Raise EngineError where files cannot be written and waiting is no use."""
    finding = check_files(settings.files)
    if finding.severity is Severity.WRONG:
        raise EngineError(finding.key, **finding.values)
