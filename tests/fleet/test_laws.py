"""Laws of what is pure: reading, placing, back-off, the life of a camera, the split of D7."""

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pytest
from fleet_site import fleet_of
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import FleetFileError
from recognizance.fleet.counting import Network
from recognizance.fleet.jobs import Counters
from recognizance.fleet.lives import OVER, Life, State, back_off
from recognizance.fleet.placing import place
from recognizance.fleet.plan import Camera, Fleet, Limits
from recognizance.fleet.reading import parse_fleet
from recognizance.gate.facts import OpenPermit

ID = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}", fullmatch=True)
CORES = st.sampled_from([0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.75, 1, 2, 3])


def camera(name="a", **more) -> Camera:
    stated = {"source": "clip.mp4", "site": "s", "permit": "p", "gallery": "g"} | more
    return Camera(id=name, **stated)


@st.composite
def cameras(draw, least=1):
    names = draw(st.lists(ID, min_size=least, max_size=20, unique=True))
    return tuple(
        camera(
            name,
            cores=draw(CORES),
            site=draw(st.sampled_from("xyz")),
            permit=draw(st.sampled_from("pqr")),
        )
        for name in names
    )


# ---- placing --------------------------------------------------------------------------------


@given(cameras())
def test_every_camera_is_placed_once_and_no_worker_has_more_than_its_core(group):
    workers = place(group, cores=fleet_of(*group).cores)
    assert Counter(each.id for worker in workers for each in worker) == Counter(
        each.id for each in group
    )
    for worker in workers:
        together = sum(each.cores for each in worker)
        assert len(worker) == 1 or together <= 1 + 1e-6


@given(cameras())
def test_two_workers_are_never_half_empty(group):
    """First fit: what could have shared a worker does, so at most one is under half full."""
    workers = place(group, cores=1000)
    assert sum(sum(each.cores for each in worker) <= 0.5 - 1e-6 for worker in workers) <= 1


@given(cameras())
def test_one_core_too_few_is_refused(group):
    with pytest.raises(FleetFileError, match="cores, and there are"):
        place(group, cores=fleet_of(*group).cores - 0.01)


@given(cameras())
def test_placing_does_not_depend_on_chance(group):
    assert place(group, cores=1000) == place(group, cores=1000)


# ---- back-off and lives ---------------------------------------------------------------------

LIMITS = st.builds(
    Limits,
    restart_after_s=st.floats(0.1, 10),
    restart_at_most_s=st.floats(10, 1000),
    steady_s=st.floats(1, 1000),
)


@given(LIMITS, st.integers(1, 10_000), st.floats(0, 1))
def test_a_wait_is_bounded_and_never_under_half_of_what_was_doubled(limits, failures, draw):
    doubled = min(limits.restart_at_most_s, limits.restart_after_s * 2.0 ** min(failures - 1, 60))
    assert doubled / 2 <= back_off(failures, limits, draw) <= limits.restart_at_most_s


@given(LIMITS, st.integers(1, 50), st.floats(0, 1))
def test_a_wait_never_falls_with_another_failure(limits, failures, draw):
    assert back_off(failures, limits, draw) <= back_off(failures + 1, limits, draw)


@given(LIMITS, st.lists(st.tuples(st.sampled_from("fsn"), st.floats(0, 2000), st.floats(0, 1))))
def test_a_life_starts_only_when_it_is_due_and_forgets_failures_only_after_running_steadily(
    limits, happenings
):
    now, life = 0.0, Life.new(0.0)
    for what, later_s, draw in happenings:
        now += later_s
        before = life
        if what == "s" and life.is_due(now):
            life = life.started(now)
            assert life.restarts == before.restarts + (1 if before.failures else 0)
        elif what == "f" and life.state is State.RUNNING:
            life = life.failed("source.unreadable", now, limits, draw)
            steady = now - before.since_s >= limits.steady_s
            assert life.failures == (1 if steady else before.failures + 1)
            assert now < life.due_s <= now + limits.restart_at_most_s
            assert not life.is_due(now)
        assert life.state in {State.WAITING, State.RUNNING}


@pytest.mark.parametrize("end", sorted(OVER))
def test_what_has_ended_is_never_started_again(end):
    life = Life.new(0.0).started(0.0).over(end, 1.0, "permit.revoked")
    assert life.failed("source.unreadable", 2.0, Limits(), 0.5) == life
    assert life.over(State.STOPPED, 3.0) == life
    assert not life.is_due(1e9)


