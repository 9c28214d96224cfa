"""The guide for those who receive messages says what is so, and its sample works."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from encaisse.kernel import clock
from encaisse.webhook import rules
from tests.architecture.source import ROOT

GUIDE = (ROOT / Path("docs/webhooks.md")).read_text(encoding="utf-8")
SECRET = rules.new_secret(b"0123456789abcdef0123456789abcdef")


@pytest.fixture
def is_from_encaisse() -> Any:
    """What the sample of the guide defines."""
    (sample,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)
    return names["is_from_encaisse"]


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": rules.signatures([SECRET, secret], "msg_1", int(at), body),
    }


def test_the_sample_tells_ours_from_what_is_not(is_from_encaisse):
    now, other = clock.now().timestamp(), rules.new_secret(b"x" * 32)
    headers = signed(SECRET, b"{}", now)

    assert is_from_encaisse(SECRET, headers, b"{}")
    assert is_from_encaisse(other, signed(other, b"{}", now), b"{}")
    assert not is_from_encaisse(other, headers, b"{}")
    assert not is_from_encaisse(SECRET, headers, b"{ }")
    assert not is_from_encaisse(SECRET, headers | {"webhook-id": "msg_2"}, b"{}")
    assert not is_from_encaisse(SECRET, signed(SECRET, b"{}", time.time() - 301), b"{}")


def test_each_type_of_event_is_described_and_no_other_is():
    described = re.findall(r"^\| `([a-z_.]+)` \|", GUIDE, re.MULTILINE)

    assert described == [*rules.BY_NAME, rules.TEST]


def test_the_schedule_is_the_one_that_is_kept():
    seconds = {"s": 1, "min": 60, "h": 3_600}
    (text,) = re.findall(r"at once, then after (.*?), each wait", GUIDE, re.DOTALL)
    waits = [int(count) * seconds[unit] for count, unit in re.findall(r"(\d+)\s(s|min|h)\b", text)]

    assert waits == [wait.total_seconds() for wait in rules.WAITS]
