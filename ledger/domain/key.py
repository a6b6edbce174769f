"""A signing key: certified by the ledger's CA for one person and role, retired by its successor, or revoked.

Its stream is named by the SHA-256 of the public key (`key/<fingerprint>`), not of a certificate: a revoked key
comes back under no other certificate.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import msgspec

from ledger.domain.event import Event, Origin, Recorded
from ledger.errors import Refused

KEYS = "keys"
"""The part of the log that each event of a key is part of: a close goes on only while it stands still."""

REASONS = (
    "key_compromise", "affiliation_changed", "superseded", "cessation_of_operation", "privilege_withdrawn",
)  # fmt: skip
"""Why a key can be revoked: the reasons of RFC 5280 §5.3.1 that fit a person's key, as the CRL names them."""

COMPROMISED = REASONS[0]
"""Whoever else has the key can sign with any date: outside the log its signatures prove nothing any more."""

IN_USE, RETIRED, REVOKED, EXPIRED = "in_use", "retired", "revoked", "expired"


class KeyCertified(Event, frozen=True, kw_only=True):
    """The CA certified a key (certificate in PEM) for an operator's code and a role; again when it is renewed."""

    TOPIC = "key.certified"

    operator: str
    role: str
    certificate: str
    valid_from: datetime
    valid_to: datetime


class KeyRetired(Event, frozen=True, kw_only=True):
    """The key signs nothing more: `successor` (a key's fingerprint) took its place. What it signed stands."""

    TOPIC = "key.retired"

    successor: str


class KeyRevoked(Event, frozen=True, kw_only=True):
    """Nothing more is closed with the key from this moment on; `note` references a sealed text."""

    TOPIC = "key.revoked"

    reason: str
    note: str | None = None


class KeyFile(msgspec.Struct, frozen=True, gc=False):
    """A fold of a key's stream."""

    fingerprint: str
    version: int = 0
    certified: tuple[KeyCertified, ...] = ()
    retired: Recorded | None = None
    revoked: Recorded | None = None

    @property
    def id(self) -> str:
        """The key's stream."""
        return stream(self.fingerprint)

    def after(self, recorded: Recorded) -> Self:
        """The key with one more event of its stream."""
        event = recorded.event
        replace = msgspec.structs.replace
        file = replace(self, version=event.originator_version)
        match event:
            case KeyCertified():
                return replace(file, certified=(*file.certified, event))
            case KeyRetired():
                return replace(file, retired=recorded)
            case KeyRevoked():
                return replace(file, revoked=recorded)
        return file

    @property
    def current(self) -> KeyCertified:
        """The certification that ends last."""
        return max(self.certified, key=lambda known: known.valid_to)

    def state(self, at: datetime) -> str:
        """`in_use`, or what keeps the key from signing at a moment."""
        if self.revoked is not None:
            return REVOKED
        if self.retired is not None:
            return RETIRED
        return IN_USE if self.current.valid_from <= at <= self.current.valid_to else EXPIRED

    def require_signing(self, at: datetime, certificate: str) -> None:
        """Refuses a key that may not sign at a moment, and one beside a certificate (PEM) that is not recorded.

        Raises:
            Refused: as `require_standing` does; `key.retired`, `key.expired`.
        """
        self.require_standing(certificate)
        if self.retired is not None:
            raise Refused(
                "key.retired",
                self.id,
                found=f"a key that was replaced on {self.retired.event.recorded_on}",
                expected="the key that took its place",
                hint="`ledger keys list` shows it.",
            )
        if self.state(at) == EXPIRED:
            ends = self.current
            raise Refused(
                "key.expired",
                self.id,
                found=f"a certificate from {ends.valid_from:%Y-%m-%d} to {ends.valid_to:%Y-%m-%d}",
                expected=f"one valid on {at:%Y-%m-%d}",
                hint=f"`ledger keys rotate --role {ends.role} --name {ends.operator}` makes a new key.",
            )

    def require_standing(self, certificate: str) -> None:
        """Refuses what nobody can be held to: a key that was revoked, a certificate (PEM) that is not recorded.

        Raises:
            Refused: as `require_unrevoked` and `require_certified` do.
        """
        self.require_unrevoked()
        self.require_certified(certificate)

    def require_known(self) -> Self:
        """The key; refuses one that nobody certified here.

        Raises:
            Refused: `key.unknown`.
        """
        if not self.certified:
            raise Refused(
                "key.unknown",
                self.id,
                found="a key whose certification is not recorded",
                expected="a key made or certified by `ledger keys`",
                hint="`ledger keys list` shows them; `ledger init` records those made by an earlier version.",
            )
        return self

    def require_certified(self, certificate: str) -> None:
        """Refuses a certificate of the key, in PEM, that was issued past the ledger: it could name anybody.

        Raises:
            Refused: `key.unknown`.
        """
        if all(known.certificate != certificate for known in self.certified):
            raise Refused(
                "key.unknown",
                self.id,
                found="a certificate of the key that is not recorded",
                expected="the certificate that `ledger keys` made for it",
                hint="`ledger keys list` shows whose key it is.",
            )

    def require_unrevoked(self) -> None:
        """Refuses a key nobody certified here, and one that was revoked, whenever it signed.

        Raises:
            Refused: `key.unknown`, `key.revoked`.
        """
        self.require_known()
        if self.revoked is not None:
            assert isinstance(self.revoked.event, KeyRevoked)
            raise Refused(
                "key.revoked",
                self.id,
                found=f"a key revoked on {self.revoked.event.recorded_on} ({self.revoked.event.reason})",
                expected="signatures of keys that stand",
                hint="What it signed and is not closed: `ledger close-month MONTH --freeze-again`, then both sign.",
            )

    def certify(
        self,
        origin: Origin,
        *,
        operator: str,
        role: str,
        certificate: str,
        valid_from: datetime,
        valid_to: datetime,
    ) -> KeyCertified:
        """The key certified, for the first time or anew.

        Raises:
            Refused: `key.revoked`; `key.taken` for a key that is another person's, another role's or retired.
        """
        if self.certified:
            self.require_unrevoked()
            known = self.current
            if (known.operator, known.role) != (operator, role) or self.retired is not None:
                kind = "retired key" if self.retired else "key"
                raise Refused(
                    "key.taken",
                    self.id,
                    found=f"the {kind} of {known.operator} as {known.role}",
                    expected="a key of one's own, for one role",
                )
        return KeyCertified(
            **self._header(origin), operator=operator, role=role, certificate=certificate,
            valid_from=valid_from, valid_to=valid_to,
        )  # fmt: skip

    def retire(self, origin: Origin, *, successor: str) -> KeyRetired:
        """The key replaced by a newer one of the same person and role."""
        return KeyRetired(**self._header(origin), successor=successor)

    def revoke(self, origin: Origin, *, reason: str, note: str | None) -> KeyRevoked:
        """The key revoked; a retired one too: what it signed may still wait for its close.

        Raises:
            Refused: as `require_unrevoked` does.
        """
        self.require_unrevoked()
        return KeyRevoked(**self._header(origin), reason=reason, note=note)

    def _header(self, origin: Origin) -> dict[str, Any]:
        return {"originator_id": self.id, "originator_version": self.version + 1, "actor": origin.actor,
                "command_id": origin.command_id, "correlation": origin.correlation}  # fmt: skip


def stream(fingerprint: str) -> str:
    """The stream of a key, by the SHA-256 of its public key in hex."""
    return f"key/{fingerprint}"
