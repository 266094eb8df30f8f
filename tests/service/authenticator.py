"""An authenticator in software: what a browser and a device do together for a passkey."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """Holds one passkey; its answers can be made wrong in one way at a time.

    Attributes:
        origin: The page on which the browser is.
        flags: What the device says it did: present, verified.
        count: How often the passkey was used.
    """

    origin: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    owner: bytes = b""

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    def client_data(self, kind: str, options: dict, **changes) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told | {"crossOrigin": False} | changes).encode()

    def make(self, options: dict, *, fmt: str = "none", rp_id: str | None = None, **changes):
        """What `navigator.credentials.create(...)` gives, as JSON."""
        client_data = self.client_data("webauthn.create", options, **changes)
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        about = (
            hashlib.sha256((rp_id or options["rp"]["id"]).encode()).digest()
            + bytes([self.flags | ATTESTED])
            + self.count.to_bytes(4)
            + secrets.token_bytes(16)
            + len(self.credential_id).to_bytes(2)
            + self.credential_id
            + cbor2.dumps(cose)
        )
        statement = {}
        if fmt == "packed":
            signed = self.sign(about + hashlib.sha256(client_data).digest())
            statement = {"alg": -7, "sig": signed}
        attested = cbor2.dumps({"fmt": fmt, "attStmt": statement, "authData": about})
        self.owner = unb64(options["user"]["id"])
        return self._credential(
            {"clientDataJSON": b64(client_data), "attestationObject": b64(attested)}
        )

    def show(self, options: dict, *, rp_id: str | None = None, **changes):
        """What `navigator.credentials.get(...)` gives, as JSON."""
        self.count += 1
        client_data = self.client_data("webauthn.get", options, **changes)
        about = (
            hashlib.sha256((rp_id or options["rpId"]).encode()).digest()
            + bytes([self.flags])
            + self.count.to_bytes(4)
        )
        return self._credential(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(about),
                "signature": b64(self.sign(about + hashlib.sha256(client_data).digest())),
                "userHandle": b64(self.owner),
            }
        )

    def _credential(self, response: dict):
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
