"""Writes docs/facts.md, errors.md and audits.md from the code: `python scripts/make_docs.py`; a test compares them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import fields

CLONE = Path(__file__).resolve().parent.parent
if str(CLONE) not in sys.path:
    sys.path.insert(0, str(CLONE))

from ledger import errors  # noqa: E402  found through the line above
from ledger.admission import admit  # noqa: E402
from ledger.admission.desk import Desk  # noqa: E402
from ledger.domain.event import Origin  # noqa: E402
from ledger.error_codes import CATALOGUE  # noqa: E402
from ledger.errors import Exit, LedgerError  # noqa: E402
from ledger.intake import facts_audit, facts_case, facts_payment, facts_rules  # noqa: E402
from ledger.intake.facts import KINDS, Fact, parse_fact  # noqa: E402
from ledger.intake.policy_keys import POLICY_KEYS  # noqa: E402
from ledger.intake.reading import read_facts  # noqa: E402
from ledger.intake.shape import Field, Reads, field_name, shape_of  # noqa: E402
from projections.suspicions import catalogue  # noqa: E402
from scripts.raised_codes import raised_codes  # noqa: E402

TODAY = datetime(2022, 6, 1, 4, tzinfo=UTC)
"""The day on which the facts of tests/errors are recorded: midday of 1 June 2022 in China."""

_MADE = "<!-- Made by scripts/make_docs.py from the code: change the code, then run it again. -->\n"
_OF_ANY_KIND = (
    *(
        "fact.duplicate_key",
        "fact.malformed",
        "fact.missing_field",
        "fact.no_division",
    ),
    *("fact.unknown", "fact.unknown_field"),
)
_OF_EVERY_FACT = ("division", "id", "recorded_on")
_GROUPS = {
    "Rules and the books": facts_rules,
    "Cases": facts_case,
    "What is given": facts_payment,
    "Supervision": facts_audit,
}
_EXITS = {
    Exit.DONE: "done and clean",
    Exit.FAILED: "the machine, the database or a file did not do its part",
    Exit.USAGE: "the command was called wrongly",
    Exit.REFUSED: "a rule refuses it; nothing was recorded",
    Exit.FINDINGS: "done, with findings to look at",
    Exit.INTEGRITY: "what is stored, signed or written does not agree with itself",
}
_FACTS_INTRO = """\
# Facts: what can be recorded

`ledger record FILE` takes files of facts: JSON Lines (one fact a line), YAML (a list), CSV and XLSX (a header of
field names, dots for fields inside objects, such as `income.amount`; a column `fact`, or a file named for its
kind, such as `income.csv`). A file is recorded whole or not at all, and once: the same bytes again change
nothing. Facts are checked in the order of their lines; a later line sees what an earlier one says.

```json
{"fact": "leave", "case": "C1", "person": "P2", "date": "2022-05-17", "reason": "death"}
```

Every fact may carry `division` (six digits, GB/T 2260; else the file's or the ledger's), `id` (the same id with
the same content again is passed over, with other content refused) and, in a rehearsal only, `recorded_on`.

Amounts are decimal yuan in quotes (`"443.00"`), never negative, at most two decimals; days are `2022-05-17`,
months `2022-05`. A field marked * is required. A field marked † tells what happened and cannot lie after the day
it is recorded. A field marked ‡ may hold what concerns a person: every message masks it. How amounts follow from
facts is in [rules.md](rules.md); what a refusal looks like is in [errors.md](errors.md).
"""
_AUDITS_INTRO = """\
# Audit queries: suspicions, never verdicts

`ledger audit [QUERY]...` runs them over all that is known, or with `--known-at DAY` by what was known then; exit code
4 when anything is found. A query changes nothing. Each row names the events that prove it (`because`), the fewest that
do; `ledger history` shows them, `ledger explain` the money.

**Paid for a month**: money a close issued for it (its own due or arrears, in a payout that went out) or an import,
above zero; returned money counts, cancelled does not. **Persons paid for**: those insured in the case in that month by
what was known when the money was issued. Two codes with one ID number are one person, and both are named.
"""
_ERRORS_INTRO = """\
# Errors: every code, what it means, what to do

