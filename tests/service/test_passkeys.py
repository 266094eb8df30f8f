import contextlib
import json
from urllib.parse import urlsplit

import pytest
from authenticator import PRESENT, Device
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import InputError, UnauthenticatedError
from recognizance.service.accounts import FRESH
from recognizance.service.login import credentials
from recognizance.service.login.ceremonies import LASTS, MOST_AT_ONCE, Ceremonies
from recognizance.service.login.credentials import Party, Passkey
from recognizance.types import Principal


def home_of(people) -> str:
    """The origin that a server without a setting has: this machine's, at the socket's port."""
    return f"http://localhost:{urlsplit(people.address).port}"


def begin(browser, path):
    answer = browser.post(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["ceremony"], answer.json()["options"]


def add(browser, device, *, label="phone", **changes):
    ceremony, options = begin(browser, "/v1/passkeys/options")
    made = device.make(options, **changes)
    return browser.post(
        "/v1/passkeys", json={"ceremony": ceremony, "credential": made, "label": label}
    )


def show(people, device, *, browser=None, **changes):
    browser = browser or people.browser()
    ceremony, options = begin(browser, "/v1/session/passkey/options")
    shown = device.show(options, **changes)
    return browser.post("/v1/session/passkey", json={"ceremony": ceremony, "credential": shown})


@pytest.fixture
def device(people):
    """A device with a passkey of the officer's."""
    people.add("officer")
    made = Device(home_of(people))
    answer = add(people.log_in("officer"), made)
    assert answer.status_code == 201, answer.text
    return made


def test_a_passkey_logs_in_without_a_name_or_a_password(people, device):
    browser = people.browser()
    answer = show(people, device, browser=browser)
    assert answer.status_code == 200, answer.text
    assert browser.get("/v1/session").json()["name"] == "officer"
    outcome, how, whose = people.logins()[-1]
    assert (outcome, how) == ("done", "passkey")
    assert whose == answer.json()["principal_id"]


def test_somebody_has_several_and_removes_one(people, device):
    browser = people.log_in("officer")
    second = Device(home_of(people))
    assert add(browser, second, fmt="packed", label="token").status_code == 201
    listed = browser.get("/v1/passkeys").json()
    assert [each["label"] for each in listed] == ["phone", "token"]
    assert show(people, second).status_code == show(people, device).status_code == 200
    gone = browser.delete(f"/v1/passkeys/{listed[0]['credential_id']}")
    assert gone.status_code == 204
    assert browser.delete(f"/v1/passkeys/{listed[0]['credential_id']}").status_code == 404
    assert show(people, device).status_code == 401
    assert show(people, second).status_code == 200
    changes = [
        entry.public["change"] for entry in people.entries() if entry.kind == "account_changed"
    ]
    assert changes == ["passkey_added", "passkey_added", "passkey_removed"]


def test_nobody_removes_or_adds_the_passkeys_of_others(people, device):
    people.add("operator")
    other = people.log_in("operator")
    mine = people.log_in("officer").get("/v1/passkeys").json()[0]["credential_id"]
    assert other.delete(f"/v1/passkeys/{mine}").status_code == 404
    ceremony, options = begin(people.log_in("officer"), "/v1/passkeys/options")
    planted = Device(home_of(people)).make(options)
    answer = other.post("/v1/passkeys", json={"ceremony": ceremony, "credential": planted})
    assert answer.status_code == 401
    again = add(other, device)  # the same credential, for a second owner
    assert (again.status_code, again.json()["code"]) == (409, "item.conflict")


WRONG = {
    "for another page": {"origin": "https://evil.example"},
    "on this machine's other port": {"origin": "http://localhost:1"},
    "for another domain": {"rp_id": "evil.example"},
    "for another challenge": {"challenge": "AAAA"},
    "of the other ceremony": {"type": "webauthn.other"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_was_not_made_for_this_login_is_refused(people, device, changes):
    assert show(people, device, **changes).status_code == 401
    browser = people.log_in("officer")
    assert add(browser, Device(home_of(people)), **changes).status_code == 400
    assert len(browser.get("/v1/passkeys").json()) == 1


def test_the_owner_has_to_be_verified_by_the_device(people, device):
    device.flags = PRESENT
    assert show(people, device).status_code == 401
    unverified = Device(home_of(people), flags=PRESENT)
    assert add(people.log_in("officer"), unverified).status_code == 400


def test_a_count_that_does_not_grow_is_a_copied_key(people, device):
    assert show(people, device).status_code == 200
    device.count -= 1  # a copy that was used as often as the original
    assert show(people, device).status_code == 401
    assert people.logins()[-1][0] == "access.unauthenticated"
    assert show(people, device).status_code == 200


def test_an_answer_serves_once_and_for_some_minutes(people, device, clock):
    browser = people.browser()
    ceremony, options = begin(browser, "/v1/session/passkey/options")
    sent = {"ceremony": ceremony, "credential": device.show(options)}
    assert browser.post("/v1/session/passkey", json=sent).status_code == 200
    assert people.browser().post("/v1/session/passkey", json=sent).status_code == 401
    late, options = begin(people.browser(), "/v1/session/passkey/options")
    clock.advance(seconds=LASTS.total_seconds())
    sent = {"ceremony": late, "credential": device.show(options)}
    assert people.browser().post("/v1/session/passkey", json=sent).status_code == 401


def test_somebody_elses_name_on_a_passkey_is_refused(people, device):
    device.owner = people.add("operator").principal_id.encode()
    assert show(people, device).status_code == 401


def test_adding_one_needs_a_fresh_login(people, clock):
    people.add("officer")
    browser = people.log_in("officer")
    clock.advance(seconds=FRESH.total_seconds() + 1)
    assert browser.post("/v1/passkeys/options").json()["code"] == "access.stale"


def test_the_question_names_no_passkey_so_that_it_tells_of_nobody(people, device):
    _, options = begin(people.browser(), "/v1/session/passkey/options")
    assert not options.get("allowCredentials")
    assert options["userVerification"] == "required"


# ---- bytes that are no credential ------------------------------------------------------------

PARTY = Party("https://faces.example.org", "faces.example.org")
SOMEBODY = Principal("0123456789abcdef", "somebody", frozenset(), bytes(32))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
FIELDS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


@st.composite
def credentials_of_a_sort(draw):
    """A credential with one part or another replaced by anything."""
    device = Device(PARTY.origin)
    options = {"challenge": "AAAA", "rp": {"id": PARTY.rp_id}, "rpId": PARTY.rp_id}
    options["user"] = {"id": "AAAA"}
    made = draw(st.sampled_from([device.make, device.show]))(options)
    name = draw(st.sampled_from([*made, *FIELDS]))
    part = made["response"] if name in FIELDS else made
    part[name] = draw(JSON | st.binary(max_size=60).map(lambda data: data.hex()))
    return json.loads(json.dumps(made))


@given(credentials_of_a_sort() | st.dictionaries(st.text(max_size=9), JSON))
def test_bytes_that_are_no_passkey_are_refused_and_nothing_else_happens(sent):
    known = Passkey(b"id", SOMEBODY.principal_id, b"no key", 0, "", None)
    with pytest.raises(InputError):
        credentials.made(PARTY, SOMEBODY, bytes(32), sent, label="", now=None)
    with pytest.raises(UnauthenticatedError):
        credentials.shown(PARTY, bytes(32), sent, known)
    with contextlib.suppress(UnauthenticatedError):
        credentials.id_of(sent)


def test_logins_that_are_begun_and_left_are_forgotten(clock):
    begun = Ceremonies()
    first = begun.begin(b"first", now=clock())
    for _ in range(MOST_AT_ONCE):
        last = begun.begin(b"last", now=clock())
    with pytest.raises(UnauthenticatedError):
        begun.end(first, now=clock())
    with pytest.raises(UnauthenticatedError):
        begun.end(last, owner="somebody", now=clock())
