"""Count what was compared with the originals; a skipped comparison is a failure."""

import pytest

COMPARED = "compared"  # a property of a test's report: `record_property(COMPARED, count)`


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _counts(reporter)[1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write the counts as the last line of the output."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and any(counts := _counts(reporter)):
        reporter.write_line("{} compared, {} skipped".format(*counts))


def _counts(reporter: pytest.TerminalReporter) -> tuple[int, int]:
    reports = [
        report
        for kind in ("passed", "skipped")
        for report in reporter.stats.get(kind, [])
        if "tests/conformance/" in report.nodeid
    ]
    compared = sum(n for report in reports for key, n in report.user_properties if key == COMPARED)
    return compared, sum(report.skipped for report in reports)
