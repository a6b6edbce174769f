"""Keys in tokens: smart cards, HSMs and SoftHSM through PKCS#11, by python-pkcs11 (the extra `pkcs11`).

The private key never leaves the token: it is handed the 32 bytes of a digest, or what RSA pads itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ledger.errors import Failed, Misused
from ledger.payfile.signers import Secret

if TYPE_CHECKING:
    from pkcs11 import Session

_PATH = ("token", "serial", "object", "id")
_EXAMPLE = "pkcs11:token=NAME;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so"


class TokenKey:
    """A key of a token; each signature opens a session of its own, so that a card can be drawn in between."""

    def __init__(self, address: str, secret: Secret) -> None:
        self._address = address
        self._particulars, self._module = _read_address(address)
        self._pin = secret(f"the token of {address.partition('?')[0]}")
        self.public_key = self._read_public_key()

    def sign(self, data: bytes) -> bytes:
        """A signature with SHA-256 over the data: ECDSA in DER, or RSA PKCS#1 v1.5."""
        from pkcs11 import Mechanism, ObjectClass

        with self._session() as session:
            key: Any = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **self._named())
            if isinstance(self.public_key, RSAPublicKey):
                return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            # Every token has plain ECDSA; not every one digests by itself.
            raw = key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    def _read_public_key(self) -> EllipticCurvePublicKey | RSAPublicKey:
        from pkcs11 import KeyType, ObjectClass
        from pkcs11.util.ec import encode_ec_public_key
        from pkcs11.util.rsa import encode_rsa_public_key

        with self._session() as session:
            found: Any = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **self._named())
            encode = encode_rsa_public_key if found.key_type == KeyType.RSA else encode_ec_public_key
            der = encode(found)
        if found.key_type == KeyType.RSA:
            der = _rsa_info(der)
        public = load_der_public_key(der)
        if not isinstance(public, EllipticCurvePublicKey | RSAPublicKey):
            raise self._unusable(f"a key of the kind {type(public).__name__}")
        return public

    def _named(self) -> dict[str, Any]:
        named: dict[str, Any] = {}
        if "object" in self._particulars:
            named["label"] = self._particulars["object"]
        if "id" in self._particulars:
            named["id"] = self._particulars["id"].encode("latin-1")
        return named

    @contextmanager
    def _session(self) -> Iterator[Session]:
        import pkcs11

        try:
            library = pkcs11.lib(self._module)
            wanted = {"token_label": self._particulars.get("token"), "token_serial": self._serial()}
            token = library.get_token(**{name: value for name, value in wanted.items() if value is not None})
            with token.open(user_pin=self._pin) as session:
                yield session
        except RuntimeError as error:  # the package's own are of this class, and tell more by their name
            raise self._unusable(f"{type(error).__name__} {error}".strip()) from error

    def _serial(self) -> bytes | None:
        serial = self._particulars.get("serial")
        return serial.encode() if serial else None

    def _unusable(self, found: str) -> Failed:
        return Failed(
            "keys.token",
            self._address,
            found=found,
            expected="a token that opens with the PIN and holds the one key named",
            hint="`pkcs11-tool --list-objects` or `softhsm2-util --show-slots` show what there is.",
        )


def open_token(address: str, secret: Secret) -> TokenKey:
    """The key at a `pkcs11:` address (RFC 7512), its token opened with the PIN that `secret` gives.

    Raises:
        Misused: `keys.address` for one that names no token, key or module; `keys.pkcs11_missing` without the extra.
        Failed: `keys.token`, as its library says.
    """
    try:
        import pkcs11  # noqa: F401  asked here, so that what is missing is said before a PIN is typed
    except ImportError:
        raise Misused(
            "keys.pkcs11_missing",
            address.partition("?")[0],
            found="no package python-pkcs11",
            expected="the ledger installed with its extra pkcs11",
            hint="`.venv/bin/pip install -c constraints.txt -e '.[pkcs11]'` installs it.",
        ) from None
    return TokenKey(address, secret)


def _read_address(address: str) -> tuple[dict[str, str], str]:
    path, _, query = address.removeprefix("pkcs11:").partition("?")
    particulars: dict[str, str] = {}
    for part in filter(None, path.split(";")):
        name, _, value = part.partition("=")
        if name == "type":
            continue
        if name not in _PATH:
            raise Misused("keys.address", address, found=name, expected=f"{', '.join(_PATH)}, as in {_EXAMPLE}")
        particulars[name] = unquote(value, encoding="latin-1" if name == "id" else "utf-8")
    module = dict(parse_qsl(query, separator="&")).get("module-path")
    if not module or not particulars.keys() & {"token", "serial"} or not particulars.keys() & {"object", "id"}:
        raise Misused(
            "keys.address", address, found="no token, key or module named", expected=f"all three, as in {_EXAMPLE}"
        )
    return particulars, module


def _rsa_info(pkcs1: bytes) -> bytes:
    """A PKCS#1 public key as SubjectPublicKeyInfo."""
    from asn1crypto.keys import PublicKeyInfo, RSAPublicKey

    return bytes(PublicKeyInfo.wrap(RSAPublicKey.load(pkcs1), "rsa").dump())
