"""The register of VAT numbers: what it says is kept, and when it says nothing nothing is made of it."""

import json

import pytest

from encaisse.adapters.errors import RegisterAway
from encaisse.adapters.http_out import Rules, opened
from encaisse.adapters.vat_register import Registered, SimulatedRegister, Vies, register
from tests.adapters.receivers import receiving
from tests.adapters.test_http_out import LOOPBACK

pytestmark = pytest.mark.django_db
NUMBER = "DE136695976"


def told(status: int = 200, **body: object) -> bytes:
    """An answer of the register."""
    content = json.dumps(body).encode()
    return b"HTTP/1.1 %d Told\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content)


def asked(answer: bytes, **behaviour: object) -> Registered:
    """What comes of asking a register that answers so."""
    with receiving(answer, **behaviour) as server, opened(LOOPBACK) as door:
        address = server.url.partition("/hook")[0]
        return Vies(door, address, within_s=0.5).ask(NUMBER, requester="FR44732829320")


def test_a_number_is_asked_for_by_our_own_and_its_proof_is_kept():
    answer = told(valid=True, requestIdentifier="WAPIAAAA", name="MUSTER\nGMBH", address="---")
    with receiving(answer) as server, opened(LOOPBACK) as door:
        found = Vies(door, server.url.partition("/hook")[0]).ask(NUMBER, requester="FR44732829320")

    (request,) = server.requests
    assert found == Registered(is_valid=True, consultation="WAPIAAAA", name="MUSTER GMBH", address="")
    assert request.line == "POST /check-vat-number HTTP/1.1"
    assert json.loads(request.body) == {
        "countryCode": "DE", "vatNumber": "136695976",
        "requesterMemberStateCode": "FR", "requesterNumber": "44732829320",
    }  # fmt: skip


@pytest.mark.parametrize("answer", [told(valid=False), told(isValid=False, userError="INVALID")])
def test_a_number_that_nobody_has_is_invalid(answer):
    assert asked(answer) == Registered(is_valid=False)


@pytest.mark.parametrize(
    ("answer", "behaviour", "reason"),
    [
        (told(actionSucceed=False, errorWrappers=[{"error": "MS_UNAVAILABLE"}]), {}, "MS_UNAVAILABLE"),
        (told(500, errorWrappers=[{"error": "MS_MAX_CONCURRENT_REQ"}]), {}, "MS_MAX_CONCURRENT_REQ"),
        (told(isValid=False, userError="TIMEOUT"), {}, "TIMEOUT"),
        (told(valid="perhaps"), {}, "garbage"),
        (told(errorWrappers=[{}]), {}, "garbage"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", {}, "garbage"),
        (b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", {}, "SERVICE_UNAVAILABLE"),
        (b"nonsense\r\n\r\n", {}, "garbage"),
        (b"", {"hangs": True}, "timeout"),
    ],
)
def test_a_register_that_says_neither_yes_nor_no_is_away(answer, behaviour, reason):
    with pytest.raises(RegisterAway) as away:
        asked(answer, **behaviour)

    assert away.value.reason == reason


def test_a_register_within_our_own_network_is_not_asked():
    with opened(Rules()) as door, pytest.raises(RegisterAway):
        Vies(door, "https://127.0.0.1").ask(NUMBER, requester="")


def test_none_is_asked_unless_the_operator_names_one(settings):
    with register() as known:
        assert known is None
    settings.VAT_REGISTER = "simulator"
    with register() as known:
        assert isinstance(known, SimulatedRegister)
        assert known.ask("DE136695976", requester="").is_valid
        assert not known.ask("DE136695970", requester="").is_valid
        for number in ("DE1", "DE2"):
            assert known.ask(number, requester="").consultation == f"SIM{number}"
        with pytest.raises(RegisterAway):
            known.ask("DE136695978", requester="")
