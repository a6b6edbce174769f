"""Banks' reasons for a payment that failed: their words as ISO 20022 reason codes, and which may stand in clear."""

from __future__ import annotations

import re

_LONGEST = 35
_NUMBER_OF_SOMEBODY = re.compile(r"[0-9]{6}")
_ISO = re.compile(r"[A-Z]{2}[0-9]{2}|[A-Z]{4}")

WORDS = {
    "户名不符": "BE01", "户名账号不符": "BE01",
    "卡号不存在": "AC01", "账号不存在": "AC01", "账号错误": "AC01",
    "已销户": "AC04", "账户已销户": "AC04",
    "冻结状态异常": "AC06", "账户冻结": "AC06", "账号状态异常": "AC06", "介质状态异常": "AC06",
    "非结算户不能转账": "AG01",
    "未处理记录重复": "AM05",
    "代理次数错误": "DU01",
}  # fmt: skip
"""The failures seen in banks' return files, as ExternalStatusReason1Code. What has no entry keeps the bank's word."""

IN_CLEAR = f"the bank's code or words, at most {_LONGEST} characters, no number of anybody's"


def iso_of(reason: str | None) -> str | None:
    """The ISO reason code that a bank's code or words stand for; None where nobody has said so."""
    if reason is None:
        return None
    return WORDS.get(reason) or (reason if _ISO.fullmatch(reason) else None)


def may_stand_in_clear(reason: str) -> bool:
    """Whether a reason may stand in an event: it is short, shows wholly and has no number of anybody's in it."""
    return len(reason) <= _LONGEST and reason.isprintable() and not _NUMBER_OF_SOMEBODY.search(reason)
