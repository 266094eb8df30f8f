"""`SearchFacesByImage` through boto3: how long one takes, how many a second, what the gate adds.

    .venv/bin/python benchmarks/bench_service.py --faces FACES [--references N] [--pairs N]
        [--seconds S | --minutes M] [--clients N]

The server is a process of its own on loopback, and the client's time is counted. Pictures are JPEG
of 640x480 and of 1920x1080 with one face of the shared portraits; the first person is enrolled, the
others are strangers. The references are random unit vectors of fifty subjects.

The peer is a plain FastAPI endpoint with the same engine, the same references and the same search,
that parses the same request and answers in the same shape: no signature is checked, no permit, no
ledger. Both are asked in turns, in alternating order; the interval of the median difference is that
of its order statistics (95 %). Under many clients both are asked one after the other, so the rates
have a ratio. CPU time is the server's alone, of all its threads; while it is asked in turns, what
the recogniser's black pictures cost is in it where nobody comes within their quarter second.

No shipped evidence supports a permit for 100,000 references: the error rate would have to be lower
than anything measured. So the evidence here is made up (its rates are divided), for speed alone;
nothing about errors can be read from this benchmark.
"""

from __future__ import annotations

import argparse
import base64
import io
import math
import multiprocessing
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import boto3
import numpy as np
import uvicorn
from botocore.config import Config
from fastapi import FastAPI
from fastapi import Request as Call
from PIL import Image
from starlette.concurrency import run_in_threadpool

from recognizance.acquiring import the_face
from recognizance.evidence import load_evidence
from recognizance.gate.permit import Condition, Target, issue, sign
from recognizance.observe import configure
from recognizance.permits.issuing import put_into_force
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.service.keys import ApiKeys
from recognizance.service.serving import Place, serve
from recognizance.service.store import Store
from recognizance.settings import Settings
from recognizance.types import ErrorRate, Features, Operation, PermitClass, Quality, Reference
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier

COLLECTION = "bench"
SUBJECTS = 50
AT_ONCE = 10_000
MADE_UP = 10_000
"""What rates are divided by and pairs multiplied with."""

SIZES = ((640, 480), (1920, 1080))
QUALITY = Quality(140.0, 61.5, 420.0, 118.0, 50.0, -3.5, 1.0, 0.5, "bench/1")

USES = frozenset({Operation.SEARCH, Operation.VERIFY, Operation.ENROLL})


def opening(home: Path) -> Workspace:
    """The workspace with the made-up evidence."""
    workspace = Workspace.open(settings_of(home))
    workspace.__dict__["evidence"] = made_up()
    return workspace


