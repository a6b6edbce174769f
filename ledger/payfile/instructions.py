"""VERIFY.txt: what a bank clerk or inspector types to verify a bundle with stock openssl and sha256sum.

Commands are the lines indented by four blanks; the tests run them from the rendered file. Each closes a hole
that the ones before leave open (DECISIONS.md, "Signatures"):

- the system's own CAs would be trusted beside ca.pem: SSL_CERT_DIR and SSL_CERT_FILE point to nothing;
- a PEM file can hold a second certificate that openssl trusts and `x509` does not show: each file must be
  the canonical writing of its one certificate;
- certificates inside the signature are ignored (-nointern), the role's own file is the only candidate;
- `cms -verify` does not ask for two signers: both are verified, and their public keys must differ;
- `sha256sum -c` says nothing of files that are not listed: they are counted.
"""

from __future__ import annotations

from datetime import date

from ledger.payfile import digest_list, revocations
from ledger.payfile.contents import BundleContents, judged_at
from ledger.payfile.names import CA, ROLES, SIGNING_FILES, certificate_name, signature_name

NAME = "VERIFY.txt"

REHEARSAL_BANNER = (
    "************************************************************************\n"
    "***  REHEARSAL   演练数据,不得付款   REHEARSAL, NOT A PAYMENT ORDER  ***\n"
    "************************************************************************\n"
)

_TEXT = """\
发放文件核验说明 / How to verify this payout bundle
{division} {programme} {month}

在本文件夹中逐行执行缩进的命令(OpenSSL 1.1.1 或更高版本)。
必须依次看到 1 OK 至 {last} OK,缺任何一项即不得付款。
In this folder run the indented lines in order (OpenSSL 1.1.1 or later).
You must see 1 OK to {last} OK, one after the other; if one is missing, do not pay.

一、只信任本次核验的根证书 / Trust no certificate of this machine:

    export SSL_CERT_DIR=/nonexistent SSL_CERT_FILE=/nonexistent

二、每个证书文件只含一份证书 / Each certificate file holds exactly one certificate:

{single}

三、根证书指纹须与纸质交接件一致,不要只与本文件比较 /
Compare the CA's fingerprint with the copy handed over on paper. The line printed here is for
orientation only: whoever changed the folder could have changed it too.

    openssl x509 -in {ca} -noout -fingerprint -sha256

应为 / expected: {fingerprint}

四、经办人与复核人须为两人两钥 / Maker and checker: see who they are; their keys must differ:

{subjects}
    {keys_differ}

五、两份签名 / Both signatures:

{signatures}

证书到期后,改用以下命令,按发放日({pay_on})判断证书有效性:
Once a certificate has expired, use these instead, which judge it on the pay-on day:

{dated_signatures}
{crl}
六、文件内容与清单一致,且无清单以外的文件 / The files are the listed ones, and there are no others:

    {digests}
    {count}
{sm3}
也可执行 / The same in one command: ledger payfile verify DIR
"""


_CRL = """\

密钥是否已吊销,须向台账单位另行索取吊销列表(crl.pem),放在本文件夹的上一级,两行均应显示 OK。
显示 revoked 的,看吊销时间和原因:早于发放日,或原因为 Key Compromise 的,不得付款,先向台账单位核实。
Whether a key was revoked only the list of revoked certificates says: ask for it (crl.pem) on another way, put
it beside this folder, and both lines must say OK. Where one is revoked, see since when and why: before the
pay-on day, or for Key Compromise, do not pay; have the bundle verified in the ledger first.

    openssl crl -in ../{name} -CAfile {ca} -noout -text
{revocations}
"""

_SM3 = """\

也可核验国密摘要(SM3SUMS 已列入上述清单,随之签名),应见 SM3 OK /
The national digests, listed above and signed with it; you should see SM3 OK:

    cut -c67- {name} | xargs openssl dgst -sm3 -r | sed 's/ \\*/  /' | cmp - {name} && echo "SM3 OK"
"""


def write_instructions(contents: BundleContents, *, listed: int) -> bytes:
    """VERIFY.txt of a bundle whose digest list has `listed` files, itself included; UTF-8 with BOM, LF.

    LF, because a command pasted with a CR at its end does not run; the BOM, because Notepad guesses else.
    """
    numbers = {name: number for number, name in enumerate((CA, *ROLES), start=1)}
    text = _TEXT.format(
        division=contents.division,
        programme=contents.programme,
        month=contents.month,
        pay_on=contents.pay_on.isoformat(),
        ca=CA,
        fingerprint=colons(contents.ca_fingerprint),
        single="\n".join(
            f'    openssl x509 -in {name} | cmp - {name} && echo "{number} OK"'
            for number, name in enumerate((CA, *map(certificate_name, ROLES)), start=1)
        ),
        subjects="\n".join(
            f"    openssl x509 -in {certificate_name(role)} -noout -subject -startdate -enddate" for role in ROLES
        ),
        keys_differ=_keys_differ(len(numbers) + 1),
        signatures=_signatures(len(numbers) + 2, ""),
        crl=_CRL.format(name=revocations.NAME, ca=CA, revocations=_revocations()) if contents.format > 1 else "",
        dated_signatures=_signatures(len(numbers) + 2, f" -attime {_seconds(contents.pay_on)}"),
        digests=f'sha256sum -c --strict {digest_list.NAME} && echo "{len(numbers) + 4} OK"',
        sm3=_SM3.format(name=digest_list.SM3_NAME) if contents.format > 1 else "",
        count=_count(listed + 1 + len(SIGNING_FILES), len(numbers) + 5),
        last=len(numbers) + 5,
    )
    banner = REHEARSAL_BANNER if contents.rehearsal else ""
    return f"\ufeff{banner}{text}{banner}".encode()


def colons(fingerprint: str) -> str:
    """A hex fingerprint as openssl prints it: `AB:CD:...`."""
    upper = fingerprint.upper()
    return ":".join(upper[start : start + 2] for start in range(0, len(upper), 2))


def _signatures(first: int, attime: str) -> str:
    return "\n".join(
        f"    openssl cms -verify -binary -inform DER -in {signature_name(role)} -content {digest_list.NAME}"
        f" -nointern -certfile {certificate_name(role)} -CAfile {CA}{attime} -out /dev/null"
        f' && echo "{number} OK"'
        for number, role in enumerate(ROLES, start=first)
    )


def _revocations() -> str:
    """Whatever the time: certificates that have ended, and a list made long after, are judged by the reader."""
    return "\n".join(
        f"    openssl verify -no_check_time -crl_check -CRLfile ../{revocations.NAME} -CAfile {CA}"
        f" {certificate_name(role)}"
        for role in ROLES
    )


def _keys_differ(number: int) -> str:
    one, other = (f'"$(openssl x509 -in {certificate_name(role)} -noout -pubkey)"' for role in ROLES)
    return f'test {one} != {other} && echo "{number} OK"'


def _count(files: int, number: int) -> str:
    return (
        f'test "$(find . -type f | wc -l)" -eq {files} && test "$(find . | wc -l)" -eq {files + 1}'
        f' && echo "{number} OK"'
    )


def _seconds(pay_on: date) -> int:
    return int(judged_at(pay_on).timestamp())
