"""Keys as plug-ins. An address says where a key is: `pem:FILE`, `pkcs11:token=…;object=…` (RFC 7512), or another's.

Another package's plug-in is an entry point of the group `ledger.keys`, named by its scheme: a function of the address
and of a `Secret` that returns a `Key`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from ledger.errors import Misused
from ledger.payfile.keys import open_pem
from ledger.payfile.pkcs11_key import open_token
from ledger.payfile.signers import Key, Secret

GROUP = "ledger.keys"
"""The entry points of plug-ins."""

_SHIPPED: dict[str, Callable[[str, Secret], Key]] = {"pem": open_pem, "pkcs11": open_token}


def open_key(address: str, secret: Secret) -> Key:
    """The key at an address.

    Raises:
        Misused: `keys.scheme` for an address that no plug-in here knows.
        Failed, Refused, IntegrityBroken: `keys.…`, as its plug-in says.
    """
    scheme = address.partition(":")[0]
    opener = _SHIPPED.get(scheme) or _plugged_in(scheme)
    if opener is None:
        known = {*_SHIPPED, *(point.name for point in entry_points(group=GROUP))}
        raise Misused(
            "keys.scheme",
            address,
            found=f"{scheme!r} in front",
            expected=f"one of {', '.join(sorted(known))}",
            hint="Another package can bring more, as entry points of the group ledger.keys (docs/keys.md).",
        )
    return opener(address, secret)


def _plugged_in(scheme: str) -> Callable[[str, Secret], Key] | None:
    """What another package brings for a scheme; none may stand for what comes with the ledger."""
    found = [point.load() for point in entry_points(group=GROUP, name=scheme)]
    return found[0] if found else None
