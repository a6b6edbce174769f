"""The id a payment file goes by at the bank, and those of its payments: told from what is paid, to be told again."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256

from ledger.values.month import Month

_LENGTH = 24
_ID = re.compile(
    rf"(?<![0-9A-Za-z])(REHEARSAL[0-9a-f]{{{_LENGTH - 9}}}|[0-9]{{12}}[0-9a-f]{{{_LENGTH - 12}}})(-[0-9]{{1,7}})?"
)


def message_id(
    division: str,
    month: Month,
    programme: str,
    roll_digest: str,
    pay_on: date,
    *,
    rehearsal: bool,
    file_number: int,
) -> str:
    """The id of a message, 24 characters: the same for the same roll, another once it is frozen or written anew."""
    again = f"/{file_number}" if file_number > 1 else ""
    batch = f"{division}/{programme}/{month}/{roll_digest}/{pay_on}{again}"
    where = "REHEARSAL" if rehearsal else f"{division}{month.first_day:%Y%m}"
    return where + sha256(batch.encode()).hexdigest()[: _LENGTH - len(where)]


def payment_id(message: str, number: int) -> str:
    """The end-to-end id of the payment in a place of the message, from 1; at most 35 characters."""
    return f"{message}-{number}"


def ids_in(text: str) -> list[tuple[str, str]]:
    """What could be ids of messages in a text, each with the id of the payment it goes on to, or an empty one."""
    return [(match[1], match[0] if match[2] else "") for match in _ID.finditer(text)]
