"""A bank's file of any format: return files (pain.002, tables, its own text), and statements (camt.053, tables)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ledger.bank.answers import Answer, ReturnFile
from ledger.bank.camt053 import read_camt053
from ledger.bank.entries import Statement
from ledger.bank.pain002 import read_pain002
from ledger.bank.profile_text import read_profile_text
from ledger.bank.sent import case_key
from ledger.bank.statement_table import read_statement_table
from ledger.errors import Misused, Refused
from ledger.intake.payout_list import PayoutList, has_headings, payout_list_of
from ledger.intake.rows import WORKBOOK
from ledger.payfile.bank_profile import Profile

TABLE = "table"
_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<")


def read_returns(
    content: bytes, name: str, profiles: Sequence[Profile], bank: str | None = None
) -> ReturnFile | PayoutList:
    """A bank's return file, or a clerk's list of what came back, told apart by what is in them.

    What is neither XML nor a table with our headings is the text of a bank: the one named, or the default.

    Raises:
        Misused: `bank_profile.unknown` for a bank without a profile, and what the reader of its text raises.
        Refused: what its reader refuses.
    """
    if _XML.match(content):
        return read_pain002(content, name)
    table = content.startswith(WORKBOOK) or name.lower().endswith((".csv", ".xlsx")) or has_headings(content)
    if bank is not None:
        return read_profile_text(content, name, _profile(profiles, bank))
    if not table:
        return _read_as_default(content, name, profiles)
    listed = payout_list_of(content, name, reasons=True)
    return _answers(listed) if listed.by_bank else listed


def read_statement(content: bytes, name: str) -> Statement:
    """A statement of the account that payouts are paid from.

    Raises:
        Refused: what its reader refuses.
    """
    return read_camt053(content, name) if _XML.match(content) else read_statement_table(content, name)


def _read_as_default(content: bytes, name: str, profiles: Sequence[Profile]) -> ReturnFile:
    """The text of the default bank; a refusal says so where it may be another's."""
    default, *others = profiles
    try:
        return read_profile_text(content, name, default)
    except Refused as error:
        if error.code != "returns.malformed" or not others:
            raise
        codes = ", ".join(profile.code for profile in others)
        hint = f"It was read as the text of {default.code}; --bank names another: {codes}."
        raise Refused(error.code, error.subject, found=error.found, expected=error.expected, hint=hint) from None


def _profile(profiles: Sequence[Profile], bank: str) -> Profile:
    found = [profile for profile in profiles if profile.code == bank]
    if not found:
        codes = ", ".join(profile.code for profile in profiles)
        raise Misused("bank_profile.unknown", "--bank", found=bank, expected=f"one of {codes}")
    return found[0]


def _answers(listed: PayoutList) -> ReturnFile:
    answers = tuple(
        Answer(
            line=one.line,
            batch=one.batch or "",
            key=case_key(one.case, one.month, one.payee),
            outcome=one.outcome or "",
            amount_fen=one.amount_fen,
            reason=one.reason,
        )
        for one in listed.payouts
    )
    return ReturnFile(name=listed.name, digest=listed.digest, format=TABLE, answers=answers)
