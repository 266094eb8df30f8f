"""`recognizance watch`: cameras and clips against a gallery; whoever may be in it is a lead."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, err, harmless, line, out, outcome, show
from recognizance.cli.session import (
    CapturedAtOption,
    CaseOption,
    GalleryOption,
    PurposeOption,
    SampleOption,
    SiteOption,
    answer_text,
    open_workspace,
    stated,
)
from recognizance.errors import InputError
from recognizance.gate.scope import SampleKind
from recognizance.types import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.sightings import Sighting
    from recognizance.uses import Answer
    from recognizance.watching import Couriers, Status


def watch(
    permit: Annotated[str, typer.Argument(help="Id of the permit that allows this watch.")],
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders of pictures, rtsp:// and http:// addresses, /dev/video0, -."
        ),
    ],
    gallery: GalleryOption,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    site: SiteOption = None,
    camera: Annotated[
        list[str] | None,
        typer.Option("--camera", help="Id of the camera; one for each source, in their order."),
    ] = None,
    captured_at: CapturedAtOption = None,
    sample: SampleOption = None,
    hardware: Annotated[
        str | None,
        typer.Option(
            help="Decode on a device: cuda, qsv, ...; on the processor if it is not there."
        ),
    ] = None,
    sparing: Annotated[
        bool,
        typer.Option("--sparing", help="Decode no picture that no other refers to: less work."),
    ] = False,
    events: Annotated[
        Path | None, typer.Option("--events", help="Append events to this file, one JSON a line.")
    ] = None,
    webhook: Annotated[str | None, typer.Option(help="Post events to this address.")] = None,
    webhook_key: Annotated[
        Path | None, typer.Option(help="File with the key that signs them: whsec_... or whsk_...")
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(help="Publish events: mqtt://user@host:1883, or mqtts://...")
    ] = None,
    mqtt_password: Annotated[
        Path | None, typer.Option(help="File with the password of the user.")
    ] = None,
    mqtt_ca: Annotated[
        Path | None, typer.Option(help="Certificates to trust for mqtts, in PEM form.")
    ] = None,
    sse: Annotated[
        int | None, typer.Option(help="Serve events at http://127.0.0.1:PORT/events.")
    ] = None,
    sse_token: Annotated[
        Path | None, typer.Option(help="File with the token for it; made where it is not there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Watch SOURCES for whoever is in a gallery, under PERMIT.

    A match is a lead that people review; only a permit of people who opted in lets a name be shown
    at once, and only here. Of everybody else nothing is kept. Ctrl-C ends it, a second one at once.
    """
    from recognizance.uses import Request
    from recognizance.watching import Plan, Receivers, open_cameras, telling, watch_cameras

    cameras = open_cameras(
        sources,
        _one_each(camera, sources),
        stated(None, None, captured_at, None).captured_at,
        hardware=hardware,
        every=not sparing,
    )
    if sample is None and all(each.source.live for each in cameras.cameras):
        sample = SampleKind.PHOTOGRAPH  # what a camera gives now is no drawing
    first = cameras.cameras[0].camera_id
    with open_workspace() as workspace, _until_told(as_json=as_json) as screen, ExitStack() as more:
        for each in cameras.cameras:
            more.callback(each.source.close)
        request = Request(
            principal=workspace.acting().principal,
            operation=Operation.WATCH,
            permit_id=permit,
            gallery_id=gallery,
            purpose=purpose,
            case_id=case,
            circumstances=stated(site, first, captured_at, sample),
            footage=cameras.footage,
            live=cameras.live,
            cameras=cameras.count,
        )
        receivers = Receivers(
            lines=events,
            webhook=webhook,
            webhook_key=webhook_key,
            mqtt=mqtt,
            mqtt_password=mqtt_password,
            mqtt_ca=mqtt_ca,
            sse=sse,
            sse_token=sse_token,
        )
        screen.served = more.enter_context(telling(workspace, [permit], receivers))
        plan = Plan(request, cameras.cameras, hear=screen.hear, tell=screen.tell)
        answer = watch_cameras(workspace, plan, stop=screen.stop)
    screen.finish(answer)


_SUMS = frozenset({"in_view", "face_px", "sharpness"})
"""Counts of which people read the mean."""


