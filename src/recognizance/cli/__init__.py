"""The command line: one module a verb, put together here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer
from typer.exceptions import Abort, TyperException

from recognizance import __version__
from recognizance.cli import (
    accounts,
    apikey,
    audit,
    bearer,
    calendar,
    compare,
    demo,
    documents,
    enroll,
    erase,
    evidence,
    fleet,
    gallery,
    gate,
    keeping,
    keys,
    ledger,
    models,
    objections,
    permit,
    redact,
    review,
    search,
    serve,
    start,
    status,
    stories,
    subjects,
    training,
    verify,
    watch,
)
from recognizance.cli import init as init_verb
from recognizance.cli.console import err, line, show_error
from recognizance.errors import (
    InputError,
    InterruptedUseError,
    PartMissingError,
    RecognizanceError,
    StoreFullError,
    UsageError,
)

INTERRUPTED = 130

app = typer.Typer(
    name="recognizance",
    help="Face recognition that runs only on conditions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"recognizance {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
    server: str | None = typer.Option(
        None, "--server", metavar="URL", help="Send the verb to this server (RECOGNIZANCE_SERVER)."
    ),
) -> None:
    from recognizance.cli.session import use_server
    from recognizance.observe import configure
    from recognizance.settings import load_settings

    configure(load_settings().log_level)
    use_server(server)


# Grouped as people meet them: decide, recognise, look after, prove.
app.add_typer(gate.app, name="gate")
app.add_typer(permit.app, name="permit")
app.command("documents")(documents.documents)
app.add_typer(start.app, name="start")
app.command("compare")(compare.compare)
app.command("enroll")(enroll.enroll)
app.command("verify")(verify.verify)
app.command("search")(search.search)
app.command("watch")(watch.watch)
app.add_typer(bearer.app, name="bearer")
app.command("redact")(redact.redact)
app.add_typer(fleet.app, name="fleet")
app.add_typer(review.app, name="review")
app.add_typer(training.app, name="training")
app.add_typer(calendar.app, name="calendar")
app.add_typer(objections.app, name="objection")
app.command("erase")(erase.erase)
app.command("init")(init_verb.init)
app.command("status")(status.status)
app.add_typer(gallery.app, name="gallery")
app.add_typer(subjects.app, name="subjects")
app.add_typer(keys.app, name="keys")
app.add_typer(models.app, name="models")
app.add_typer(audit.app, name="audit")
app.add_typer(evidence.app, name="evidence")
app.add_typer(ledger.app, name="ledger")
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("serve")(serve.serve)
app.add_typer(accounts.app, name="accounts")
app.add_typer(apikey.app, name="apikey")
app.command("demo")(demo.demo)
app.command("stories")(stories.stories)


def main() -> None:
    """Run the command line; every error ends here with its exit code and without a traceback."""
    as_json = "--json" in sys.argv
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # how the command-line library reports Ctrl-C
            raise KeyboardInterrupt  # noqa: TRY301  # one place says so, below
    except RecognizanceError as error:
        show_error(error, as_json=as_json)
        code = error.exit_code
    except TyperException as error:
        code = _show_usage(error, as_json=as_json)
    except (KeyboardInterrupt, Abort):
        interrupted = InterruptedUseError(
            "Interrupted.", hint="Run the command again; nothing is half-done."
        )
        show_error(interrupted, as_json=as_json)
        code = interrupted.exit_code
    except BrokenPipeError:
        code = 0
    except OSError as error:
        said = _said_of(error)
        show_error(said, as_json=as_json)
        code = said.exit_code
    except Exception as error:  # noqa: BLE001  # the process boundary: no traceback leaves it
        told = _told_of(error)
        show_error(told, as_json=as_json)
        _print_details_if_asked()
        code = told.exit_code
    sys.exit(code or 0)


def _told_of(error: Exception) -> RecognizanceError:
    """A part that was not installed, or a fault of ours."""
    missing = PartMissingError.of(error) if isinstance(error, ImportError) else None
    return missing or RecognizanceError(
        f"Something went wrong inside ({type(error).__name__}).",
        hint="Please report it; with RECOGNIZANCE_LOG_LEVEL=debug the details are printed.",
    )


def _said_of(error: OSError) -> RecognizanceError:
    """What the file system refused: a path that was mistyped, or a disk that is full."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
        name = f" {Path(os.fsdecode(error.filename)).name!r}" if error.filename else ""
        return InputError(
            f"The path{name} cannot be used: {error.strerror}.", hint="Check the path."
        )
    return StoreFullError(
        f"The file system did not do what was asked: {error.strerror}.",
        hint="Make room or check the folder's permissions; the workspace is as it was before.",
    )


def _show_usage(error: TyperException, *, as_json: bool) -> int:
    """What was mistyped, as the command-line library says it, or in our shape as JSON."""
    show = getattr(error, "show", None)
    if as_json or show is None:
        words = getattr(error, "format_message", lambda: str(error))()
        hint = "Add -h to see what the command takes."
        show_error(UsageError(words, hint=hint), as_json=as_json)
    else:
        show()
    return UsageError.exit_code


def _print_details_if_asked() -> None:
    import traceback

    if os.environ.get("RECOGNIZANCE_LOG_LEVEL", "").lower() == "debug":
        err.print(line(traceback.format_exc()))
