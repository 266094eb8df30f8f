"""Keys: signatures, sealing and commitments; the files, locks and devices that hold them."""

from recognizance.keys.digests import Digests
from recognizance.keys.material import (
    NONCE_BYTES,
    SECRET_BYTES,
    SIGNATURE_BYTES,
    Signer,
    SigningKey,
    commitment,
    fingerprint,
    new_secret,
    seal,
    unseal,
    verify_signature,
)

__all__ = [
    "NONCE_BYTES",
    "SECRET_BYTES",
    "SIGNATURE_BYTES",
    "Digests",
    "Signer",
    "SigningKey",
    "commitment",
    "fingerprint",
    "new_secret",
    "seal",
    "unseal",
    "verify_signature",
]
