"""The cut-over: each household that differs is named with the reason, and old total + differences = new total."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from county_driven import DIVISION, County, enrol, standard
from stdnum.cn import ric

from ledger.comparing import Difference, Listed, differences
from ledger.errors import Misused, Refused
from ledger.intake.old_list import OldList, read_old_list
from ledger.values.identifiers import eighteen_digits
from ledger.values.month import Month
from projections.cut_over import Comparison, compare
from projections.throw_away import ThrowAwayLedgers

APRIL = Month.parse("2022-04")
HEADINGS = (
    "属地",
    "姓名",
    "身份证号",
    "保障人数",
    "保障金(元)",
    "分类施保金",
    "发放合计",
    "账户名称",
    "开户银行",
    "账号",
)


def number(serial: int, born: str = "19600401") -> str:
    """A valid ID number of nobody."""
    digits = f"520203{born}{serial:03d}"
    return digits + ric.calc_check_digit(digits + "0")


def fifteen(eighteen: str) -> str:
    return eighteen[:6] + eighteen[8:17]


ONE, TWO, THREE, FOUR, FIVE, SIX, GONE = map(number, range(1, 8))
X = next(n for n in map(number, range(100, 999)) if n.endswith("X"))


def member(person: str, id_number: str, name: str = "王秀英", **more: object) -> dict[str, object]:
    return {"person": person, "name": name, "id_number": id_number, **more}


@pytest.fixture(scope="module")
def county(ledgers: ThrowAwayLedgers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """April 2022 is frozen; 443.00 a person, 132.90 for the disabled one of C1."""
    with ledgers.fresh(DIVISION) as installation:
        made = County(installation, tmp_path_factory.mktemp("facts"))
        account = {"number": "123456789012", "holder": "王秀英"}
        made.on(
            "2022-04-02",
            standard(),
            {"fact": "opening", "month": "2022-04"},
            {"fact": "top_up_rule", "programme": "dibao_rural", "category": "severe_disability", "percent": 30,
             "from": "2022-01"},
            enrol("C1", "2022-03-18", head="P1", account=account,
                  members=[member("P1", ONE, categories=["severe_disability"]), member("P1b", TWO, "王小")]),
            enrol("C2", "2022-03-18", members=[member("P2", THREE, "陈 国强")]),
            enrol("C3", "2022-03-18", members=[member("P3", FOUR)]),
            enrol("C4", "2022-03-18", members=[member("P4", X, "李四")]),
            enrol("C5", "2022-03-18", members=[member("P5", FIVE)]),
            enrol("C6", "2022-03-18", members=[member("P6", SIX)]),
            {"fact": "hold", "case": "C5", "decided_on": "2022-04-02", "reason": "核查"},
        )  # fmt: skip
        made.close("2022-04-08", "2022-04")
        yield made


def as_csv(
    folder: Path, *rows: Sequence[str], headings: Sequence[str] = HEADINGS, encoding: str = "gb18030"
) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([("盘州市2022年3月农村低保花名册",), headings, *rows])
    path = folder / "旧系统.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def row(name: str, id_number: str, *amounts_and_account: str, holder: str = "") -> tuple[str, ...]:
    """A line of the roll: insured, base, top-up, total and account follow the ID number."""
    *amounts, account = amounts_and_account
    return ("某村", name, id_number, *amounts, holder, "农信社", account)


GOOD = (
    row("王秀英", fifteen(ONE), "2", "886.00", "132.90", "1,018.90", "123456789012", holder="王 秀英"),
    row("陈国 强", THREE, "1", "443", "", "￥443.00", "77777772"),
    row("王秀英", FOUR, "１", "443.00元", "0", "443", "77777773"),
    row("李 四", X.lower(), "1", "443.0", "-", "443.00", "77777774"),
    row("王秀英", SIX, "1", "443.00", "0.00", "443.00", "77777776"),
)  # fmt: skip


def compared(county: County, old: OldList) -> Comparison:
    return compare(county.installation, DIVISION, APRIL, ("dibao_urban", "dibao_rural", "tekun", "relief"), old)


def by_place(found: Comparison) -> dict[str, Difference]:
    return {(one.new or one.old).place: one for one in found.differences}  # type: ignore[union-attr]


def reasons(one: Difference) -> dict[str, tuple[str | None, str | None]]:
    return {reason.what: (reason.old, reason.new) for reason in one.reasons}


def test_a_list_typed_in_many_ways_is_the_same_roll(county: County, tmp_path: Path) -> None:
    total = ("合计", "", "", "", "", "", "2,790.90", "", "", "")
    found = compared(county, read_old_list(as_csv(tmp_path, *GOOD, total)))
    assert (found.differences, found.same, found.old_fen, found.new_fen) == ((), 5, 279090, 279090)
    assert found.frozen == ("dibao_urban", "dibao_rural", "tekun")


def test_every_difference_is_named_and_the_sums_add_up(county: County, tmp_path: Path) -> None:
    old = read_old_list(
        as_csv(
            tmp_path,
            row("王秀英", ONE, "3", "1329.00", "0", "1329.00", "123456789013", holder="王秀英"),
            row("陈国强", THREE, "1", "443.00", "0", "443.00", "77777772"),
            row("陈国强", THREE, "1", "443.00", "0", "443.00", "77777772"),
            row("王秀兰", FOUR, "1", "443.00", "0", "443.00", "77777773"),
            row("李四", number(55), "1", "443.00", "0", "443.00", "77777774"),
            row("王秀英", FIVE, "1", "443.00", "0", "443.00", "77777775"),
            row("赵六", GONE, "1", "100.01", "0", "100.01", "99999999"),
        )
    )
    found = compared(county, old)
    by = by_place(found)
    assert reasons(by["C1"]) == {
        "insured": ("3", "2"), "base": ("1329.00", "886.00"), "top_up": ("0.00", "132.90"),
        "account": ("123******013", "123******012"),
    }  # fmt: skip
    assert reasons(by["C3"]) == {"name": ("王**", "王**")}
    assert set(reasons(by["C4"])) == {"id_number"}
    assert by["C6"].kind == "only_new"
    assert reasons(by["旧系统.csv line 5"])["listed_twice"] == ("旧系统.csv line 4, 旧系统.csv line 5", None)
    assert reasons(by["旧系统.csv line 8"]) == {"missing_here": (None, "case C5 (dibao_rural): held")}
    assert reasons(by["旧系统.csv line 9"])["missing_here"] == (None, "nobody with this ID number is on our books")
    assert (
        found.old_fen + sum(found.total_fen(kind) for kind in ("only_old", "only_new", "differs")) == found.new_fen
    )
    assert (found.old_fen, found.new_fen, found.same) == (364401, 279090, 1)


def test_a_member_may_have_headed_the_old_household(county: County, tmp_path: Path) -> None:
    found = compared(county, read_old_list(as_csv(tmp_path, row("王小", TWO, "2", "886", "132.9", "1018.9", ""))))
    assert set(reasons(by_place(found)["C1"])) == {"head"}


def test_the_table_of_households_compares_members(county: County, tmp_path: Path) -> None:
    headings = ("户编号", "姓名1", "身份证号1", "姓名2", "身份证号2", "姓名3", "身份证号3", "保障人数", "月收入")
    old = read_old_list(
        as_csv(
            tmp_path,
            ("1", "王秀英", ONE, "王小", fifteen(TWO), "", "", "2", "0"),
            ("2", "陈国强", THREE, "陈多", GONE, "", "", "1", "0"),
            ("3", "李四", X, "", "", "", "", "1", "0"),
            headings=headings,
            encoding="utf-8-sig",
        )
    )
    assert old.unread == ("户编号", "月收入")
    by = by_place(compared(county, old))
    assert "C1" not in by
    assert "C4" not in by
    assert [(one.what, one.old, one.new) for one in by["C2"].reasons] == [
        ("member", f"{GONE[:3]}{'*' * 12}{GONE[-3:]}", None)
    ]


def test_a_workbook_is_read_with_its_numbers_and_computed_sums(county: County, tmp_path: Path) -> None:
    path = tmp_path / "旧.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(1, 0, ("姓名", "身份证号", "保障人数", "保障金", "分类施保金", "发放合计"))
        sheet.write_row(2, 0, ("王秀英", ONE, 2, 886, 132.9, 1018.9000000000001))
    [household] = read_old_list(path).households
    assert (household.insured, household.base_fen, household.top_up_fen, household.total_fen) == (
        2,
        88600,
        13290,
        101890,
    )


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("compare.malformed", [row("甲", ONE, "1", "443.005", "", "443", "")]),
        ("compare.malformed", [row("甲", ONE, "一", "443", "", "443", "")]),
        ("compare.malformed", [row("甲", ONE, "1", "四百", "", "443", "")]),
        ("compare.malformed", [row("甲", ONE, "1", "443", "", "443", "账号")]),
        ("compare.malformed", [row("甲", "", "1", "443", "", "443", "")]),
        ("file.digits_lost", [row("甲", "5.20203E+17", "1", "443", "", "443", "")]),
        ("compare.total", [row("甲", ONE, "1", "443", "", "443", ""), ("合计", "", "", "", "", "", "443.01")]),
        ("file.empty", [("合计",)]),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    code: str, rows: list[Sequence[str]], tmp_path: Path
) -> None:
    with pytest.raises(Refused) as refused:
        read_old_list(as_csv(tmp_path, *rows))
    assert refused.value.code == code
    assert "旧系统.csv" in refused.value.subject
    assert ONE not in refused.value.message()


def test_a_list_without_headings_or_of_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"compare\.header"):
        read_old_list(as_csv(tmp_path, headings=("甲", "乙")))
    with pytest.raises(Refused, match=r"compare\.header.*\n.*several columns for total"):
        read_old_list(as_csv(tmp_path, GOOD[0], headings=("身份证号", "合计", "发放合计")))
    other = tmp_path / "a.txt"
    other.write_text("甲")
    with pytest.raises(Misused, match=r"file\.format"):
        read_old_list(other)


def test_each_household_is_matched_once() -> None:
    """Two old heads who are members of one household: the first gets it, the other is on the old list only."""
    old = [Listed("1", None, "A", total_fen=1), Listed("2", None, "B", total_fen=2)]
    ours = [Listed("C1", None, "B", total_fen=3, members={"A": None, "B": None})]
    assert [(one.kind, one.old_fen, one.new_fen) for one in differences(old, ours)] == [
        ("only_old", 1, 0), ("differs", 2, 3),
    ]  # fmt: skip


def test_fifteen_digits_are_the_eighteen() -> None:
    assert eighteen_digits(fifteen(ONE)) == ONE
