"""Webhooks: signed as the Standard Webhooks specification says, so that receivers need no code of ours.

`webhook-id`, `webhook-timestamp` and `webhook-signature` over `id.timestamp.body`: HMAC-SHA256 with
a shared secret (`v1,...`), or Ed25519 (`v1a,...`), by which a receiver can check and not forge.
Source: https://www.standardwebhooks.com, version 1.
"""  # noqa: E501  # the first line says what it is

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from recognizance.errors import DeliveryError, InputError
from recognizance.keys import SECRET_BYTES, SigningKey, verify_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recognizance.events.event import Event

SHARED, OWN = "whsec_", "whsk_"
"""How a file begins that holds a shared secret, or an Ed25519 key."""

LEAST_SECRET_BYTES = 24
TOLERANCE = timedelta(minutes=5)
"""House number: a signature older than this, or so far in the future, is taken for a replay."""

_TIMEOUT_S = 10.0


class WebhookKey:
    """What signs the events for one receiver.

    Args:
        text: `whsec_` and 24 bytes or more in base64, or `whsk_` and the 32 bytes of an Ed25519
            seed in base64.

    Raises:
        InputError: It is neither.
    """

    def __init__(self, text: str) -> None:
        text = text.strip()
        self._secret: bytes | None = None
        self._key: SigningKey | None = None
        try:
            if text.startswith(SHARED):
                self._secret = base64.b64decode(text.removeprefix(SHARED), validate=True)
            elif text.startswith(OWN):
                self._key = SigningKey.from_seed(
                    base64.b64decode(text.removeprefix(OWN), validate=True)
                )
        except (binascii.Error, ValueError) as error:
            raise _no_key() from error
        if self._key is None and len(self._secret or b"") < LEAST_SECRET_BYTES:
            raise _no_key()

    def sign(self, event_id: str, timestamp: int, body: bytes) -> str:
        """The header `webhook-signature`."""
        signed = _signed(event_id, timestamp, body)
        if self._key is not None:
            return f"v1a,{base64.b64encode(self._key.sign(signed)).decode()}"
        code = hmac.digest(self._secret or b"", signed, hashlib.sha256)
        return f"v1,{base64.b64encode(code).decode()}"

    @property
    def public_key(self) -> bytes | None:
        """The raw public key that a receiver checks with; None where the secret is shared."""
        return self._key.public_key if self._key else None


class Webhook:
    """A receiver that takes events by HTTP POST.

    Args:
        url: Where to; https, or http on this machine.
        key: What signs.
        clock: What time it is.

    Raises:
        InputError: The address is neither.
    """

    def __init__(
        self, url: str, key: WebhookKey, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        if not _is_safe(url):
            raise InputError(
                "A webhook is an https address, or an http address on this machine.",
                hint="Write it like https://example.org/hook; in clear others read along.",
            )
        self._url = url
        self._key = key
        self._clock = clock or (lambda: datetime.now(UTC))
        self._client: httpx.Client | None = None
        self._name = f"webhook:{hashlib.sha256(url.encode()).hexdigest()[:16]}"

    @property
    def name(self) -> str:
        """A digest of its address, which may hold a secret."""
        return self._name

    def open(self) -> None:
        """Make the connection pool; the receiver is first asked by the first event."""
        self._client = self._client or httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False)

    def send(self, event: Event) -> None:
        """Post the event; any 2xx is a yes."""
        self.open()
        assert self._client is not None  # noqa: S101  # opened on the line before
        body, timestamp = event.to_json(), int(self._clock().timestamp())
        headers = {
            "content-type": "application/json",
            "idempotency-key": event.event_id,
            "webhook-id": event.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self._key.sign(event.event_id, timestamp, body),
        }
        try:
            response = self._client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _not_taken("does not answer") from error
        if not response.is_success:
            raise _not_taken(f"answers {response.status_code}")

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


def check_webhook(
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    secret: str | None = None,
    public_key: bytes | None = None,
) -> str:
    """What a receiver does: is this from whom it says, and new enough?

    Args:
        headers: Of the request, their names in small letters.
        body: Its bytes, as they came.
        now: The receiver's clock.
        secret: The shared secret, `whsec_...`; or
        public_key: the raw Ed25519 public key, 32 bytes.

    Returns:
        The event's id; whoever has taken one of that id before drops this one.

    Raises:
        InputError: It is not, or it is too old.
    """
    event_id, stamped = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamped.isdecimal() or abs(now.timestamp() - int(stamped)) > TOLERANCE.total_seconds():
        raise InputError("The webhook is too old, or says no time.", hint="Drop it.")
    signed = _signed(event_id, int(stamped), body)
    for each in headers.get("webhook-signature", "").split():
        version, _, text = each.partition(",")
        try:
            signature = base64.b64decode(text, validate=True)
        except binascii.Error:
            continue
        if version == "v1" and secret is not None:
            key = base64.b64decode(secret.removeprefix(SHARED))
            good = hmac.compare_digest(hmac.digest(key, signed, hashlib.sha256), signature)
        else:
            ours = version == "v1a" and public_key is not None
            good = ours and verify_signature(public_key or b"", signed, signature)
        if good:
            return event_id
    raise InputError("The signature of the webhook does not hold.", hint="Drop it.")


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    return usable and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _signed(event_id: str, timestamp: int, body: bytes) -> bytes:
    return b"%s.%d.%s" % (event_id.encode(), timestamp, body)


def _no_key() -> InputError:
    return InputError(
        "The file of the webhook's key holds none.",
        hint=f"One line: {SHARED} and at least {LEAST_SECRET_BYTES} random bytes in base64, or "
        f"{OWN} and the {SECRET_BYTES} bytes of an Ed25519 seed.",
    )


def _not_taken(what: str) -> DeliveryError:
    return DeliveryError(
        f"The receiver of the webhook {what}.", hint="It is told again until it has taken it."
    )
