"""A check of the books leaves its verdict to whoever reads them."""

import pytest

from encaisse.flows import books
from encaisse.flows.check_books import check_books
from encaisse.insight.queries.books import books as last_check
from encaisse.kernel.scope import Actor
from tests.makers import make_scope

pytestmark = pytest.mark.django_db
OPERATOR = Actor("command", None, "camille")
READER = make_scope("read_ledger")


def test_a_check_is_recorded_with_who_asked_for_it_and_what_was_checked():
    assert last_check(READER).check is None

    assert check_books(actor=OPERATOR) == []

    found = last_check(READER).check
    assert (found.actor, found.actor_kind, found.broken) == ("camille", "command", ())
    assert found.names == tuple(books.names())
