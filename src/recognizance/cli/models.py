"""`recognizance models`: what looks at the pictures, and whether it is what it should be."""

from __future__ import annotations

import typer

from recognizance.cli.console import Json, emit, line, table

app = typer.Typer(help="The models: files, licences, digests.", no_args_is_help=True)


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the model files with task, licences, digest and what is known of their training."""
    from recognizance.engine import shipped_models

    rows = [model.as_dict() for model in shipped_models()]
    emit(
        rows,
        as_json,
        *(
            table(None, (), [(name.replace("_", " "), value) for name, value in row.items()])
            for row in rows
        ),
    )


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Check every model file against its digest and load it; print the model id."""
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine

    settings = load_settings()
    engine = load_engine(settings)
    emit(
        {"ok": True, "model_id": engine.model_id, "cohort_id": engine.cohort_id},
        as_json,
        line(("models: ", "bold"), ("as they should be", "bold green")),
        line("  model id   ", engine.model_id),
        line("  cohort id  ", engine.cohort_id),
        line("  runtime    ", f"{settings.runtime}, {settings.precision}"),
    )
