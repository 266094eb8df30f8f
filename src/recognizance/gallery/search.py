"""Exact search in memory: every reference is looked at, none is skipped for speed.

An approximate index would change the rates that a permit's threshold was measured with. So one
matrix-vector product scores everybody, cohort term included: the term of a reference is one more
column, the probe has a 1 in its place, and `[r, -m(r)/2] · [p, 1] - m(p)/2` is the score of
`compare.score`. That product rounds differently with the size of the matrix, so it only says who
comes into question; those few are then scored by `compare.score` itself. A search and a
verification thus see the same score for the same pair, and equal templates score equal.
"""

from __future__ import annotations

import secrets
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from recognizance import compare
from recognizance.errors import ConflictError, ModelMismatchError, NotFoundError
from recognizance.types import Candidate, Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.gallery.port import Gallery, Templates

# Rounding of a float32 dot product of n terms is below n * 2**-24 for unit vectors, in whatever
# order it adds (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1): 6e-5 for n = 1,024.
_ROUNDING = np.float32(1e-4)


class ExactIndex:
    """The templates of one gallery, one model and one cohort, ready to be searched.

    Args:
        templates: What the gallery holds; their arrays are wiped, for the index has its own.
    """

    def __init__(self, templates: Templates) -> None:
        self.gallery_id = templates.gallery_id
        self.generation = templates.generation
        self._model = (templates.model_id, templates.cohort_id)
        self._reference_ids = templates.reference_ids
        self._subject_ids = templates.subject_ids
        self.subjects = frozenset(templates.subject_ids)
        self._matrix = np.column_stack(
            (templates.vectors, np.float32(-0.5) * templates.cohort_means)
        )
        self._wiped = False
        self._lock = Lock()
        templates.vectors.fill(0)
        templates.cohort_means.fill(0)

    def __len__(self) -> int:
        return len(self._reference_ids)

    def search(
        self, probe: Features, *, threshold: float, max_candidates: int
    ) -> tuple[Candidate, ...]:
        """Who could this be?

        Args:
            probe: Features of the same model and cohort as the gallery's.
            threshold: Least score of a candidate; `score >= threshold`.
            max_candidates: Most candidates, at least 1.

        Returns:
            The best reference of each subject by falling score, equal scores by reference id.

        Raises:
            ModelMismatchError: The probe comes from another model or cohort.
            ConflictError: The gallery was changed, and this index wiped, in the meantime.
        """
        with self._lock:
            self._check_whole()
            if not self._reference_ids:
                return ()
            if (probe.model_id, probe.cohort_id) != self._model:
                raise ModelMismatchError(
                    "The probe and the gallery come from different models or cohorts.",
                    hint="Enroll the gallery again with the model in use.",
                )
            rows = self._in_question(probe, np.float32(threshold), max_candidates)
            scored = [(-self._score(probe, row), self._reference_ids[row], row) for row in rows]
        best: dict[str, tuple[str, float]] = {}
        for negative, reference_id, row in sorted(scored):
            if -negative >= threshold:
                best.setdefault(self._subject_ids[row], (reference_id, -negative))
        return tuple(
            Candidate(reference_id, subject_id, rank, score)
            for rank, (subject_id, (reference_id, score)) in enumerate(best.items(), start=1)
            if rank <= max_candidates
        )

    def somebody(self) -> str:
        """The id of any one reference, drawn by chance.

        Raises:
            NotFoundError: There is none.
        """
        if not self._reference_ids:
            raise NotFoundError("The gallery is empty.", hint="Enroll somebody first.")
        return secrets.choice(self._reference_ids)

    def others(
        self, reference_id: str, *, below: float, max_candidates: int
    ) -> tuple[Candidate, ...]:
        """Who of the gallery looks most like one of its people, and is known to be another?

        Args:
            reference_id: A reference of that person.
            below: Whoever scores this or more is left out: it may be the same person under a
                second id.
            max_candidates: Most candidates.

        Returns:
            The best reference of each such subject by falling score.

        Raises:
            NotFoundError: There is no such reference any more.
            ConflictError: The gallery was changed, and this index wiped, in the meantime.
        """
        with self._lock:
            self._check_whole()
            if reference_id not in self._reference_ids:
                raise NotFoundError("That reference is gone.", hint="Take another one.")
            own = self._reference_ids.index(reference_id)
            scores = self._matrix[:, :-1] @ self._matrix[own, :-1]
            scores += self._matrix[:, -1] + self._matrix[own, -1]
            seen = {self._subject_ids[own]}
            kept: list[Candidate] = []
            for row in np.argsort(-scores, kind="stable"):
                subject_id, score = self._subject_ids[row], float(scores[row])
                if subject_id in seen:
                    continue
                seen.add(subject_id)
                if score < below:
                    each = Candidate(self._reference_ids[row], subject_id, len(kept) + 1, score)
                    kept.append(each)
                    if len(kept) == max_candidates:
                        break
            return tuple(kept)

    def wipe(self) -> None:
        """Overwrite every template with zeros; no search is possible after."""
        with self._lock:
            self._matrix.fill(0)
            self._wiped = True

    def _check_whole(self) -> None:
        if self._wiped:
            raise ConflictError(
                "The gallery was changed while it was searched.", hint="Search again."
            )

    def _in_question(
        self, probe: Features, threshold: np.float32, max_candidates: int
    ) -> NDArray[np.intp]:
        """Rows that may be among the candidates, whichever way the product was rounded."""
        extended = np.append(probe.vector, np.float32(1))
        scores = self._matrix @ extended - np.float32(0.5 * probe.cohort_mean)
        extended.fill(0)
        rows: NDArray[np.intp] = np.flatnonzero(scores >= threshold - _ROUNDING)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        # Once enough subjects are found, only rows that rounding could lift among them remain.
        found: set[str] = set()
        for row in rows:
            found.add(self._subject_ids[row])
            if len(found) == max_candidates:
                rows = rows[scores[rows] >= scores[row] - 2 * _ROUNDING]
                break
        return rows

    def _score(self, probe: Features, row: np.intp) -> float:
        reference = Features(
            vector=self._matrix[row, :-1],
            model_id=probe.model_id,
            cohort_id=probe.cohort_id,
            cohort_mean=-2.0 * float(self._matrix[row, -1]),
        )
        return compare.score(probe, reference)


class Indexes:
    """The index of each gallery that was searched, as current as the gallery itself.

    Args:
        gallery: Where the templates are.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._loaded: dict[str, ExactIndex] = {}
        self._lock = Lock()

    def current(self, gallery_id: str) -> ExactIndex:
        """The index of a gallery, loaded again if anybody has changed the gallery since.

        Raises:
            NotFoundError: No such gallery.
            ModelMismatchError: The gallery holds templates of two models or cohorts.
        """
        with self._lock:
            index = self._loaded.get(gallery_id)
            if index is not None:
                if index.generation == self._gallery.generation(gallery_id):
                    return index
                del self._loaded[gallery_id]
                index.wipe()
            index = ExactIndex(self._gallery.templates(gallery_id))
            self._loaded[gallery_id] = index
            return index

    def wipe(self) -> None:
        """Overwrite every loaded template with zeros."""
        with self._lock:
            for index in self._loaded.values():
                index.wipe()
            self._loaded.clear()
