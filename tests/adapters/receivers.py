"""Other people's servers, on loopback: one that answers, and those that hang, drip, talk nonsense or hang up."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Request:
    """What a receiver was sent, and when."""

    def __init__(self, raw: bytes) -> None:
        self.at = time.monotonic()
        head, _, self.body = raw.partition(b"\r\n\r\n")
        self.line, *lines = head.decode().split("\r\n")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class Receiver(socketserver.ThreadingTCPServer):
    """A server that answers each request with the same bytes: so many at a time, with a pause between, or never."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, answer: bytes = OK, *, drip_s: float = 0.0, hangs: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.drip_s, self.hangs = answer, drip_s, hangs
        self.requests: list[Request] = []
        self.open_now = self.most_open = 0
        self.lock = threading.Lock()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook?of=us"


class _Handler(socketserver.BaseRequestHandler):
    server: Receiver

    def handle(self) -> None:
        """One request, and what this server makes of it."""
        with self.server.lock:
            self.server.open_now += 1
            self.server.most_open = max(self.server.most_open, self.server.open_now)
        try:
            self.server.requests.append(Request(self._read()))
            self._answer()
        except OSError:
            pass
        finally:
            with self.server.lock:
                self.server.open_now -= 1

    def _read(self) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self.request.recv(65_536)
        length = int(Request(raw).headers.get("content-length", "0"))
        while len(raw.partition(b"\r\n\r\n")[2]) < length:
            raw += self.request.recv(65_536)
        return raw

    def _answer(self) -> None:
        if self.server.hangs:
            self.server.over.wait(30)
            return
        if not self.server.drip_s:
            self.request.sendall(self.server.answer)
            return
        for byte in self.server.answer:
            self.request.sendall(bytes([byte]))
            time.sleep(self.server.drip_s)


@contextmanager
def receiving(answer: bytes = OK, *, drip_s: float = 0.0, hangs: bool = False) -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    with Receiver(answer, drip_s=drip_s, hangs=hangs) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def status(code: int, body: bytes = b"", *more: str) -> bytes:
    """An answer of this status."""
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
