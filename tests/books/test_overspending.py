"""Overspending blocks a close only where that is set; two people, each with a key of his own, may allow it."""

from __future__ import annotations

from datetime import date

import pytest
from county_driven import DIVISION, JUNE, PAPER, RURAL, County, appropriation, enrol, signed

from ledger.closing.overriding import override, plan_override
from ledger.closing.overspending import Overspending
from ledger.closing.steps import advance, freeze
from ledger.errors import IntegrityBroken, Misused, Refused
from projections.installation import Installation
from projections.verification import verify


def test_by_default_overspending_blocks_nothing(short: County) -> None:
    short.blocking = False
    short.close("2022-06-08", "2022-06")
    [row] = short.installation.funds.years(DIVISION)
    assert row.balance_fen == -38600


def test_a_close_that_overspends_is_refused_and_an_appropriation_lets_it_through(short: County) -> None:
    with pytest.raises(Refused, match=r"fund\.overspent") as refused:
        short.close("2022-06-08", "2022-06", RURAL)
    assert "386.00 yuan more" in refused.value.found
    assert short.installation.ledger.batch(DIVISION, JUNE, RURAL).closed is None
    short.on("2022-06-08", appropriation("F2", "county", "386.00", "2022-06-08"))
    short.close("2022-06-08", "2022-06", RURAL)


def test_an_appropriation_of_the_next_year_does_not_cover_this_one(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    batch = short.installation.ledger.batch(DIVISION, JUNE, RURAL)
    funds = short.installation.funds
    short.on("2023-01-02", appropriation("F2", "county", "9999.00", "2023-01-01"))
    assert funds.overspending(batch, date(2022, 12, 31)) == Overspending(2022, 38600)
    assert funds.overspending(batch, date(2023, 1, 2)) is None


def test_both_signatures_let_it_through_and_are_verified_later(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    signed(short, "maker")
    with pytest.raises(Refused, match=r"fund\.overspent") as refused:
        short.close("2022-06-08", "2022-06", RURAL)
    assert refused.value.found.endswith("not allowed by the checker")
    assert [one.over_fen for one in signed(short, "checker").allowed] == [38600, 38600]
    short.close("2022-06-08", "2022-06", RURAL)
    verdicts = {verdict.check: verdict for verdict in verify(short.installation)}
    assert all(verdict.ok for verdict in verdicts.values())
    assert verdicts[f"overrides of batch/{DIVISION}/2022-06/{RURAL}"].detail == "2 signatures"


def test_freezing_again_voids_an_override(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    signed(short, "maker")
    signed(short, "checker")
    short.on("2022-06-08", enrol("C3", "2022-05-18"))
    freeze(short.desk, DIVISION, JUNE, RURAL)
    with pytest.raises(Refused, match=r"829\.00 yuan more"):
        short.close("2022-06-08", "2022-06", RURAL)


def test_what_was_allowed_does_not_cover_a_larger_overspending(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    signed(short, "maker")
    signed(short, "checker")
    short.on("2022-06-08", {"fact": "void", "of": f"fund/{DIVISION}/F1@1", "reason": "误录"},
             appropriation("F2", "county", "499.99", "2022-06-08"))  # fmt: skip
    with pytest.raises(Refused, match=r"386\.01 yuan more"):
        short.close("2022-06-08", "2022-06", RURAL)
    signed(short, "maker")
    signed(short, "checker")
    short.close("2022-06-08", "2022-06", RURAL)


def test_one_person_or_one_key_cannot_allow_it_alone(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    with pytest.raises(Refused, match=r"batch\.not_its_turn"):
        signed(short, "checker")
    batch = signed(short, "maker")
    with pytest.raises(Refused, match=r"batch\.approved_already"):
        signed(short, "maker")
    maker = short.installation.rehearsal_signers()["maker"]
    _, said = plan_override(short.desk, batch, "checker", PAPER)
    with pytest.raises(Refused, match=r"batch\.certificate_role"):
        override(short.desk, batch, "checker", PAPER, maker.sign(said), maker.certificate)
    for signer, key in (("REHEARSAL-M", "other"), ("somebody", batch.allowed[0].key_fingerprint)):
        with pytest.raises(Refused, match=r"batch\.same_(person|key)"):
            batch.allow(
                short.installation.ledger.origin(), year=2022, over_fen=38600, document=PAPER, role="checker",
                signer=signer, key_fingerprint=key, certificate="", signature=b"",
            )  # fmt: skip


def test_a_signature_over_other_bytes_is_no_override(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    batch = short.installation.ledger.batch(DIVISION, JUNE, RURAL)
    _, said = plan_override(short.desk, batch, "maker", PAPER)
    maker = short.installation.rehearsal_signers()["maker"]
    with pytest.raises(IntegrityBroken, match=r"signature\."):
        override(
            short.desk, batch, "maker", PAPER, maker.sign(said.replace(b"386.00", b"186.00")), maker.certificate
        )


@pytest.mark.parametrize("paper", ["", "a\nb", "11010519491231002X", "号" * 61])
def test_the_paper_is_a_number_on_one_line_and_nobodys(short: County, paper: str) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    batch = short.installation.ledger.batch(DIVISION, JUNE, RURAL)
    with pytest.raises(Misused, match=r"override\.document"):
        plan_override(short.desk, batch, "maker", paper)


def test_nothing_is_signed_where_nothing_is_overspent_or_blocks(short: County) -> None:
    freeze(short.desk, DIVISION, JUNE, RURAL)
    short.on("2022-06-08", appropriation("F2", "county", "386.00", "2022-06-08"))
    with pytest.raises(Refused, match=r"fund\.covered"):
        signed(short, "maker")
    short.blocking = False
    with pytest.raises(Refused, match=r"fund\.not_blocking"):
        signed(short, "maker")


def test_money_sent_again_needs_no_second_appropriation(short: County) -> None:
    short.on("2022-06-08", appropriation("F2", "county", "386.00", "2022-06-08"))
    short.close("2022-06-08", "2022-06", RURAL)
    short.returned("2022-06-12", "C1", "2022-06")
    short.on("2022-06-13", {"fact": "void", "of": f"fund/{DIVISION}/F2@1", "reason": "误录"})
    short.sent_again("2022-06-14", "C1", "2022-06")
    installation: Installation = short.installation
    assert advance(short.desk, DIVISION, JUNE, RURAL, {}).closed is not None
    assert installation.funds.years(DIVISION)[0].reissued_fen == 44300
