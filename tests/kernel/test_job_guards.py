"""What PostgreSQL keeps of jobs, under attack by raw SQL."""

from collections.abc import Mapping

import pytest

from encaisse.kernel import jobs
from encaisse.kernel.models import JobItem
from encaisse.kernel.scope import Actor
from tests.guards import Attack, assert_guarded, copied

ATTACKS = [
    Attack("job_ended_iff_it_has_an_end", "UPDATE kernel_job SET ended_at = now() WHERE id = %(job)s"),
    Attack("job_failed_iff_it_says_why", "UPDATE kernel_job SET error = 'x' WHERE id = %(job)s"),
    Attack("job_item_once", copied("kernel_jobitem", "item")),
    Attack(
        "job_item_has_a_code_iff_it_did_not_end_well",
        "UPDATE kernel_jobitem SET code = 'x' WHERE id = %(item)s",
    ),
]


@pytest.fixture(scope="module")
def story(shared_database: str) -> Mapping[str, int]:
    """A job over one row, waiting."""
    job_id = jobs.start("mark", Actor("user", 7, "Ada"), row_ids=[1])
    return {"job": job_id, "item": JobItem.objects.get(job_id=job_id).pk}


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack, story) -> None:
    assert_guarded(attack, story)
