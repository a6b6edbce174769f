from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ledger.errors import Failed, Misused, Refused
from ledger.intake import read_xlsx
from ledger.intake.facts import Enrol, IncomeAssessed, Standard, canonical, parse_fact
from ledger.intake.raw import Cell, Number
from ledger.intake.reading import read_facts

STOP = '{"fact": "stop", "case": "C1", "decided_on": "2022-05-17", "reason": "张"}'


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(folder: Path, rows: list[list[Any]], name: str = "facts.xlsx") -> Path:
    path = folder / name
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                else:
                    sheet.write(number, column, value)
    return path


def test_json_lines_with_mark_blank_lines_and_windows_ends(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + f"{STOP}\r\n\r\n{STOP}\r\n".encode()
    file = read_facts(written(tmp_path, "a.jsonl", content))
    assert (file.name, file.digest) == ("a.jsonl", hashlib.sha256(content).hexdigest())
    assert [(fact.place, fact.line) for fact in file.facts] == [("a.jsonl", 1), ("a.jsonl", 3)]
    assert file.facts[0].data == json.loads(STOP)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", '{"fact": 10, "a": [1.50, -2e3]}'), ("a.yml", "- {fact: 10, a: [1.50, -2e3]}")],
)
def test_an_unquoted_number_keeps_its_text(tmp_path: Path, name: str, content: str) -> None:
    data = read_facts(written(tmp_path, name, content)).facts[0].data
    assert data == {"fact": "10", "a": ["1.50", "-2e3"]}
    assert isinstance(data["fact"], Number)
    assert isinstance(data["a"], list)
    assert all(isinstance(value, Number) for value in data["a"])


def test_yaml_words_are_words(tmp_path: Path) -> None:
    content = "# facts\n- fact: x\n  on: 2022-05-17\n  no: 01\n  a: 'true'\n  b: true\n  c: ~\n  d: yes\n"
    content += "\n- {fact: y}\n"
    first, second = read_facts(written(tmp_path, "a.yaml", content)).facts
    assert (first.line, second.line) == (2, 10)
    assert first.data == {
        "fact": "x", "on": "2022-05-17", "no": "01", "a": "true", "b": True, "c": None, "d": "yes",
    }  # fmt: skip
    assert b'"no":"01"' in canonical(first)


def test_csv_as_a_chinese_spreadsheet_saves_it(tmp_path: Path) -> None:
    header = "fact,case,income.amount,income.per,decided_on,id"
    text = f'{header}\r\nincome, C1 ,"443.00",month,2022-05-17,\r\n\r\n,,,,,\r\n'
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        file = read_facts(written(tmp_path, "a.csv", text.encode(encoding)))
        (raw,) = file.facts
        assert raw.line == 2
        assert raw.data == {
            "fact": "income", "case": "C1", "income": {"amount": "443.00", "per": "month"},
            "decided_on": "2022-05-17",
        }  # fmt: skip
        fact = parse_fact(raw, division=None)
        assert isinstance(fact, IncomeAssessed)
        assert fact.income.amount_fen == 44300


def test_csv_in_gb18030_keeps_rare_characters(tmp_path: Path) -> None:
    text = "fact,person,name\ncorrect,P1,䶮㛃𠰻\n"
    (raw,) = read_facts(written(tmp_path, "a.csv", text.encode("gb18030"))).facts
    assert raw.data["name"] == "䶮㛃𠰻"


def test_a_table_named_for_its_kind_needs_no_column_fact(tmp_path: Path) -> None:
    text = 'programme,amount,per,from\ndibao_urban,705.00,month,2022-04\n"tekun_basic",1013,month,2022-04-01\n'
    facts = read_facts(written(tmp_path, "standard.2022.csv", text)).facts
    assert all(isinstance(parse_fact(raw, division="520203"), Standard) for raw in facts)


def test_a_quoted_cell_may_break_the_line_and_facts_keep_their_first_line(tmp_path: Path) -> None:
    text = 'fact,case,reason\nstop,C1,"a\nb"\nstop,C2,c\n'
    facts = read_facts(written(tmp_path, "a.csv", text)).facts
    assert [(fact.line, fact.data["reason"]) for fact in facts] == [(2, "a\nb"), (4, "c")]
    with pytest.raises(Refused, match="line 2, field decided_on"):
        parse_fact(facts[0], division=None)


