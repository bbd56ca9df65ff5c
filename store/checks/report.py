"""Findings of a check, printed as they come, and the exit code that follows from them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TextIO
from weakref import WeakKeyDictionary

Say = Callable[[str, Mapping[str, object]], str]  # the text of a key with its values


class Severity(IntEnum):
    """How bad a finding is; the value is that of the exit code, but for NOTE."""

    OK = 0
    FAILED = 1  # the surroundings: a network, a disk, a program that is missing
    WRONG = 2  # a setting, or what it names: it stays so until somebody changes it
    NOTE = -1  # nothing fails, but somebody ought to know


MARKS = {Severity.OK: "✓", Severity.NOTE: "!", Severity.FAILED: "✗", Severity.WRONG: "✗"}
PLAIN_MARKS = {Severity.OK: "+", Severity.NOTE: "!", Severity.FAILED: "x", Severity.WRONG: "x"}

_PRINTED: WeakKeyDictionary[TextIO, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class CheckFinding:
    """The key of a text with its values: what is well, or what is not and what to do."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = Severity.OK


class CheckReport:
    """Prints findings and keeps the exit code: that of the worst one.

    What several checks find alike, such as the database, is printed once on a stream.
    """

    def __init__(self, say: Say, stream: TextIO) -> None:
        self._say, self._stream = say, stream
        self.code = 0

    def add(self, findings: Iterable[CheckFinding]) -> None:
        """Print each finding in one line."""
        printed = _PRINTED.setdefault(self._stream, set())
        for finding in findings:
            text = " ".join(self._say(finding.key, finding.values).split())
            if text not in printed:
                printed.add(text)
                self._print(finding.severity, text)
            self.code = max(self.code, finding.severity)

    def _print(self, severity: Severity, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        line = f"{MARKS[severity]} {text}"
        try:
            line.encode(encoding)
        except UnicodeEncodeError:  # a terminal of Windows, for example
            plain = f"{PLAIN_MARKS[severity]} {text}"
            line = plain.encode(encoding, "replace").decode(encoding)
        print(line, file=self._stream, flush=True)
