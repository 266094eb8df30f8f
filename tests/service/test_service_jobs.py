"""Long work: uploads on the disk, progress, results for who asked, and what a crash leaves."""

import asyncio
import csv
import io
import json
import os
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from loops import waited
from recognizance.errors import RequestTooLargeError, ServiceBusyError
from recognizance.service.jobs import Handle, JobBook, Spool, Worker, book, spool, work
from recognizance.service.store import Store
from recognizance.sqlite import engine_at
from recognizance.types import Role
from served import opening_of, serving


def table_of_scores(people=40):
    """A small table of scores with one label, as CSV bytes."""
    rng = np.random.default_rng(7)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["probe", "reference", "mated", "score", "probe_sex", "reference_sex"])
    sex = ["f" if n % 2 else "m" for n in range(people)]
    for one in range(people):
        writer.writerow([f"p{one}", f"q{one}", 1, 0.9, sex[one], sex[one]])
        for other in range(people):
            if other != one:
                score = round(float(rng.uniform(0, 0.5)), 4)
                writer.writerow([f"p{one}", f"p{other}", 0, score, sex[one], sex[other]])
    return out.getvalue().encode()


def upload(client, headers, data, ending):
    answer = client.post("/v1/uploads", headers=headers, params={"ending": ending}, content=data)
    assert answer.status_code == 201, answer.text
    return answer.json()["upload_id"]


def until_over(client, headers, job_id):
    """Every event of a job, as its stream tells it."""
    told = []
    with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told += [json.loads(each[6:]) for each in stream.iter_lines() if each.startswith("data: ")]
    return told


