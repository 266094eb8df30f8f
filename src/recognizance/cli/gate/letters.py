"""`recognizance gate accept, sign, import-status`: what comes back from the authority."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.gate.common import app
from recognizance.cli.gate.options import Officers, Output, read_letter
from recognizance.cli.output import output_file
from recognizance.cli.session import open_workspace
from recognizance.errors import IncompleteError, RefusedError
from recognizance.types import PPB, utc_text

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.gate.letters import Answer

AnswerFile = Annotated[Path, typer.Argument(help="An answer that the authority wrote.")]

EXIT_OF_ANSWER = {
    "countersigned": 0,
    "conditional": IncompleteError.exit_code,
    "returned": IncompleteError.exit_code,
    "refused": RefusedError.exit_code,
}


@app.command("accept")
def accept(answer: AnswerFile, as_json: Json = False) -> None:
    """Take the authority's answer in: what is countersigned comes into force, all is recorded."""
    from recognizance.permits.exchange import accept_answer

    with open_workspace() as workspace:
        accepted = accept_answer(workspace, read_letter(answer), by=workspace.acting())
    emit(
        {
            "answer": accepted.kind.value,
            "permit_id": accepted.permit_id,
            "in_force": accepted.kind.value == "countersigned",
            "rules": list(accepted.rules),
            "reason": accepted.reason,
            "questions": list(accepted.questions),
        },
        as_json,
        *_answer_text(accepted, answer),
    )
    raise typer.Exit(EXIT_OF_ANSWER[accepted.kind.value])


@app.command("sign")
def sign(
    answer: AnswerFile,
    officer: Officers = ["officer"],  # noqa: B006  # typer wants a list
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Sign a permit as the authority has changed it, and write the new request."""
    from recognizance.permits.exchange import sign_conditional

    path = output or answer.with_suffix(".request.json")
    with open_workspace() as workspace, output_file(path) as place:
        data = sign_conditional(
            workspace,
            read_letter(answer),
            proposer=workspace.acting(),
            officers=[workspace.acting(name) for name in officer],
        )
        place.write(data)
    emit(
        {"request": str(path)},
        as_json,
        line(("Signed ", "bold yellow"), "with the authority's conditions; not yet in force"),
        line("  request  ", str(path)),
        line("  next     ", "send it to the authority, then: recognizance gate accept ANSWER"),
    )


@app.command("import-status")
def import_status(
    status: Annotated[Path, typer.Argument(help="A status list that the authority wrote.")],
    as_json: Json = False,
) -> None:
    """Take the authority's status list in: what it withdraws is revoked here.

    Countersigned permits hold only while the newest list, or the permit, is at most 30 days old.
    """
    from recognizance.permits.exchange import import_status as import_list

    with open_workspace() as workspace:
        before = frozenset(workspace.registry.revoked)
        taken = import_list(workspace, read_letter(status), by=workspace.acting())
        here = sorted(workspace.registry.issued.keys() & taken.withdrawn)
        revoked = [permit_id for permit_id in here if permit_id not in before]
    emit(
        {
            "number": taken.number,
            "issued_at": utc_text(taken.issued_at),
            "next_due": utc_text(taken.next_due),
            "withdrawn_here": here,
            "revoked_now": revoked,
        },
        as_json,
        line(("Status list ", "bold green"), f"{taken.number} of {utc_text(taken.issued_at)}"),
        line("  next due   ", utc_text(taken.next_due)),
        line("  withdrawn  ", ", ".join(here) or "nothing of this workspace"),
    )


def _answer_text(answer: Answer, path: Path) -> list[Text]:
    """An answer in words, and what to do next."""
    match answer.kind.value:
        case "countersigned":
            return [line(("Permit ", "bold green"), answer.permit_id, ", countersigned")]
        case "conditional":
            return [
                line(("Conditions ", "bold yellow"), f"were set on {answer.permit_id}"),
                *_changes(answer),
                line("  next  ", f"if you agree: recognizance gate sign {path} -o request.json"),
            ]
        case "returned":
            return [
                line(("Returned ", "bold yellow"), answer.permit_id),
                *(line("  question  ", question) for question in answer.questions),
                line("  next      ", "answer them in the submission, and request again"),
            ]
        case _:
            return [
                line(("Refused ", "bold red"), answer.permit_id),
                line("  rules   ", ", ".join(answer.rules) or "none: the authority's own decision"),
                line("  reason  ", answer.reason),
            ]


def _changes(answer: Answer) -> list[Text]:
    from recognizance.gate.narrowing import set_by_authority

    if answer.permit is None:
        return []
    return [
        *(
            line(
                "  condition  ",
                ", ".join((each.hook, *(f"{k}={v}" for k, v in each.parameters.items()))),
            )
            for each in set_by_authority(answer.permit)
        ),
        line("  ends       ", utc_text(answer.permit.expires_at)),
        line("  rate       ", f"at most 1 in {round(PPB / answer.permit.target.target_ppb):,}"),
    ]
