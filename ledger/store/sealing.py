"""Sealed fields: personal data under a key per person, each wrapped by a master key outside the database.

AES-256-GCM. A sealed field is a 4-byte key id, a 12-byte nonce, then ciphertext and tag; the event's reference is
authenticated with it, so that no field can be moved to another event. Deleting a person's row in `person_key`
makes his fields unreadable and leaves every event as it was. The key id is the beginning of the key's SHA-256:
what is recorded of an erased person later gets a new key, and can be told from what was erased.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.domain.person import ERASED
from ledger.errors import Failed, IntegrityBroken

_KEY_ID = 4
_NONCE = 12


class KeyRing:
    """The keys of the persons at hand. New persons get theirs when first sealed; `new_keys` are to be stored."""

    def __init__(self, master: bytes) -> None:
        """`master`: 32 bytes."""
        if len(master) != 32:
            raise Failed(
                "keys.master_malformed",
                "the master key",
                found=f"{len(master)} bytes",
                expected="32 bytes, as 64 hexadecimal digits in the key file",
            )
        self._master = AESGCM(master)
        self._content_key = hmac.digest(master, b"command content", sha256)
        self._keys: dict[str, tuple[bytes, bytes]] = {}
        self._number_key = hmac.digest(master, b"id number", sha256)
        self.new_keys: dict[str, bytes] = {}

    def content_digest(self, content: bytes) -> str:
        """A keyed digest of what a command said: equal for equal content, and telling nothing about it."""
        return hmac.new(self._content_key, content, sha256).hexdigest()

    def number_digest(self, id_number: str) -> bytes:
        """A keyed digest of an ID number, to find equal ones by; never written down, so that the key can change."""
        return hmac.digest(self._number_key, id_number.encode(), sha256)

    def missing(self, persons: Iterable[str]) -> list[str]:
        """Those without a key at hand. Somebody else may have made it since it was last asked for."""
        return [person for person in set(persons) if person not in self._keys]

    def add(self, wrapped: Mapping[str, bytes]) -> None:
        """Takes in the wrapped keys that the store has.

        Raises:
            IntegrityBroken: `keys.master_wrong` where the master key does not open one.
        """
        for person, box in wrapped.items():
            try:
                key = self._master.decrypt(box[:_NONCE], box[_NONCE:], person.encode())
            except InvalidTag:
                raise IntegrityBroken(
                    "keys.master_wrong",
                    f"the key of person {person}",
                    found="a key that this master key does not open",
                    expected="the master key the ledger was made with",
                    hint="Put back the master.key of this ledger (`ledger doctor` says where it is looked for).",
                ) from None
            self._keys[person] = _named(key)

    def forget_new(self) -> None:
        """Drops keys made for a transaction that did not commit."""
        for person in self.new_keys:
            del self._keys[person]
        self.new_keys = {}

    def seal(self, person: str, ref: str, clear: bytes) -> bytes:
        """Clear bytes sealed for a person's event."""
        held = self._keys.get(person)
        if held is None:
            held = self._keys[person] = self._make(person)
        key_id, key = held
        nonce = os.urandom(_NONCE)
        return key_id + nonce + _cipher(key).encrypt(nonce, clear, ref.encode())

    def open(self, person: str, ref: str, box: bytes) -> bytes:
        """The clear bytes of a sealed field; ERASED where the person's key is gone.

        Raises:
            IntegrityBroken: `sealed.broken` where the field is not what was sealed for this event.
        """
        held = self._keys.get(person)
        key_id, nonce, sealed = box[:_KEY_ID], box[_KEY_ID : _KEY_ID + _NONCE], box[_KEY_ID + _NONCE :]
        if held is None or held[0] != key_id:
            return ERASED
        try:
            return _cipher(held[1]).decrypt(nonce, sealed, ref.encode())
        except InvalidTag:
            raise IntegrityBroken(
                "sealed.broken",
                ref,
                found="a sealed field that does not open",
                expected="the field as it was sealed for this event",
            ) from None

    def _make(self, person: str) -> tuple[bytes, bytes]:
        key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        self.new_keys[person] = nonce + self._master.encrypt(nonce, key, person.encode())
        return _named(key)


def _named(key: bytes) -> tuple[bytes, bytes]:
    return sha256(key).digest()[:_KEY_ID], key


@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    """A cipher takes 2.5 kB, and a prefecture has 200,000 persons: only those just used are kept."""
    return AESGCM(key)