class _Screen:
    """What the wearer of the camera, or who sits before the screen, sees of a watch."""

    def __init__(self, *, as_json: bool) -> None:
        self.stop = threading.Event()
        self.served: Couriers | None = None
        self._as_json = as_json
        self._heard: list[Answer] = []
        self._status: Status | None = None
        self._live = None if as_json or not err.is_terminal else err.status("watching")
        if self._live is not None:
            self._live.start()

    def hear(self, sighting: Sighting) -> None:
        """A lead, or a person who opted in to be named."""
        if self.served is not None:
            self.served.nudge()
        answer = sighting.answer
        if answer is None:
            return
        if self._as_json:
            self._heard.append(answer)
            return
        if answer.subjects:
            show(out, line((", ".join(answer.subjects), "bold"), f"  is in view, {answer.entry}"))
        else:
            show(out, line(outcome("lead"), f" {answer.lead_id}  waits for review, {answer.entry}"))

    def tell(self, status: Status) -> None:
        """The one line that changes while it goes on."""
        self._status = status
        if self._live is not None:
            waiting = self.served.trouble if self.served is not None else None
            self._live.update(line(*_words(status), *([f"   {waiting}"] if waiting else [])))

    def close(self) -> None:
        """Take the line away."""
        if self._live is not None:
            self._live.stop()

    def finish(self, answer: Answer) -> None:
        """The end: where it is recorded, what was counted, what was found."""
        from dataclasses import asdict

        counts = asdict(self._status.counts) if self._status else {}
        means = self._status.counts.means() if self._status else {}
        stopped = self._status.stopped if self._status else None
        emit(
            {
                **answer.as_dict(),
                "counts": counts,
                "means": means,
                "stopped": stopped.as_dict() if stopped else None,
                "leads": [each.as_dict() for each in self._heard if each.lead_id],
                "named": [each.as_dict() for each in self._heard if each.subjects],
            },
            self._as_json,
            *answer_text(answer),
            *(
                line((f"  {name.replace('_', ' '):<18}", "dim"), str(n))
                for name, n in counts.items()
                if name not in _SUMS
            ),
            *(
                line((f"  {'mean ' + name.replace('_', ' '):<18}", "dim"), str(n))
                for name, n in means.items()
                if n is not None
            ),
        )


def _words(status: Status) -> list[str]:
    counts, means = status.counts, status.counts.means()
    words = [
        f"{status.faces_in_view} in view (mean {means['faces_in_view'] or 0})",
        *([f"faces of {means['face_px']:.0f} px"] if means["face_px"] else []),
        f"{counts.leads} leads" if not counts.named else f"{counts.named} named",
        f"{counts.dropped} dropped",
    ]
    if status.meter is not None:
        words.append(f"{status.meter.false_alerts} false alerts in {status.meter.faces} faces")
    if status.stopped is not None:
        words.append(f"STOPPED: {status.stopped.message}")
    return [harmless("   ".join(words))]


def _one_each(cameras: list[str] | None, sources: list[str]) -> list[str | None]:
    """Which camera each source is.

    Raises:
        InputError: There are more or fewer than sources, one has no id, or one is named twice.
    """
    if not cameras:
        return [None] * len(sources)
    if not all(each.strip() for each in cameras):
        raise InputError("A camera was named by nothing.", hint="Give --camera an id.")
    if len(cameras) != len(sources):
        raise InputError(
            f"{len(sources)} sources are to be watched, and {len(cameras)} cameras were named.",
            hint="Name one with --camera for each source, in their order, or none.",
        )
    if len(set(cameras)) < len(cameras):
        raise InputError(
            "One camera was named for two sources.", hint="Name each camera by its own id."
        )
    return list(cameras)


@contextmanager
def _until_told(*, as_json: bool) -> Iterator[_Screen]:
    """A screen; SIGINT and SIGTERM stop the watch at its end, and not in between.

    A second one ends the program as it stands, as if it was killed: a source may hang, or the disk.
    The watch is closed as cut off when the workspace is next opened.
    """
    screen = _Screen(as_json=as_json)

    def told(number: int, _frame: object) -> None:
        if screen.stop.is_set():
            screen.close()
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        screen.stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield screen
    finally:
        screen.close()
        for number, handler in before.items():
            signal.signal(number, handler)
