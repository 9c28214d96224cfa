"""The door to other people's servers: one request, one bounded answer, and never a way into our own network.

The name in the address is resolved once and every address behind it is checked; the connection goes to the address
that was checked, while TLS and the request still speak of the name. No redirect is followed, no proxy of the
environment asked. Time is bounded as a whole, however slowly an answer drips, and so are its bytes.
"""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Thread
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import SplitResult, urlsplit

import httpcore
import httpx
from django.conf import settings

from encaisse.adapters.boundary import outside_transactions
from encaisse.adapters.errors import AddressRefused, NoAnswer
from encaisse.kernel import clock

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str], list[str]]

PORTS: Final = frozenset({443, 8443})
LONGEST_ADDRESS: Final = 2_000
# What is not somebody's own server on the Internet. Source: IANA's special-purpose registries.
CLOSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16",
            "3fff::/20",
        ),
    )
)  # fmt: skip
# Of IPv6 only this is given out; mapped, translated, local and multicast addresses all lie elsewhere.
_GIVEN_OUT: Final = ipaddress.ip_network("2000::/3")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Rules(NamedTuple):
    """Where the door leads: to these ports of the Internet, and to the networks that the operator trusts, at any
    port and without TLS if need be."""

    trusted: tuple[Network, ...] = ()
    ports: frozenset[int] = PORTS


class Letter(NamedTuple):
    """What is sent: to whom, and how long and how much of an answer is waited for."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    within_s: float = 10.0
    most_bytes: int = 1_024


class Answer(NamedTuple):
    """What came back, its body cut where we stopped reading; `retry_after_s` is how long it asks to be left alone."""

    status: int
    body: bytes
    retry_after_s: float = 0.0


class Outcome(NamedTuple):
    """What became of one letter, and how long it took: an answer, or why there is none."""

    answer: Answer | None
    why_not: AddressRefused | NoAnswer | None
    duration_ms: int


class Door(Protocol):
    """Hands letters to other people's servers. Called outside transactions only."""

    def send(self, letter: Letter) -> Answer:
        """What the server answered. Raises AddressRefused, NoAnswer."""

    def post(self, letter: Letter) -> "Future[Outcome]":
        """The same beside us: what will have become of it."""


@contextmanager
def opened(rules: Rules, *, at_once: int = 1, resolver: Resolver | None = None) -> Iterator[Door]:
    """A door through which so many letters pass at once; at the end of the block each has its outcome."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="door") as hands:
        yield HttpDoor(rules, hands, resolver or resolve)


def house_rules() -> Rules:
    """Where the operator lets letters go."""
    return Rules(settings.TRUSTED_NETWORKS, settings.OUT_PORTS)


def check_address(url: str, rules: Rules) -> None:
    """The address is one that a letter could be sent to, as far as it says itself. Raises AddressRefused.

    What its name leads to is looked at when something is sent.
    """
    parts = _split(url)
    literal = _literal(parts.hostname or "")
    if parts.scheme == "http" and not rules.trusted:
        raise AddressRefused(reason="not_https")
    if literal is not None:
        _check(literal, parts.scheme, _port(parts), rules)
    elif not rules.trusted and _port(parts) not in rules.ports:
        raise AddressRefused(reason="unusual_port")


class HttpDoor:
    """Sends over HTTP/1.1, a connection for each letter."""

    def __init__(self, rules: Rules, hands: ThreadPoolExecutor, resolver: Resolver) -> None:
        """Send by these hands what the rules allow."""
        self._rules, self._hands, self._resolver = rules, hands, resolver

    @outside_transactions
    def send(self, letter: Letter) -> Answer:
        """What the server answered. Raises AddressRefused, NoAnswer."""
        return _exchange(letter, self._rules, self._resolver)

    @outside_transactions
    def post(self, letter: Letter) -> "Future[Outcome]":
        """The same beside us."""
        return self._hands.submit(_outcome, letter, self._rules, self._resolver)


def resolve(host: str) -> list[str]:
    """The addresses of a name, as this machine finds them; none when there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _outcome(letter: Letter, rules: Rules, resolver: Resolver) -> Outcome:
    begun = time.monotonic()
    try:
        answer, why_not = _exchange(letter, rules, resolver), None
    except (AddressRefused, NoAnswer) as refusal:
        answer, why_not = None, refusal
    return Outcome(answer, why_not, int((time.monotonic() - begun) * 1_000))


