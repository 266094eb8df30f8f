"""What the ledger signs and hands out, in the formats of C2SP.

Signed notes (c2sp.org/signed-note, Ed25519 type 0x01), checkpoints (c2sp.org/tlog-checkpoint)
and offline proofs (c2sp.org/tlog-proof). The reading half is in `verify`, which runs alone.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from recognizance.ledger.verify import ED25519, PROOF_HEADER, checkpoint_text, key_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.keys import SigningKey
    from recognizance.ledger.verify import Head


def vkey_of(name: str, public_key: bytes) -> str:
    """The key as checkers are given it: `name+hex key id+base64 key`."""
    encoded = base64.b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{encoded}"


def sign_note(text: str, name: str, key: SigningKey) -> str:
    """Sign a text that ends in a newline, as `name`."""
    signature = key_id(name, key.public_key) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def signed_checkpoint(head: Head, key: SigningKey) -> str:
    """A checkpoint signed under its own origin."""
    return sign_note(checkpoint_text(head), head.origin, key)


def proof_text(index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """A receipt: the index, the inclusion path, and the signed checkpoint it leads to."""
    hashes = "".join(f"{base64.b64encode(sibling).decode()}\n" for sibling in path)
    return f"{PROOF_HEADER}\nindex {index}\n{hashes}\n{checkpoint}"
