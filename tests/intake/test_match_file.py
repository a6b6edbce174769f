from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ledger.errors import Misused, Refused
from ledger.intake.match_columns import DATASETS, read_column_map, usual_columns
from ledger.intake.match_file import MatchFile, MatchLine

WOMAN, MAN = "11010519491231002X", "110105198001010016"


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def lines(path: Path, dataset: str, column_map: Path | None = None) -> list[MatchLine]:
    columns = read_column_map(column_map, dataset) if column_map else usual_columns(dataset)
    return list(MatchFile(path, dataset, columns).lines())


def refused(path: Path, dataset: str, column_map: Path | None = None) -> Refused:
    with pytest.raises(Refused) as error:
        lines(path, dataset, column_map)
    return error.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_usual_file_is_read_below_its_title_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        "六枝特区车辆信息\n"
        "序号,姓名,身份证号码,车辆类型,号牌号码,登记日期\n"
        f"1,䶮秀英,{WOMAN.lower()},小型普通客车,贵B12345,2021/5/7\n"
        "\n"
        "2,王大力,110105800101001,轻型货车,-,2020年12月1日\n"
    )
    assert lines(written(tmp_path, "car.csv", text, encoding), "vehicle") == [
        MatchLine(3, WOMAN, "小型普通客车", "2021-05-07 贵B12345"),
        MatchLine(5, MAN, "轻型货车", "2020-12-01"),
    ]


def test_a_workbook_is_read_like_a_text_file(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [["身份证号", "月工资", "发放日期"], [WOMAN, 1800.5, date(2022, 7, 1)], [MAN, 900, ""]]
    )
    assert lines(path, "wages") == [MatchLine(2, WOMAN, "1800.5", "2022-07-01"), MatchLine(3, MAN, "900", None)]


def test_an_id_number_that_a_workbook_keeps_as_a_number_has_lost_its_end(tmp_path: Path) -> None:
    error = refused(workbook(tmp_path, [["身份证号"], [110105198001010016]]), "death")
    assert (error.code, error.subject) == ("file.digits_lost", "match.xlsx line 2, column 身份证号")
    assert "1101051980" not in error.message()


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_first_usual_heading_of_each_field_is_found(tmp_path: Path, dataset: str) -> None:
    usual = usual_columns(dataset).headings
    said = {"id_number": WOMAN, "value": "7", "detail": "内容", "date": "20220517"}
    headings = {field: names[0] for field, names in usual.items()}
    text = ",".join(headings.values()) + "\n" + ",".join(said[field] for field in headings) + "\n"
    assert lines(written(tmp_path, "a.csv", text), dataset) == [MatchLine(2, WOMAN, "7", "2022-05-17 内容")]


def test_a_column_map_names_headings_for_all_datasets_and_for_one(tmp_path: Path) -> None:
    path = written(tmp_path, "car.csv", f"证号,类别,车型,日期\n{WOMAN},甲,货车,2021-05-07\n")
    column_map = written(tmp_path, "map.toml", 'id_number = "证号"\ndate = ""\n[vehicle]\nvalue = "类别"\n')
    assert lines(path, "vehicle", column_map) == [MatchLine(2, WOMAN, "甲", None)]
    assert refused(path, "wages", column_map).code == "file.header", "money wants its column"


@pytest.mark.parametrize(
    "text",
    [
        'number = "证号"\n',
        '[cars]\nid_number = "证号"\n',
        '[vehicle]\nnumber = "证号"\n',
        'id_number = ""\n',
        "id_number = 3\n",
        'vehicle = "证号"\n',
        "id_number = \n",
    ],
)
def test_what_is_no_column_map_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused) as error:
        read_column_map(written(tmp_path, "map.toml", text), "vehicle")
    assert error.value.code == "match.map"


@pytest.mark.parametrize(
    ("dataset", "text", "code", "subject"),
    [
        (
            "vehicle",
            f"身份证号\n{WOMAN}\n51010519491231\n",
            "match.malformed",
            "line 3, column 身份证号",
        ),
        ("vehicle", "身份证号,车型\n,货车\n", "match.malformed", "line 2, column 身份证号"),
        ("vehicle", f"身份证号,登记日期\n{WOMAN},2022-02-30\n", "match.malformed", "line 2, column 登记日期"),
        ("vehicle", f"身份证号,登记日期\n{WOMAN},去年\n", "match.malformed", "line 2, column 登记日期"),
        ("vehicle", f"身份证号,号牌号码\n{WOMAN},=1+1\n", "match.malformed", "line 2, column 号牌号码"),
        ("wages", f"身份证号,工资\n{WOMAN},1800元\n", "match.malformed", "line 2, column 工资"),
        ("wages", f"身份证号,工资\n{WOMAN},-18\n", "match.malformed", "line 2, column 工资"),
        ("property", f"身份证号,套数\n{WOMAN},两套\n", "match.malformed", "line 2, column 套数"),
        ("wages", f"身份证号,单位\n{WOMAN},某厂\n", "file.header", "line 1"),
        ("vehicle", f"号码,车型\n{WOMAN},货车\n", "file.header", "line 1"),
        ("vehicle", f"身份证号,车型,车型\n{WOMAN},货车,\n", "file.header", "line 1"),
        ("vehicle", f"身份证号,车型\n{WOMAN}\n", "file.row", "line 2"),
        ("vehicle", f'身份证号,车型\n{WOMAN},"货车\n', "file.syntax", "line 2"),
    ],
)
def test_a_malformed_file_is_refused_by_line_and_column_and_masked(
    tmp_path: Path, dataset: str, text: str, code: str, subject: str
) -> None:
    error = refused(written(tmp_path, "bad.csv", text), dataset)
    assert (error.code, error.subject.removeprefix("bad.csv ")) == (code, subject)
    assert WOMAN not in error.message()
    assert "51010519491231" not in error.message()


def test_a_wrong_check_digit_refuses_no_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "身份证号\n110105194912310021\n")
    assert lines(path, "death") == [MatchLine(2, "110105194912310021", None, None)]


def test_a_file_of_another_kind_is_no_departments_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", "{}")
    with pytest.raises(Misused) as error:
        MatchFile(path, "death", usual_columns("death"))
    assert error.value.code == "file.format"


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", f"身份证号\n{WOMAN}\n")
    assert MatchFile(path, "death", usual_columns("death")).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def workbook(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "match.xlsx"
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
