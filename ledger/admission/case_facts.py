"""Facts about cases and persons: what each needs to be true, and the events it makes."""

from __future__ import annotations

from ledger.admission.desk import Desk
from ledger.admission.standing import (
    members_now,
    require_insured_once,
    require_member,
    require_not_ended,
    require_standing,
)
from ledger.domain import case as events
from ledger.domain.case import TEKUN, CareTerms, EnrolledMember, carer_of, key, stream
from ledger.domain.case_file import CaseFile
from ledger.domain.person import (
    Account,
    AccountRecorded,
    CategoryName,
    CategoryRecorded,
    Described,
    Insured,
    Particulars,
    Released,
)
from ledger.domain.person import stream as person_stream
from ledger.domain.relief import stream as relief_stream
from ledger.errors import Refused
from ledger.intake import facts
from ledger.values.identifiers import normal_id_number
from ledger.values.month import Month


def enrol(desk: Desk, fact: facts.Enrol) -> str:
    """A household enters a programme."""
    division = _division(fact)
    if fact.care is not None and fact.programme != TEKUN:
        raise _not_tekun(fact.case, division)
    if (known := desk.cases.get(stream(division, fact.case))) is not None and known.known:
        raise Refused(
            "case.known",
            f"case {fact.case} of division {division}",
            found="a case with this code",
            expected="a new code for a new case",
        )
    if desk.granted(relief_stream(division, fact.case)) is not None:
        raise Refused(
            "case.known",
            f"case {fact.case} of division {division}",
            found="a relief with this code",
            expected="a code that no relief has: returns and re-issues name both by their codes",
        )
    ref = desk.next_ref(stream(division, fact.case))
    account = _keep_account(desk, fact.head, fact.account, ref) if fact.account else None
    income, handlers = fact.income, fact.handlers
    enrolled = desk.emit(
        events.Enrolled,
        stream(division, fact.case),
        programme=fact.programme,
        confirmed_on=fact.confirmed_on,
        head=fact.head,
        members=tuple(EnrolledMember(m.person, m.relation, m.insured) for m in fact.members),
        income_fen=income.amount_fen if income else 0,
        income_per=income.per if income else "month",
        village=fact.village,
        account=account,
        accepted_by=handlers.accepted_by if handlers else None,
        audited_by=handlers.audited_by if handlers else None,
        approved_by=handlers.approved_by if handlers else None,
        imported=fact.imported,
        care=_care_terms(desk, fact, ref) if fact.care else None,
    )
    file = desk.case(division, fact.case)
    for member in fact.members:
        _take_in(desk, file, member, enrolled.ref, Month.of(fact.confirmed_on) + 1)
    require_insured_once(desk, file, [desk.person(m.person) for m in fact.members if m.insured])
    return enrolled.ref


def _care_terms(desk: Desk, fact: facts.Enrol, cause: str) -> CareTerms:
    care = fact.care
    assert care is not None
    account = None
    if care.carer_account is not None:
        account = _keep_account(
            desk, care.carer or carer_of(fact.division or "", fact.case), care.carer_account, cause
        )
    return CareTerms(care.tier, care.institutional, care.institution, care.carer, account)


def care(desk: Desk, fact: facts.CareAssessed) -> str:
    """A care tier, and a new carer or carer's account where one is given."""
    file = desk.case(fact.division, fact.case)
    if file.programme != TEKUN:
        raise _not_tekun(file.case, file.division)
    name = stream(file.division, file.case)
    account = None
    if fact.carer_account is not None:
        carer = fact.carer or file.carer or carer_of(file.division, file.case)
        account = _keep_account(desk, carer, fact.carer_account, desk.next_ref(name))
    return desk.emit(
        events.CareAssessed, name, tier=fact.tier, assessed_on=fact.assessed_on, carer=fact.carer,
        carer_account=account,
    ).ref  # fmt: skip


def join(desk: Desk, fact: facts.Join) -> str:
    """A person becomes a member."""
    division, member = _division(fact), fact.member
    file = desk.case(division, fact.case)
    require_not_ended(file, desk.today)
    joined = desk.emit(
        events.MemberJoined,
        stream(division, fact.case),
        member=EnrolledMember(member.person, member.relation, member.insured),
        confirmed_on=fact.confirmed_on,
    )
    file = desk.case(division, fact.case)
    require_standing(file)
    _take_in(desk, file, member, joined.ref, Month.of(fact.confirmed_on) + 1)
    require_insured_once(desk, file, [desk.person(member.person)] if member.insured else [])
    return joined.ref


def _take_in(desk: Desk, file: CaseFile, member: facts.Member, cause: str, since: Month) -> None:
    id_number = normal_id_number(member.id_number) if member.id_number else None
    particulars = Particulars(member.name, id_number, member.birth_date, member.sex)
    here = key(file.division, file.case)
    if particulars != Particulars():
        desk.emit_sealed(Described, member.person, particulars, cause)
    for category in member.categories:
        desk.emit_sealed(CategoryRecorded, member.person, CategoryName(category), cause, case=here)
    if member.insured:
        desk.emit(Insured, person_stream(member.person), cause=cause, case=here, since=since)


def leave(desk: Desk, fact: facts.Leave) -> str:
    """A member leaves or dies."""
    file = desk.case(fact.division, fact.case)
    require_member(file, fact.person)
    insured = any(join.person == fact.person and join.insured for join in file.joins)
    left = desk.emit(
        events.MemberLeft,
        stream(file.division, file.case),
        person=fact.person,
        left_on=fact.date,
        reason=fact.reason,
    )
    if insured:
        _release(desk, file, [fact.person], left.ref, Month.of(fact.date))
    return left.ref


