"""`recognizance backup` and `restore`: one file that holds a workspace, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.passphrase import asking
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.keeping import Known, Manifest

KNOWN_WORDS = {
    "newest": "nothing came after it, says the pin",
    "unknown": "the pin does not say whether anything came after it",
}


def backup(
    out: Annotated[Path, typer.Argument(help="The file to write; none of that name is there.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Put the key files in, each encrypted by a passphrase."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the workspace into one file, also while a server or a watch runs on it."""
    from recognizance.keeping import back_up

    with open_workspace() as workspace:
        made = back_up(workspace, out, by=workspace.acting(), with_keys=with_keys)
        keys = workspace.layout.keys
    apart = (
        "the passphrase: without it the keys in this backup open nothing"
        if with_keys
        else f"{keys}: without it nobody opens this backup; with it, everybody does"
    )
    emit(
        {
            "backup": str(made.path),
            "size_bytes": made.size_bytes,
            **_facts(made.manifest),
            "keep_apart": str(keys),
        },
        as_json,
        line(("Backup ", "bold green"), f"{made.path}, {made.size_bytes:,} bytes"),
        *_words(made.manifest),
        line("  keep apart  ", apart),
        line("  erasures    ", "whoever is erased from now on is still in this file: destroy it"),
        line("  next        ", f"recognizance restore {made.path} --verify"),
    )


def restore(
    archive: Annotated[Path, typer.Argument(metavar="IN", help="The backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Only check the backup; nothing is restored.")
    ] = False,
    erased: Annotated[
        Path | None,
        typer.Option(
            help="Ids of the people who were erased after the backup was made, one a line; an "
            "empty file says that nobody was."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a workspace of a backup, in RECOGNIZANCE_HOME; nothing that is there is replaced."""
    from recognizance import keeping
    from recognizance.settings import load_settings

    settings = load_settings()
    if verify:
        manifest, known = keeping.check_backup(settings, archive, unlock=asking())
        _show("Whole", manifest, known, as_json=as_json)
        return
    done = keeping.restore(
        settings, archive, unlock=asking(), erased=None if erased is None else read_ids(erased)
    )
    _show(
        "Restored",
        done.manifest,
        done.known,
        {"home": str(settings.home), "erased": done.erased, "keys_brought": done.keys_brought},
        line("  workspace   ", str(settings.home)),
        line("  erased      ", f"{done.erased} people, once more"),
        line(
            "  back again  ", "keys of programs and accounts as they were: recognizance apikey list"
        ),
        line("  next        ", "recognizance ledger verify"),
        as_json=as_json,
    )


def read_ids(path: Path) -> frozenset[str]:
    """Ids from a file, one a line; blank lines and what follows `#` are passed over.

    Raises:
        InputError: It cannot be read, or a line is no id.
    """
    from recognizance.gallery.admission import check_id

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The list {path.name!r} cannot be read.", hint="Give a text file, one id a line."
        ) from error
    ids = frozenset(text for each in lines if (text := each.partition("#")[0].strip()))
    for each in ids:
        check_id("subject id", each)
    return ids


def _show(
    title: str,
    manifest: Manifest,
    known: Known,
    more: dict[str, object] | None = None,
    *lines: Text,
    as_json: bool,
) -> None:
    emit(
        {"outcome": title.lower(), **_facts(manifest), "known": known, **(more or {})},
        as_json,
        line((f"{title} ", "bold green"), f"made {manifest.made_at} by {manifest.program}"),
        *_words(manifest),
        line("  newest      ", KNOWN_WORDS[known]),
        *lines,
    )


def _facts(manifest: Manifest) -> dict[str, object]:
    return {
        "workspace_id": manifest.workspace_id,
        "made_at": manifest.made_at,
        "checkpoints": list(manifest.checkpoints),
        "gallery_changes": manifest.gallery_changes,
        "files": len(manifest.parts),
        "has_keys": manifest.has_keys,
    }


def _words(manifest: Manifest) -> list[Text]:
    from recognizance.ledger.reader import stated_head

    decisions, uses = (stated_head(each).size for each in manifest.checkpoints)
    keys = "with the keys, encrypted" if manifest.has_keys else "without the keys"
    return [
        line("  of          ", f"workspace {manifest.workspace_id}"),
        line("  holds       ", f"{decisions} decisions, {uses} uses; {len(manifest.parts)} files"),
        line("  keys        ", keys),
    ]
