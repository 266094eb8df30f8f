"""A server as a process: stopped, killed, over TLS; and what its log says."""

import datetime as dt
import ipaddress
import signal
import ssl
import threading
import time
from functools import partial

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from fakes import photograph
from loops import waited
from office import Office
from recognizance.errors import InputError
from recognizance.layout import read_about
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger
from recognizance.review import LEAST_VIEWING
from recognizance.service import serving
from recognizance.service.accounts import Accounts
from recognizance.service.forms import address_of
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.service.jobs import JobBook
from recognizance.service.service import COOKIE, LOGINS_AT_ONCE
from recognizance.service.serving import Place, serve
from recognizance.service.store import Store
from recognizance.settings import Settings
from recognizance.workspace import Workspace
from served import keys_of
from service_process import process

SUBJECTS = [f"subject-{n}" for n in range(60)]
SEARCHED = photograph("subject-0", note="probe")


@pytest.fixture
def place(tmp_path):
    """A workspace on the real clock, its permit, and the headers of a key and of reviewers."""
    settings = Settings(home=tmp_path / "data", key_folder=tmp_path / "keys", wait_s=5.0)
    with Workspace.create(settings) as workspace:
        office = Office(workspace)
        photographs = (SEARCHED, *(photograph(each, note="1") for each in SUBJECTS))
        permit = office.permit(photographs=photographs)
        grounds = dict.fromkeys(SUBJECTS, "release-1")
        terms = KeyTerms(permit, frozenset({"g"}), "own_enrollment", grounds)
        with keys_of(workspace) as keys:
            by = workspace.acting("operator").principal
            token = issue_key(workspace, keys, terms, by=by).token
    return workspace, {"authorization": f"Bearer {token}"}


def enroll(address, key, subject):
    return httpx.post(
        f"{address}/v1/subjects",
        headers=key,
        data={"gallery": "g", "subject": subject},
        files={"photographs": photograph(subject, note="1")},
        timeout=30,
    )


def search(address, key):
    return httpx.post(
        f"{address}/v1/search",
        headers=key,
        data={"gallery": "g"},
        files={"photograph": ("Ana Maria.jpg", SEARCHED)},
        timeout=30,
    )


def erase(address, key, subject):
    where = f"{address}/v1/subjects/{subject}"
    return httpx.delete(where, headers=key, params={"reason": "asked"}, timeout=30)


def audit(address, key):
    data = httpx.post(
        f"{address}/v1/uploads", headers=key, params={"ending": "csv"}, content=b"no,table\n"
    ).json()
    asked = {"upload": data["upload_id"], "groups": ["sex"]}
    return httpx.post(f"{address}/v1/audits", headers=key, json=asked, timeout=30)


def decide(address, reviewers, lead):
    verdict = {"choice": "cannot_say", "reason": "too dark"}
    for headers in reviewers:
        httpx.get(f"{address}/v1/leads/{lead}", headers=headers, timeout=30)
    time.sleep(LEAST_VIEWING.total_seconds())
    for headers in reviewers:
        answer = httpx.post(
            f"{address}/v1/leads/{lead}/verdicts", headers=headers, json=verdict, timeout=30
        )
    return answer


def reviewers_of(workspace):
    sessions = []
    with (
        Workspace.open(workspace.settings) as again,
        Store(again.layout.service, wait_s=5.0) as store,
    ):
        for name in ("reviewer-1", "reviewer-2"):
            principal, now = again.registry.named(name), again.clock()
            Accounts(store).add(principal, None, now=now)
            token, session = Accounts(store).log_in(principal.principal_id, now=now)
            sessions.append({"cookie": f"{COOKIE}={token}", "x-csrf-token": session.csrf})
    return sessions


def prepare(address, key, reviewers, kind):
    """What has to be there before: people, and leads that were looked at."""
    people = {"search": 1, "decide": 1, "erase": 6}.get(kind, 0)
    for each in SUBJECTS[:people]:
        assert enroll(address, key, each).status_code == 200
    leads = [search(address, key).json()["lead_id"] for _ in range(4 if kind == "decide" else 0)]
    for each in leads:
        httpx.get(f"{address}/v1/leads/{each}", headers=reviewers[0], timeout=30)
    time.sleep(LEAST_VIEWING.total_seconds() if leads else 0)
    return leads


@pytest.mark.parametrize("kind", ["enroll", "search", "decide", "erase", "job"])
def test_what_was_acknowledged_is_there_after_a_kill(place, kind):
    workspace, key = place
    reviewers = reviewers_of(workspace)
    acknowledged = []
    with process(workspace) as (running, address):
        leads = prepare(address, key, reviewers, kind)

        def send():
            asks = {
                "enroll": (enroll, [(key, each) for each in SUBJECTS]),
                "search": (search, [(key,)] * 60),
                "erase": (erase, [(key, each) for each in SUBJECTS[:6]]),
                "decide": (decide, [(reviewers[:1], each) for each in leads]),
                "job": (audit, [(key,)] * 60),
            }
            do, all_of_them = asks[kind]
            for each in all_of_them:
                try:
                    answer = do(address, *each)
                except httpx.HTTPError:
                    return
                assert answer.status_code in {200, 202, 503}, answer.text
                if answer.status_code < 300:
                    acknowledged.append((each[-1], answer.json()))

        sending = threading.Thread(target=send)
        sending.start()
        while len(acknowledged) < 3 and sending.is_alive():
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
        running.wait()
        sending.join()
    assert len(acknowledged) >= 3
    check(workspace, kind, acknowledged)


