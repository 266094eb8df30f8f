"""Where the command line takes passphrases from: a file that the settings name, or the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.errors import InputError

if TYPE_CHECKING:
    from recognizance.keys.locks import Unlock

MOST_TRIES = 3

PlainKeys = Annotated[
    bool,
    typer.Option(
        "--plain-keys",
        help="Write key files without a passphrase: whoever reads them can act in your name.",
    ),
]


@dataclass(slots=True)
class Asking:
    """Asks at the terminal, up to three times a key, and remembers for the next key."""

    known: list[bytes] = field(default_factory=list)
    tried: list[bytes] = field(default_factory=list)

    def __call__(self, name: str, attempt: int, /) -> bytes | None:
        """The passphrase for the key of `name`; None after three wrong ones."""
        if attempt == 0:
            self.tried = self.known[::-1]
        if attempt < len(self.tried):
            return self.tried[attempt]
        if attempt - len(self.tried) >= MOST_TRIES:
            return None
        words: str = typer.prompt(f"Passphrase of {name}", hide_input=True, err=True)
        self.known.append(words.encode())
        return self.known[-1]

    def as_told(self) -> Unlock:
        """The same without asking: what was told so far, the newest first."""
        told = self.known[::-1]

        def unlock(_name: str, attempt: int) -> bytes | None:
            return told[attempt] if attempt < len(told) else None

        return unlock


def asking() -> Asking | None:
    """How keys are opened: by the passphrase file of the settings, else by asking at a terminal.

    Returns:
        None where nobody can be asked; then the passphrase file alone counts.
    """
    from recognizance.keys.files import read_passphrase_file
    from recognizance.settings import load_settings

    if not sys.stdin.isatty():
        return None
    path = load_settings().passphrase_file
    return Asking(known=[] if path is None else [read_passphrase_file(path)])


def new_passphrase(*, plain: bool) -> bytes | None:
    """The passphrase for key files that are about to be written; None where they are to be plain.

    Raises:
        InputError: Nobody said how the keys are to be kept.
    """
    from recognizance.keys.files import read_passphrase_file
    from recognizance.settings import load_settings

    if plain:
        return None
    path = load_settings().passphrase_file
    if path is not None:
        return read_passphrase_file(path)
    return typed_passphrase()


def typed_passphrase() -> bytes:
    """A new passphrase, typed twice at the terminal.

    Raises:
        InputError: There is no terminal, or it is too short.
    """
    from recognizance.keys.locks import check_passphrase

    if not sys.stdin.isatty():
        raise InputError(
            "The keys need a passphrase, and there is no terminal to ask for one.",
            hint="Set RECOGNIZANCE_PASSPHRASE_FILE to a file of mode 0600 that holds it. With "
            "--plain-keys the files are not encrypted, and whoever reads them can act as you.",
        )
    words: str = typer.prompt(
        "New passphrase for the keys", hide_input=True, confirmation_prompt=True, err=True
    )
    check_passphrase(words.encode())
    return words.encode()
