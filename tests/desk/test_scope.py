"""Nobody sees a row that is not theirs, nor misses one that is: every route, for every role and level."""

from typing import Final

import pytest

from encaisse.desk.urls import ROUTES
from tests.desk import viewers, world
from tests.desk.placements import (
    Acts,
    Elsewhere,
    Form,
    Lists,
    OfAUser,
    Opens,
    Personal,
    Placement,
    Public,
)

# A new route stands here or fails the test.
PLACEMENTS: Final[dict[str, Placement]] = {
    "login": Public(),
    "logout": Elsewhere("test_middleware"),
    "own_account": Personal(),
    "own_password": Personal(),
    "customers": Lists("cus"),
    "customer": Opens("cus"),
    "account": Opens("ba"),
    "contracts": Lists("sub"),
    "contract": Opens("sub"),
    "users": Personal(),
    "new_user": Personal(),
    "user": OfAUser(),
    "user_password": OfAUser(),
    "deactivate_user": Elsewhere("test_users"),
    "reactivate_user": Elsewhere("test_users"),
}


def test_every_route_has_its_place():
    assert {route.name for route in ROUTES} == set(PLACEMENTS)


@pytest.mark.django_db
def test_each_viewer_sees_exactly_their_rows_on_every_route():
    made = world.build()
    viewers.install(made)
    wrong = []
    for sight in viewers.SIGHTS:
        who = viewers.viewer(made, sight)
        for route in ROUTES:
            if not route.permission or route.permission in who.permissions:
                try:
                    PLACEMENTS[route.name].walk(route.name, made, who)
                except AssertionError as failure:
                    wrong.append(f"{who} on {route.name}: {failure}")
    assert not wrong, "\n".join(wrong)
