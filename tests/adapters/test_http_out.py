"""The door to other people's servers under attack: never into our own network, never longer or more than was said."""

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from encaisse.adapters import http_out
from encaisse.adapters.errors import AddressRefused, NoAnswer
from encaisse.adapters.http_out import Letter, Rules, check_address, opened, seconds_asked
from encaisse.kernel import clock
from tests.adapters.receivers import Receiver, receiving, status

pytestmark = pytest.mark.django_db
LOOPBACK = Rules(trusted=(ipaddress.ip_network("127.0.0.0/8"),))
INTERNET = Rules()
NAME = "https://receiver.example/hook"
# Addresses that do not say where they lead, by the reason that refuses them.
HIDDEN = {
    "unreadable_address": (
        "https://2130706433/", "https://0177.0.0.1/", "https://0x7f000001/", "https://127.1/", "https://0/",
        "https://receiver.example.0x7f/", "https://[fe80::1%25eth0]/", "https://receiver.example\\@127.0.0.1/",
        "https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://receiver.example/\r\nHost: other", "https://",
        "https://[::1", "https://receiver.example:0/", "https://receiver.example:99999/",
        "https://-a.example/", "https://" + "a" * 2_100,
    ),
    "names_a_user": (
        "https://us@127.0.0.1/", "https://receiver.example:443@127.0.0.1/",
    ),
    "not_https": (
        "ftp://receiver.example/", "file:///etc/passwd", "gopher://a/", "http://receiver.example/",
    ),
    "unusual_port": (
        "https://receiver.example:22/", "https://93.184.215.14:25/",
    ),
}  # fmt: skip


def send(url: str, rules: Rules = LOOPBACK, resolved: tuple[str, ...] = (), **more):
    with opened(rules, resolver=lambda host: list(resolved)) as door:
        return door.send(Letter(url, b'{"a":1}', {"X-Of": "us"}, **more))


def test_a_letter_arrives_as_it_was_written_and_its_answer_comes_back():
    with receiving(status(202, b"thank you")) as server:
        answer = send(server.url)

    (request,) = server.requests
    assert (answer.status, answer.body) == (202, b"thank you")
    assert (request.line, request.body) == ("POST /hook?of=us HTTP/1.1", b'{"a":1}')
    assert request.headers["host"] == server.url.removeprefix("http://").partition("/")[0]
    assert request.headers["x-of"] == "us"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fc00::1", "fd12::1",
        "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fec0::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_into_our_network_is_refused_and_never_called(address, monkeypatch):
    called = []
    monkeypatch.setattr(http_out.httpcore.SyncBackend, "connect_tcp", lambda *a, **k: called.append(a))

    with pytest.raises(AddressRefused) as refusal:
        send(NAME, INTERNET, (address,))
    with pytest.raises(AddressRefused):  # one such address among good ones is enough
        send(NAME, INTERNET, ("93.184.215.14", address))
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        send(f"https://{literal}/", INTERNET)
    with pytest.raises(AddressRefused):
        check_address(f"https://{literal}/", INTERNET)

    assert (refusal.value.reason, called) == ("leads_inside", [])


@pytest.mark.parametrize(
    ("url", "reason"), [(url, reason) for reason, urls in HIDDEN.items() for url in urls]
)
def test_an_address_that_hides_where_it_leads_is_refused(url, reason):
    with pytest.raises(AddressRefused) as refusal:
        check_address(url, INTERNET)
    with pytest.raises(AddressRefused):
        send(url, INTERNET, ("93.184.215.14",))

    assert refusal.value.reason == reason


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked():
    asked = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiving() as server, opened(LOOPBACK, resolver=resolver) as door:
        port = server.server_address[1]
        door.send(Letter(f"http://receiver.example:{port}/", b"", {}))

    assert asked == ["receiver.example"]
    assert server.requests[0].headers["host"] == f"receiver.example:{port}"


def test_what_the_operator_trusts_is_reached_and_nothing_else_is():
    with receiving() as server:
        assert send(server.url).status == 204
        with pytest.raises(AddressRefused):
            send(server.url, Rules(trusted=(ipaddress.ip_network("10.0.0.0/8"),)))
        with pytest.raises(AddressRefused):
            send(server.url, INTERNET)

    assert len(server.requests) == 1


def test_a_redirect_is_an_answer_like_another():
    with receiving() as inside, receiving(status(302, b"", f"Location: {inside.url}")) as server:
        assert send(server.url).status == 302

    assert inside.requests == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    with receiving() as proxy, receiving() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        send(server.url)

    assert (len(proxy.requests), len(server.requests)) == (0, 1)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"hangs": True}, "timeout"),
        ({"answer": status(200, b"x" * 50), "drip_s": 0.05}, "timeout"),
        ({"answer": status(200, b"x" * 900), "drip_s": 0.005}, "timeout"),
        ({"answer": b"\x00\xff not HTTP at all\r\n\r\n"}, "garbage"),
        ({"answer": b"SSH-2.0-OpenSSH_9.6\r\n"}, "garbage"),
        ({"answer": b""}, "garbage"),
        ({"answer": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut"}, "garbage"),
        ({"answer": b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 200_000}, "garbage"),
    ],
)
def test_a_server_that_hangs_drips_or_talks_nonsense_is_left_in_time(how, reason):
    begun = time.monotonic()
    with receiving(**how) as server, pytest.raises(NoAnswer) as refusal:
        send(server.url, within_s=0.4)

    assert refusal.value.reason == reason
    assert time.monotonic() - begun < 3


def test_of_an_endless_answer_only_the_beginning_is_read():
    with receiving(status(200, b"y" * 3_000_000)) as server:
        assert send(server.url, most_bytes=1_024).body == b"y" * 1_024


def test_a_name_that_nobody_resolves_in_time_is_given_up():
    slow = threading.Event()
    with (
        opened(INTERNET, resolver=lambda host: [str(slow.wait(5))]) as door,
        pytest.raises(NoAnswer) as refusal,
    ):
        door.send(Letter(NAME, b"", {}, within_s=0.2))
    slow.set()

    assert refusal.value.reason == "timeout"
    with pytest.raises(NoAnswer) as nobody:
        send(NAME, INTERNET)
    assert nobody.value.reason == "unknown_name"


def test_nobody_listening_is_told_apart():
    with receiving() as server:
        url = server.url
    with pytest.raises(NoAnswer) as refusal:
        send(url)

    assert refusal.value.reason == "unreachable"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of receiver.example with its key, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver.example")])
    now = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    bare = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key.private_bytes(*bare) + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[tuple[Receiver, list[str | None]]]:
    """A receiver behind TLS, and the names that it was called by."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda sock, name, _: names.append(name)
    with receiving() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, names


def test_the_certificate_is_that_of_the_name_not_of_the_address(tls_server, certificate, monkeypatch):
    server, names = tls_server
    url = f"https://receiver.example:{server.server_address[1]}/"
    trusting = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(NoAnswer) as stranger:
        send(url, LOOPBACK, ("127.0.0.1",))
    monkeypatch.setattr(http_out, "_trust", lambda: trusting)
    answer = send(url, LOOPBACK, ("127.0.0.1",))
    with pytest.raises(NoAnswer) as other:
        send(url.replace("receiver", "other"), LOOPBACK, ("127.0.0.1",))

    assert (stranger.value.reason, answer.status, other.value.reason) == ("tls", 204, "tls")
    assert names[1] == "receiver.example"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999999", 999_999_999_999),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 11:00:00", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
        ("", 0),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone_is_read_in_seconds_or_as_a_date(said, seconds):
    now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

    assert seconds_asked(said, now) == seconds
