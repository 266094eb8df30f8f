"""`recognizance bearer`: challenges of a gate, and what a device answers them with.

The tokens themselves are made by `enroll --bearer` and read by `verify --bearer`; what both share
stands here. `device-key` and `prove` do what an application on the bearer's telephone does, so that
the whole way can be walked with this program alone.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.session import answer_text, open_workspace
from recognizance.errors import BearerUnreadableError, ConflictError, InputError
from recognizance.types import Role, utc_text

if TYPE_CHECKING:
    from recognizance.bearer.gate import Attendance, DeviceProof
    from recognizance.bearer.token import Binding
    from recognizance.uses import Answer
    from recognizance.workspace import Workspace

app = typer.Typer(
    help="Tokens that people carry: challenges, and the device's side of them.",
    no_args_is_help=True,
)

FORMS = (".svg", ".png", ".txt")
_MOST_BYTES = 10_000
_MODULE_PX = 8
_QUIET_MODULES = 4  # ISO/IEC 18004: the blank edge that a reader needs
_STANDARD_INPUT = Path("-")


@app.command("challenge")
def challenge(
    permit: Annotated[str, typer.Option("--permit", help="The permit that the gate runs under.")],
    as_json: Json = False,
) -> None:
    """Make a challenge for the bearer's device; it serves one answer, within a minute."""
    from recognizance.bearer.gate import CHALLENGE_LASTS
    from recognizance.conditions import check_role

    with open_workspace() as workspace:
        check_role(workspace.acting().principal, "challenge a device", Role.OPERATOR)
        now = workspace.clock()
        made = workspace.bearer.challenge(permit, now=now).hex()
    expires_at = utc_text(now + CHALLENGE_LASTS)
    emit({"challenge": made, "expires_at": expires_at}, as_json, line(made))


@app.command("device-key")
def device_key(
    path: Annotated[Path, typer.Argument(help="Where to write the private key.")],
    as_json: Json = False,
) -> None:
    """As the bearer's device: make a key. Prints the public key for `enroll --device-key`."""
    from recognizance.keys import SigningKey
    from recognizance.keys.files import KeyKind, write_key_file

    key = SigningKey.generate()
    write_key_file(path, kind=KeyKind.PRINCIPAL, name="device", secret=key.seed)
    public_key = key.public_key.hex()
    emit({"public_key": public_key, "key_file": str(path)}, as_json, line(public_key))


@app.command("prove")
def prove(
    token: Annotated[Path, typer.Argument(help="The token's text; - for standard input.")],
    challenge: Annotated[str, typer.Option(help="The gate's challenge, in hex digits.")],
    permit: Annotated[str, typer.Option("--permit", help="The permit that the gate names.")],
    key: Annotated[Path, typer.Option("--key", help="The device's private key.")],
    as_json: Json = False,
) -> None:
    """As the bearer's device: answer a challenge. Prints the proof for `verify --device-proof`."""
    from recognizance.bearer.gate import proof_message
    from recognizance.keys.files import KeyKind, read_key_file

    asked = hex_bytes("challenge", challenge)
    message = proof_message(read_token(token), asked, permit)
    proof = read_key_file(key, KeyKind.PRINCIPAL).signing_key.sign(message).hex()
    emit({"device_proof": proof}, as_json, line(proof))


# ---- what enroll and verify take from here --------------------------------------------------


def binding_of(device_key: str | None, staffed_gate: str | None) -> Binding:
    """What a token is to be bound to: exactly one of the two.

    Raises:
        InputError: Neither was named, or both, or the key is none.
    """
    from recognizance.bearer.token import Binding

    if device_key is not None and staffed_gate is None:
        return Binding.device(hex_bytes("device key", device_key))
    if staffed_gate is not None and device_key is None:
        return Binding.staffed_gate(staffed_gate)
    raise InputError(
        "A token is bound to a device or to a staffed gate, so that a stolen one is useless.",
        hint="Name one of them: --device-key HEX or --staffed-gate ID.",
    )


def proof_of(
    workspace: Workspace,
    *,
    challenge: str | None,
    device_proof: str | None,
    staffed_by: str | None,
    gate: str | None,
) -> DeviceProof | Attendance | None:
    """What was given to prove who shows a token; None where nothing was.

    Raises:
        InputError: One half is missing, or both ways were mixed.
        PrincipalError: Nobody of that name is registered.
    """
    from recognizance.bearer.gate import Attendance, DeviceProof

    match challenge, device_proof, staffed_by, gate:
        case None, None, None, None:
            return None
        case str(), str(), None, None:
            return DeviceProof(
                hex_bytes("challenge", challenge), hex_bytes("device proof", device_proof)
            )
        case None, None, str(), str():
            return Attendance(workspace.acting(staffed_by).principal, gate)
    raise InputError(
        "Half of a proof was given, or two kinds of it.",
        hint="Give --challenge with --device-proof, or --gate with --staffed-by.",
    )


def hex_bytes(what: str, text: str) -> bytes:
    """Bytes from hex digits.

    Raises:
        InputError: They are none.
    """
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InputError(
            f"The {what} is not in hex digits.", hint="Give 0-9 and a-f, two for each byte."
        ) from error


def read_token(path: Path) -> str:
    """The text of a token from a file, or a line of standard input (a scanner types there).

    Raises:
        BearerUnreadableError: There is no such file, or it holds more than a token.
    """
    try:
        if path == _STANDARD_INPUT:
            data = sys.stdin.buffer.readline(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BearerUnreadableError(
            "The token's file cannot be read.", hint="Check the path and its permissions."
        ) from error
    if len(data) > _MOST_BYTES:
        raise BearerUnreadableError(
            "The file is far larger than a token.",
            hint="Give the text that a scanner reads from the code, not the picture of it.",
        )
    return data.decode("ascii", "replace")


def check_form(path: Path) -> None:
    """Refuse a place that a token could not be written to, before anybody is asked for a face.

    Raises:
        InputError: The name ends in none of `FORMS`.
        ConflictError: There is a file already.
    """
    if path.suffix.lower() not in FORMS:
        raise InputError(
            "The form of the token follows the file's name, and this one says nothing.",
            hint=f"Name the file with -o, and end its name in {', '.join(FORMS)}.",
        )
    if path.exists():
        raise ConflictError(
            "There is a file of that name already; it was left alone.", hint="Choose another name."
        )


def draw(token: str, form: str) -> tuple[bytes, int]:
    """A token as a QR code with error correction M, or as text.

    Returns:
        The file's bytes, and the version of the QR code, which says how large it is.
    """
    import segno

    code = segno.make(token, error="m", mode="alphanumeric", micro=False, boost_error=False)
    if form == ".txt":
        return f"{token}\n".encode(), int(code.version)
    drawn = BytesIO()
    code.save(drawn, kind=form.removeprefix("."), scale=_MODULE_PX, border=_QUIET_MODULES)
    return drawn.getvalue(), int(code.version)


def hand_over(answer: Answer, path: Path, *, as_json: bool) -> None:
    """Write the token where it was asked for, readable by its writer alone, and say so.

    Raises:
        ConflictError: Somebody has put a file there meanwhile.
    """
    token = answer.token or ""
    data, version = draw(token, path.suffix.lower())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError(
            "There is a file of that name already; it was left alone.", hint="Choose another name."
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    emit(
        answer.as_dict()
        | {"token_file": str(path), "characters": len(token), "qr_version": version},
        as_json,
        *answer_text(answer),
        line(("  token             ", "dim"), f"{path}, QR version {version}"),
        line(("  next              ", "dim"), "give it to its bearer, and delete the file"),
    )
