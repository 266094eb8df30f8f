"""Who is told of what runs under some permits, and how each of them is reached.

What is told is read back from the ledger, so whoever tells needs to know nothing of who watches: a
process that dies takes no event with it.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import InputError, PermitMissingError
from recognizance.events import Courier, Cursors, JsonLines
from recognizance.watching.feed import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recognizance.events import Event, Feed, Sink
    from recognizance.workspace import Workspace

_MOST_KEY_BYTES = 4096
_TOKEN_BYTES = 32
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who is to be told.

    Attributes:
        lines: A file to which each event is appended as one line of JSON.
        webhook: An address to which events are posted.
        webhook_key: The file with the key that signs them.
        mqtt: A broker.
        mqtt_password: The file with the password of its user.
        mqtt_ca: Certificates to trust for it, in PEM form.
        sse: The port on 127.0.0.1 at which events can be read as they come.
        sse_token: The file with the token that readers show; made where it is not there.
    """

    lines: Path | None = None
    webhook: str | None = None
    webhook_key: Path | None = None
    mqtt: str | None = None
    mqtt_password: Path | None = None
    mqtt_ca: Path | None = None
    sse: int | None = None
    sse_token: Path | None = None


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


class Couriers:
    """The couriers on their way, one a receiver."""

    def __init__(self, couriers: Sequence[Courier]) -> None:
        self._couriers = couriers

    def nudge(self) -> None:
        """Say that there may be something to tell."""
        for courier in self._couriers:
            courier.nudge()

    @property
    def trouble(self) -> str | None:
        """Why a receiver is not reached; None where all are."""
        return next((each.trouble for each in self._couriers if each.trouble), None)


@contextmanager
def telling(workspace: Workspace, permit_ids: Sequence[str], told: Receivers) -> Iterator[Couriers]:
    """Serve every receiver for as long as this is open; what is left is brought the next time.

    Args:
        workspace: Whose ledger is read.
        permit_ids: The permits.
        told: Who is told.

    Raises:
        InputError: A receiver cannot be as it was named.
    """
    feeds = dict(_feeds(workspace, permit_ids))
    if not feeds:
        yield Couriers(())
        return
    together, home = Feeds(tuple(feeds.values())), workspace.layout.home
    with ExitStack() as stack:
        couriers = []
        sinks = list(_sinks(told, together, feeds))
        if sinks:
            cursors = Cursors(home / "events.db", wait_s=workspace.settings.wait_s)
            stack.callback(cursors.close)
        for sink, feed in sinks:
            own = hashlib.sha256(sink.name.encode()).hexdigest()[:16]
            couriers.append(Courier(sink, feed, cursors, home / f"events-{own}.lock"))
            stack.callback(couriers[-1].close)
        if told.sse is not None:
            from recognizance.events.sse import EventServer  # noqa: PLC0415  # an extra

            stack.enter_context(EventServer(together, _token(told.sse_token), port=told.sse))
        yield Couriers(couriers)


def _feeds(workspace: Workspace, permit_ids: Sequence[str]) -> Iterator[tuple[str, Feed]]:
    """A permit that is not there has nothing to tell; the desk refuses it, and records that."""
    for permit_id in permit_ids:
        with suppress(PermitMissingError):
            permit = workspace.shelf.known(permit_id)
            yield permit_id, LedgerFeed(workspace.ledger, permit, workspace.workspace_id)


def _sinks(
    told: Receivers, together: Feed, feeds: Mapping[str, Feed]
) -> Iterator[tuple[Sink, Feed]]:
    if told.lines is not None:
        yield JsonLines(told.lines), together
    if told.webhook is not None:
        from recognizance.events.webhook import Webhook, WebhookKey  # noqa: PLC0415  # an extra

        if told.webhook_key is None:
            raise InputError(
                "A webhook is signed, and no key was named.", hint="Name it: --webhook-key FILE."
            )
        yield Webhook(told.webhook, WebhookKey(_secret_in(told.webhook_key))), together
    if told.mqtt is not None:
        from recognizance.events.mqtt import Mqtt  # noqa: PLC0415  # an extra

        password = told.mqtt_password and _secret_in(told.mqtt_password)
        for permit_id, feed in feeds.items():  # the topics name the permit
            yield (
                Mqtt(told.mqtt, permit_id, password=password or None, ca_file=told.mqtt_ca),
                feed,
            )


def _token(path: Path | None) -> str:
    """The token of readers, made where there is none yet."""
    if path is None:
        raise InputError(
            "Readers of events show a token, and no file was named for it.",
            hint="Name it: --sse-token FILE; it is made where it is not there.",
        )
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(_TOKEN_BYTES) + "\n", encoding="ascii")
    return _secret_in(path)


def _secret_in(path: Path) -> str:
    """A secret on one line of a file that nobody else may read.

    Raises:
        InputError: It cannot be read, others may read it, or it holds none.
    """
    try:
        mode, data = path.stat().st_mode, path.read_bytes()[:_MOST_KEY_BYTES]
    except OSError as error:
        raise InputError(
            f"The secret in {path.name} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    if mode & _OTHERS:
        raise InputError(
            f"Others may read the secret in {path.name}.", hint=f"chmod 600 {path.name}"
        )
    text = data.decode("utf-8", "replace").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise InputError(f"{path.name} holds no secret.", hint="Put it there, on one line.")
    return text