def made_up() -> object:
    """The shipped evidence as if far more people had been measured and far fewer confused."""
    shipped = load_evidence()
    cells = tuple(
        replace(each, pairs=each.pairs * MADE_UP, upper_ppb=each.upper_ppb // MADE_UP)
        for each in shipped.non_mated
    )
    named = [replace(each, identities=True) for each in shipped.data_sets]
    return replace(shipped, non_mated=cells, data_sets=tuple(named))


def settings_of(home: Path) -> Settings:
    """Everything in one folder."""
    return Settings(home=home / "data", key_folder=home / "keys", cache=home / "cache")


# ---- what is served -----------------------------------------------------------------------------


def pictures(faces: Path, size: tuple[int, int], count: int) -> list[bytes]:
    """Pictures of one face each, as a camera at a door would take them."""
    made = []
    for path in sorted((faces / "congress" / "2023").glob("*.jpg"))[:count]:
        portrait = Image.open(path).convert("RGB")
        portrait.thumbnail((size[0], size[1] // 2))
        scene = Image.new("RGB", size, (96, 104, 112))
        scene.paste(portrait, ((size[0] - portrait.width) // 2, (size[1] - portrait.height) // 2))
        file = io.BytesIO()
        scene.save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


def prepare(home: Path, references: int, enrolled: bytes) -> tuple[str, str]:
    """A workspace with a permit, so many references, one real person, and a key."""
    Workspace.create(settings_of(home)).close()
    with opening(home) as workspace:
        permit_id = permit(workspace, references + 1)
        fill(workspace, permit_id, references)
        request = Request(
            workspace.acting("operator").principal,
            Operation.ENROLL,
            permit_id,
            (enrolled,),
            COLLECTION,
        )
        workspace.desk.enroll(request, Enrollment("s-0", "own_enrollment", "bench", minor=False))
        with Store(workspace.layout.service, wait_s=10.0) as store:
            keys = ApiKeys(store, workspace.secret_for("service"))
            terms = KeyTerms(permit_id, frozenset({COLLECTION}))
            by = workspace.acting().principal
            key = issue_key(workspace, keys, terms, by=by).key
    return key.key_id, key.secret


def permit(workspace: Workspace, size: int) -> str:
    """A permit of a household: self-attested, so that a match is answered at once."""
    now, officer = workspace.clock(), workspace.acting("officer")
    made = issue(
        permit_id="bench-permit",
        permit_class=PermitClass.HOUSEHOLD,
        workspace_id=workspace.workspace_id,
        operations=USES,
        function="watchlist",
        purpose="personal_contacts",
        gallery_ids=frozenset({COLLECTION}),
        submission_digest="5" * 64,
        bundle_digest=workspace.bundle.digest,
        model_id=workspace.evidence.model_id,
        evidence_digest=workspace.evidence.digest,
        target=Target(ErrorRate.FPIR, 50_000_000, size),
        conditions=(
            Condition("BENCH", "wipe_nonmatch", {"seconds": 60}),
            Condition("BENCH", "quality_floor", {"min_sharpness": 1}),
        ),
        proposer_id=workspace.acting("operator").principal.principal_id,
        issued_at=now,
        expires_at=now + timedelta(days=1),
        authority=None,
    )
    put_into_force(workspace, sign(made, officer.key, officer.principal))
    workspace.gallery.create_gallery(
        COLLECTION, permit_id=made.permit_id, purpose=made.purpose, created_at=now
    )
    return made.permit_id


def fill(workspace: Workspace, permit_id: str, count: int) -> None:
    """Random unit vectors, sealed as real references are."""
    draw = np.random.default_rng(2026)
    now, engine = workspace.clock(), workspace.engine
    for first in range(0, count, AT_ONCE):
        vectors = draw.standard_normal((min(AT_ONCE, count - first), 128), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        some = [
            Reference(
                reference_id=secrets.token_hex(16),
                subject_id=f"s-{number % SUBJECTS}",
                gallery_id=COLLECTION,
                features=Features(vector, engine.model_id, engine.cohort_id, 0.4),
                permit_id=permit_id,
                provenance="own_enrollment",
                ground="bench",
                sample_digest=secrets.token_hex(32),
                quality=QUALITY,
                enrolled_at=now,
                expires_at=now + timedelta(days=1),
            )
            for number, vector in enumerate(vectors, start=first)
        ]
        workspace.gallery.add(some, {}, intent=f"bench/{first}")


def serve_ours(home: Path) -> None:
    """The service, in this process, with as few log lines as from the command line."""
    configure("warning")
    serve(partial(opening, home), Place("127.0.0.1", 0), started=tell)


def tell(address: str) -> None:
    """Say where."""
    print(f"SERVING {address}", flush=True)


def serve_peer(home: Path) -> None:
    """The plain endpoint, in this process."""
    workspace = opening(home)  # open until the end: closing it wipes what was loaded
    engine, index = workspace.engine, workspace.indexes.current(COLLECTION)
    threshold = workspace.threshold(workspace.shelf.find("bench-permit")).score

    app = FastAPI()

    def search(data: bytes) -> dict[str, object]:
        frame = engine.decode(data)
        found = engine.detect(frame)
        face = the_face(found, 1)
        crop = engine.align(frame, face)
        engine.quality(frame, face, crop)
        (features,) = engine.extract([crop])
        candidates = index.search(features, threshold=threshold, max_candidates=10)
        return {
            "SearchedFaceConfidence": 100 * float(face.score),
            "FaceMatches": [
                {"Similarity": 99.0, "Face": {"FaceId": each.reference_id}} for each in candidates
            ],
        }

    @app.post("/aws")
    async def call(request: Call) -> dict[str, object]:
        given = await request.json()
        return await run_in_threadpool(search, base64.b64decode(given["Image"]["Bytes"]))

    class Told(uvicorn.Server):
        async def startup(self, sockets: list[object] | None = None) -> None:
            await super().startup(sockets)
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            tell(f"http://{host}:{port}")

    Told(uvicorn.Config(app, port=0, log_config=None, access_log=False)).run()


# ---- measuring ----------------------------------------------------------------------------------


class Process:
    """A server in a process of its own."""

    def __init__(self, home: Path, what: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, what, str(home)], stdout=subprocess.PIPE, text=True
        )
        for line in self._process.stdout:
            if found := re.match(r"SERVING (\S+)", line):
                self.address = found[1]
                return
        raise SystemExit(f"{what}: it did not start")

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used."""
        after_name = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        """Stop it, and wait."""
        self._process.terminate()
        self._process.wait(60)


def client_of(address: str, key: tuple[str, str]) -> object:
    """A client as users make one, that does not try again."""
    return boto3.client(
        "rekognition",
        endpoint_url=f"{address}/aws",
        region_name="eu-central-1",
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(retries={"max_attempts": 0}),
    )


def timed(client: object, picture: bytes) -> float:
    """Seconds for one search."""
    start = time.perf_counter()
    client.search_faces_by_image(CollectionId=COLLECTION, Image={"Bytes": picture})
    return time.perf_counter() - start


def in_turns(ours: object, peer: object, shown: list[bytes], pairs: int) -> Iterator[tuple]:
    """One pair after the other; who is first changes."""
    for number in range(pairs):
        picture = shown[number % len(shown)]
        if number % 2:
            second, first = timed(peer, picture), timed(ours, picture)
        else:
            first, second = timed(ours, picture), timed(peer, picture)
        yield first, second


def report_pairs(name: str, found: list[tuple[float, float]]) -> None:
    """Medians, and the median difference with its interval."""
    ms = np.array(found) * 1e3
    differences = np.sort(ms[:, 0] - ms[:, 1])
    half = 1.96 * math.sqrt(len(differences)) / 2
    low = differences[max(math.floor(len(differences) / 2 - half), 0)]
    high = differences[min(math.ceil(len(differences) / 2 + half), len(differences) - 1)]
    print(f"{name}: through boto3, median       {median(ms[:, 0]):8.1f} ms")
    print(f"{name}: plain endpoint, median      {median(ms[:, 1]):8.1f} ms")
    print(
        f"{name}: gate, ledger, signature add {median(differences):8.2f} ms "
        f"({low:.2f} to {high:.2f}, {len(found):,} pairs)"
    )


def meet(barrier: Barrier) -> None:
    """Where the processes of the clients wait for each other: to start one takes seconds."""
    global together  # noqa: PLW0603  # the way in for what only a new process may inherit
    together = barrier


def one_client(address: str, key: tuple[str, str], shown: list[bytes], seconds: float) -> tuple:
    """One client in a process of its own: its times, and its errors by code."""
    client, times, errors = client_of(address, key), [], []
    together.wait()
    until = time.time() + seconds
    while time.time() < until:
        try:
            times.append(timed(client, shown[len(times) % len(shown)]))
        except Exception as error:  # noqa: BLE001  # whatever it is, it counts
            errors.append(str(error)[:120])
    return times, errors


def sustained(
    server: Process, key: tuple[str, str], shown: list[bytes], clients: int, seconds: float
) -> float:
    """So many clients at once, for so long, and the server's memory meanwhile; answers a second."""
    before, used = server.memory_mib(), server.cpu_s()
    spawned = multiprocessing.get_context("spawn")
    barrier = spawned.Barrier(clients + 1)
    with spawned.Pool(clients, meet, (barrier,)) as pool:
        ask = (server.address, key, shown, seconds)
        waiting = pool.starmap_async(one_client, [ask] * clients, chunksize=1)
        barrier.wait()
        start = time.perf_counter()
        time.sleep(seconds / 2)
        middle = server.memory_mib()
        results = waiting.get()
    elapsed = time.perf_counter() - start
    times = [each for some, _ in results for each in some]
    errors = [each for _, some in results for each in some]
    print(f"{clients} clients for {elapsed:.0f} s             {len(times) / elapsed:8.1f} a second")
    print(
        f"  median and 99th percentile  {median(times) * 1e3:8.1f} ms "
        f"{np.quantile(times, 0.99) * 1e3:8.1f} ms"
    )
    print(f"  errors                      {len(errors):8d} {errors[:1] or ''}")
    print(
        f"  CPU time of the server      {(server.cpu_s() - used) / len(times) * 1e3:8.1f} ms each"
    )
    print(
        f"  memory: before, half, end   {before:8.0f} {middle:8.0f} {server.memory_mib():8.0f} MiB"
    )
    return len(times) / elapsed


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] in (["ours"], ["peer"]):
        (serve_ours if sys.argv[1] == "ours" else serve_peer)(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--references", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--minutes", type=float)
    given = parser.parse_args()
    seconds = given.seconds if given.minutes is None else given.minutes * 60
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        shown = {size: pictures(given.faces, size, 10) for size in SIZES}
        key = prepare(home, given.references, shown[SIZES[0]][0])
        print(f"references                    {given.references:8,}")
        ours, peer = Process(home, "ours"), Process(home, "peer")
        try:
            clients = client_of(ours.address, key), client_of(peer.address, key)
            for size, pairs in ((SIZES[0], given.pairs), (SIZES[1], max(given.pairs // 10, 20))):
                list(in_turns(*clients, shown[size], 10))  # models and indexes are loaded
                used = ours.cpu_s(), peer.cpu_s()
                found = list(in_turns(*clients, shown[size], pairs))
                shape = f"{size[0]}x{size[1]}"
                report_pairs(shape, found)
                each = [
                    (s.cpu_s() - u) / pairs * 1e3 for s, u in zip((ours, peer), used, strict=True)
                ]
                print(f"{shape}: CPU time, ours and plain {each[0]:8.1f} ms {each[1]:8.1f} ms")
            print("plain endpoint:")
            plain = sustained(peer, key, shown[SIZES[0]], given.clients, seconds)
            print("ours:")
            rate = sustained(ours, key, shown[SIZES[0]], given.clients, seconds)
            print(f"ours to plain                 {rate / plain:8.2f} times")
        finally:
            ours.stop()
            peer.stop()


if __name__ == "__main__":
    main()