An error is text on stderr: its code and place, what was found (personal values masked), what was expected, and
where there is one a hint; the last line is the one to read. The exit code says of which sort it is:
"""


@cache
def documents() -> dict[str, str]:
    """The made documents by their path below the clone."""
    return {"docs/facts.md": facts_md(), "docs/errors.md": errors_md(), "docs/audits.md": audits_md()}


def audits_md() -> str:
    """The audit queries: each with what it names and when, on which ground, and the scenarios that show it."""
    parts = [_MADE, _AUDITS_INTRO]
    for query in catalogue().values():
        shown = ", ".join(
            f"[{kind.replace('_', ' ')}](../tests/scenarios/audit_{query.slug}_{kind}.yaml)"
            for kind in ("raised", "just_not")
        )
        parts.append(
            f"## {query.number} `{query.slug}`\n\n{query.title}. Names {query.subjects}. {query.definition}\n\n"
            f"Ground: {query.legal}. Scenarios: {shown}.\n"
        )
    return "\n".join(parts)


def facts_md() -> str:
    """The vocabulary: each kind of fact with its fields and refusals, then the policy keys."""
    refusals = _refusals_by_kind()
    parts = [_MADE, _FACTS_INTRO]
    for title, module in _GROUPS.items():
        parts.append(f"## {title}\n")
        for name in module.__all__:
            kind = getattr(module, name)
            if issubclass(kind, Fact):
                parts += _fact(kind, refusals.get(kind.KIND, []))
    parts.append(_policies())
    return "\n".join(parts)


def _fact(kind: type[Fact], refusals: list[str]) -> Iterator[str]:
    yield f"### `{kind.KIND}`\n"
    yield f"{_first_paragraph(kind)}\n"
    yield "| field | takes |\n|---|---|"
    yield "\n".join(_rows(kind, "")) + "\n"
    if refusals:
        links = ", ".join(f"[`{code}`](errors.md#{_anchor(code)})" for code in refusals)
        yield f"Refused, for example: {links}.\n"


def _rows(kind: type[Struct], inside: str) -> Iterator[str]:
    types = {info.encode_name: info.type for info in fields(kind)}
    for field in shape_of(kind).fields:
        if not inside and field.key in _OF_EVERY_FACT:
            continue
        inner, many = _struct_in(types[field.key])
        name = f"{inside}{field.key}" + ("[]" if many else "")
        if inner is None:
            yield f"| `{name}`{_marks(field)} | {_takes(field)} |"
        else:
            yield f"| `{name}`{_marks(field)} | {_first_paragraph(inner)} |"
            yield from _rows(inner, f"{name}.")


def _marks(field: Field) -> str:
    reads = field.reads
    past = isinstance(reads, Reads) and reads.past
    personal = isinstance(reads, Reads) and reads.personal
    return ("*" if field.required else "") + ("†" if past else "") + ("‡" if personal else "")


def _takes(field: Field) -> str:
    text = field.reads.expected if isinstance(field.reads, Reads) else f"what fits `{field_name(field.reads.by)}`"
    return text.replace("|", "\\|")


def _struct_in(kind: Any) -> tuple[type[Struct] | None, bool]:
    """The struct a field's type holds, and whether it holds a list of them."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind, False
    for part in get_args(kind):
        if part is not NoneType and isinstance(part, type) and issubclass(part, Struct):
            return part, getattr(kind, "__origin__", None) is tuple
    return None, False


def _first_paragraph(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _policies() -> str:
    lines = [
        "## Policy keys\n",
        "A `policy` fact sets one of these from a month on. It counts in the month it computes; `recovery` and",
        "`recovery_cap_percent` count in the month closed. What is recorded for a higher division holds below it,",
        "the nearest wins ([R13](rules.md#r13)).\n",
        "| key | default | takes | meaning |\n|---|---|---|---|",
    ]
    for policy in POLICY_KEYS.values():
        default = json.dumps(policy.default, ensure_ascii=False) if policy.default is not None else "none"
        lines.append(f"| `{policy.key}` | {default} | {policy.reads.expected} | {policy.meaning} |")
    return "\n".join(lines) + "\n"


def errors_md() -> str:
    """The codes by their first word, with exit codes as raised; each `fact.` code with a fact that raises it."""
    exits: dict[str, set[int]] = {}
    for raised in raised_codes(CLONE):
        exits.setdefault(raised.code, set()).add(int(getattr(errors, raised.kind).exit_code))
    parts = [_MADE, _ERRORS_INTRO, "| exit | |\n|---|---|"]
    parts.append("\n".join(f"| {int(code)} | {meaning} |" for code, meaning in _EXITS.items()) + "\n")
    for area, codes in groupby(CATALOGUE, key=lambda code: code.partition(".")[0]):
        parts.append(f"## {area}\n")
        parts.append("| code | exit | meaning | what to do |\n|---|---|---|---|")
        shown = list(codes)
        for code in shown:
            explained = CATALOGUE[code]
            exit_codes = ", ".join(map(str, sorted(exits.get(code, ()))))
            parts.append(f"| `{code}` | {exit_codes} | {explained.meaning} | {explained.remedy} |")
        parts.append("")
        parts += [_example(code) for code in shown if reproducer(code).exists()]
    return "\n".join(parts)


def _example(code: str) -> str:
    fact = reproducer(code).read_text(encoding="utf-8").rstrip("\n")
    raised = error_of(code)
    assert raised is not None
    return f"### `{code}`\n\n```json\n{fact}\n```\n\n```text\n{raised.message()}\n```\n"


def _refusals_by_kind() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((CLONE / "tests" / "errors").glob("*.jsonl")):
        kind = json.loads(path.read_text(encoding="utf-8").splitlines()[0])["fact"]
        if kind in KINDS and path.stem not in _OF_ANY_KIND:
            found.setdefault(kind, []).append(path.stem)
    return found


def reproducer(code: str) -> Path:
    """The facts file that raises a code."""
    return CLONE / "tests" / "errors" / f"{code}.jsonl"


def error_of(code: str) -> LedgerError | None:
    """The error a code's facts file raises when it is recorded in an empty ledger; None where it raises none."""
    desk = Desk()
    desk.start_fact(Origin("clerk"), TODAY.date(), TODAY)
    try:
        for raw in read_facts(reproducer(code)).facts:
            fact = parse_fact(raw, division=None)
            try:
                admit(desk, fact)
            except LedgerError as error:
                raise error.at(f"{raw.place} line {raw.line}") from error
    except LedgerError as error:
        return error
    return None


def _anchor(code: str) -> str:
    return code.replace(".", "")


def main() -> int:
    """Writes the documents; answers the exit code."""
    for name, text in documents().items():
        (CLONE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