def test_xlsx_takes_text_days_truth_and_plain_numbers(tmp_path: Path) -> None:
    rows = [
        ["fact", "case", "year", "kg_per_head", "full_ration", "recorded_on"],
        [],
        ["harvest", "C1", 2022, 104.5, True, datetime(2022, 9, 1)],  # noqa: DTZ001  a cell has no zone
    ]
    (raw,) = read_facts(workbook(tmp_path, rows)).facts
    assert raw.line == 3
    assert raw.data == {
        "fact": "harvest", "case": "C1", "year": "2022", "kg_per_head": "104.5", "full_ration": "true",
        "recorded_on": "2022-09-01",
    }  # fmt: skip
    assert all(isinstance(value, Cell) for value in raw.data.values())
    parse_fact(raw, division="520203")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("account.number", 6217995840000000001),
        ("account.number", 123456),
        ("member.id_number", 5.2e17),
        ("case", 1e15),
    ],
)
def test_a_number_cell_that_loses_digits_is_refused(tmp_path: Path, header: str, value: float) -> None:
    with pytest.raises(Refused) as caught:
        read_facts(workbook(tmp_path, [["fact", header], ["account", value]]))
    assert caught.value.code == "file.digits_lost"
    assert caught.value.subject == f"facts.xlsx line 2, field {header}"


DEEP_JSON = '{"fact": ' + "[" * 100_000 + "]" * 100_000 + "}"
BOMB = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"

BROKEN: list[tuple[str, bytes | str, str, str]] = [
    ("a.jsonl", "", "file.empty", "a.jsonl"),
    ("a.jsonl", " \n\r\n", "file.empty", "a.jsonl"),
    ("a.jsonl", b"\xef\xbb\xbf\n", "file.empty", "a.jsonl"),
    ("a.jsonl", f"{STOP}\n{STOP[:-9]}", "file.syntax", "a.jsonl line 2"),
    ("a.jsonl", f"{STOP}{STOP}", "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", f"{STOP}\n[{STOP}]", "file.syntax", "a.jsonl line 2"),
    ("a.jsonl", "17", "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"fact": NaN}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"fact": -Infinity}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"fact": "\\ud800"}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"\\udfff": 1}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"fact": "a\tb"}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", '{"fact": 01}', "file.syntax", "a.jsonl line 1"),
    ("a.jsonl", f'{STOP}\n{{"fact": "a", "fact": "b"}}', "fact.duplicate_key", "a.jsonl line 2"),
    ("a.jsonl", '{"fact": {"a": 1, "b": 2, "a": 1}}', "fact.duplicate_key", "a.jsonl line 1"),
    ("a.jsonl", f"{STOP}\n{DEEP_JSON}", "file.nesting", "a.jsonl line 2"),
    ("a.jsonl", '{"fact": ' + "[" * 33 + "]" * 33 + "}", "file.nesting", "a.jsonl line 1"),
    ("a.jsonl", f"{STOP}\n".encode() + b'{"fact": "\0"}', "file.binary", "a.jsonl line 2"),
    ("a.jsonl", f"{STOP}\n{STOP}".encode("gb18030"), "file.encoding", "a.jsonl line 1"),
    ("a.jsonl", STOP.encode("utf-16"), "file.binary", "a.jsonl line 1"),
    ("a.jsonl", f"{STOP}\n" + "[" * 10_000_000, "file.long_line", "a.jsonl line 2"),
    ("a.yaml", "", "file.empty", "a.yaml"),
    ("a.yaml", "# nothing\n", "file.empty", "a.yaml"),
    ("a.yaml", "[]", "file.empty", "a.yaml"),
    ("a.yaml", "fact: stop", "file.syntax", "a.yaml"),
    ("a.yaml", "- {fact: a}\n- stop", "file.syntax", "a.yaml line 2"),
    ("a.yaml", "- {fact: a}\n- {fact: [b}", "file.syntax", "a.yaml line 2"),
    ("a.yaml", "- {fact: a}\n\tb: c", "file.syntax", "a.yaml line 2"),
    ("a.yaml", "- fact: .nan", "file.syntax", "a.yaml line 1"),
    ("a.yaml", "- fact: -.INF", "file.syntax", "a.yaml line 1"),
    ("a.yaml", '- fact: "\\ud800"', "file.syntax", "a.yaml line 1"),
    ("a.yaml", "- fact: a\x01b", "file.syntax", "a.yaml"),
    ("a.yaml", "- fact: a\n  b: 1\n  fact: a", "fact.duplicate_key", "a.yaml line 3"),
    ("a.yaml", "- !!python/object/apply:os.system [ls]", "file.yaml_feature", "a.yaml line 1"),
    ("a.yaml", "- fact: !x a", "file.yaml_feature", "a.yaml line 1"),
    ("a.yaml", BOMB, "file.yaml_feature", "a.yaml line 1"),
    ("a.yaml", "- {fact: *a}", "file.yaml_feature", "a.yaml line 1"),
    ("a.yaml", "- {[a]: b}", "file.yaml_feature", "a.yaml line 1"),
    ("a.yaml", "- {fact: a}\n---\n- {fact: a}", "file.yaml_feature", "a.yaml line 2"),
    ("a.yaml", "[" * 100_000, "file.nesting", "a.yaml line 1"),
    ("a.yaml", "- {fact: 张}".encode("gb18030"), "file.encoding", "a.yaml line 1"),
    ("a.csv", "fact,case\n", "file.empty", "a.csv"),
    ("a.csv", "fact,case,case\na,b,c", "file.header", "a.csv line 1"),
    ("a.csv", "fact,account,account.number\na,b,c", "file.header", "a.csv line 1"),
    ("a.csv", "fact,a.b.c.d\na,b", "file.header", "a.csv line 1"),
    ("a.csv", "fact,a..b\na,b", "file.header", "a.csv line 1"),
    ("a.csv", "fact" + ",a" * 300, "file.header", "a.csv line 1"),
    ("a.csv", "case,reason\na,b", "file.header", "a.csv line 1"),
    ("a.csv", "fact,case\nstop,C1,x\n", "file.row", "a.csv line 2"),
    ("a.csv", "fact,case\nstop\n", "file.row", "a.csv line 2"),
    ("a.csv", "fact,\nstop,C1\n", "file.row", "a.csv line 2"),
    ("a.csv", 'fact,case\nstop,"C1\n', "file.syntax", "a.csv line 2"),
    ("a.csv", 'fact,case\nstop,"C1"x\n', "file.syntax", "a.csv line 2"),
    ("a.csv", "fact,case\nstop," + "x" * 200_000, "file.syntax", "a.csv line 2"),
    ("a.csv", b"fact,case\nstop,\x80\xff\n", "file.encoding", "a.csv line 2"),
    ("a.csv", b"PK\3\4\0\0", "file.binary", "a.csv line 1"),
    ("a.xlsx", "", "file.workbook", "a.xlsx"),
    ("a.xlsx", "fact,case", "file.workbook", "a.xlsx"),
    ("a.xlsx", b"PK\3\4" + bytes(100), "file.workbook", "a.xlsx"),
]


