"""`recognizance audit compare`: two audits side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.errors import InputError

if TYPE_CHECKING:
    from recognizance.audit.result import AuditResult


def compare(
    first: Annotated[Path, typer.Argument(help="Folder of an audit's report.")],
    second: Annotated[Path, typer.Argument(help="Folder of another audit's report.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder to write.")] = None,
    as_json: Json = False,
) -> None:
    """Set two systems, or two versions of one, side by side."""
    from recognizance.audit.report.versus import UNCLEAR, UNKNOWN, changes, doubts, render_versus
    from recognizance.auditing.record import about, write_files
    from recognizance.workspace import utc_now

    one, other = _read(first), _read(second)
    found = changes(one, other)
    clear = [each for each in found if each.said not in {UNCLEAR, UNKNOWN}]
    page = None
    if output is not None:
        made = about("recognizance audit compare DIR DIR", utc_now())
        page = write_files(render_versus(one, other, made), output) / "compare.html"
    emit(
        {
            "report": None if page is None else str(page),
            "doubts": list(doubts(one, other)),
            "compared": len(found),
            "clear": [
                {
                    "measure": each.measure,
                    "target": each.target,
                    "group": each.group,
                    "before": each.before,
                    "after": each.after,
                    "said": each.said,
                }
                for each in clear
            ],
        },
        as_json,
        line(("audit: ", "bold"), ("compared", "bold green"), f"  {len(found)} rates"),
        *(line(("  doubt     ", "yellow"), doubt) for doubt in doubts(one, other)),
        *(
            line("  clear     ", f"{each.group}: {each.measure} is {each.said} in the second")
            for each in clear
        ),
        line("  unclear   ", f"{len(found) - len(clear)} rates"),
        *([line("  report    ", str(page))] if page else []),
    )


def _read(folder: Path) -> AuditResult:
    """The result in a report's folder, or in a file of that kind."""
    from recognizance.audit.result import AuditResult

    path = folder / "result.json" if folder.is_dir() else folder
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            "The result of an audit cannot be read.",
            hint="Give the folder that `recognizance audit` wrote with -o.",
        ) from error
    return AuditResult.from_dict(data)
