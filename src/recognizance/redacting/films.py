"""Redact a film for somebody, from file to file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.errors import SourceError
from recognizance.redacting.choices import tracks_digest
from recognizance.redacting.likeness import alike
from recognizance.redacting.record import PROGRAM, fact_of, file_digest, recorded, sides
from recognizance.video.redaction import LOOKING, Told, found_in, redact_film

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.redacting.asked import Asked, RedactPort
    from recognizance.redacting.choices import Choices
    from recognizance.redacting.likeness import Like
    from recognizance.redacting.placing import Place
    from recognizance.video.redaction import Redacted
    from recognizance.workspace import Workspace

_MOST_SIGHTS = 50


def redact_film_for(
    source: Path,
    place: Place,
    asked: Asked,
    *,
    engine: RedactPort,
    workspace: Workspace | None,
    choices: Choices | None,
    like: Like | None,
    tell: Callable[[float], None],
) -> tuple[Redacted, dict[str, object]]:
    """Redact into a draft, record, and say what was done.

    Args:
        source: The film.
        place: Where it is made; nobody sees it there yet.
        asked: What is asked for.
        engine: What finds faces.
        workspace: Where to record it; None where there is none.
        choices: What a person ticked on a review page of this film.
        like: Who is to stay visible, by a photograph.
        tell: Called with how far it is, from 0 to 1.

    Returns:
        What was done, and the record that belongs beside the film.

    Raises:
        SourceError: The film cannot be read, or changed while it was read.
        ConflictError: The choices were made about another film, or about other tracks.
        InputError: There is no track of such a number, or the output cannot hold the film.
        RefusedError: The permit does not allow to compare.
        StoreFullError: There is no room.
    """
    before, digest = source.stat(), file_digest(source)
    if like is not None:
        asked.check_reason()
        like.check(digest)
    if choices is not None:
        choices.check_input(digest)
    told = Told(tell)
    told.part(*LOOKING)
    tracks = found_in(engine, source, told, shots=like is not None)
    if choices is not None:
        choices.check_tracks(tracks)
    found = None if like is None else alike(like, tracks, digest)
    if found is not None:
        asked = replace(asked, keep=(*asked.keep, *found.keep))
    made = redact_film(
        engine,
        source,
        place.draft,
        named=place.output,
        style=asked.style,
        keep=asked.keep,
        audio=asked.audio,
        tracks=tracks,
        tell=tell,
    )
    _check_unchanged(source, before)
    facts = {
        "program": PROGRAM,
        "model": engine.model_id,
        "kind": "film",
        "input_sha256": digest,
        "output_sha256": file_digest(place.draft),
        **asked.settings(),
        **_facts(made),
        "kept_because": asked.reason if made.kept else None,
        "kept_like": None if found is None else found.fact,
        "clean": made.clean,
    }
    hidden = len(made.tracks) + len(made.late) - len(made.kept)
    return made, recorded(workspace, facts, hidden=hidden, kept=len(made.kept))


def _check_unchanged(source: Path, before: os.stat_result) -> None:
    """What was read several times has to be one film.

    Raises:
        SourceError: It changed in between.
    """
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceError(
            f"{source.name!r} changed while it was redacted.",
            hint="Wait until it is complete, then redact it.",
        )


def _facts(made: Redacted) -> dict[str, object]:
    return {
        "pictures": made.written.pictures,
        "container": made.written.container,
        "encoder": made.written.encoder,
        "left_out": list(made.written.left_out),
        "gaps": {
            "damaged_packets": made.gaps.damaged,
            "mended_timestamps": made.gaps.mistimed,
            "cut_off": made.gaps.cut_off,
        },
        "tracks_sha256": tracks_digest(made.tracks),
        "tracks": [fact_of(track) | {"kept": track.number in made.kept} for track in made.tracks],
        "found_by_later_looks": len(made.late),
        "written_again": made.rounds,
        "still_visible": len(made.visible),
        "still_visible_in": [
            {"picture": sight.index, "time_s": round(sight.time_s, 3), "box": sides(sight.box)}
            for sight in made.visible[:_MOST_SIGHTS]
        ],
    }
