"""Two small servers that compare made-up photographs: one speaks as Rekognition, one as CompreFace.

They answer what the real ones are documented to answer, over a socket, so that what is tested is
the vendors' own client libraries and not an idea of them.
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from made_up_engine import vector_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a-key-of-a-verification-service"


def similarity(one: bytes, other: bytes) -> float | None:
    """From 0 to 1; `None` where either is no face."""
    if not (one.startswith(b"face|") and other.startswith(b"face|")):
        return None
    return (1 + float(vector_of(one) @ vector_of(other))) / 2


class _Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]  # of the server made below
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target")
        if self.path.startswith("/broken"):
            status, answer = 500, {"message": "out of memory", "code": 0}
        elif target is not None:
            status, answer = self._compare_faces(target, json.loads(body))
        else:
            status, answer = self._verify(body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _compare_faces(self, target: str, asked: dict) -> tuple[int, dict]:
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")
        if target != "RekognitionService.CompareFaces" or not signed:
            return 400, {"__type": "AccessDeniedException", "Message": "Not signed."}
        one, other = (
            base64.b64decode(asked[name]["Bytes"]) for name in ("SourceImage", "TargetImage")
        )
        found = similarity(one, other)
        if found is None:
            return 400, {"__type": "InvalidParameterException", "Message": "No face."}
        matches = [{"Similarity": found * 100, "Face": {"Confidence": 99.9}}]
        other_face = [{"Similarity": 1.0, "Face": {"Confidence": 99.9}}]
        kept = [each for each in matches if each["Similarity"] >= asked["SimilarityThreshold"]]
        return 200, {"FaceMatches": [*other_face, *kept], "UnmatchedFaces": []}

    def _verify(self, body: bytes) -> tuple[int, dict]:
        if self.headers.get("x-api-key") != KEY:
            return 401, {"message": "Given API key was not found", "code": 1}
        form = message_from_bytes(
            b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + body
        )
        sent = {
            part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
            for part in form.get_payload()
        }
        found = similarity(sent["source_image"], sent["target_image"])
        if found is None:
            return 400, {"message": "No face is found in the given image", "code": 28}
        box = {"probability": 0.99, "x_min": 0, "y_min": 0, "x_max": 9, "y_max": 9}
        matches = [{"box": box, "similarity": each} for each in (0.01, found)]
        return 200, {"result": [{"source_image_face": {"box": box}, "face_matches": matches}]}

    def log_message(self, *_: object) -> None:
        """Nothing: the output of tests is for tests."""


@contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    """A server on a free port of this machine; `asked` counts the requests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    server.asked = 0  # type: ignore[attr-defined]  # counts for tests
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def address(server: ThreadingHTTPServer) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{server.server_address[1]}"
