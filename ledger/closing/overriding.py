"""The override of a blocked close: one person's signature under the statement of overspending, verified and kept."""

from __future__ import annotations

import re

from cryptography import x509

from ledger.certifying import key_file
from ledger.closing.desk import Desk, append_to, moment_of, today_of
from ledger.closing.overspending import Overspending, missing_roles, standing, statement
from ledger.closing.steps import require_role
from ledger.domain.batch import CHECKER, MAKER, Batch
from ledger.errors import Misused, Refused
from ledger.payfile.certificates import key_fingerprint, operator, pem
from ledger.payfile.contents import judged_at
from ledger.payfile.signing import verify_cms

_LONGEST_DOCUMENT = 60
_NUMBER_OF_SOMEBODY = re.compile(r"[0-9]{7}")


def plan_override(desk: Desk, batch: Batch, role: str, document: str) -> tuple[Overspending, bytes]:
    """What a role would sign now: the overspending and the bytes of its statement. Nothing is recorded.

    Raises:
        Misused: `override.document` for a document number that is none.
        Refused: `batch.not_frozen`, `fund.not_blocking` where the setting is off, `fund.covered` where nothing is
            overspent, `batch.approved_already`, `batch.not_its_turn` for a checker before the maker,
            `fund.other_document` for one who names another paper than the maker.
    """
    named = document.strip()
    if not 1 <= len(named) <= _LONGEST_DOCUMENT or not named.isprintable() or _NUMBER_OF_SOMEBODY.search(named):
        raise Misused(
            "override.document",
            "--document",
            found=f"{len(named)} characters",
            expected=f"the number of a paper, 1 to {_LONGEST_DOCUMENT} characters on one line, no number of anybody's",
        )
    found = _overspending(desk, batch)
    missing = missing_roles(batch, found)
    if role not in missing:
        raise Refused(
            "batch.approved_already", batch.id, found=f"the {role} has signed this overspending",
            expected="one signature a role",
        )  # fmt: skip
    if role == CHECKER and MAKER in missing:
        raise Refused(
            "batch.not_its_turn", batch.id, found="the checker before the maker",
            expected="civil affairs signs first, finance checks what it made",
        )  # fmt: skip
    made = standing(batch, MAKER)
    if role == CHECKER and made is not None and made.document != named:
        raise Refused(
            "fund.other_document", batch.id, found=named,
            expected=f"{made.document}, under which the maker signed",
        )  # fmt: skip
    return found, statement(batch, found, named)


def override(
    desk: Desk, batch: Batch, role: str, document: str, signature: bytes, certificate: x509.Certificate
) -> Batch:
    """Records one person's signature under the overspending of a frozen batch, after verifying it.

    Raises:
        Refused: as `plan_override` and `Batch.allow` do; `batch.certificate_role`; `key.…` for a key that may not sign
            now.
        IntegrityBroken: `signature.…` unless it is the certificate's over the statement as it is now.
    """
    found, said = plan_override(desk, batch, role, document)
    assert batch.frozen is not None
    require_role(batch, role, certificate)
    verify_cms(said, signature, certificate, desk.ca, judged_at(batch.frozen.pay_on))
    event = batch.allow(
        desk.ledger.origin(), year=found.year, over_fen=found.over_fen, document=document.strip(), role=role,
        signer=operator(certificate), key_fingerprint=key_fingerprint(certificate.public_key()),
        certificate=pem(certificate).decode(), signature=signature,
    )  # fmt: skip
    key_file(desk.ledger, event.key_fingerprint).require_signing(moment_of(desk, batch), event.certificate)
    append_to(desk, batch, [event])
    return desk.ledger.batch(batch.division, batch.month, batch.programme)


def unsigned(desk: Desk, batch: Batch) -> Overspending | None:
    """The overspending of an open frozen batch that its close will be refused for as it stands, if any."""
    if desk.funds is None or batch.frozen is None or batch.closed is not None:
        return None
    found = desk.funds.overspending(batch, today_of(desk, batch))
    return found if found is not None and missing_roles(batch, found) else None


def _overspending(desk: Desk, batch: Batch) -> Overspending:
    if batch.frozen is None or batch.closed is not None:
        state = "closed" if batch.closed else "not frozen"
        raise Refused("batch.not_frozen", batch.id, found=state, expected="a frozen batch, still open")
    if desk.funds is None:
        raise Refused(
            "fund.not_blocking",
            batch.id,
            found="a ledger in which overspending blocks nothing",
            expected="`funds_block = true` in ledger.toml",
        )
    found = desk.funds.overspending(batch, today_of(desk, batch))
    if found is None:
        raise Refused(
            "fund.covered",
            batch.id,
            found="appropriations that cover it, or none at all",
            expected="an overspending",
        )
    return found
