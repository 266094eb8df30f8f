"""What the server does by itself goes on whatever happens, and its stores are closed at the end."""

import asyncio
import contextlib

import pytest

from fakes import photograph
from loops import waited
from recognizance.errors import StoreBusyError
from recognizance.service import service as module
from recognizance.service.app import create_app
from recognizance.service.service import Service
from served import opening_of


@pytest.fixture
def service(office, monkeypatch):
    monkeypatch.setattr(module, "_DUTIES_EVERY_S", 0.01)
    made = Service(opening_of(office.workspace))
    yield made
    made.close()


async def until(happened, service):
    """Keep the duties until something has happened."""
    keeping = asyncio.create_task(service.keep_duties())
    async with asyncio.timeout(60):
        while not happened() and not keeping.done():  # noqa: ASYNC110  # in other threads
            await asyncio.sleep(0.01)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


def test_a_duty_that_fails_is_done_again_and_keeps_no_other_from_being_done(service, monkeypatch):
    failed, done = [], []

    def gone():
        failed.append(True)
        raise FileNotFoundError

    monkeypatch.setattr(service.spool, "tidy", gone)
    monkeypatch.setattr(service.held, "tidy", done.append)
    waited(until(lambda: len(failed) > 2 and len(done) > 2, service))
    assert len(failed) > 2
    assert len(done) > 2


def test_answers_are_forgotten_after_an_erasure_also_where_that_fails_at_first(
    service, office, monkeypatch
):
    permit = office.permit()
    office.enroll("ana", photograph("ana", note="1"), permit=permit)
    desk = office.workspace.desk
    desk.erase(office.workspace.acting().principal, "ana", reason="asked")
    tries = []

    def forget():
        tries.append(True)
        if len(tries) == 1:
            raise StoreBusyError("Busy.", hint="Again.")

    monkeypatch.setattr(service.repeats, "forget", forget)
    waited(until(lambda: len(tries) > 1, service))
    assert len(tries) == 2


def test_a_server_whose_duties_broke_off_still_closes_its_stores(office, monkeypatch):
    async def broken(_service):
        raise FileNotFoundError

    monkeypatch.setattr(Service, "keep_duties", broken)
    app = create_app(opening_of(office.workspace))

    async def play():
        async with app.router.lifespan_context(app):
            await asyncio.sleep(0)

    waited(play())
    with pytest.raises(RuntimeError, match="shutdown"):
        waited(app.state.service.desk.ask(lambda _: None))
