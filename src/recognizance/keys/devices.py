"""Keys that lie in a device: a program is started and asked for each signature."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from recognizance.errors import KeyFileError
from recognizance.keys import SIGNATURE_BYTES, verify_signature

LONGEST_WAIT_S = 120.0
"""How long a person may take to find the card and type its number."""


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key that a program holds; the message goes in, the signature comes out.

    Attributes:
        public_key: Raw Ed25519 public key, 32 bytes.
        argv: The program and its words; started as they are, without a shell.
    """

    public_key: bytes
    argv: tuple[str, ...]

    def sign(self, message: bytes) -> bytes:
        """Have a message signed: its bytes on standard input, 64 bytes or 128 hex digits back.

        Raises:
            KeyFileError: The program does not start, fails, takes too long, or answers with
                something that is no signature of this key.
        """
        try:
            done = subprocess.run(  # noqa: S603  # the custodian registered this very program
                self.argv,
                input=message,
                stdout=subprocess.PIPE,  # what it says to a person goes to the terminal
                timeout=LONGEST_WAIT_S,
                check=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise KeyFileError(
                "The program of this key did not sign.",
                hint=f"Run it by hand ({self.argv[0]}), and see what it says.",
            ) from error
        signature = _signature(done.stdout)
        # A device may be another one than was registered; nothing wrong is ever passed on.
        if not verify_signature(self.public_key, message, signature):
            raise KeyFileError(
                "The program of this key answered with something that is not its signature.",
                hint="Check that the device holds the registered key and signs with plain Ed25519.",
            )
        return signature


def _signature(answer: bytes) -> bytes:
    if len(answer) == SIGNATURE_BYTES:
        return answer
    try:
        return bytes.fromhex(answer.decode("ascii").strip())
    except ValueError:
        return b""