@given(st.lists(st.integers(0, 1000), min_size=12, max_size=12))
def test_counters_add_up_each_for_itself(numbers):
    first, second = Counters(*numbers[:6]), Counters(*numbers[6:])
    for each in fields(Counters):
        total = getattr(first, each.name) + getattr(second, each.name)
        assert getattr(first + second, each.name) == total


# ---- D7 -------------------------------------------------------------------------------------

HELD = OpenPermit(
    operator="", site="p", public=True, live=True, named=False, wide=False, cameras=3, order=""
)


@given(cameras(), st.lists(st.sampled_from("pqrst"), unique=True), st.integers(0, 30))
def test_no_camera_and_no_permit_is_lost_or_counted_twice(group, permits, stated):
    held = [replace(HELD, site=name, cameras=stated) for name in permits]
    parts = Network.of(group, held).parts
    for name in permits:
        hang = [each for each in group if each.permit == name]
        own = {site: part for (permit, site), part in parts.items() if permit == name}
        assert sum(part.cameras for part in own.values()) == max(stated, len(hang))
        assert own.keys() == ({each.site for each in hang} or {""})
    assert {permit for permit, _ in parts} == set(permits)
    assert len({part.site for part in parts.values()}) == len(parts)


# ---- the file -------------------------------------------------------------------------------

GOOD = """
[[camera]]
id = "gate-1"
source = "rtsp://10.0.0.5/stream"
site = "north-gate"
permit = "p-1"
gallery = "wanted"
user = "viewer"
password_env = "GATE_1"
[[camera]]
id = "gate-2"
source = "clips/two.mkv"
site = "north-gate"
permit = "p-1"
gallery = "wanted"
case = "2026-17"
cores = 1
[machine]
cores = 2
[metrics]
port = 0
[limits]
restart_after_s = 2
"""


def read(text: str) -> Fleet:
    return parse_fleet(text.encode(), folder=Path("/fleet"))


def test_a_file_gives_what_it_says(monkeypatch):
    fleet = read(GOOD)
    assert [each.id for each in fleet.cameras] == ["gate-1", "gate-2"]
    assert fleet.cameras[1].source == "/fleet/clips/two.mkv"
    assert fleet.cores == 1.25
    assert fleet.permits == ("p-1",)
    assert fleet.limits.restart_after_s == 2
    monkeypatch.setenv("GATE_1", "p@ss:word/")
    assert fleet.cameras[0].address() == "rtsp://viewer:p%40ss%3Aword%2F@10.0.0.5/stream"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("gallery =", "galery =", "There is no key camera 1: galery"),
        ("[limits]", "[limit]", "There is no key limit"),
        ("restart_after_s", "restart_after", "There is no key limits restart_after"),
        ('site = "north-gate"\n', "", "The key camera 1: site is missing"),
        ("rtsp://10", "rtsp://viewer:hunter2@10", "an address holds no password"),
        ("/stream", "/stream?user=a&pwd=hunter2", "an address holds no password"),
        ("/stream", "/user=a&password=hunter2", "an address holds no password"),
        ('"GATE_1"', '"GATE_1"\npassword_file = "pw"', "not by both"),
        ("cores = 1\n", "cores = 1.5\n", "a whole number of cores"),
        ("port = 0", "port = 70000", "metrics port"),
        ("gate-2", "gate-1", "two cameras 'gate-1'"),
        ("restart_after_s = 2", "restart_after_s = 90", "restart_at_most_s is shorter"),
        ("[machine]", "[machine", "is not TOML"),
    ],
)
def test_a_slip_is_named_and_no_secret_is_repeated(before, after, said):
    with pytest.raises(FleetFileError) as caught:
        read(GOOD.replace(before, after))
    assert said in caught.value.message
    whole = f"{caught.value.message} {caught.value.hint} {caught.value.__cause__}"
    assert "hunter2" not in whole


def test_a_password_file_that_others_can_read_is_refused(tmp_path):
    secret = tmp_path / "gate"
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    with_file = camera(source="rtsp://10.0.0.5/s", user="viewer", password_file=secret)
    with pytest.raises(FleetFileError, match="can be read by others"):
        with_file.address()
    secret.chmod(0o600)
    assert with_file.address() == "rtsp://viewer:hunter2@10.0.0.5/s"


@pytest.mark.parametrize(
    ("source", "live"),
    [
        ("/dev/video0", True),
        ("v4l2:/dev/video0", True),
        ("rtsp://10.0.0.5/s", True),
        ("/dev/old.mp4", False),
        ("old.mp4", False),
    ],
)
def test_a_file_is_no_camera_wherever_it_lies(source, live):
    assert camera(source=source).live is live