def _release(desk: Desk, file: CaseFile, persons: list[str], cause: str, through: Month) -> None:
    for person in persons:
        desk.emit(
            Released, person_stream(person), cause=cause, case=key(file.division, file.case), through=through
        )


def head(desk: Desk, fact: facts.HeadNamed) -> str:
    """A member becomes the head."""
    file = desk.case(fact.division, fact.case)
    require_member(file, fact.person)
    return desk.emit(
        events.HeadNamed, stream(file.division, file.case), person=fact.person, from_on=fact.from_
    ).ref


def income(desk: Desk, fact: facts.IncomeAssessed) -> str:
    """The household's income anew."""
    file = desk.case(fact.division, fact.case)
    return desk.emit(
        events.IncomeAssessed,
        stream(file.division, file.case),
        income_fen=fact.income.amount_fen,
        income_per=fact.income.per,
        decided_on=fact.decided_on or desk.today,
        from_month=fact.from_,
    ).ref


_DECISIONS: dict[type[facts.Fact], type[events.Decision]] = {
    facts.Suspend: events.Suspended,
    facts.Resume: events.Resumed,
    facts.Stop: events.Stopped,
    facts.Grace: events.GraceGranted,
    facts.Hold: events.Held,
    facts.Release: events.Released,
}


Decision = facts.Suspend | facts.Resume | facts.Stop | facts.Grace | facts.Hold | facts.Release


def decide(desk: Desk, fact: Decision) -> str:
    """A suspension, resumption, stop, grace period, hold or release."""
    file = desk.case(fact.division, fact.case)
    name = stream(file.division, file.case)
    ref = desk.next_ref(name)
    note = desk.note(file.heads[-1].person, fact.reason, ref)
    members = members_now(file)
    length = {"months": fact.months} if isinstance(fact, facts.Grace) else {}
    desk.emit(_DECISIONS[type(fact)], name, decided_on=fact.decided_on, note=note, **length)
    require_standing(desk.case(fact.division, fact.case))
    if isinstance(fact, facts.Stop | facts.Grace):
        insured = {join.person for join in file.joins if join.insured}
        last = Month.of(fact.decided_on) + (fact.months if isinstance(fact, facts.Grace) else 0)
        _release(desk, file, [p for p in members if p in insured], ref, last)
    return ref


def account(desk: Desk, fact: facts.AccountNamed) -> str:
    """An account from the next payout on: a case's, or a person's for all his money."""
    if fact.person is not None:
        return desk.emit_sealed(AccountRecorded, fact.person, _account(fact.account), own=True).ref
    file = desk.case(fact.division, fact.case or "")
    name = stream(file.division, file.case)
    kept = _keep_account(desk, file.heads[-1].person, fact.account, desk.next_ref(name))
    return desk.emit(events.AccountNamed, name, account=kept).ref


def _keep_account(desk: Desk, person: str, account: facts.Account, cause: str) -> str:
    return desk.emit_sealed(AccountRecorded, person, _account(account), cause, own=False).ref


def _account(account: facts.Account) -> Account:
    return Account(account.number, account.holder, account.bank)


def category(desk: Desk, fact: facts.CategoryGiven) -> str:
    """A person's top-up category."""
    return desk.emit_sealed(
        CategoryRecorded, fact.person, CategoryName(fact.category), from_month=fact.from_, to_month=fact.to
    ).ref


def harvest(desk: Desk, fact: facts.Harvest) -> str:
    """The harvest of a year."""
    file = desk.case(fact.division, fact.case)
    return desk.emit(
        events.HarvestRecorded,
        stream(file.division, file.case),
        year=fact.year,
        grams_per_head=fact.grams_per_head,
        full_ration=bool(fact.full_ration),
    ).ref


def correct(desk: Desk, fact: facts.Correct) -> str:
    """A slip in particulars put right."""
    if fact.person is not None:
        id_number = normal_id_number(fact.id_number) if fact.id_number else None
        particulars = Particulars(fact.name, id_number, fact.birth_date, fact.sex)
        return desk.emit_sealed(Described, fact.person, particulars).ref
    file = desk.case(fact.division, fact.case or "")
    name = stream(file.division, file.case)
    corrected = desk.emit(events.Corrected, name, village=fact.village, confirmed_on=fact.confirmed_on)
    if fact.confirmed_on is not None:
        changed = desk.case(fact.division, fact.case or "")
        insured = {join.person for join in changed.joins if join.insured}
        for person in insured:
            desk.emit(
                Insured, person_stream(person), cause=corrected.ref,
                case=key(file.division, file.case), since=changed.first_month,
            )  # fmt: skip
        require_insured_once(desk, changed, [desk.person(person) for person in insured])
    return corrected.ref


def _not_tekun(case: str, division: str) -> Refused:
    return Refused(
        "case.not_tekun",
        f"case {case} of division {division}",
        found="a dibao case",
        expected="a tekun case: care belongs to destitute support",
    )


def _division(fact: facts.Fact) -> str:
    if fact.division is None:
        raise Refused(
            "fact.no_division",
            f"a fact of kind {fact.KIND}",
            found="no division, and more than one to choose from",
            expected="a six-digit division code",
        )
    return fact.division
