"""Who is told of a watch, as the command line names them, and how each is reached."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.errors import InputError, PermitMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from recognizance.events import Courier, Sink
    from recognizance.gate.permit import Permit
    from recognizance.workspace import Workspace

_MOST_KEY_BYTES = 4096
_TOKEN_BYTES = 32


@dataclass(slots=True)
class Receivers:
    """What was asked for on the command line; each field is an option of `watch`."""

    lines: Path | None = None
    webhook: str | None = None
    webhook_key: Path | None = None
    mqtt: str | None = None
    mqtt_password: Path | None = None
    mqtt_ca: Path | None = None
    sse: int | None = None
    sse_token: Path | None = None
    _couriers: list[Courier] = field(default_factory=list)

    @contextmanager
    def served(self, workspace: Workspace, permit_id: str) -> Iterator[Self]:
        """Serve every receiver while a watch goes on; what is left is brought the next time.

        Raises:
            InputError: One cannot be as it was named.
            PermitError: The permit does not hold.
        """
        from recognizance.events import Courier, Cursors
        from recognizance.watching import LedgerFeed

        with ExitStack() as stack:
            sinks = list(self._sinks(permit_id))
            if not sinks and self.sse is None:
                yield self
                return
            permit = _issued(workspace, permit_id)
            if permit is None:  # the desk refuses it, and writes that down
                yield self
                return
            feed = LedgerFeed(workspace.ledger, permit, workspace.workspace_id)
            home, wait_s = workspace.layout.home, workspace.settings.wait_s
            if sinks:
                cursors = Cursors(home / "events.db", wait_s=wait_s)
                stack.callback(cursors.close)
            for sink in sinks:
                own = hashlib.sha256(sink.name.encode()).hexdigest()[:16]
                courier = Courier(sink, feed, cursors, home / f"events-{own}.lock")
                self._couriers.append(courier)
                stack.callback(courier.close)
            if self.sse is not None:
                from recognizance.events.sse import EventServer

                stack.enter_context(EventServer(feed, self._token(), port=self.sse))
            yield self

    def nudge(self) -> None:
        """Say that there may be something to tell."""
        for courier in self._couriers:
            courier.nudge()

    @property
    def trouble(self) -> str | None:
        """Why a receiver is not reached; None where all are."""
        return next((each.trouble for each in self._couriers if each.trouble), None)

    def _sinks(self, permit_id: str) -> Iterator[Sink]:
        from recognizance.events import JsonLines

        if self.lines is not None:
            yield JsonLines(self.lines)
        if self.webhook is not None:
            from recognizance.events.webhook import Webhook, WebhookKey

            if self.webhook_key is None:
                raise InputError(
                    "A webhook is signed, and no key was named.",
                    hint="Name it: --webhook-key FILE.",
                )
            yield Webhook(self.webhook, WebhookKey(_secret_in(self.webhook_key)))
        if self.mqtt is not None:
            from recognizance.events.mqtt import Mqtt

            password = self.mqtt_password and _secret_in(self.mqtt_password)
            yield Mqtt(self.mqtt, permit_id, password=password or None, ca_file=self.mqtt_ca)

    def _token(self) -> str:
        """The token of readers, made where there is none yet."""
        if self.sse_token is None:
            raise InputError(
                "Readers of events show a token, and no file was named for it.",
                hint="Name it: --sse-token FILE; it is made where it is not there.",
            )
        if not self.sse_token.exists():
            self.sse_token.touch(mode=0o600)
            self.sse_token.write_text(secrets.token_urlsafe(_TOKEN_BYTES) + "\n", encoding="ascii")
        return _secret_in(self.sse_token)


def _issued(workspace: Workspace, permit_id: str) -> Permit | None:
    try:
        return workspace.shelf.find(permit_id)
    except PermitMissingError:
        return None


def _secret_in(path: Path) -> str:
    """A secret on one line of a file that nobody else may read.

    Raises:
        InputError: Others may read it, or it holds none.
    """
    if path.stat().st_mode & 0o077:
        raise InputError(
            f"Others may read the secret in {path.name}.", hint=f"chmod 600 {path.name}"
        )
    text = path.read_bytes()[:_MOST_KEY_BYTES].decode("utf-8", "replace").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise InputError(f"{path.name} holds no secret.", hint="Put it there, on one line.")
    return text
