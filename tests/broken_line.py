"""A line to a server that a test can cut: what a browser sees when the connection is lost."""

import socket
import threading
from contextlib import contextmanager, suppress


@contextmanager
def breakable(address):
    """Another address of the same server, whose connections can be cut and refused."""
    host, port = address.removeprefix("http://").split(":")
    line = Line((host, int(port)))
    thread = threading.Thread(target=line.run)
    thread.start()
    try:
        yield line
    finally:
        line.over = True
        thread.join(5)
        line.cut()
        line.listening.close()


class Line:
    """Bytes to and fro, until somebody cuts them."""

    def __init__(self, behind):
        self.behind, self.over, self.broken, self.pairs = behind, False, False, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(0.1)
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def run(self):
        while not self.over:
            with suppress(TimeoutError):
                here, _ = self.listening.accept()
                if self.broken:
                    here.close()
                    continue
                there = socket.create_connection(self.behind)
                self.pairs.append((here, there))
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self):
        for pair in self.pairs:
            for each in pair:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self.pairs.clear()
