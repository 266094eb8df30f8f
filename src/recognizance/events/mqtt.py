"""MQTT: each event once at least (QoS 1), and a device that Home Assistant finds by itself.

Topics, under `recognizance/<permit>`:

    event         each event as JSON, not retained
    state         `running` or `stopped`, retained: of all watches under the permit together
    availability  `online`, and `offline` as the last will, retained

and `homeassistant/device/recognizance_<permit>/config`, retained: what Home Assistant calls a
device discovery message, with an event entity and a binary sensor.
"""

from __future__ import annotations

import json
import ssl
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from recognizance import __version__
from recognizance.errors import DeliveryError, InputError
from recognizance.events.event import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.events.event import Event

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
DISCOVERY: Final = "homeassistant"
_KEEPALIVE_S = 30
_STATES: Final = {Kind.STARTED: "running", Kind.RESUMED: "running"}


class Mqtt:
    """A broker.

    Args:
        url: `mqtt://user@host:1883/prefix` or `mqtts://...`; the prefix is `recognizance` where
            there is none.
        permit: Id of the permit, which names the topics.
        password: The password of the user, where there is one.
        ca_file: Certificates to trust for mqtts; those of the system where None.
        patience_s: How long the broker may take to answer.

    Raises:
        InputError: The address is none of a broker.
    """

    def __init__(
        self,
        url: str,
        permit: str,
        *,
        password: str | None = None,
        ca_file: Path | None = None,
        patience_s: float = 10.0,
    ) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
        except (KeyError, ValueError):
            raise _no_broker() from None
        if not parts.hostname or parts.password is not None:
            raise _no_broker()
        prefix = parts.path.strip("/") or "recognizance"
        if set(url) & set("+#\0"):
            raise InputError("A topic holds no + and no #.", hint="Name another prefix.")
        self._host, self._port = parts.hostname, port
        self._user = unquote(parts.username) if parts.username else None
        self._password = password
        self._tls = _tls(ca_file) if parts.scheme == "mqtts" else None
        self._permit = permit
        self._patience_s = patience_s
        self._base = f"{prefix}/{permit}"
        self._client: paho.Client | None = None
        self._connected = threading.Event()

    @property
    def name(self) -> str:
        """The broker and the topic."""
        return f"mqtt:{self._host}:{self._port}/{self._base}"

    def open(self) -> None:
        """Connect, and say what there is; the connection is kept up in the background."""
        if self._client is not None and self._connected.is_set():
            return
        self.close()
        client = paho.Client(CallbackAPIVersion.VERSION2, clean_session=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        if self._user is not None:
            client.username_pw_set(self._user, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        client.will_set(f"{self._base}/availability", "offline", qos=1, retain=True)
        self._client = client
        try:
            client.connect(self._host, self._port, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise _unreachable("cannot be reached") from error
        client.loop_start()
        if not self._connected.wait(self._patience_s):
            self.close()
            raise _unreachable("does not let this client in")
        topic = f"{DISCOVERY}/device/recognizance_{self._permit}/config"
        self._publish(topic, json.dumps(self.discovery()), retain=True)
        self._publish(f"{self._base}/availability", "online", retain=True)

    def send(self, event: Event) -> None:
        """Publish an event, and the state where it changes; the broker has confirmed it then."""
        self.open()
        self._publish(f"{self._base}/event", event.to_json(), retain=False)
        # What ends beside others says nothing of them; what stops, stops under the permit.
        alone = event.kind is not Kind.ENDED or not event.others_go_on
        if event.kind is not Kind.LEAD and alone:
            self._publish(f"{self._base}/state", _STATES.get(event.kind, "stopped"), retain=True)

    def close(self) -> None:
        """Say goodbye."""
        client, self._client = self._client, None
        if client is None:
            return
        if self._connected.is_set():
            client.publish(f"{self._base}/availability", "offline", qos=1, retain=True)
        client.disconnect()
        client.loop_stop()
        self._connected.clear()

    def discovery(self) -> dict[str, object]:
        """What Home Assistant is told of the device; `docs/watch.md` explains it."""
        own = f"recognizance_{self._permit}"
        return {
            "device": {
                "identifiers": [own],
                "name": f"Recognizance {self._permit}",
                "sw_version": __version__,
            },
            "origin": {"name": "recognizance", "sw_version": __version__},
            "components": {
                "event": {
                    "platform": "event",
                    "unique_id": f"{own}_event",
                    "name": "Watch",
                    "event_types": [kind.value for kind in Kind],
                    "state_topic": f"{self._base}/event",
                },
                "running": {
                    "platform": "binary_sensor",
                    "unique_id": f"{own}_running",
                    "name": "Running",
                    "device_class": "running",
                    "state_topic": f"{self._base}/state",
                    "payload_on": "running",
                    "payload_off": "stopped",
                },
            },
            "availability_topic": f"{self._base}/availability",
            "qos": 1,
        }

    def _publish(self, topic: str, payload: str | bytes, *, retain: bool) -> None:
        if self._client is None:
            raise _unreachable("went away")
        try:
            sent = self._client.publish(topic, payload, qos=1, retain=retain)
            sent.wait_for_publish(self._patience_s)
        except (RuntimeError, ValueError) as error:
            raise _unreachable("did not take the message") from error
        if not sent.is_published():
            raise _unreachable("did not confirm the message")

    def _on_connect(self, *told: object) -> None:
        """Client, user data, flags, reason code, properties: only the reason matters."""
        reason = told[3]
        if not getattr(reason, "is_failure", True):
            self._connected.set()

    def _on_disconnect(self, *_: object) -> None:
        self._connected.clear()


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InputError(
            "The file of certificates cannot be read.", hint="Name a file in PEM form."
        ) from error


def _no_broker() -> InputError:
    return InputError(
        "A broker is named like mqtt://user@host:1883 or mqtts://host, without a password.",
        hint="Its password is read from a file: --mqtt-password FILE.",
    )


def _unreachable(what: str) -> DeliveryError:
    return DeliveryError(
        f"The broker {what}.", hint="Check the address, the user and the password; it is tried on."
    )
