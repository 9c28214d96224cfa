"""Public references: one for each key, one key for each, and nothing to be read from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.kernel import references
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import key_of, public_id

keys = st.integers(1, 2**50 - 1)


@given(keys, st.sampled_from(["inv", "cus", "ba"]))
def test_a_reference_leads_back_to_its_key(key, prefix) -> None:
    assert key_of(prefix, public_id(prefix, key)) == key


def test_no_two_keys_share_a_reference() -> None:
    assert len({public_id("inv", key) for key in range(20_000)}) == 20_000


def test_neighbours_look_nothing_alike() -> None:
    tails = [public_id("inv", key).partition("_")[2] for key in range(1, 200)]
    alike = [
        sum(one == other for one, other in zip(tail, after, strict=True))
        for tail, after in zip(tails, tails[1:], strict=False)
    ]

    assert max(alike) <= 4
    assert tails != sorted(tails)


def test_each_kind_has_references_of_its_own() -> None:
    tail = public_id("inv", 7).partition("_")[2]

    assert public_id("cus", 7).partition("_")[2] != tail
    assert key_of("cus", f"cus_{tail}") != 7


def test_another_secret_makes_other_references(settings) -> None:
    before = public_id("inv", 7)
    settings.SECRET_KEY = "another secret for tests alone, long enough"
    references._key.cache_clear()
    try:
        assert public_id("inv", 7) != before
    finally:
        references._key.cache_clear()


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "inv",
        "inv_",
        "inv_123",
        "cus_0123456789",
        "inv_0123456789a",
        "inv_012345678i",
        "inv_ABCDEFGHJK",
        "0123456789",
    ],
)
def test_what_is_no_reference_of_that_kind_is_not_found(reference) -> None:
    with pytest.raises(NotFound):
        key_of("inv", reference)
