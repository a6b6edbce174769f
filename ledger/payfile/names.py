"""The names in a bundle folder that are not always the same, and those beside its listed files."""

from __future__ import annotations

from collections.abc import Collection

from ledger.payfile import digest_list

ROLES = ("maker", "checker")
"""Civil affairs makes, finance checks: two people, two keys."""

CA = "ca.pem"


def bank_file_names(codes: Collection[str]) -> dict[str, str]:
    """The file of each bank: `payouts.txt` where there is one, `payouts.<code>.txt` where there are several."""
    return {code: "payouts.txt" if len(codes) == 1 else f"payouts.{code}.txt" for code in codes}


def signature_name(role: str) -> str:
    """`SHA256SUMS.maker.p7s` for `maker`."""
    return f"{digest_list.NAME}.{role}.p7s"


def certificate_name(role: str) -> str:
    """`maker.crt` for `maker`."""
    return f"{role}.crt"


SIGNING_FILES = frozenset({CA, *map(signature_name, ROLES), *map(certificate_name, ROLES)})
"""What approval adds to a rendered bundle; no digest list names these."""
