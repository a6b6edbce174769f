"""The bytes of a text file as text, and what no facts file may be: empty, binary, of endless lines."""

from __future__ import annotations

from ledger.errors import Refused

LONGEST_LINE = 1_000_000
"""Bytes of a line: a household with fifty members needs a hundredth of it."""

DEEPEST = 32
"""Levels of lists and objects inside one another; facts need six."""


def text_of(content: bytes, name: str, encodings: tuple[str, ...] = ("utf-8-sig",)) -> str:
    """The text, in the first encoding that fits strictly, without a byte-order mark.

    Raises:
        Refused: `file.empty`, `file.binary`, `file.long_line` or `file.encoding`, naming file and line.
    """
    if not content.strip():
        raise empty(name)
    zero = content.find(b"\0")
    if zero >= 0:
        raise Refused(
            "file.binary", _line(name, content, zero), found="a zero byte", expected="a text file",
            hint="Save it as UTF-8 text.",
        )  # fmt: skip
    for number, line in enumerate(content.split(b"\n"), 1):
        if len(line) > LONGEST_LINE:
            raise Refused(
                "file.long_line", f"{name} line {number}",
                found=f"a line of {len(line):,} bytes", expected=f"at most {LONGEST_LINE:,}",
            )  # fmt: skip
    broken = 0
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as reason:
            broken = max(broken, reason.start)
    allowed = " or ".join(encoding.removesuffix("-sig").upper() for encoding in encodings)
    raise Refused(
        "file.encoding", _line(name, content, broken), found="bytes of another encoding",
        expected=f"text in {allowed}", hint="Save the file anew, as UTF-8.",
    )  # fmt: skip


def empty(name: str) -> Refused:
    """The refusal of a file without lines, `file.empty`."""
    return Refused("file.empty", name, found="nothing", expected="at least one line")


def _line(name: str, content: bytes, at: int) -> str:
    number = content.count(b"\n", 0, at) + 1
    return f"{name} line {number}"
