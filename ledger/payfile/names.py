"""The names in a bundle folder beside its listed files: signatures and certificates."""

from __future__ import annotations

from ledger.payfile import digest_list

ROLES = ("maker", "checker")
"""Civil affairs makes, finance checks: two people, two keys."""

CA = "ca.pem"


def signature_name(role: str) -> str:
    """`SHA256SUMS.maker.p7s` for `maker`."""
    return f"{digest_list.NAME}.{role}.p7s"


def certificate_name(role: str) -> str:
    """`maker.crt` for `maker`."""
    return f"{role}.crt"


SIGNING_FILES = frozenset({CA, *map(signature_name, ROLES), *map(certificate_name, ROLES)})
"""What approval adds to a rendered bundle; no digest list names these."""
