"""A bound on what a page asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def assert_queries_at_most(most: int, where: str = "") -> Iterator[None]:
    """Within the block, the database is asked `most` questions or fewer; savepoints do not count."""
    with CaptureQueriesContext(connection) as asked:
        yield
    questions = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len(questions) <= most, f"{where}: {len(questions)} questions\n" + "\n".join(questions)
