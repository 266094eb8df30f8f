"""A server on a workspace, on a real socket, for tests of what clients see of it."""

import socket
import threading
from contextlib import contextmanager

import uvicorn

from fakes import FakeEngine
from recognizance.service.app import create_app
from recognizance.service.keys import ApiKeys
from recognizance.service.store import Store
from recognizance.workspace import Workspace


def opening_of(workspace: Workspace, *, engine: type | None = FakeEngine):
    """Opens the workspace again, as each counter of a server does, with the same clock."""

    def opening() -> Workspace:
        again = Workspace.open(workspace.settings, clock=workspace.clock)
        if engine is not None:
            again.__dict__["engine"] = engine(again.evidence.model_id)
        return again

    return opening


@contextmanager
def serving(opening):
    """The address of a server that runs while the block does."""
    with running(create_app(opening)) as address:
        yield address


@contextmanager
def running(app):
    """The address of an application that runs while the block does."""
    # With the protocol named, answers leave at once; asyncio leaves others to Nagle, 40 ms each.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_keep_alive=60,  # on a busy machine clients are slow, and none is to be cut off
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="server")
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.01)
        assert server.started, "the server did not start"
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def keys_of(workspace: Workspace):
    """The keys of a workspace, as a custodian issues them."""
    with Store(workspace.layout.service, wait_s=1.0) as store:
        yield ApiKeys(store, workspace.secret_for("service"))
