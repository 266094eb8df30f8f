"""What the verbs of `audit` share: options, the plan, the record, the report, what is printed."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import emit, line, progress
from recognizance.cli.session import workspace_if_any
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from rich.text import Text

    from recognizance.audit.plan import Plan
    from recognizance.audit.result import AuditResult

GroupOption = Annotated[
    list[str] | None,
    typer.Option(
        "--group", help="Labels to split people by, as race,sex; repeat for further labels."
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=NAME", help="What a column of the file is to be called."),
]
LeaveOutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--leave-out", metavar="LABEL=VALUE,...", help="Leave out rows with these labels."
    ),
]
OutOption = Annotated[Path, typer.Option("-o", "--output", help="Folder for the report.")]
NameOption = Annotated[
    str | None, typer.Option("--name", help="What the data set is called in the report.")
]
TargetOption = Annotated[
    list[float] | None,
    typer.Option("--target", help="A false match rate to aim at, as 1e-3; repeat for several."),
]
ThresholdOption = Annotated[
    list[float] | None,
    typer.Option("--threshold", help="Also measure at this threshold; repeat for several."),
]
GalleryOption = Annotated[
    list[int] | None,
    typer.Option(
        "--gallery", min=1, help="Search galleries of so many people; repeat for several."
    ),
]

_WAYS_TO_SHOW = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The groups that were asked for.

    Attributes:
        attributes: Every label, in the order they were named.
        main: Those of the first `--group`.
    """

    attributes: tuple[str, ...]
    main: tuple[str, ...]

    @classmethod
    def of(cls, options: Sequence[str] | None) -> Asked:
        """Read `--group` options."""
        groups = [_words(option) for option in options or ()]
        attributes = tuple(dict.fromkeys(word for group in groups for word in group))
        return cls(attributes, tuple(groups[0]) if groups else ())


def renamed(options: Sequence[str] | None) -> dict[str, str]:
    """`--map` options: column to name.

    Raises:
        InputError: One is not of the form `COLUMN=NAME`.
    """
    return dict(_halves(option, "--map COLUMN=NAME") for option in options or ())


def kept_rows(
    labels: Mapping[str, NDArray[np.str_]], rows: int, options: Sequence[str] | None
) -> NDArray[np.bool_]:
    """Which rows stay when those of `--leave-out` are left out.

    Raises:
        InputError: There is no such label, or nothing stays.
    """
    import numpy as np

    kept = np.ones(rows, dtype=np.bool_)
    for option in options or ():
        label, values = _halves(option, "--leave-out LABEL=VALUE,...")
        if label not in labels:
            raise InputError(
                f"The data has no label `{label}`.", hint=f"It has {', '.join(sorted(labels))}."
            )
        kept &= ~np.isin(labels[label], _words(values))
    if not kept.any():
        raise InputError("Nothing is left of the data.", hint="Leave less out.")
    return kept


def command_of(verb: str, file: str, options: Mapping[str, Sequence[str] | None]) -> str:
    """The command as the report names it: its options, and no path."""
    words = [f"recognizance audit {verb} {file}".rstrip()]
    words += [f"{name} {value}" for name, values in options.items() for value in values or ()]
    return " ".join(words)


@contextmanager
def stages(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage of the audit, one after the other."""
    with ExitStack() as bar:
        shown = ""
        tell: Callable[[int], None] = lambda _done: None  # noqa: E731  # replaced by each bar's own

        def told(stage: str, done: int, total: int) -> None:
            nonlocal shown, tell
            if stage != shown:
                bar.close()
                shown, tell = stage, bar.enter_context(progress(stage, total, quiet=quiet))
            tell(done)

        yield told


def plan_of(
    asked: Asked,
    targets: Sequence[float] | None,
    told: Callable[[str, int, int], None],
    *,
    thresholds: Sequence[float] | None = None,
    galleries: Sequence[int] | None = None,
) -> Plan:
    """The plan of an audit without a permit: counts and rates only."""
    from recognizance.audit.plan import TARGETS, Plan

    return Plan(
        attributes=asked.attributes,
        main=asked.main,
        targets=tuple(targets or TARGETS),
        thresholds=tuple(dict.fromkeys(thresholds or ())),
        gallery_sizes=tuple(dict.fromkeys(galleries or ())),
        progress=told,
    )


def finish(
    result: AuditResult,
    command: str,
    folder: Path,
    *,
    started: float,
    as_json: bool,
    more: Mapping[str, object] | None = None,
) -> None:
    """Record, write the report, say what it says.

    Args:
        result: What was found.
        command: See `command_of`.
        folder: For the report.
        started: `time.monotonic()` at the beginning.
        as_json: Print one JSON document instead of text.
        more: Further facts for the JSON and, as lines, for people.
    """
    from recognizance.audit.report.summary import lead_point, summarise
    from recognizance.auditing.record import about, record, write_report
    from recognizance.workspace import utc_now

    with workspace_if_any() as workspace:
        entry = record(workspace, result) if workspace else None
        page = write_report(result, about(command, utc_now()), folder)
    summary = summarise(result)
    point = lead_point(result)
    emit(
        {
            "report": str(page),
            "result": str(folder / "result.json"),
            "data": result.data.digest,
            "findings": list(summary.found),
            "threshold": None if point is None else point.threshold,
            "stands_out": list(summary.stands_out),
            "not_said": list(summary.not_said),
            "entry": entry,
            "seconds": round(time.monotonic() - started, 1),
            **(more or {}),
        },
        as_json,
        *_text(result, page, entry, more or {}),
    )


def _text(
    result: AuditResult, page: Path, entry: str | None, more: Mapping[str, object]
) -> Iterator[Text]:
    from recognizance.audit.report.summary import summarise

    summary = summarise(result)
    yield line(("audit: ", "bold"), ("measured", "bold green"), f"  {summary.measured[0]}")
    for sentence in summary.found:
        yield line(("  data      ", "yellow"), sentence)
    for sentence in summary.stands_out[:_WAYS_TO_SHOW]:
        yield line("  found     ", sentence)
    for name, value in more.items():
        yield line(f"  {name:<10}", str(value))
    yield line("  recorded  ", entry or "nowhere: there is no workspace here")
    yield line("  report    ", str(page))


def _words(option: str) -> list[str]:
    return [word for word in (each.strip() for each in option.split(",")) if word]


def _halves(option: str, form: str) -> tuple[str, str]:
    before, sign, after = option.partition("=")
    if not (before and sign and after):
        raise InputError(f"{option!r} cannot be read.", hint=f"Write it like {form}.")
    return before.strip(), after.strip()
