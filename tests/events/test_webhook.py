"""Webhooks: signed, so that a forged one and an old one are told from a true one."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from newsroom import HttpReceiver, event, free_port

from recognizance.errors import DeliveryError, InputError
from recognizance.events.webhook import Webhook, WebhookKey, check_webhook

SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
OWN = "whsk_" + base64.b64encode(b"k" * 32).decode()


def posted(key: str) -> tuple[dict[str, str], bytes, WebhookKey]:
    made = WebhookKey(key)
    with HttpReceiver() as receiver:
        hook = Webhook(receiver.url, made)
        hook.send(event(7))
        hook.close()
        ((headers, body),) = receiver.posted
    return headers, body, made


def test_a_shared_secret_signs_as_the_specification_says():
    headers, body, _ = posted(SECRET)
    assert body == event(7).to_json()
    assert headers["webhook-id"] == headers["idempotency-key"] == "w1-uses-7"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.new(b"s" * 24, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{code}"
    assert check_webhook(headers, body, now=datetime.now(UTC), secret=SECRET) == "w1-uses-7"


def test_a_key_of_its_own_can_be_checked_and_not_forged():
    headers, body, key = posted(OWN)
    now = datetime.now(UTC)
    assert check_webhook(headers, body, now=now, public_key=key.public_key) == "w1-uses-7"
    with pytest.raises(InputError):
        check_webhook(headers, body, now=now, public_key=bytes(32))


@pytest.mark.parametrize(
    "change",
    [
        lambda h, b: (h, b.replace(b"lead-7", b"lead-8")),
        lambda h, b: (h | {"webhook-id": "w1-uses-8"}, b),
        lambda h, b: (h | {"webhook-timestamp": str(int(h["webhook-timestamp"]) + 1)}, b),
        lambda h, b: (h | {"webhook-signature": "v1,"}, b),
        lambda h, b: (h | {"webhook-signature": "v1a," + h["webhook-signature"][3:]}, b),
        lambda h, b: ({}, b),
    ],
)
def test_what_was_changed_is_found_out(change):
    headers, body, _ = posted(SECRET)
    headers, body = change(headers, body)
    with pytest.raises(InputError):
        check_webhook(headers, body, now=datetime.now(UTC), secret=SECRET)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_comes_late_is_a_replay(minutes):
    headers, body, _ = posted(SECRET)
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(InputError):
        check_webhook(headers, body, now=now, secret=SECRET)


@pytest.mark.parametrize("answer", [301, 400, 410, 500])
def test_only_a_yes_is_a_yes(answer):
    with HttpReceiver(answers=[answer]) as receiver:
        hook = Webhook(receiver.url, WebhookKey(SECRET))
        with pytest.raises(DeliveryError):
            hook.send(event(7))
        hook.send(event(7))
        hook.close()
        first, second = receiver.posted
    assert first[1] == second[1]


def test_nobody_there_is_no_yes():
    hook = Webhook(f"http://127.0.0.1:{free_port()}/", WebhookKey(SECRET))
    with pytest.raises(DeliveryError):
        hook.send(event(7))
    hook.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://[x/",
        "https://x:99999/",
        "nonsense",
        "",
    ],
)
def test_nothing_leaves_the_machine_in_clear(url):
    with pytest.raises(InputError):
        Webhook(url, WebhookKey(SECRET))


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", "whsk_c2hvcnQ=", "secret", "whsec_!"]
)
def test_a_weak_key_is_none(text):
    with pytest.raises(InputError):
        WebhookKey(text)


def test_the_name_of_a_receiver_does_not_show_its_address():
    assert "token" not in Webhook("https://example.org/?token=1", WebhookKey(SECRET)).name
