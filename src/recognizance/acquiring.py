"""Steps 2 to 5 of a use: from photographs to features, and wiping what they leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance import conditions
from recognizance.errors import InputError, ManyFacesError, NotFoundError, NoUsableFaceError
from recognizance.uses import Look, Seen, gallery_of, sample_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recognizance.gallery import Gallery
    from recognizance.ports import Clock, EnginePort
    from recognizance.review import LeadCandidate
    from recognizance.types import Detection, Features, Frame, Quality, Reference
    from recognizance.uses import Request, UseNote

MOST_FACES = 100
"""Most faces of one photograph that a comparison looks at."""


class Acquiring:
    """How a use comes to features; `Steps` says what the ports are."""

    _engine: Callable[[], EnginePort]
    _gallery: Gallery
    _clock: Clock

    def _photograph(self, note: UseNote) -> bytes:
        """The one photograph of a request."""
        (only,) = self._photographs(note, 1)
        return only

    def _photographs(self, note: UseNote, count: int) -> tuple[bytes, ...]:
        """The photographs of a request, and the stills of a film.

        Raises:
            InputError: There are more or fewer than the operation takes.
        """
        given = note.request.pictures
        if len(given) != count:
            raise InputError(
                f"To {note.operation}, {count} photographs are needed; {len(given)} were given."
                if count > 1
                else f"To {note.operation}, one photograph is needed; {len(given)} were given.",
                hint="Name as many photographs as the operation compares.",
            )
        return given

    def _samples(self, request: Request) -> tuple[str, ...]:
        """Digests of what a request hands in, or refers to."""
        handed_in = request.digests
        if request.reference_id is None:
            return handed_in
        try:
            return (*handed_in, self._asked_about(request, request.reference_id).sample_digest)
        except NotFoundError:  # told after the gate, and only to whom it lets in
            return handed_in

    def _asked_about(self, request: Request, reference_id: str) -> Reference:
        """The reference that a request is about, in its gallery.

        Raises:
            NotFoundError: It is not there.
        """
        reference = self._gallery.reference(reference_id)
        if reference.gallery_id != gallery_of(request):
            raise NotFoundError(
                "No reference has that id.", hint="It may have been erased; list the subjects."
            )
        return reference

    def _is_kept(self, candidate: LeadCandidate) -> bool:
        """Whether the reference that a lead names is still there."""
        try:
            self._gallery.reference(candidate.reference_id)
        except NotFoundError:
            return False
        return True

    def _probe(self, note: UseNote, *, pictured: bool) -> tuple[Features, bytes]:
        """Steps 2 to 5 for a search: of the photograph, or of the reference that is asked about.

        Returns:
            The features, and the picture of the face for people; empty where none will look.
        """
        wanted = note.request.reference_id
        if wanted is None:
            probe, _, picture = self._features(note, self._photograph(note), pictured=pictured)
            return probe, picture
        self._photographs(note, 0)
        reference = self._asked_about(note.request, wanted)
        note.model_id, note.quality = reference.features.model_id, reference.quality
        note.probe_digest, note.asked_about = reference.sample_digest, reference.subject_id
        note.extracted_at = self._clock()
        note.arrays.append(reference.features.vector)
        return reference.features, self._gallery.crop(wanted) if pictured else b""

    def _features(
        self, note: UseNote, data: bytes, *, pictured: bool = True
    ) -> tuple[Features, Quality, bytes]:
        """Steps 2 to 5 on one photograph: its features, what was measured, a picture for people."""
        engine = self._engine()
        frame, found = self._read(note, data)  # 2, 3
        detection = the_face(found, note.request.face)
        crop, quality = self._aligned(note, frame, detection)  # 4
        seen = [Seen(each, quality if each is detection else None) for each in found]
        used = next(i for i, each in enumerate(found) if each is detection)
        note.looks.append(Look(frame.size_wh, tuple(seen), used))
        picture = engine.picture(frame, detection) if pictured else b""
        return self._extracted(note, crop), quality, picture  # 5

    def _everybody(self, note: UseNote, data: bytes) -> Sequence[Features | None]:
        """Steps 2 to 5 on each face of a photograph; None for one that is no usable face.

        Raises:
            NoUsableFaceError: There is no face at all.
        """
        frame, found = self._read(note, data)  # 2, 3
        the_face(found, 1)
        made: list[Features | None] = []
        seen = []
        for detection in found[:MOST_FACES]:
            try:
                crop, quality = self._aligned(note, frame, detection)  # 4
            except NoUsableFaceError:
                made.append(None)
                seen.append(Seen(detection))
            else:
                made.append(self._extracted(note, crop))  # 5
                seen.append(Seen(detection, quality))
        note.looks.append(Look(frame.size_wh, tuple(seen)))
        note.faces = len(seen)
        return made

    def _seen(self, note: UseNote, data: bytes) -> int:
        """Steps 2 to 4 on each face of a photograph; how many there are."""
        frame, found = self._read(note, data)
        seen = []
        for detection in found[:MOST_FACES]:
            try:
                seen.append(Seen(detection, self._aligned(note, frame, detection)[1]))
            except NoUsableFaceError:
                seen.append(Seen(detection))
        used = min((note.request.face or 1) - 1, max(len(seen) - 1, 0))
        note.looks.append(Look(frame.size_wh, tuple(seen), used))
        return len(seen)

    def _read(self, note: UseNote, data: bytes) -> tuple[Frame, tuple[Detection, ...]]:
        """Steps 2 and 3: a photograph and its faces, largest first."""
        engine = self._engine()
        note.model_id = engine.model_id
        note.probe_digest = sample_digest(data)
        frame = engine.decode(data)  # 2
        note.arrays.append(frame.pixels)
        return frame, engine.detect(frame)  # 3

    def _aligned(
        self, note: UseNote, frame: Frame, detection: Detection
    ) -> tuple[NDArray[np.uint8], Quality]:
        """Step 4: a face as the recogniser expects it, if it is above the permit's floor."""
        crop = self._engine().align(frame, detection)
        note.arrays.append(crop)
        note.quality = quality = self._engine().quality(frame, detection, crop)
        if note.permit is not None:
            conditions.check_quality(note.permit, quality, note.request.floor)
        return crop, quality

    def _extracted(self, note: UseNote, crop: NDArray[np.uint8]) -> Features:
        """Step 5: from here on the time runs within which it has to be wiped."""
        (features,) = self._engine().extract([crop])
        note.extracted_at = note.extracted_at or self._clock()
        note.arrays.append(features.vector)
        return features

    def _wipe(self, note: UseNote) -> None:
        """Overwrite every picture and vector, as soon as nobody needs them any more.

        What the arithmetic left in the runtime, the next face overwrites, or soon a black picture.
        """
        note.wipe()
        note.wiped_at = note.wiped_at or self._clock()


def the_face(detections: tuple[Detection, ...], wanted: int | None) -> Detection:
    """The one face, or the one that was picked; never a silent choice among several."""
    if not detections:
        raise NoUsableFaceError(
            "No face was found in the photograph.",
            hint="Use a photograph in which the face is upright, lit and at least 40 pixels wide.",
        )
    if wanted is None and len(detections) > 1:
        boxes = "; ".join(
            f"{number}: {each.box.width:.0f}x{each.box.height:.0f} at "
            f"({each.box.left:.0f}, {each.box.top:.0f})"
            for number, each in enumerate(detections, start=1)
        )
        error = ManyFacesError(
            f"The photograph shows {len(detections)} faces: {boxes}.",
            hint="Crop the photograph, or pick one by its number with --face N where there is one.",
        )
        error.boxes = tuple(
            (each.box.left, each.box.top, each.box.width, each.box.height) for each in detections
        )
        raise error
    number = 1 if wanted is None else wanted
    if not 1 <= number <= len(detections):
        raise InputError(
            f"There is no face {number}: the photograph shows {len(detections)}.",
            hint="Faces are counted from 1, largest first.",
        )
    return detections[number - 1]
