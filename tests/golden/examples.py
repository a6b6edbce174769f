"""An example of every event, each field filled: what scripts/golden_events.py makes new golden lines of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from ledger.domain import batch, book, case, payout, person, policy
from ledger.domain.event import Event
from ledger.values.month import Month

DAY = date(2022, 5, 20)
JUNE, JULY = Month.parse("2022-06"), Month.parse("2022-07")
BATCH, CASE, PERSON, POLICY = "batch/520203/2022-06/dibao_rural", "case/520203/C1", "person/P1", "policy/520203"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TOTALS = batch.Totals(payouts=1, amount_fen=44300, bookings=1, grain_g=15000, grain_cases=1)


def _example(kind: type[Event], stream: str, **fields: Any) -> Event:
    header = {
        "originator_id": stream,
        "originator_version": 4,
        "recorded_at": datetime(2022, 5, 20, 4, 0, 0, 1, tzinfo=UTC),
        "actor": "经办人甲",
        "command_id": "520203-2022-05-00001",
        "correlation": DIGEST[:16],
    }
    return kind(**header, **fields)


def _sealed(kind: type[Event], part: Any, **fields: Any) -> Event:
    return _example(kind, PERSON, cause="case/520203/C1@1", private=person.private(part), **fields)


def _decision(kind: type[Event]) -> Event:
    return _example(kind, CASE, decided_on=DAY, note="person/P1@7")


_ALL = [
    _example(book.LedgerFounded, "ledger", division="520203", rehearsal=True),
    _example(book.IntakeRecorded, f"intake/{DIGEST}", facts=3, events=11),
    _example(book.CommandDone, "command/520203-2022-05-00001", content=DIGEST, fact="case/520203/C1@1"),
    _example(
        case.Enrolled, CASE, programme="dibao_rural", confirmed_on=DAY, head="P1",
        members=(case.EnrolledMember("P1", "01"), case.EnrolledMember("P2", insured=False)),
        income_fen=360000, income_per="year", village="大山村", account="person/P1@2", accepted_by="O1",
        audited_by="O2", approved_by="O3", imported=True,
    ),
    _example(case.MemberJoined, CASE, member=case.EnrolledMember("P3", "30", insured=True), confirmed_on=DAY),
    _example(case.MemberLeft, CASE, person="P3", left_on=DAY, reason="death"),
    _example(case.HeadNamed, CASE, person="P2", from_on=DAY),
    _example(case.IncomeAssessed, CASE, income_fen=120000, income_per="year", decided_on=DAY, from_month=JULY),
    *map(_decision, (case.Suspended, case.Resumed, case.Stopped, case.Held, case.Released)),
    _example(case.AccountNamed, CASE, account="person/P1@5"),
    _example(case.HarvestRecorded, CASE, year=2022, grams_per_head=104500, full_ration=True),
    _example(case.Corrected, CASE, village="小山村", confirmed_on=DAY),
    _example(case.CaseFactVoided, CASE, of="case/520203/C1@2", note="person/P1@8"),
    _sealed(person.Described, person.Particulars("张三", "520203195001010010", date(1950, 1, 1), "男")),
    _sealed(person.CategoryRecorded, person.CategoryName("serious_illness"), from_month=JUNE, to_month=JULY,
            case="520203/C1"),
    _sealed(person.AccountRecorded, person.Account("6217000000000000012", "张三", "农村信用社"), own=True),
    _sealed(person.Noted, person.Note("核实完毕")),
    _example(person.Insured, PERSON, cause="case/520203/C1@1", case="520203/C1", since=JUNE),
    _example(person.Released, PERSON, cause="case/520203/C1@3", case="520203/C1", through=JULY),
    _example(person.PersonFactVoided, PERSON, cause="person/P1@9", of="person/P1@3"),
    _example(policy.StandardSet, POLICY, programme="dibao_rural", amount_fen=531600, per="year", from_month=JUNE),
    _example(policy.TopUpSet, POLICY, programme="dibao_rural", category="age_70_plus", rate_ppm=150000,
             amount_fen=5000, from_month=JUNE, to_month=JULY),
    _example(policy.ParameterSet, POLICY, key="grain_tiers", value=[{"under_g": 105000, "months": [6, 7, 8]}],
             from_month=JUNE),
    _example(policy.BooksOpened, POLICY, month=JUNE, programme="dibao_rural"),
    _example(policy.PolicyFactVoided, POLICY, of="policy/520203@2", note="person/office-520203@1"),
    _example(batch.Frozen, BATCH, division="520203", programme="dibao_rural", month=JUNE, roll_digest=DIGEST,
             totals=TOTALS, pay_on=date(2022, 6, 10), rehearsal=True),
    _example(batch.Bundled, BATCH, roll_digest=DIGEST, sums=f"{DIGEST}  manifest.json\n", unit_number="000000",
             ca_fingerprint=DIGEST),
    _example(batch.Approved, BATCH, role="maker", signer="REHEARSAL-M", key_fingerprint=DIGEST,
             certificate="-----BEGIN CERTIFICATE-----\n", signature=b"0\x82\x01"),
    _example(batch.Closed, BATCH, roll_digest=DIGEST, totals=TOTALS),
    _example(
        payout.PayoutIssued, "payout/2022-07/520203/C1/household", division="520203", case="C1",
        programme="dibao_rural", month=JULY, payee="household", person="P1", account="person/P1@2", insured=2,
        lines=(payout.PayoutLine("dibao", JULY, 44300), payout.PayoutLine("recovery", JUNE, -100)),
    ),
    _example(payout.GrainAllocated, "grain/2022-06/520203/C1", division="520203", case="C1", month=JUNE, insured=2,
             mass_g=30000),
]  # fmt: skip

EXAMPLES = {event.TOPIC: event for event in _ALL}
