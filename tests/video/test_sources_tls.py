"""Encrypted sources: no picture and no password without a certificate that holds."""

import base64
import contextlib
import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from filming import clip, number_on, send, serving
from recognizance.errors import SourceError
from recognizance.video.sources import open_source

SECRET = "hunter2"  # noqa: S105  # the password of nothing


def certificate(folder, name: str):
    """A certificate for this machine, signed by itself; the path of a file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A certificate that this machine trusts."""
    path = certificate(tmp_path, "known")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def unknown(tmp_path):
    return certificate(tmp_path, "unknown")


@contextlib.contextmanager
def serving_tls(path, answer):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with serving(answer, context) as address:
        yield address.replace("http://", "https://")


def with_password(address: str) -> str:
    return address.replace("://", f"://viewer:{SECRET}@")


def test_a_file_is_read_where_the_certificate_holds(known):
    data = clip(range(20))
    with serving_tls(known, lambda request: send(request, data)) as address:
        assert [number_on(frame) for frame in open_source(f"{address}/a.mkv")] == list(range(20))


@pytest.mark.parametrize("scheme", ["https", "rtsps", "rtmps"])
def test_nothing_is_sent_to_whoever_has_another_certificate(known, unknown, scheme):
    asked = []

    def server(request):
        asked.append(request.path)
        send(request, b"")

    with serving_tls(unknown, server) as address, pytest.raises(SourceError):
        open_source(with_password(address).replace("https", scheme) + "/a/b", patience_s=5)
    assert asked == []


def playlist(*segments: str) -> bytes:
    lines = "".join(f"#EXTINF:0.8,\n{each}\n" for each in segments)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n{lines}#EXT-X-ENDLIST\n".encode()


def test_a_playlist_and_its_segments_are_read_with_the_password(known):
    right = "Basic " + base64.b64encode(f"viewer:{SECRET}".encode()).decode()
    segment = clip(range(20), container="mpegts")

    def server(request):
        if request.headers.get("Authorization") != right:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.end_headers()
        elif request.path == "/list.m3u8":
            send(request, playlist("0.ts"))
        else:
            send(request, segment)

    with serving_tls(known, server) as address:
        source = open_source(with_password(address) + "/list.m3u8")
        assert [number_on(frame) for frame in source] == list(range(20))
        with pytest.raises(SourceError, match="401"):
            open_source(address + "/list.m3u8")


def test_no_segment_comes_from_whoever_has_another_certificate(known, unknown):
    segment = clip(range(20), container="mpegts")
    with (
        serving_tls(unknown, lambda request: send(request, segment)) as other,
        serving_tls(known, lambda request: send(request, playlist(f"{other}/0.ts"))) as address,
        pytest.raises(SourceError),
    ):
        list(open_source(f"{address}/list.m3u8", patience_s=5))


def test_what_begins_as_https_never_goes_on_as_http(known):
    segment = clip(range(20), container="mpegts")

    def redirecting(request):
        request.send_response(302)
        request.send_header("Location", f"{clear}/0.ts")
        request.end_headers()

    def listing(request):
        if request.path == "/list.m3u8":
            send(request, playlist(f"{clear}/0.ts"))
        elif request.path == "/turning.m3u8":
            send(request, playlist("turn"))
        else:
            redirecting(request)

    with serving(lambda request: send(request, segment)) as clear:
        for path in ("/list.m3u8", "/turning.m3u8", "/turn"):
            with serving_tls(known, listing) as address, pytest.raises(SourceError):
                list(open_source(f"{address}{path}", patience_s=5))


def test_a_password_does_not_follow_a_redirection(known):
    segment, asked = clip(range(20), container="mpegts"), []

    def other(request):
        asked.append(request.headers.get("Authorization"))
        send(request, segment)

    def server(request):
        if request.path == "/list.m3u8":
            send(request, playlist("0.ts"))
        else:
            request.send_response(302)
            request.send_header("Location", f"{elsewhere}/0.ts")
            request.end_headers()

    with serving_tls(known, other) as elsewhere, serving_tls(known, server) as address:
        source = open_source(with_password(address) + "/list.m3u8")
        assert [number_on(frame) for frame in source] == list(range(20))
    assert asked
    assert set(asked) == {None}
