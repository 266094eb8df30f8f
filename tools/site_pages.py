"""What the documentation site makes of the program itself: the command line and REST, as pages.

MkDocs calls `on_files`; nothing that is made here lies in the repository, so nothing can go stale.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from mkdocs.structure.files import File

from recognizance.cli import app
from recognizance.service.app import create_app
from recognizance.settings import Settings
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

REST_HEAD = """\
A server hands out the whole document, with every shape, at `/v1/openapi.json`. Errors are
problem+json ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with the codes of
[errors](../errors.md). This page is made of the document.
"""
METHODS = ("get", "post", "put", "patch", "delete")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for name, text in (("command-line", command_line()), ("rest", rest())):
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def command_line() -> str:
    """Every verb with what it takes, as `--help` says it."""
    head = (
        "# Command line\n\n"
        "Every verb acts as the principal of `RECOGNIZANCE_PRINCIPAL` on the workspace of "
        "`RECOGNIZANCE_HOME` ([settings](../settings.md)). Exit codes are those of "
        "[errors](../errors.md). This page is made of the program.\n"
    )
    return head + "\n".join(_verbs(typer.main.get_command(app), "recognizance"))


def _verbs(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401  # a command of click's kind
    commands = getattr(command, "commands", None)
    if commands is not None:
        if " " in name:
            yield f"\n## {name}\n\n{_text(command.help)}\n"
        for word, each in commands.items():
            yield from _verbs(each, f"{name} {word}")
        return
    depth = "##" if name.count(" ") == 1 else "###"
    parameters = [each for each in command.params if each.name != "help"]
    arguments = " ".join(_argument(each) for each in parameters if _is_argument(each))
    yield f"\n{depth} {name}\n\n`{name} {arguments}`".rstrip("` ") + "`\n\n" + _text(command.help)
    rows = [
        f"| {'/'.join(f'`{word}`' for word in each.opts)} | {_cell(each.help)} |"
        for each in parameters
        if not _is_argument(each)
    ]
    if rows:
        yield "\n| option | what |\n|---|---|\n" + "\n".join(rows) + "\n"


def _is_argument(parameter: Any) -> bool:  # noqa: ANN401  # a parameter of click's kind
    return bool(parameter.param_type_name == "argument")


def _argument(parameter: Any) -> str:  # noqa: ANN401  # a parameter of click's kind
    word = (parameter.metavar or parameter.name).upper() + ("..." if parameter.nargs < 0 else "")
    return word if parameter.required else f"[{word}]"


def rest() -> str:
    """Every route of the REST API, as its OpenAPI document says it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "data", key_folder=Path(folder) / "keys")
        Workspace.create(settings).close()
        served = create_app(partial(Workspace.open, settings))
        document = served.openapi()
        served.state.service.close()
    lines = [
        "# REST",
        "",
        REST_HEAD,
        "",
        "| method | path | what |",
        "|---|---|---|",
    ]
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                said = item[method].get("description") or item[method].get("summary", "")
                lines.append(f"| {method.upper()} | `{path}` | {_cell(said)} |")
    return "\n".join(lines) + "\n"


def _text(help_text: str | None) -> str:
    return (help_text or "").strip() + "\n"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")
