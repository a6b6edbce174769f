"""roll.xlsx for the clerks, posting.xlsx for the village notice: Chinese headings, sums, ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from ledger.payfile.clerk_csv import COMPONENTS, NO_ACCOUNT
from ledger.payfile.contents import BundleContents, Payment
from ledger.payfile.figures import Figures
from ledger.payfile.plain_text import cell
from ledger.payfile.posted import Posted
from ledger.payfile.workbook import Column, Line, Sheet, write_workbook
from ledger.values.identifiers import mask

ROLL, POSTING = "roll.xlsx", "posting.xlsx"
SUM = "合计"


def write_roll(contents: BundleContents, figures: Figures) -> Iterator[bytes]:
    """The roll as clerks keep it, a row a payment with its parts; ID and account numbers masked in the middle.

    Raises:
        Refused: `payfile.character`, `payfile.formula` for a text no clerk's table may hold.
    """
    order = {component: place for place, component in enumerate(COMPONENTS)}
    parts = sorted(figures.components, key=order.__getitem__)
    return write_workbook(
        Sheet(
            title=f"{contents.month_name}{contents.programme_name}资金发放花名册",
            subtitle=subtitle(contents),
            mark=contents.mark,
            columns=(
                Column("序号", 7, "count"),
                Column("编号", 18),
                Column("属地", 16),
                Column("姓名", 14),
                Column("身份证号", 21),
                Column("保障人数", 9, "count"),
                *(Column(f"{COMPONENTS[part]}(元)", 13, "yuan") for part in parts),
                Column("发放合计(元)", 14, "yuan"),
                Column("账户名称", 14),
                Column("开户银行", 20),
                Column("账号", 24),
            ),
            lines=_roll_lines(contents, figures, parts),
            landscape=True,
        )
    )


def write_posting(contents: BundleContents, cases: Iterable[Posted]) -> Iterator[bytes]:
    """The village notice: name, number of members, amount, and nothing else; a page a village."""
    return write_workbook(
        Sheet(
            title=posting_title(contents),
            subtitle=subtitle(contents),
            mark=contents.mark,
            columns=(
                Column("序号", 9, "count"),
                Column("姓名", 30),
                Column("保障人数", 12, "count"),
                Column("金额(元)", 18, "yuan"),
            ),
            lines=_posting_lines(cases),
            landscape=False,
        )
    )


def posting_title(contents: BundleContents) -> str:
    """What the notice is called."""
    return f"{contents.month_name}{contents.programme_name}资金发放公示"


def subtitle(contents: BundleContents) -> str:
    """Which batch it is, on every page; a rehearsal says so."""
    batch = f"区划 {contents.division}　发放日 {contents.pay_on}　名册摘要 {contents.roll_digest[:12]}"
    return f"{contents.mark}　{batch}" if contents.mark else batch


def _roll_lines(contents: BundleContents, figures: Figures, parts: list[str]) -> Iterator[Line]:
    persons, case = 0, None
    for number, payment in enumerate(contents.payments, start=1):
        persons += payment.insured if payment.case != case else 0
        case = payment.case
        yield Line(_roll_cells(number, payment, parts))
    together = (*(figures.components[part] for part in parts), figures.payments.amount_fen)
    yield Line(("", SUM, "", "", "", persons, *together, "", "", ""), strong=True)


def _roll_cells(number: int, payment: Payment, parts: list[str]) -> tuple[str | int, ...]:
    sums = dict.fromkeys(parts, 0)
    for line in payment.lines:
        sums[line.component] += line.amount_fen
    account = payment.account

    def text(value: str | None, field: str) -> str:
        return cell(value or "", subject=payment.payout, field=field)

    return (
        number,
        text(payment.case, "code"),
        text(payment.village, "village"),
        text(payment.payee_name, "name"),
        text(mask(payment.id_number) if payment.id_number else "", "ID number"),
        payment.insured,
        *sums.values(),
        payment.amount_fen,
        text(account.holder, "holder") if account else "",
        text(account.bank, "bank") if account else "",
        mask(account.number) if account else NO_ACCOUNT,
    )


def _posting_lines(posted: Iterable[Posted]) -> Iterator[Line]:
    cases = members = amount_fen = 0
    for village, group in groupby(posted, key=_village):
        yield Line(("", village, "", ""), strong=True)
        persons = fen = number = 0
        for number, case in enumerate(group, start=1):
            persons, fen = persons + case.members, fen + case.amount_fen
            yield Line((number, case.name, case.members, case.amount_fen))
        yield Line((number, "本村(社区)合计", persons, fen), strong=True, ends_page=True)
        cases, members, amount_fen = cases + number, members + persons, amount_fen + fen
    yield Line((cases, SUM, members, amount_fen), strong=True)


def _village(case: Posted) -> str:
    return case.village
