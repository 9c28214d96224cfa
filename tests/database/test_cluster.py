"""The settings that depend on the machine."""

import pytest

from encaisse.database.cluster import memory_bytes, shared_buffers_mb

GIGABYTE = 2**30


@pytest.mark.parametrize(
    ("memory", "megabytes"),
    [
        (64 * 2**20, 32),
        (GIGABYTE // 2, 128),
        (2 * GIGABYTE, 512),
        (4 * GIGABYTE, 1024),
        (64 * GIGABYTE, 1024),
    ],
)
def test_shared_buffers_are_a_quarter_of_the_memory_within_bounds(memory, megabytes):
    assert shared_buffers_mb(memory) == megabytes


def test_the_machine_tells_its_memory():
    assert memory_bytes() > 64 * 2**20
