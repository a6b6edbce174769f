"""The one shape of an error: code, subject, what was found, what was expected, what to do."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    FINDINGS = 4
    INTEGRITY = 5


class LedgerError(Exception):
    """Something the ledger will not or cannot do, said so that its reader can act.

    `code` is a stable slug (`fact.unknown_field`); the class chooses the exit code. `subject` says where (a
    file and line, a case, a batch). `found` never holds a personal value in clear: mask it first.
    """

    exit_code = Exit.FAILED

    def __init__(self, code: str, subject: str, *, found: str, expected: str, hint: str = "") -> None:
        self.code = code
        self.subject = subject
        self.found = found
        self.expected = expected
        self.hint = hint
        super().__init__(self.message())

    def __reduce__(self) -> tuple[object, ...]:
        return _made_again, (type(self), self.code, self.subject, self.found, self.expected, self.hint)

    def message(self) -> str:
        """The error as lines of text; the last line is the one to read."""
        lines = [f"{self.code}: {self.subject}", f"  found:    {self.found}", f"  expected: {self.expected}"]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)

    def at(self, place: str) -> LedgerError:
        """The same error with the place (file, line) in front of its subject."""
        moved = type(self)(
            self.code, f"{place}: {self.subject}", found=self.found, expected=self.expected, hint=self.hint
        )
        moved.__cause__ = self
        return moved


def _made_again(
    kind: type[LedgerError], code: str, subject: str, found: str, expected: str, hint: str
) -> LedgerError:
    """An error that came from another process."""
    return kind(code, subject, found=found, expected=expected, hint=hint)


class Failed(LedgerError):
    """The machine, the database or a file did not do its part (exit 1)."""


class Misused(LedgerError):
    """The command was called wrongly (exit 2)."""

    exit_code = Exit.USAGE


class Refused(LedgerError):
    """A rule refuses it; nothing was recorded (exit 3)."""

    exit_code = Exit.REFUSED


class IntegrityBroken(LedgerError):
    """What is stored, signed or written does not agree with itself (exit 5)."""

    exit_code = Exit.INTEGRITY
