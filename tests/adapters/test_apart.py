"""Calls in another process: whatever becomes of it, the caller has an answer and the next call has another process."""

import ctypes
import os
import time

import pytest

from encaisse.adapters.apart import Apart, Limits, Lost


def call(asked: str) -> str:
    if asked == "hang":
        time.sleep(600)
    if asked == "crash":
        ctypes.string_at(0)
    if asked == "grow":
        bytearray(2**33)
    return f"{asked} {os.getpid()}"


@pytest.fixture
def apart():
    made = Apart(call, Limits(seconds=1, memory_mb=1_024, calls=2))
    yield made
    made.close()


def test_what_hangs_crashes_or_grows_is_lost_alone_and_the_others_go_on(apart):
    with apart.borrowed() as ask:
        answers = [ask(each) for each in ("one", "hang", "two", "crash", "grow", "three")]

    assert [each for each in answers if isinstance(each, Lost)] == [
        ("took_too_long", {"seconds": 1}),
        ("crashed", {"exit_code": -11}),
        ("ran_out_of_memory", {}),
    ]
    words, processes = zip(*(each.split() for each in answers if isinstance(each, str)), strict=True)
    assert words == ("one", "two", "three")
    assert len(set(processes)) == 3
    assert str(os.getpid()) not in processes


def test_a_process_is_kept_for_the_next_caller_until_it_has_served_its_time(apart):
    said = []
    for asked in ("one", "two", "three"):
        with apart.borrowed() as ask:
            said.append(ask(asked).split()[1])

    assert (said[0] == said[1], said[1] == said[2]) == (True, False)