def check(workspace, kind, acknowledged):
    with Workspace.open(workspace.settings) as again:
        for what, said in acknowledged:
            if kind == "job":
                with Store(again.layout.service, wait_s=5.0) as store:
                    owner = again.registry.named("operator").principal_id
                    assert JobBook(store).get(said["job_id"], owner) is not None
                continue
            log, _, index = said["entry"].partition("/")
            outcome = again.ledger.entry(LogName(log), int(index)).public["outcome"]
            assert outcome == said["outcome"]
            if kind == "enroll":
                assert what in again.gallery.subjects("g")
            elif kind == "erase":
                assert what not in again.gallery.subjects("g")
            elif kind == "search":
                assert again.gallery.lead(said["lead_id"]).state == "open"
            else:
                assert again.gallery.lead(what).state == "undetermined"
        layout = again.layout
    about = read_about(layout.home)
    report = verify_ledger(layout.ledger, about["ledger_vkeys"], layout.pin)
    assert report.ok, report.findings


def test_a_stop_finishes_what_has_begun_and_the_log_names_nobody(place, tmp_path):
    workspace, key = place
    with (tmp_path / "log").open("w") as log, process(workspace, log=log) as (running, address):
        answers = []

        def send():
            answers.append(enroll(address, key, SUBJECTS[0]).status_code)
            answers.append(search(address, key).status_code)

        sending = threading.Thread(target=send)
        sending.start()
        while not answers:
            time.sleep(0.005)
        sending.join()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) in {0, -signal.SIGTERM}  # told again once it is done
    assert answers == [200, 200]
    said = (tmp_path / "log").read_text()
    assert '"route": "/v1/search"' in said
    assert '"status": 200' in said
    for secret in ("subject-0", "Ana Maria", "operator", key["authorization"][-20:], "release-1"):
        assert secret not in said


def test_tls_files_are_used_and_wrong_ones_are_refused(place, tmp_path):
    workspace, _ = place
    certificate, private_key = tmp_path / "c.pem", tmp_path / "k.pem"
    write_certificate(certificate, private_key)
    with process(workspace, certificate, private_key) as (_running, address):
        assert address.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(certificate))
        assert httpx.get(f"{address}/health/ready", verify=trusted).json() == {"status": "ready"}
    private_key.write_text("no key")
    with process(workspace, certificate, private_key) as (running, address):
        assert (running.wait(timeout=30), address) == (1, "")


def write_certificate(certificate, private_key):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.mark.parametrize("proxies", [[], ["127.0.0.1"]])
def test_callers_share_no_address_behind_a_proxy_that_is_named_and_nobody_else_is_believed(
    place, proxies
):
    workspace, _ = place
    guess = {"name": "nobody", "password": "a guess at it"}
    with process(workspace, "", "", *proxies) as (_, address):

        def status(whence):
            headers = {"x-forwarded-for": whence}
            return httpx.post(
                f"{address}/v1/session", json=guess, headers=headers, timeout=30
            ).status_code

        # What somebody says of themselves stands before what the proxy adds.
        codes = [status(f"192.0.2.{number}, 203.0.113.1") for number in range(LOGINS_AT_ONCE + 3)]
        assert set(codes) == {401, 429}
        assert codes[0] == 401
        assert codes[-1] == 429
        assert status("203.0.113.2") == (401 if proxies else 429)


@pytest.mark.parametrize("named", ["192.0.2.1", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("peer", ["192.0.2.1", "::ffff:192.0.2.1"])
def test_a_proxy_is_believed_however_its_address_is_spelled(named, peer):
    trusted = list(serving._spellings(named))
    seen = []

    async def app(scope, _receive, _send):
        seen.append(address_of(Request(scope)))

    for whence in (b"203.0.113.1", b"::ffff:203.0.113.1", b"::ffff:203.0.113.2"):
        headers = [(b"x-forwarded-for", whence)]
        scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
        waited(ProxyHeadersMiddleware(app, trusted)(scope, None, None))
    assert seen == ["203.0.113.1", "203.0.113.1", "203.0.113.2"]


@pytest.mark.parametrize("proxy", ["proxy.example", "10.0.0.0/8", "*", ""])
def test_a_proxy_is_named_by_its_address(place, proxy):
    workspace, _ = place
    opening = partial(Workspace.open, workspace.settings)
    with pytest.raises(InputError, match="no address"):
        serve(opening, Place("127.0.0.1", 0, behind=(proxy,)), started=print)