def test_an_audit_runs_as_a_job_for_who_asked_alone(client, office, door, log_in):
    _, key = door
    mine = upload(client, key, table_of_scores(), "csv")
    begun = client.post("/v1/audits", headers=key, json={"upload": mine, "groups": ["sex"]})
    assert (begun.status_code, begun.json()["kind"]) == (202, "audit")
    job_id = begun.json()["job_id"]
    told = until_over(client, key, job_id)
    assert told[-1]["state"] == "done", told[-1]["error"]
    assert told[-1]["result"]["entry"].startswith("uses/")
    (address,) = told[-1]["files"]
    report = zipfile.ZipFile(io.BytesIO(client.get(address, headers=key).content))
    assert "report.html" in report.namelist()
    other = log_in("officer")
    for path in (f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/events", address):
        assert client.get(path, headers=other).status_code == 404
    assert (
        client.get(f"/v1/jobs/{job_id}/files/..%2f..%2fledger.db", headers=key).status_code == 404
    )
    assert (
        client.post(
            "/v1/audits", headers=other, json={"upload": mine, "groups": ["sex"]}
        ).status_code
        == 403
    )
    assert client.delete(f"/v1/jobs/{job_id}", headers=key).status_code == 204
    assert client.get(f"/v1/jobs/{job_id}", headers=key).status_code == 404
    assert not list((office.workspace.layout.spool / "jobs").iterdir())


def test_a_job_that_fails_says_so_in_our_words(client, door):
    _, key = door
    mine = upload(client, key, b"no,table\n", "csv")
    begun = client.post("/v1/audits", headers=key, json={"upload": mine, "groups": ["sex"]}).json()
    last = until_over(client, key, begun["job_id"])[-1]
    assert (last["state"], last["error"]["code"]) == ("failed", "input.invalid")


def test_an_archive_that_unpacks_to_very_much_is_refused(client, door, monkeypatch):
    _, key = door
    monkeypatch.setattr(work, "MOST_BYTES", 2**20)
    packed = io.BytesIO()
    np.savez_compressed(packed, features=np.zeros((20_000, 128), dtype=np.float32))
    mine = upload(client, key, packed.getvalue(), "npz")
    begun = client.post("/v1/audits", headers=key, json={"upload": mine, "groups": ["sex"]}).json()
    last = until_over(client, key, begun["job_id"])[-1]
    assert "unpacks to more" in last["error"]["message"]


def test_an_upload_is_bounded_while_it_comes(client, door, monkeypatch, office):
    _, key = door
    monkeypatch.setattr(spool, "MOST_BYTES", 1000)

    def endless():
        for _ in range(100_000):
            yield b"0" * 1000

    answer = client.post("/v1/uploads", headers=key, params={"ending": "mp4"}, content=endless())
    assert answer.status_code == 413
    assert (
        client.post("/v1/uploads", headers=key, params={"ending": "../x"}, content=b"1").status_code
        == 400
    )
    assert client.post("/v1/uploads", params={"ending": "mp4"}, content=b"1").status_code == 401
    assert not [each for each in office.workspace.layout.spool.rglob("*") if each.is_file()]


@pytest.fixture
def worker(office, tmp_path):
    workspace = office.workspace
    with Store(tmp_path / "service.db", wait_s=5.0) as store:
        yield Worker(
            opening_of(workspace), JobBook(store), Spool(tmp_path / "spool"), workspace.clock
        )


def endless(_workspace, handle: Handle):
    while True:
        handle.tell(0.5)
        time.sleep(0.01)


async def run(worker, clock, who, work=endless):
    row = worker._book.add("redact", who, total=1000, now=clock())
    worker.begin(row, work)
    while worker._book.get(row.job_id, who).state == "queued":  # noqa: ASYNC110  # in a database
        await asyncio.sleep(0.01)
    return row


def test_a_job_is_cancelled_or_cut_off_by_a_stop(worker, clock, office):
    who = office.workspace.registry.named("operator").principal_id

    async def play():
        first = await run(worker, clock, who)
        assert worker.handle(first.job_id).time_left_s is not None
        assert worker.cancel(first.job_id)
        second = await run(worker, clock, who)
        await asyncio.to_thread(worker.close)
        return first, second

    states = [worker._book.get(row.job_id, who).state for row in waited(play())]
    assert states == ["cancelled", "interrupted"]


@pytest.mark.parametrize("fast", [False, True])
def test_a_job_that_is_destroyed_while_it_runs_leaves_nothing(
    worker, clock, office, tmp_path, fast
):
    """Whether it hears of it, or is done before it could."""
    who = office.workspace.registry.named("operator").principal_id
    go_on = threading.Event()

    def work(workspace, handle):
        (handle.folder / "out.jpg").write_bytes(b"a face")
        if not fast:
            endless(workspace, handle)
        go_on.wait(30)
        return {}

    async def play():
        row = await run(worker, clock, who, work)
        await asyncio.to_thread(worker.destroy, row.job_id)
        go_on.set()
        await asyncio.to_thread(worker.close)
        return row

    row = waited(play())
    assert worker._book.get(row.job_id, who) is None
    assert worker.handle(row.job_id) is None
    assert not list((tmp_path / "spool" / "jobs").iterdir())


def test_what_was_asked_is_kept_with_a_job_whatever_becomes_of_it(tmp_path, clock):
    asked = {"name": "street.mkv", "uploads": ["1" * 32]}
    with Store(tmp_path / "service.db", wait_s=5.0) as store:
        book = JobBook(store)
        row = book.add("redact", "p", total=1000, now=clock(), asked=asked)
        for state, told in (("cancelled", None), ("failed", {"code": "x"}), ("done", {"clean": 1})):
            assert book.end(row.job_id, state, told, now=clock())
            assert book.get(row.job_id, "p").asked == asked
        book.forget(row.job_id)
        assert not book.end(row.job_id, "done", None, now=clock())
    with engine_at(tmp_path / "service.db", wait_s=1.0).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE job DROP COLUMN asked")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0050'")
        for job_id, told in (("a", None), ("b", r'{"name":"caf\u00e9 \"1\"","upload":"11"}')):
            values = (job_id, "redact", "p", "done", 1, 1, told, "2026", None)
            connection.exec_driver_sql("INSERT INTO job VALUES (?,?,?,?,?,?,?,?,?)", values)
    with Store(tmp_path / "service.db", wait_s=5.0) as store:
        assert JobBook(store).get("a", "p").asked == {}, "it had not come to its end"
        before = {"name": 'café "1"', "uploads": ["11"]}
        assert JobBook(store).get("b", "p").asked == before


def test_what_waits_for_who_was_removed_or_has_another_role_is_not_begun(worker, clock, office):
    workspace = office.workspace
    office.add("leaver", Role.OPERATOR)
    principals = [workspace.registry.named(name) for name in ("leaver", "reviewer-1")]
    did = []

    async def play():
        rows = [
            worker._book.add("redact", each.principal_id, total=1000, now=clock())
            for each in principals
        ]
        by = workspace.acting().principal
        workspace.registry.remove_principal("leaver", by=by, now=clock(), reason="left")
        for row in rows:
            worker.begin(row, lambda *_: did.append(True) or {})
        while any(worker.handle(row.job_id) for row in rows):  # noqa: ASYNC110  # in a thread
            await asyncio.sleep(0.01)
        await asyncio.to_thread(worker.close)
        return [worker._book.get(row.job_id, row.principal_id).state for row in rows]

    assert waited(play()) == ["cancelled", "cancelled"]
    assert not did


def test_no_more_jobs_are_open_than_one_principal_may_have_however_they_come(office, tmp_path):
    with Store(tmp_path / "service.db", wait_s=30.0) as store:
        jobs, now = JobBook(store), office.workspace.clock()

        def add(_number):
            try:
                return jobs.add("audit", "p", total=1000, now=now)
            except ServiceBusyError:
                return None

        with ThreadPoolExecutor(16) as threads:
            added = [row for row in threads.map(add, range(32)) if row is not None]
        assert len(added) == len(jobs.all("p")) == book.MOST_OPEN
        jobs.end(added[0].job_id, "done", None, now=now)
        assert jobs.add("audit", "p", total=1000, now=now)


