"""Tables of transitions, permissions, and windows over lists."""

import pytest

from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.kernel.states import transitions


def test_a_table_names_every_state_and_where_it_leads() -> None:
    table = transitions(draft="issued cancelled", issued="", cancelled="")

    assert table == {"draft": {"issued", "cancelled"}, "issued": frozenset(), "cancelled": frozenset()}


def test_a_state_without_a_row_of_its_own_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="lost"):
        transitions(draft="lost")


def test_a_scope_permits_what_its_role_holds_and_nothing_else() -> None:
    scope = Scope(Actor("user", 1), Level.OWN, permissions=frozenset({"bill"}))

    scope.require("bill")
    assert scope.may("bill")
    assert not scope.may("issue")
    with pytest.raises(NotPermitted) as refusal:
        scope.require("issue")
    assert refusal.value.facts() == {"permission": "issue"}


def test_a_scope_permits_nothing_unless_told() -> None:
    assert Scope(Actor("user", 1), Level.EVERYTHING).permissions == frozenset()
