"""Which columns of a department's file are read: the usual Chinese headings, or those of a column map in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from msgspec import Struct

from ledger.errors import Refused
from ledger.intake.fields import MONEY_DATASETS, Dataset
from ledger.intake.reading import content_of
from ledger.intake.shape import printable

DATASETS: tuple[str, ...] = get_args(Dataset)
"""The fourteen departments' data, as facts name them."""

_FIELDS = ("id_number", "value", "detail", "date")
_ID_NUMBER = (
    "身份证号", "身份证号码", "公民身份号码", "公民身份证号码", "公民身份证号", "居民身份证号码", "证件号码", "证件号",
)  # fmt: skip
_USUAL: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "death": ((), ("死亡原因", "信息来源"), ("死亡日期", "死亡时间", "火化日期")),
    "prison": (("在押状态", "状态"), ("监狱名称", "羁押场所", "罪名"), ("入监日期", "收押日期", "羁押日期")),
    "detox": (("戒毒状态", "状态"), ("戒毒场所", "戒毒所名称"), ("入所日期", "开始日期")),
    "fiscal_payroll": (("单位性质", "人员类别"), ("单位名称", "工作单位", "单位"), ("入职日期", "参加工作日期")),
    "pension": (("月养老金", "养老金", "养老金金额", "待遇金额", "月发放金额", "金额"), ("险种", "待遇类型"),
                ("待遇开始日期", "发放日期")),
    "wages": (("月工资", "工资", "应发工资", "月收入", "缴费基数", "金额"), ("单位名称", "工作单位", "单位"),
              ("发放日期", "参保日期")),
    "vehicle": (("车辆类型", "车型"), ("号牌号码", "车牌号", "车牌号码", "品牌型号", "车辆品牌"),
                ("登记日期", "初次登记日期", "注册日期")),
    "property": (("房产套数", "房屋套数", "套数"), ("房屋坐落", "坐落", "房屋地址"), ("登记日期",)),
    "company": (("企业类型", "主体类型", "任职类型"), ("企业名称", "市场主体名称", "名称"), ("成立日期", "登记日期")),
    "housing_fund": (("月缴存额", "缴存金额", "缴存额", "金额"), ("单位名称", "缴存单位"), ("缴存日期", "开户日期")),
    "deposits": (("存款余额", "账户余额", "余额", "金额"), ("开户银行", "银行名称", "银行"), ("余额日期", "查询日期")),
    "student": (("学段", "学籍状态", "就读状态"), ("学校名称", "就读学校", "学校"), ("入学日期",)),
    "disability": (("残疾等级",), ("残疾类别", "残疾类型"), ("发证日期", "评定日期")),
    "medical": (("就诊类型", "住院类型", "个人负担金额"), ("医疗机构名称", "医疗机构", "医院名称", "病种"),
                ("入院日期", "就诊日期", "结算日期")),
}  # fmt: skip
"""Per dataset the usual headings of value, detail and date; the first that a file has is read."""


class Columns(Struct, frozen=True):
    """Per field the headings it may stand under, the first one found counting; `mapped` ones must be there."""

    headings: dict[str, tuple[str, ...]]
    mapped: frozenset[str] = frozenset()

    def needed(self, dataset: str) -> frozenset[str]:
        """The fields a file must have: the ID number, what the map names, money where the dataset counts it."""
        money = {"value"} if dataset in MONEY_DATASETS and self.headings["value"] else set()
        return frozenset({"id_number"} | self.mapped | money)


def usual_columns(dataset: str) -> Columns:
    """The headings looked for without a map; the fields' own names count too."""
    headings = dict(zip(_FIELDS, (_ID_NUMBER, *_USUAL[dataset]), strict=True))
    return Columns({field: (*headings[field], field) for field in _FIELDS})


def read_column_map(path: Path, dataset: str) -> Columns:
    """The columns that a map in TOML names, the usual ones for what it leaves open.

    `id_number`, `value`, `detail` and `date` each name a heading, an empty text that there is no such column; for
    every dataset at the top of the file, for one below its name (`[vehicle]`), which counts first.

    Raises:
        Failed: `file.unreadable`.
        Refused: `match.map` for what is no such map.
    """
    try:
        said = tomllib.loads(content_of(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise _no_map(path, "no TOML in UTF-8") from None
    unknown = [key for key in said if key not in (*_FIELDS, *DATASETS)]
    own = said.get(dataset, {})
    if unknown or not isinstance(own, dict) or not own.keys() <= set(_FIELDS):
        raise _no_map(path, f"{printable(unknown[0]) if unknown else dataset}, which is no field or no dataset")
    named = {key: value for key, value in said.items() if key in _FIELDS} | own
    return _with(usual_columns(dataset), named, path)


def _with(columns: Columns, named: Mapping[str, object], path: Path) -> Columns:
    headings = dict(columns.headings)
    for field, heading in named.items():
        if not isinstance(heading, str) or (field == "id_number" and not heading.strip()):
            raise _no_map(path, f"{field}, which names no heading")
        headings[field] = (heading.strip(),) if heading.strip() else ()
    return Columns(headings, frozenset(field for field in named if headings[field]))


def _no_map(path: Path, found: str) -> Refused:
    return Refused(
        "match.map", path.name, found=found,
        expected='lines such as id_number = "身份证号", for one dataset below its name in brackets',
        hint=f"The fields are {', '.join(_FIELDS)}; the datasets {', '.join(DATASETS)}.",
    )  # fmt: skip