def test_a_key_reaches_only_jobs_that_it_began(client, office, door, issue, log_in):
    permit, key = door
    other = {"authorization": f"Bearer {issue(permit).token}"}
    person = log_in("operator")
    begun = {}
    for name, headers in (("person", person), ("key", key)):
        mine = upload(client, headers, table_of_scores(), "csv")
        asked = {"upload": mine, "groups": ["sex"]}
        begun[name] = client.post("/v1/audits", headers=headers, json=asked).json()["job_id"]
        (file,) = until_over(client, headers, begun[name])[-1]["files"]
        for stranger in {"person": (key, other), "key": (other,)}[name]:
            for path in (f"/v1/jobs/{begun[name]}", f"/v1/jobs/{begun[name]}/events", file):
                assert client.get(path, headers=stranger).status_code == 404
            gone = client.delete(f"/v1/jobs/{begun[name]}", headers=stranger)
            assert gone.status_code == 404
        assert client.get(file, headers=person).status_code == 200

    def listed(headers):
        return {each["job_id"] for each in client.get("/v1/jobs", headers=headers).json()["items"]}

    assert listed(person) == set(begun.values())
    assert listed(key) == {begun["key"]}
    assert listed(other) == set()
    shown = client.get(f"/v1/jobs/{begun['key']}", headers=key).json()
    assert "key_id" not in shown["result"]


def test_what_a_crash_cut_off_is_marked_when_the_server_starts_again(office, issue):
    permit = office.permit()
    key = issue(permit)
    workspace = office.workspace
    with Store(workspace.layout.service, wait_s=5.0) as store:
        whose, now = key.key.principal_id, workspace.clock()
        row = JobBook(store).add("redact", whose, total=1000, now=now, key_id=key.key.key_id)
        JobBook(store).begin(row.job_id)
    with serving(opening_of(workspace)) as address:
        headers = {"authorization": f"Bearer {key.token}"}
        shown = httpx.get(f"{address}/v1/jobs/{row.job_id}", headers=headers).json()
    assert (shown["state"], shown["files"]) == ("interrupted", [])


def test_files_are_destroyed_after_a_day(tmp_path, monkeypatch):
    kept = Spool(tmp_path)
    folder = kept.folder_of("1" * 32)
    (folder / "out.jpg").write_bytes(b"a face")
    kept.tidy()
    assert kept.files("1" * 32)
    later = time.time() + spool.KEPT.total_seconds() + 60
    monkeypatch.setattr(spool.time, "time", lambda: later)
    kept.tidy()
    assert not kept.files("1" * 32)


async def pieces(*sizes):
    """An upload that comes in pieces, with others beside it."""
    for size in sizes:
        yield bytes(size)
        await asyncio.sleep(0)


def test_a_file_that_is_destroyed_beside_them_stops_neither_an_upload_nor_the_tidying(tmp_path):
    kept = Spool(tmp_path)
    waited(kept.take("p", "png", pieces(1)))
    old = tmp_path / "uploads" / "p" / f"{'0' * 32}.png"
    old.write_bytes(b"a face")
    os.utime(old, (0, 0))
    # A link to nothing is listed and cannot be looked at, as what goes in between.
    (tmp_path / "uploads" / "p" / "gone").symlink_to(tmp_path / "gone")
    (tmp_path / "jobs" / "gone").symlink_to(tmp_path / "gone")
    kept.tidy()
    assert not old.exists()
    assert waited(kept.take("p", "png", pieces(1))).size == 1


def test_uploads_at_once_have_no_more_room_than_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MOST_KEPT_BYTES", 3000)
    kept = Spool(tmp_path)

    async def play():
        await kept.take("p", "mp4", pieces(500))
        uploads = [kept.take("p", "mp4", pieces(*[100] * each)) for each in (4, 19, 19, 19, 19, 19)]
        return await asyncio.gather(*uploads, return_exceptions=True)

    ended = waited(play())
    left = [path.stat().st_size for path in (tmp_path / "uploads" / "p").iterdir()]
    assert sum(left) <= 3000
    refused = [each for each in ended if isinstance(each, RequestTooLargeError)]
    assert len(left) == 1 + len(ended) - len(refused)
    assert len(refused) >= 4
    room = 3000 - sum(left)
    assert waited(kept.take("p", "mp4", pieces(room))).size == room
    with pytest.raises(RequestTooLargeError):
        waited(kept.take("p", "mp4", pieces(1)))
