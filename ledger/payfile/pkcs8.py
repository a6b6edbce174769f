"""Private keys as encrypted PKCS#8, with a key derivation as slow as a passphrase needs.

cryptography's own writer does 2,048 rounds; this one writes PBES2 with 600,000 rounds of PBKDF2-HMAC-SHA256
(OWASP, Password Storage, 2023) and AES-256-CBC. cryptography and stock openssl 1.1.1 or later read it.
"""

from __future__ import annotations

import os

from asn1crypto.algos import (
    EncryptionAlgorithm,
    HmacAlgorithm,
    KdfAlgorithm,
    Pbes2Params,
    Pbkdf2Params,
    Pbkdf2Salt,
)
from asn1crypto.keys import EncryptedPrivateKeyInfo
from asn1crypto.pem import armor
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROUNDS = 600_000


def plain_pem(key: EllipticCurvePrivateKey) -> bytes:
    """The key as unencrypted PKCS#8 PEM: for rehearsals only."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def encrypted_pem(key: EllipticCurvePrivateKey, passphrase: str) -> bytes:
    """The key as PKCS#8 PEM (`ENCRYPTED PRIVATE KEY`), under the passphrase in UTF-8."""
    salt, iv = os.urandom(16), os.urandom(16)
    wrapping = PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(passphrase.encode())
    padder = PKCS7(AES.block_size).padder()
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encryptor = Cipher(AES(wrapping), CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(clear) + padder.finalize()) + encryptor.finalize()
    info = EncryptedPrivateKeyInfo({"encryption_algorithm": _pbes2(salt, iv), "encrypted_data": sealed})
    return bytes(armor("ENCRYPTED PRIVATE KEY", info.dump()))


def _pbes2(salt: bytes, iv: bytes) -> EncryptionAlgorithm:
    derivation = Pbkdf2Params(
        {
            "salt": Pbkdf2Salt(name="specified", value=salt),
            "iteration_count": ROUNDS,
            "prf": HmacAlgorithm({"algorithm": "sha256"}),
        }
    )
    return EncryptionAlgorithm(
        {
            "algorithm": "pbes2",
            "parameters": Pbes2Params(
                {
                    "key_derivation_func": KdfAlgorithm({"algorithm": "pbkdf2", "parameters": derivation}),
                    "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": iv},
                }
            ),
        }
    )
