"""Tags under attack by raw SQL."""

import pytest

from encaisse.tag.models import Tagged
from encaisse.tag.operations import tag
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_issued_invoice, make_scope

ATTACKS = [
    Attack("tag_named_once_whatever_its_capitals", copied("tag_tag", "tag", name="À SUIVRE")),
    Attack("tag_has_a_name", copied("tag_tag", "tag", name=" ")),
    Attack("tagged_once", copied("tag_tagged", "tagged")),
]


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """An invoice with a tag."""
    tag(make_scope("bill"), make_issued_invoice().pk, "À suivre")
    (tagged,) = Tagged.objects.all()
    return {"tag": tagged.tag_id, "tagged": tagged.pk}
