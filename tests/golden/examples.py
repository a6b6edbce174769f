"""An example of every event, each field filled: what scripts/golden_events.py makes new golden lines of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from ledger.domain import (
    bank_files,
    batch,
    book,
    case,
    finding,
    key,
    payout,
    person,
    policy,
    relief,
    supervision,
    township,
)  # fmt: skip
from ledger.domain.event import Event
from ledger.values.month import Month

DAY = date(2022, 5, 20)
JUNE, JULY = Month.parse("2022-06"), Month.parse("2022-07")
BATCH, CASE, PERSON, POLICY = "batch/520203/2022-06/dibao_rural", "case/520203/C1", "person/P1", "policy/520203"
PAYOUT, RELIEF = "payout/2022-07/520203/C1/household", "relief/520203/R1"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
KEY = f"key/{DIGEST}"
TOTALS = batch.Totals(payouts=1, amount_fen=44300, bookings=1, grain_g=15000, grain_cases=1)


def _example(kind: type[Event], stream: str, /, **fields: Any) -> Event:
    header = {
        "originator_id": stream,
        "originator_version": 4,
        "recorded_at": datetime(2022, 5, 20, 4, 0, 0, 1, tzinfo=UTC),
        "actor": "经办人甲",
        "command_id": "520203-2022-05-00001",
        "correlation": DIGEST[:16],
    }
    return kind(**header, **fields)


def _sealed(kind: type[Event], part: Any, /, **fields: Any) -> Event:
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
        care=case.CareTerms("partial", institutional=True, institution="敬老院", carer="P9",
                            carer_account="person/P9@1"),
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
    _example(key.KeyCertified, KEY, operator="M1", role="maker",
             certificate="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
             valid_from=datetime(2022, 1, 4, tzinfo=UTC), valid_to=datetime(2025, 1, 4, tzinfo=UTC)),
    _example(key.KeyRetired, KEY, successor=DIGEST),
    _example(key.KeyRevoked, KEY, reason="key_compromise", note="person/office-520203@2"),
    _example(batch.Frozen, BATCH, division="520203", programme="dibao_rural", month=JUNE, roll_digest=DIGEST,
             totals=TOTALS, pay_on=date(2022, 6, 10), rehearsal=True, selection=(PAYOUT,),
             townships=("520203101",)),
    _example(batch.FirstBundled, BATCH, roll_digest=DIGEST, sums=f"{DIGEST}  manifest.json\n", unit_number="000000",
             ca_fingerprint=DIGEST),
    _example(batch.Bundled, BATCH, roll_digest=DIGEST, sums=f"{DIGEST}  manifest.json\n", unit_number="000000",
             ca_fingerprint=DIGEST, format=2, payer_name="民政局", payer_account="5200000000001",
             profiles=('code = "agent"\n',), batch_numbers={"agent": 2}),
    _example(batch.Approved, BATCH, role="maker", signer="REHEARSAL-M", key_fingerprint=DIGEST,
             certificate="-----BEGIN CERTIFICATE-----\n", signature=b"0\x82\x01"),
    _example(batch.OverspendingAllowed, BATCH, roll_digest=DIGEST, year=2022, over_fen=4430, role="checker",
             document="六财社〔2022〕5号", signer="REHEARSAL-C", key_fingerprint=DIGEST,
             certificate="-----BEGIN CERTIFICATE-----\n", signature=b"0\x82\x01"),
    _example(township.TownshipConfirmed, BATCH, township="520203101", roll_digest=DIGEST, digest=DIGEST, rows=2,
             amount_fen=88600),
    _example(batch.Closed, BATCH, roll_digest=DIGEST, totals=TOTALS),
    _example(
        payout.PayoutIssued, PAYOUT, division="520203", case="C1",
        programme="dibao_rural", month=JULY, payee="household", person="P1", account="person/P1@2", insured=2,
        lines=(payout.PayoutLine("dibao", JULY, 44300), payout.PayoutLine("recovery", JUNE, -100)),
    ),
    _example(payout.GrainAllocated, "grain/2022-06/520203/C1", division="520203", case="C1", month=JUNE, insured=2,
             mass_g=30000),
]  # fmt: skip

_CASES = [
    _example(case.CareAssessed, CASE, tier="full", assessed_on=DAY, carer="P9", carer_account="person/P9@1"),
    _example(case.GraceGranted, CASE, decided_on=DAY, note="person/P1@7", months=6),
    _example(case.GrainHandedOut, CASE, month=JUNE, mass_g=15000, handed_out_on=DAY, collector="P1"),
    _example(
        case.PaymentImported, CASE, month=JUNE, amount_fen=44300, paid_on=DAY,
        lines=case.ImportedLines(44000, 100, 80, 70, 50), persons=2, account="person/P1@2",
    ),
    _example(case.Posted, CASE, stage="approved", from_on=DAY, to_on=date(2022, 5, 27), place="村委会"),
    _example(case.Reviewed, CASE, reviewed_on=DAY, kind="yearly", outcome="person/P1@7", by="O1"),
    _example(case.Visited, CASE, visited_on=DAY, visitors="O1"),
    _example(case.CardHeld, CASE, holder="P9", from_on=DAY, to_on=date(2022, 6, 30), filed_on=DAY),
    _example(case.Discharged, CASE, discharged_on=DAY),
    _sealed(person.Matched, person.MatchedData("vehicle", "贵B12345", "轿车"), month=JUNE),
    _sealed(person.Monitored, person.MonitoredReason("因病"), household="H1", from_on=DAY,
            to_on=date(2022, 6, 30)),
    _example(person.Related, PERSON, cause="person/P1@4", to_person="P2", code="10", from_on=DAY,
             to_on=date(2022, 6, 30), declared_by="O1"),
]  # fmt: skip

_MONEY = [
    _example(payout.PayoutReturned, PAYOUT, reason="已销户", iso="AC04"),
    _example(payout.PayoutSettled, PAYOUT, reason="ACSC"),
    _example(payout.PayoutOutcomeUnknown, PAYOUT, reason="PDNG", iso="NARR"),
    _example(bank_files.RefusedByBank, BATCH, reason="总金额不符", iso="AM10"),
    _example(bank_files.FileReissued, BATCH, file_number=2, pay_on=DAY, roll_digest=DIGEST,
             sums=f"{DIGEST}  manifest.json\n", unit_number="000000", ca_fingerprint=DIGEST, format=2,
             payer_name="民政局", payer_account="7777777", profiles=("code = 'agent'\n",), batch_numbers={"agent": 2}),
    _example(bank_files.ReturnsRecorded, f"returns/{DIGEST}", division="520203", format="pain.002", lines=3,
             verdicts={"returned": 1, "settled": 1, "unmatched": 1}, settled_fen=44300, returned_fen=44300),
    _example(bank_files.StatementRecorded, f"statement/{DIGEST}", division="520203", format="camt.053",
             lines=(bank_files.StatementLine(DAY, -44300, (f"520203202206{DIGEST[:12]}",)),)),
    _example(payout.PayoutReissued, PAYOUT, batch=BATCH, account="person/P1@5", person="P1"),
    _example(payout.PayoutCancelled, PAYOUT, cancelled_on=DAY, note="person/P1@8",
             fact="payout/2022-07/520203/C1/carer:P9@3"),
    _example(payout.CancellationVoided, PAYOUT, of=f"{PAYOUT}@3", note="person/P1@9"),
    _example(policy.OneOffGranted, POLICY, code="X1", programme="dibao_rural", amount_fen=2500, month=JUNE,
             document="六民发〔2022〕1号"),
    _example(
        relief.ReliefGranted, RELIEF, division="520203", person="P1", kind="urgent", amount_fen=100000,
        level="township", decided_on=DAY, account="person/P1@2", cause="person/P1@7", reason="person/P1@8",
    ),
    _example(relief.ReliefVoided, RELIEF, of=f"{RELIEF}@1", note="person/P1@9"),
    _example(supervision.Appropriated, "fund/520203/F1", programme="dibao_rural", source="central",
             amount_fen=100000000, appropriated_on=DAY, document="黔财社〔2022〕1号"),
    _example(supervision.StockMoved, "store/520203/U1", mass_g=5000000, moved_on=DAY, direction="in",
             document="单1"),
]  # fmt: skip

_SUPERVISION = [
    _example(supervision.TermRecorded, "official/O1", person="P8", role="case_handler", unit="大山乡", from_on=DAY,
             to_on=date(2023, 5, 19)),
    _example(supervision.Filed, "official/O1", case="520203/C1", filed_on=DAY),
    _example(supervision.Declared, "official/O1", declared_on=DAY, nil=True),
    _example(supervision.Applied, "application/520203/A1", person="P1", programme="dibao_rural", applied_on=DAY,
             case="520203/C1", outcome="granted", decided_on=DAY),
    _example(supervision.Inspected, "inspection/520203/I1", kind="regular", inspected_on=DAY, scope="全乡",
             team="民政、财政", conclusion="person/office-520203@2"),
    _example(supervision.AlertRaised, "alert/520203/L1", person="P1", side="over_inclusion", raised_on=DAY,
             detail="person/P1@7"),
    _example(supervision.AlertStepped, "alert/520203/L1", step="cleared", done_on=DAY, by="O1",
             note="person/P1@8"),
    _example(supervision.RegisterFactVoided, "alert/520203/L1", of="alert/520203/L1@2", note="person/P1@9"),
]  # fmt: skip

_SAID = {"happened_on": DAY, "due_on": date(2022, 7, 20), "evidence": (DIGEST,), "note": "person/office-520203@3"}
_FOUND = (finding.Found(("case/520203/C1@2", f"{PAYOUT}@1"), JULY, 44300),)


def _step(kind: type[Event], /, **fields: Any) -> Event:
    return _example(kind, "finding/520203/paid_after_death/C1", **_SAID, **fields)


_FINDINGS = [
    _step(finding.FindingOpened, division="520203", query="paid_after_death", subject="C1", case="C1",
          found=_FOUND, inspection="I1"),
    _step(finding.FoundAgain, found=_FOUND, inspection="I1"),
    _step(finding.FindingReopened, found=_FOUND, inspection="I1"),
    _step(finding.FindingConfirmed, to_recover_fen=44300),
    *map(_step, (finding.FindingDismissed, finding.RectificationOrdered, finding.RectificationReported)),
    _step(finding.Recovered, amount_fen=44400, came_back=(finding.CameBack(f"{PAYOUT}@1", 100),)),
    _step(finding.FindingClosed, written_off_fen=100),
    _example(supervision.Sampled, "inspection/520203/I1", month=JULY, programme="dibao_rural", seed="20220801",
             size=1, population=2, population_digest=DIGEST, drawn=(supervision.DrawnUnit("dibao_rural", "C1"),)),
    _example(supervision.Concluded, "inspection/520203/I1", concluded_on=DAY, conclusion="person/office-520203@4",
             evidence=(DIGEST,)),
]  # fmt: skip

EXAMPLES = {event.TOPIC: event for event in (*_ALL, *_CASES, *_MONEY, *_SUPERVISION, *_FINDINGS)}
