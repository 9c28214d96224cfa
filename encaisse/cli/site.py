"""The pages and the background work as processes of one program."""

import errno
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from gettext import gettext as _
from typing import Final, NamedTuple

from encaisse.cli import show
from encaisse.cli.exits import CannotGoOn
from encaisse.cli.processes import Crew, crew

ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound here
TRIED_PORTS: Final = 50
WARM_S: Final = 30
APPLICATION: Final = "encaisse.config.wsgi:application"


class Place(NamedTuple):
    """Where the pages are served, and how many are made at once."""

    host: str
    port: int
    threads: int

    @property
    def address(self) -> str:
        """The address to give a browser on this machine."""
        host = "127.0.0.1" if self.host in ANYWHERE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def usual_threads() -> int:
    """How many pages this machine can well make at the same time."""
    return 2 * (os.cpu_count() or 1)


def require_free(place: Place) -> None:
    """Raises CannotGoOn when nobody can listen there; names a port that is free."""
    problem = _problem(place.host, place.port)
    if problem == errno.EADDRINUSE:
        taken = _("Port {port} is taken.").format(port=place.port)
        ports = range(place.port + 1, min(place.port + TRIED_PORTS, 65536))
        free = next((port for port in ports if not _problem(place.host, port)), None)
        raise CannotGoOn(" ".join([taken, _("Try: --port {port}").format(port=free)]) if free else taken)
    if problem:
        reason = errno.errorcode.get(problem, str(problem))
        text = _("Nobody can listen on {host}:{port} ({reason}).")
        raise CannotGoOn(text.format(host=place.host, port=place.port, reason=reason))


def serve(place: Place, *, with_worker: bool = True) -> None:
    """The pages are served until somebody asks for the end. Raises CannotGoOn when the server ends by itself."""
    with crew() as children:
        children.start(*_granian(place), essential=True)
        if with_worker:
            children.start(sys.executable, "-m", "encaisse.cli", "worker")
        if _warm(place, children):
            show.note(_("Encaisse is open at {address} (Ctrl-C closes it).").format(address=place.address))
        if not children.watch():
            raise CannotGoOn(_("The server of pages ended by itself."))
        show.note(_("Closing…"))


def _granian(place: Place) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", place.host, "--port", str(place.port), "--blocking-threads", str(place.threads)),
        *("--log-level", "warning", "--respawn-failed-workers", APPLICATION),
    ]


def _warm(place: Place, children: Crew) -> bool:
    """Ask for the first page, which loads what the next ones need. False when it never came."""
    deadline = time.monotonic() + WARM_S
    while time.monotonic() < deadline and children.is_whole() and not children.asked_to_stop.is_set():
        try:
            with urllib.request.urlopen(f"{place.address}/login", timeout=WARM_S):  # noqa: S310 - our own
                return True
        except urllib.error.HTTPError:
            return True  # it answers, if only that we are not who it expects
        except OSError:
            children.asked_to_stop.wait(0.1)
    return False


def _problem(host: str, port: int) -> int:
    """The number of the error that listening there would meet; zero when there is none."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(address)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as refused:
        return refused.errno or errno.EINVAL
    return 0
