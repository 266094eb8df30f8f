"""One camera of a watch: what its sight sees goes to the desk, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.sightings import Shot
from recognizance.video.mount import Mount

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recognizance.ports import Clock
    from recognizance.sightings import Sighting
    from recognizance.video.sight import Seen
    from recognizance.video.sight import Shot as SeenShot
    from recognizance.watches import Watch
    from recognizance.watching.cameras import Camera


class Gaze:
    """Listens to the sight of one camera.

    Args:
        number: Which camera of the watch; its tracks are told from those of others by it.
        camera: The camera.
        watch: The watch.
        clock: What time it is.
        hear: Told of each face that was compared.
    """

    def __init__(
        self,
        number: int,
        camera: Camera,
        watch: Watch,
        *,
        clock: Clock,
        hear: Callable[[Sighting], None],
    ) -> None:
        self._number = number
        self._camera = camera
        self._watch = watch
        self._clock = clock
        self._hear = hear
        self._newest_track = 0
        self._dropped = 0
        self.faces_in_view = 0

    def seen(self, seen: Seen) -> bool:
        """Tell the watch what is in view; whether faces may be looked at closely."""
        self.faces_in_view = seen.faces_in_view
        mount = seen.mount.mount
        self._watch.mount(moves=mount is Mount.MOVING, cut=mount is Mount.CUT)
        new = sum(each.track_id > self._newest_track for each in seen.tracks)
        self._newest_track = max(
            (each.track_id for each in seen.tracks), default=self._newest_track
        )
        dropped = self._camera.source.counters.dropped
        lost, self._dropped = dropped - self._dropped, dropped
        for each in seen.ended:
            self._watch.over(self._name(each.view, each.track_id))
        return self._watch.view(seen.faces_in_view, tracks=new, dropped=lost)

    def shot(self, shot: SeenShot) -> None:
        """Have one face compared."""
        self._hear(
            self._watch.submit(
                Shot(
                    track=self._name(shot.view, shot.track_id),
                    frame=shot.frame,
                    detection=shot.detection,
                    captured_at=self._moment(shot.time_s),
                    camera_id=self._camera.camera_id,
                )
            )
        )

    def _moment(self, time_s: float) -> datetime | None:
        if self._camera.source.live:
            return self._clock()
        began = self._camera.captured_at
        return None if began is None else began + timedelta(seconds=time_s)

    def _name(self, view: int, track_id: int) -> str:
        return f"{self._number}/{view}/{track_id}"
