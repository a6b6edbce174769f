"""Made-up Chinese names, a few of them with characters that GBK cannot write."""

from __future__ import annotations

from random import Random

_DOUBLE = ("欧阳", "上官")
_SURNAMES: tuple[str, ...] = (
    *("王李张刘陈杨黄赵吴周" * 4),
    *("徐孙马朱胡林郭何高罗" * 2),
    *"郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱",
    *_DOUBLE,
)
_MALE = "国强建军志明文华德贵永福光荣正平春生云龙海波俊杰学友兴旺成林少东金山启航天佑子轩家豪宇泽仕勇大伟"
_FEMALE = "秀英桂兰玉珍丽芳春梅小红凤仙翠花素琴美玲淑华晓燕雪莲慧敏佳怡梦婷欣妍雨涵朝霞菊香银珠静芬"
_RARE = "䶮㛃𠰻"
"""Outside GBK but inside GB18030: what breaks a careless bank file."""


def surname(rng: Random) -> str:
    """A surname, the common ones more often."""
    return rng.choice(_SURNAMES)


def surname_of(name: str) -> str:
    """The surname a made-up name begins with."""
    return name[:2] if name.startswith(_DOUBLE) else name[0]


def given_name(rng: Random, sex: str) -> str:
    """One or two characters; about four names in a thousand have a rare one."""
    characters: str = _MALE if sex == "male" else _FEMALE
    last = rng.choice(_RARE) if rng.randrange(1000) < 4 else rng.choice(characters)
    return rng.choice(characters) + last if rng.randrange(100) < 78 else last