def _exchange(letter: Letter, rules: Rules, resolver: Resolver) -> Answer:
    parts = _split(letter.url)
    wire = _Wire(parts, rules, resolver, time.monotonic() + letter.within_s)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_trust() if parts.scheme == "https" else None, network_backend=wire, retries=0
            ) as pool,
            pool.stream(
                letter.method, _target(parts), headers=_headers(letter, parts), content=letter.body
            ) as response,
        ):
            told = _beginning(response.iter_stream(), letter.most_bytes)
            return Answer(response.status, told, _retry_after(response.headers))
    except httpcore.TimeoutException as error:
        raise NoAnswer(reason="timeout", message=str(error)) from error
    except httpcore.ConnectError as error:
        raise NoAnswer(reason=_connecting(error), message=str(error)) from error
    except (httpcore.ProtocolError, ValueError) as error:
        raise NoAnswer(reason="garbage", message=str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise NoAnswer(reason="closed", message=str(error)) from error


def _beginning(parts: Iterable[bytes], most_bytes: int) -> bytes:
    read = b""
    for part in parts:
        read += part
        if len(read) >= most_bytes:
            break
    return read[:most_bytes]


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float:
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return seconds_asked(said[:40].decode("ascii", "replace").strip(), clock.now())


def seconds_asked(said: str, now: dt.datetime) -> float:
    """The seconds of a header Retry-After, which says them or a date: none when nobody can read it. Source: RFC 9110,
    10.2.3."""
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max((parsedate_to_datetime(said) - now).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _connecting(error: httpcore.ConnectError) -> str:
    return "tls" if any(isinstance(cause, ssl.SSLError) for cause in error.args) else "unreachable"


class _Wire(httpcore.NetworkBackend):
    """The only way that a letter's bytes take: to a checked address, until the time is over."""

    def __init__(self, parts: SplitResult, rules: Rules, resolver: Resolver, deadline: float) -> None:
        self._parts, self._rules, self._resolver, self._deadline = parts, rules, resolver, deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.NetworkStream:
        """A stream to the first address of the name, once all of them are allowed."""
        found = self._addresses(host)
        for address in found:
            _check(address, self._parts.scheme, port, self._rules)
        stream = self._sockets.connect_tcp(
            str(found[0]), port, _left(self._deadline, httpcore.ConnectTimeout)
        )
        return _Stream(stream, self._deadline)

    def _addresses(self, host: str) -> list[Address]:
        literal = _literal(host.strip("[]"))
        if literal is not None:
            return [literal]
        found = _in_time(self._resolver, host, _left(self._deadline, httpcore.ConnectTimeout))
        if not found:
            raise NoAnswer(reason="unknown_name", message=host)
        return [ipaddress.ip_address(each.partition("%")[0]) for each in found]


class _Stream(httpcore.NetworkStream):
    """A stream each of whose steps takes no longer than what is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, in time."""
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Every byte, in time."""
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        """Nothing is held open any more."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream, encrypted for the name."""
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the stream knows of itself."""
        return self._stream.get_extra_info(info)


def _left(deadline: float, too_late: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise too_late("the time is over")
    return left


def _in_time(resolver: Resolver, host: str, seconds: float) -> list[str]:
    """What the resolver finds; the system's own takes the time that foreign name servers take."""
    found: Future[list[str]] = Future()

    def look() -> None:
        try:
            found.set_result(resolver(host))
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            found.set_exception(error)

    Thread(target=look, daemon=True).start()
    try:
        return found.result(seconds)
    except TooSlow as error:
        raise httpcore.ConnectTimeout("the name was not resolved in time") from error


def _split(url: str) -> SplitResult:
    """The parts of an address that says plainly where it leads. Raises AddressRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(reason="unreadable_address") from None
    if not url.isascii() or len(url) > LONGEST_ADDRESS or re.search(r"[\x00-\x20\x7f\\]", url):
        raise AddressRefused(reason="unreadable_address")
    if parts.scheme not in ("https", "http"):
        raise AddressRefused(reason="not_https")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise AddressRefused(reason="names_a_user")
    if not parts.hostname or port == 0:
        raise AddressRefused(reason="unreadable_address")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _target(parts: SplitResult) -> httpcore.URL:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=parts.scheme.encode(),
        host=(parts.hostname or "").encode(),
        port=parts.port,
        target=path.encode(),
    )


def _headers(letter: Letter, parts: SplitResult) -> list[tuple[str, str]]:
    return [("Host", parts.netloc), *letter.headers.items()]


def _literal(host: str) -> Address | None:
    """The address that a host is itself, None for a name. What only some programs take for an address is refused."""
    with suppress(ValueError):
        return ipaddress.ip_address("" if "%" in host else host)
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]) or not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused(reason="unreadable_address")
    return None


def _check(address: Address, scheme: str, port: int, rules: Rules) -> None:
    if any(address in network for network in rules.trusted):
        return
    if scheme != "https":
        raise AddressRefused(reason="not_https")
    if address.version == 6 and address not in _GIVEN_OUT:
        raise AddressRefused(reason="leads_inside")
    if any(address in network for network in CLOSED):
        raise AddressRefused(reason="leads_inside")
    if port not in rules.ports:
        raise AddressRefused(reason="unusual_port")


@cache
def _trust() -> ssl.SSLContext:
    # The authorities that httpx brings along, or those that SSL_CERT_FILE and SSL_CERT_DIR name.
    return httpx.create_ssl_context()
