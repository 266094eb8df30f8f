"""Who is told of a fleet: one courier a receiver, in the process of the fleet.

Workers tell nobody anything. What they find they record, and couriers read it back from the
ledger, so what is told is recorded, and what is recorded is told whichever worker died meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from recognizance.errors import FleetFileError
from recognizance.events import Courier, Cursors, JsonLines
from recognizance.fleet.plan import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recognizance.events import Event, Feed, Sink
    from recognizance.fleet.plan import Events, Fleet
    from recognizance.workspace import Workspace

_TOKEN_BYTES = 32


class Feeds:
    """The feeds of several permits as one, in the order of the ledger.

    Args:
        feeds: One a permit, all of one ledger.
    """

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds = feeds

    def newest(self) -> int:
        """As `Feed.newest`."""
        return self._feeds[0].newest()

    def since(self, number: int) -> tuple[Event, ...]:
        """As `Feed.since`: an event is never passed over, whatever is recorded meanwhile."""
        end = self.newest()
        batches = [batch for feed in self._feeds if (batch := feed.since(number))]
        # A batch may have more behind it, so nothing past the end of the shortest is told yet.
        last = min((batch[-1].number for batch in batches), default=number)
        events = (event for batch in batches for event in batch)
        told = [event for event in events if event.number <= last and event.number < end]
        return tuple(sorted(told, key=lambda event: event.number))


@contextmanager
def telling(workspace: Workspace, fleet: Fleet) -> Iterator[None]:
    """Serve every receiver while a fleet runs; what is left is brought the next time.

    Raises:
        InputError: A receiver cannot be as it was named.
    """
    from recognizance.watching import LedgerFeed  # noqa: PLC0415  # loads video libraries

    feeds: dict[str, Feed] = {
        permit_id: LedgerFeed(
            workspace.ledger, workspace.shelf.known(permit_id), workspace.workspace_id
        )
        for permit_id in fleet.permits
    }
    together = Feeds(tuple(feeds.values()))
    home = workspace.layout.home
    with ExitStack() as stack:
        sinks = list(_sinks(fleet.events, together, feeds))
        if sinks:
            cursors = Cursors(home / "events.db", wait_s=workspace.settings.wait_s)
            stack.callback(cursors.close)
            for sink, feed in sinks:
                own = hashlib.sha256(sink.name.encode()).hexdigest()[:16]
                courier = Courier(sink, feed, cursors, home / f"events-{own}.lock")
                stack.callback(courier.close)
        if fleet.events.sse is not None and fleet.events.sse_token is not None:
            from recognizance.events.sse import EventServer  # noqa: PLC0415  # an extra

            token = _token(fleet.events.sse_token)
            stack.enter_context(EventServer(together, token, port=fleet.events.sse))
        yield


def _sinks(
    events: Events, together: Feed, feeds: Mapping[str, Feed]
) -> Iterator[tuple[Sink, Feed]]:
    if events.lines is not None:
        yield JsonLines(events.lines), together
    if events.webhook is not None and events.webhook_key is not None:
        from recognizance.events.webhook import Webhook, WebhookKey  # noqa: PLC0415  # an extra

        yield Webhook(events.webhook, WebhookKey(_secret(events.webhook_key))), together
    if events.mqtt is not None:
        from recognizance.events.mqtt import Mqtt  # noqa: PLC0415  # an extra

        password = events.mqtt_password and _secret(events.mqtt_password)
        for permit_id, feed in feeds.items():  # the topics name the permit
            yield (
                Mqtt(events.mqtt, permit_id, password=password or None, ca_file=events.mqtt_ca),
                feed,
            )


def _secret(path: Path) -> str:
    secret = read_secret(path)
    if not secret:
        raise FleetFileError(
            f"The file {path.name} holds no secret.", hint="Put it there, on one line."
        )
    return secret


def _token(path: Path) -> str:
    """The token of readers, made where there is none yet."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(_TOKEN_BYTES) + "\n", encoding="ascii")
    return _secret(path)
