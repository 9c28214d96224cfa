"""What is told of long work while it goes on."""

import pytest
from django.db import transaction

from encaisse.kernel.aside import aside
from encaisse.kernel.models import Job


def tell() -> int:
    return Job.objects.create(kind="tests.told", actor_kind="user").pk


def test_it_is_seen_before_the_work_commits_and_stays_when_the_work_is_given_up(fresh_database):
    with pytest.raises(RuntimeError), aside(tell) as told, transaction.atomic():
        assert Job.objects.filter(pk=told()).exists()
        raise RuntimeError

    assert Job.objects.count() == 1


def test_what_it_refuses_is_the_works_to_know(fresh_database):
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError), aside(refuse) as told, transaction.atomic():
        told()