@pytest.mark.parametrize(("name", "content", "code", "subject"), BROKEN)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, name: str, content: bytes | str, code: str, subject: str
) -> None:
    with pytest.raises(Refused) as caught:
        read_facts(written(tmp_path, name, content))
    assert (caught.value.code, caught.value.subject) == (code, subject)


def test_a_broken_line_shows_nothing_of_its_text(tmp_path: Path) -> None:
    for name, content in [
        ("a.jsonl", '{"name": "欧阳震华"'),
        ("a.yaml", "- {name: 欧阳震华"),
        ("a.csv", 'fact\n"欧阳震华'),
    ]:
        with pytest.raises(Refused) as caught:
            read_facts(written(tmp_path, name, content))
        assert "欧阳" not in caught.value.message()


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path, [["fact"], ["stop"]]).read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-30]):
        with pytest.raises(Refused, match=r"file\.workbook"):
            read_facts(written(tmp_path, "cut.xlsx", content))
    with pytest.raises(Refused, match=r"file\.empty"):
        read_facts(workbook(tmp_path, []))


def test_a_workbook_that_unpacks_to_much_more_than_facts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, [["fact"], ["stop"]])
    assert read_facts(path).facts
    monkeypatch.setattr(read_xlsx, "_LARGEST_UNPACKED", 1000)
    with pytest.raises(Refused, match=r"file\.workbook"):
        read_facts(path)


def test_a_workbook_with_a_cell_in_the_farthest_corner_is_refused(tmp_path: Path) -> None:
    """Laid out cell by cell it would take 500 GB."""
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "fact")
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(Refused, match=r"file\.workbook"):
        read_facts(path)


def test_a_file_of_unknown_kind_missing_or_unreadable_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"file\.format"):
        read_facts(written(tmp_path, "a.txt", STOP))
    with pytest.raises(Failed, match=r"file\.unreadable"):
        read_facts(tmp_path / "none.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(Failed, match=r"file\.unreadable"):
        read_facts(tmp_path / "folder.jsonl")


def test_an_enrolment_reads_the_same_from_json_and_yaml(tmp_path: Path) -> None:
    data = (
        '{"fact": "enrol", "case": "C1", "programme": "dibao_rural", "confirmed_on": "2022-04-01", '
        '"head": "P1", "imported": true, '
        '"members": [{"person": "P1", "name": "黄建国", "id_number": "11010519491231002X"}]}'
    )
    facts = [
        parse_fact(read_facts(path).facts[0], division="520203")
        for path in (written(tmp_path, "a.jsonl", data), written(tmp_path, "a.yaml", f"[{data}]"))
    ]
    assert facts[0] == facts[1]
    assert isinstance(facts[0], Enrol)
