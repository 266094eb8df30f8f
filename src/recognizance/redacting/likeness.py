"""Which faces of a film show whoever is in a photograph: an identification, so the desk is asked.

A ticked box is a person's choice and compares nothing. This compares, so it takes a permit that
allows `compare`, bound to the photograph and to the film, and each answer is a use of its own in
the ledger. Whatever is not sure stays hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from recognizance.acquiring import the_face
from recognizance.errors import NoUsableFaceError
from recognizance.ports import EnginePort
from recognizance.types import Decision
from recognizance.uses import sample_digest
from recognizance.video import StillsPort
from recognizance.video.boxes import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.desk import Desk
    from recognizance.uses import Answer, Request
    from recognizance.video.redaction import FaceTrack, Shot

_PNG: Final = b"\x89PNG\r\n\x1a\n"

_SAME_PLACE = 0.3


class LikePort(EnginePort, StillsPort, Protocol):
    """What finds faces, compares them, and writes pictures; see `recognizance.engine`."""


@dataclass(frozen=True, slots=True)
class Like:
    """Whoever looks like this is to stay visible.

    Attributes:
        desk: Answers each comparison, and records it.
        engine: Finds the face in each picture.
        request: What is asked, with the photograph.
    """

    desk: Desk
    engine: LikePort
    request: Request

    def check(self, digest: str) -> None:
        """Pass where the desk will compare, and the photograph shows one face, no more.

        Args:
            digest: SHA-256 of the film, hex.

        Raises:
            RefusedError: The permit does not allow it.
            NoUsableFaceError: The photograph shows nobody.
            ManyFacesError: It shows several people: who is meant?
        """
        with self.desk.door(replace(self.request, footage=(digest,))):
            for photograph in self.request.photographs:
                the_face(self.engine.detect(self.engine.decode(photograph)), None)


@dataclass(frozen=True, slots=True)
class Alike:
    """Which tracks show the person in the photograph.

    Attributes:
        keep: Their numbers.
        fact: What the record says of how that was found out.
    """

    keep: tuple[int, ...]
    fact: dict[str, object]


def alike(like: Like, tracks: Sequence[FaceTrack], digest: str) -> Alike:
    """Compare the pictures of every track with the photograph.

    A track stays visible where each of its pictures matches: it may have gone over to somebody
    else, so one that differs, or that cannot be compared, hides it.

    Args:
        like: What is asked.
        tracks: The faces of the film, with their shots, which are wiped.
        digest: SHA-256 of the film, hex.

    Raises:
        RefusedError: The permit does not allow it.
    """
    keep: list[int] = []
    answers: list[Answer] = []
    request = replace(like.request, footage=(digest,))
    for track in tracks:
        given = [_answer(like, request, shot) for shot in track.shots]
        answers += filter(None, given)
        if given and all(each and each.outcome == Decision.MATCH for each in given):
            keep.append(track.number)
    return Alike(
        tuple(keep),
        {
            "permit": request.permit_id,
            "photograph_sha256": list(map(sample_digest, request.photographs)),
            "compared": len(answers),
            "entries": [each.entry for each in answers],
            "self_attested": any(each.self_attested for each in answers),
        },
    )


def _answer(like: Like, request: Request, shot: Shot) -> Answer | None:
    """What the desk says of one picture; None where it cannot be compared."""
    try:
        still = _still(like.engine, shot)
        return None if still is None else like.desk.compare(replace(request, stills=(still,)))
    except NoUsableFaceError:
        return None
    finally:
        shot.pixels.fill(0)


def _still(engine: LikePort, shot: Shot) -> bytes | None:
    """The picture as a file, if the one face in it is the one that was followed."""
    still = engine.encode(np.ascontiguousarray(shot.pixels), like=_PNG)
    found = engine.detect(engine.decode(still))
    alone = len(found) == 1 and overlap(found[0].box, shot.box) > _SAME_PLACE
    return still if alone else None
