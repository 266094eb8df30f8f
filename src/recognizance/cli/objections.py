"""`recognizance objection`: anybody may object; nobody renews over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.registry import Registry
    from recognizance.registry.objections import Objection

app = typer.Typer(
    help="Objections against permits and decisions: anybody may lodge one.", no_args_is_help=True
)


@app.command("lodge")
def lodge(
    about: Annotated[str, typer.Argument(help="Id of a permit, or digest of a submission.")],
    text: Annotated[str, typer.Option("--text", help="What you object to, and why.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Who you are, if you want to say.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lodge an objection; needs no key, no role and no name.

    The log shows that there is one, about what and when. Your words and your name are kept apart
    from it and can be erased.
    """
    from recognizance.permits.objecting import lodge as lodge_objection

    with open_workspace() as workspace:
        lodged = lodge_objection(workspace.registry, about, text, name=name, now=workspace.clock())
    emit(
        {
            "objection_id": lodged.objection_id,
            "about": lodged.about,
            "lodged_at": utc_text(lodged.lodged_at),
        },
        as_json,
        line(("Lodged ", "bold green"), lodged.objection_id),
        line("  about  ", lodged.about),
        line("  then   ", "it has to be answered with a reason before a renewal"),
    )


@app.command("list")
def list_objections(
    open_only: Annotated[bool, typer.Option("--open", help="Only what is unanswered.")] = False,
    as_json: Json = False,
) -> None:
    """List objections, their words, and their answers."""
    with open_workspace() as workspace:
        registry = workspace.registry
        rows = [
            _row(registry, each)
            for each in registry.objections.lodged.values()
            if not (open_only and each.objection_id in registry.objections.answers)
        ]
    emit(
        rows,
        as_json,
        table(
            None,
            ("objection", "about", "lodged", "objection", "answer"),
            (
                (
                    r["objection_id"],
                    r["about"][:16],
                    r["lodged_at"],
                    r["text"] or "(erased)",
                    "open" if r["open"] else r["answer"] or "(erased)",
                )
                for r in rows
            ),
        ),
    )


@app.command("answer")
def answer(
    objection_id: str,
    reason: Annotated[str, typer.Option("--reason", help="The answer, with its reason.")],
    as_json: Json = False,
) -> None:
    """Answer an objection, as a signing officer or the custodian."""
    from recognizance.permits.objecting import answer as answer_objection

    with open_workspace() as workspace:
        answer_objection(
            workspace.registry,
            objection_id,
            reason,
            by=workspace.acting().principal,
            now=workspace.clock(),
        )
    emit(
        {"objection_id": objection_id, "state": "answered"},
        as_json,
        line(("Answered ", "bold"), objection_id),
    )


def _row(registry: Registry, objection: Objection) -> dict[str, Any]:
    from recognizance.permits.objecting import objection_text

    words = objection_text(registry, objection)
    return {
        "objection_id": objection.objection_id,
        "about": objection.about,
        "lodged_at": utc_text(objection.lodged_at),
        "text": words.text,
        "name": words.name,
        "open": words.answer is None,
        "answer": words.answer,
    }
