"""The pages as they come out of a printer, drawn by a browser where one is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from bundles_made import MakeContents, rendered

CHROMIUM, PDFTOPPM = shutil.which("chromium"), shutil.which("pdftoppm")
_INK = 128


def printed(page: bytes, folder: Path) -> list[bytes]:
    """The first sheet of a page at 100 dots an inch: its rows, a byte a dot, 0 is black."""
    assert CHROMIUM
    assert PDFTOPPM
    (folder / "page.html").write_bytes(page)
    browser = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer", f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri(),
    ]  # fmt: skip
    drawer = [PDFTOPPM, "-r", "100", "-gray", "-singlefile", str(folder / "page.pdf"), str(folder / "page")]
    for command in (browser, drawer):
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    head, size, _, dots = (folder / "page.pgm").read_bytes().split(b"\n", 3)
    assert head == b"P5"
    width = int(size.split()[0])
    return [dots[start : start + width] for start in range(0, len(dots), width)]


@pytest.mark.skipif(not (CHROMIUM and PDFTOPPM), reason="no chromium or pdftoppm here")
@pytest.mark.parametrize("name", ["application.html", "posting.html"])
def test_a_printed_table_has_its_lines_on_both_sides(
    tmp_path: Path, make_contents: MakeContents, name: str
) -> None:
    rows = printed(rendered(make_contents())[name], tmp_path)
    inked = [[at for at, dot in enumerate(row) if dot < _INK] for row in rows]
    left, right = min(at[0] for at in inked if at), max(at[-1] for at in inked if at)
    down_left, down_right = (sum(side in at for at in inked) for side in (left, right))
    assert down_right >= down_left / 2
