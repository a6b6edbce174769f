"""The documents say what is true: made ones are as made, snippets run, commands and files exist, links lead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commands.main import cli
from ledger.admission import _ADMIT
from ledger.intake.facts import KINDS
from ledger.store.embedded import ServerAddress
from scripts.make_docs import documents

CLONE = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
PAGES = [path.relative_to(CLONE).as_posix() for path in (*CLONE.glob("*.md"), *CLONE.glob("docs/*.md"))]
SOURCES = [
    path
    for package in ("ledger", "projections", "commands", "scripts", "tests", ".ci")
    for path in sorted((CLONE / package).rglob("*"))
    if path.suffix in (".py", ".sql", ".yaml", "") and path.is_file()
]
RUNNABLE = re.compile(r"^```sh run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CITED = re.compile(r"docs/rules\.md ((?:R[0-9]+)(?:(?:, | and | to )R[0-9]+)*)")


def text_of(page: str) -> str:
    return (CLONE / page).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The anchors set by hand and those of headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("name", documents())
def test_a_made_document_is_as_the_code_makes_it(name: str) -> None:
    assert text_of(name) == documents()[name], "run scripts/make_docs.py"


@pytest.mark.parametrize("page", READMES)
def test_the_snippets_of_a_readme_run(
    page: str, tmp_path: Path, server: ServerAddress, new_database: Callable[..., str]
) -> None:
    """One shell for all of a page, in an empty folder, with `ledger` on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    ledger = programs / "ledger"
    ledger.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m commands "$@"\n', encoding="utf-8")
    ledger.chmod(0o755)
    here = tmp_path / "work"
    here.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    environment |= {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(CLONE),
        "PYTHONUTF8": "1",
        "LEDGER_DATABASE_URL": server.conninfo(new_database()),
    }
    blocks = RUNNABLE.findall(text_of(page))
    assert blocks
    ran = subprocess.run(
        ["/bin/sh", "-e"], input="\n".join(blocks), cwd=here, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = {
        "README.md": ("768.90", "reissue-1", "relief-R1", "relative_not_filed"),
        "README.zh-CN.md": ("405.00",),
    }
    assert all(word in ran.stdout for word in told[page]), "what the text names"


@pytest.mark.parametrize("command", cli.list_commands(None))  # type: ignore[arg-type]
def test_each_command_is_named_in_the_readme(command: str) -> None:
    assert f"`{command}`" in text_of("README.md")


@pytest.mark.parametrize("page", READMES)
def test_a_readme_names_no_command_that_there_is_not(page: str) -> None:
    words = set(re.findall(r"(?:^|`)ledger ([a-z][a-z-]+)", text_of(page), re.MULTILINE))
    assert words <= set(cli.list_commands(None))  # type: ignore[arg-type]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in LINK.findall(text_of(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (CLONE / page).parent / path if path else CLONE / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "DECISIONS.md"])
def test_files_named_exist(page: str) -> None:
    named = re.findall(r"`((?:ledger|projections|commands|tests|scripts|docs)/[\w./-]+)`", text_of(page))
    made_up = {"tests/errors/fact.something.jsonl"}
    assert not [name for name in named if name not in made_up and not (CLONE / name).exists()]


@pytest.mark.parametrize(
    "page", [*READMES, "CONTRIBUTING.md", "DECISIONS.md", "docs/rules.md", "docs/scenarios.md"]
)
def test_names_with_an_underscore_are_names_of_the_sources(page: str) -> None:
    """Fields, facts, policy keys, queries, functions: a name that was changed or never was is found here."""
    named = set(re.findall(r"`([A-Za-z_]+_[A-Za-z_]*)`", text_of(page)))
    words = {word for path in SOURCES for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert not named - words - {"pg_dump"}


def test_every_kind_of_fact_can_be_recorded() -> None:
    assert set(_ADMIT) == set(KINDS.values())


def test_rules_stand_in_the_order_of_their_numbers() -> None:
    numbers = [int(number) for number in re.findall(r'<a id="r([0-9]+)"></a>\n### R\1 ', text_of("docs/rules.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_rules_cited_in_the_code_have_a_section() -> None:
    known = anchors(text_of("docs/rules.md"))
    cited = {
        (rule, path.name)
        for path in SOURCES
        for group in CITED.findall(path.read_text(encoding="utf-8"))
        for rule in re.findall(r"R[0-9]+", group)
    }
    assert len(cited) > 5
    assert not [(rule, name) for rule, name in cited if rule.lower() not in known]


def test_documents_cited_in_the_code_are_here() -> None:
    cited = {
        (name, path.name)
        for path in SOURCES
        for name in re.findall(r"\b([\w./-]+\.md)\b", path.read_text(encoding="utf-8"))
    }
    assert not [
        (name, where)
        for name, where in cited
        if not any((CLONE / folder / name).exists() for folder in ("", "docs"))
    ]


FORBIDDEN = (
    *("/wo" + "rk/", "/opt/py" + "pi", "/tmp/ve" + "nv", "/ro" + "ot/", "pypi." + "org", "index" + "_url ="),
    *("files.python" + "hosted", "TO" + "DO", "FIX" + "ME"),
)


@pytest.mark.parametrize("page", PAGES)
def test_no_host_or_path_of_a_machine_in_a_document(page: str) -> None:
    assert not [word for word in FORBIDDEN if word in text_of(page)]


def test_no_host_or_path_of_a_machine_in_the_sources() -> None:
    found = [
        (word, path.name) for path in SOURCES for word in FORBIDDEN if word in path.read_text(encoding="utf-8")
    ]
    assert not found
