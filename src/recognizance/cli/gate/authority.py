"""`recognizance gate authority, answer, withdraw, status`: on the authority's own machine."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.gate.common import EXIT_CODES, app, decision_text
from recognizance.cli.gate.options import (
    AuthorityFolder,
    Fmr,
    Fpir,
    Output,
    Reason,
    read_letter,
)
from recognizance.cli.init import read_public_key
from recognizance.cli.output import output_file
from recognizance.cli.passphrase import PlainKeys, asking, new_passphrase
from recognizance.errors import InputError
from recognizance.gate.rates import chosen_rate, moment
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from recognizance.authority.answering import Authority
    from recognizance.authority.book import Answered
    from recognizance.authority.judging import Changes, Verdict
    from recognizance.gate.permit import Condition
    from recognizance.keys.devices import CommandKey

RequestFile = Annotated[Path, typer.Argument(help="A request that an operator sent.")]


@app.command("authority")
def authority(
    folder: Annotated[Path, typer.Argument(help="The authority's folder.")],
    name: Annotated[str | None, typer.Option(help="Make it, under this name.")] = None,
    public_key: Annotated[
        str | None, typer.Option(help="Where the key lies in a device: its public key, hex.")
    ] = None,
    command: Annotated[
        str | None, typer.Option(help="Where the key lies in a device: the program that signs.")
    ] = None,
    plain_keys: PlainKeys = False,
    as_json: Json = False,
) -> None:
    """Make an authority (--name), or show one: its public key, and the permits that are open."""
    if name is not None:
        opened = _make(folder, name, public_key, command, plain=plain_keys)
    else:
        opened = _open(folder)
    with opened:
        now = opened.now()
        given = [
            (permit_id, each.permit, permit_id in opened.book.withdrawn)
            for permit_id, each in opened.book.countersigned().items()
            if now < each.permit.expires_at
        ]
        key = opened.public_key.hex()
        answers, lists = len(opened.book.answers), opened.book.lists
    emit(
        {
            "name": opened.name,
            "public_key": key,
            "answers": answers,
            "status_lists": lists,
            "open": [permit_id for permit_id, _, withdrawn in given if not withdrawn],
            "withdrawn": [permit_id for permit_id, _, withdrawn in given if withdrawn],
        },
        as_json,
        line(("Authority ", "bold"), opened.name),
        line("  public key  ", key),
        line("  answers     ", f"{answers}, and {lists} status lists"),
        line("  next        ", f"on the operator's machine: recognizance init --authority {key}"),
        table(
            None,
            ("permit", "workspace", "purpose", "ends", ""),
            (
                (
                    permit_id,
                    permit.workspace_id,
                    permit.purpose,
                    utc_text(permit.expires_at),
                    "withdrawn" if withdrawn else "open",
                )
                for permit_id, permit, withdrawn in given
            ),
        ),
    )


@app.command("answer")
def answer(
    request: RequestFile,
    folder: AuthorityFolder,
    countersign: Annotated[bool, typer.Option("--countersign", help="Sign it.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it; give --reason.")] = False,
    send_back: Annotated[
        bool, typer.Option("--return", help="Return it with questions; give --question.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    question: Annotated[
        list[str] | None, typer.Option("--question", help="What to answer first; repeat.")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            "--condition",
            help="With --countersign: one more condition, as hook=reviewers,n=3; repeat.",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="With --countersign: an earlier end, 2026-12-01T00:00Z.")
    ] = None,
    fmr: Fmr = None,
    fpir: Fpir = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Decide a request by your own rules, and answer it.

    Without --countersign, --refuse or --return nothing is written: it says what the rules say, and
    what was counted. With conditions, an earlier end or a stricter rate the operator's officers
    have to sign the changed permit before it can be countersigned.
    """
    if countersign + refuse + send_back > 1:
        raise InputError(
            "One request has one answer.", hint="Give one of --countersign, --refuse, --return."
        )
    data = read_letter(request)
    path = output or request.with_suffix(".answer.json")
    answering = countersign or refuse or send_back
    with (
        _open(folder) as opened,
        output_file(path) if answering else nullcontext() as place,
    ):
        changes = _changes(condition, until, chosen_rate(fmr, fpir))
        if changes and not countersign:
            raise InputError(
                "Conditions, an end or a rate are set on a permit that is to be signed.",
                hint="Add --countersign, or leave them out.",
            )
        if refuse:
            given = opened.refuse(data, reason)
        elif send_back:
            given = opened.send_back(data, question or _questions(opened.examine(data)), reason)
        elif countersign:
            given = opened.countersign(data, changes)
        else:
            given = None
            verdict = opened.examine(data)
        if given and place:
            place.write(given.letter)
    if given:
        _show_answer(given, path, as_json=as_json)
    else:
        _show(verdict, as_json=as_json)


@app.command("withdraw")
def withdraw(
    permit_id: str, folder: AuthorityFolder, reason: Reason, as_json: Json = False
) -> None:
    """Withdraw a countersigned permit: the next status list says so to its operator."""
    with _open(folder) as opened:
        opened.withdraw(permit_id, reason)
    emit(
        {"permit_id": permit_id, "state": "withdrawn"},
        as_json,
        line(("Withdrawn ", "bold"), permit_id),
        line("  next  ", f"recognizance gate status --authority {folder} -o status.json"),
    )


