"""`ledger demo` on a small county: every programme is closed, verified with openssl, replayed and explained."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import CommandLine


def test_the_demo_closes_every_programme_and_every_check_is_true(tmp_path: Path, clone_root: Path) -> None:
    ledger = CommandLine(tmp_path / "a" / "home", clone_root)
    shown = ledger("demo", "--households", "40", "--home", tmp_path / "the demo")
    assert shown.code == 0, shown.err
    closed = re.findall(r"closed (\S+) (\w+):", shown.out)
    months, programmes = ("2022-04", "2022-05", "2022-06"), ("dibao_urban", "dibao_rural", "tekun", "relief")
    assert closed == [(month, programme) for month in months for programme in programmes]
    assert "8 of 8 OK" in shown.out
    assert len(re.findall(r"replayed 2022-06 .*: no differences", shown.out)) == len(programmes)
    checks = re.search(r"(\d+) of (\d+) checks true", shown.out)
    assert checks is not None
    assert checks[1] == checks[2]
    assert re.search(r"^ +\d+\.\d\d  together, from \d+ facts", shown.out, re.MULTILINE)


def test_a_demo_never_writes_into_a_folder_with_something_in_it(tmp_path: Path, clone_root: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept.txt").write_text("keep", encoding="utf-8")
    ledger = CommandLine(tmp_path / "a" / "home", clone_root)
    shown = ledger("demo", "--home", mine)
    assert shown.code == 2
    assert "demo.folder" in shown.err
    assert sorted(path.name for path in mine.iterdir()) == ["kept.txt"]
