"""Facts from YAML: one list of facts."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.errors import Refused
from ledger.intake.raw import RawFact
from ledger.intake.yaml_tree import YamlList, YamlMap, read_yaml


def read_yaml_facts(content: bytes, name: str) -> Iterator[RawFact]:
    """The facts of a file.

    Raises:
        Refused: `file.syntax` for anything but a list of mappings, and what `read_yaml` refuses.
    """
    facts = read_yaml(content, name)
    if not isinstance(facts, YamlList):
        raise Refused("file.syntax", name, found="YAML that is no list", expected="a list of facts")
    return facts_of(facts, name)


def facts_of(facts: YamlList, name: str) -> Iterator[RawFact]:
    """The facts of a list that stands in a YAML file, each with its line.

    Raises:
        Refused: `file.syntax` for an item that is no mapping.
    """
    for line, fact in zip(facts.lines, facts, strict=True):
        if not isinstance(fact, YamlMap):
            raise Refused(
                "file.syntax", f"{name} line {line}", found="an item that is no mapping",
                expected="a fact such as {fact: leave, case: C1, …}",
            )  # fmt: skip
        yield RawFact(name, line, fact)