@app.command("status")
def status(
    folder: AuthorityFolder,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write it.")] = Path(
        "status.json"
    ),
    as_json: Json = False,
) -> None:
    """Write the next numbered status list; operators take it in with `gate import-status`."""
    from recognizance.gate.letters import StatusList
    from recognizance.registry.correspondence import STATUS_DAYS

    with _open(folder) as opened, output_file(output, private=False) as place:
        data = opened.list_status()
        written = StatusList.open(data, opened.public_key)
        place.write(data)
    emit(
        {
            "number": written.number,
            "next_due": utc_text(written.next_due),
            "withdrawn": sorted(written.withdrawn),
            "status": str(output),
        },
        as_json,
        line(("Status list ", "bold green"), f"{written.number}: {output}"),
        line("  withdrawn  ", ", ".join(sorted(written.withdrawn)) or "nothing"),
        line("  next due   ", utc_text(written.next_due)),
        line("  without    ", f"operators stop {STATUS_DAYS} days after the newest list they have"),
    )


def _open(folder: Path) -> Authority:
    from recognizance.authority.folder import open_authority
    from recognizance.settings import load_settings

    return open_authority(folder, load_settings(), unlock=asking())


def _make(
    folder: Path, name: str, public_key: str | None, command: str | None, *, plain: bool
) -> Authority:
    from recognizance.authority.folder import create_authority
    from recognizance.settings import load_settings

    return create_authority(
        folder,
        load_settings(),
        name=name,
        passphrase=new_passphrase(plain=plain),
        device=device_key(public_key, command),
    )


def device_key(public_key: str | None, command: str | None) -> CommandKey | None:
    """The key in a device that two options name together; None where neither was given.

    Raises:
        InputError: One of the two is missing, or is none.
    """
    from recognizance.keys.devices import CommandKey

    if public_key is None and command is None:
        return None
    if public_key is None or command is None:
        raise InputError(
            "A key in a device is named by its public key and by the program that signs.",
            hint="Give --public-key and --command together.",
        )
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise InputError("The command has an open quote.", hint="Close it.") from error
    return CommandKey(read_public_key(public_key), argv)


def _changes(condition: list[str] | None, until: str | None, rate: object) -> Changes:
    from recognizance.authority.judging import Changes

    return Changes(
        conditions=tuple(map(_condition, condition or ())),
        until=moment(until) if until else None,
        target=rate if isinstance(rate, tuple) else None,
    )


def _condition(text: str) -> Condition:
    """A condition as `hook=reviewers,n=3`."""
    from recognizance.gate.narrowing import AUTHORITY_RULE
    from recognizance.gate.permit import Condition

    parts = [part.partition("=") for part in text.split(",")]
    values = {key.strip(): value.strip() for key, _, value in parts}
    hook = values.pop("hook", "")
    if len(values) + 1 != len(parts) or not all(values.values()):
        raise InputError(
            f"{text!r} is no condition.",
            hint="Write it as hook=reviewers,n=3: a hook, then numbers.",
        )
    parameters = {k: int(v) if v.isdecimal() else v for k, v in values.items()}
    return Condition(AUTHORITY_RULE, hook, parameters)


def _questions(verdict: Verdict) -> Sequence[str]:
    return verdict.questions


def _show(verdict: Verdict, *, as_json: bool) -> None:
    """What the rules say of a request; nothing is written."""
    permit = verdict.request.permit
    emit(
        {
            "would_answer": verdict.kind.value,
            "permit_id": permit.permit_id,
            "problem": verdict.problem,
            "rules": list(verdict.rules),
            "questions": list(verdict.questions),
            "counted": [each.answer.permit_id for each in verdict.counted],
            "earlier": [each.answer.kind.value for each in verdict.earlier],
            "decision": verdict.decision.as_dict(),
        },
        as_json,
        *decision_text(verdict.decision),
        *_verdict_text(verdict),
    )
    raise typer.Exit(EXIT_CODES[verdict.decision.outcome])


def _verdict_text(verdict: Verdict) -> list[RenderableType]:
    submission = verdict.request.submission
    facts = [
        ("operator", submission.text("operator") or "not said"),
        ("workspace", verdict.request.permit.workspace_id),
        ("counted", ", ".join(each.answer.permit_id for each in verdict.counted) or "no permit"),
        ("before", ", ".join(each.answer.kind.value for each in verdict.earlier) or "not asked"),
        ("problem", verdict.problem or "none"),
        ("answer", f"would be: {verdict.kind.value}; nothing was written"),
        ("next", "decide with --countersign, --refuse --reason, or --return --question"),
    ]
    return [line((f"  {name:<10} ", "dim"), words) for name, words in facts]


def _show_answer(given: Answered, path: Path, *, as_json: bool) -> None:
    kind = given.answer.kind.value
    emit(
        {"answer": kind, "permit_id": given.answer.permit_id, "file": str(path)},
        as_json,
        line((f"{kind.capitalize()} ", "bold"), given.answer.permit_id),
        line("  answer  ", str(path)),
        line("  next    ", f"send it back; there: recognizance gate accept {path.name}"),
    )
