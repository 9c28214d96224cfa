"""The guards of `access`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

OF_ITS_LIST = """
ALTER TABLE access_openingview ADD CONSTRAINT opening_view_is_of_its_list
    FOREIGN KEY (view_id, list) REFERENCES access_savedview (id, list);
"""
NOT_OF_ITS_LIST = """
ALTER TABLE access_openingview DROP CONSTRAINT opening_view_is_of_its_list;
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("access", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.never_goes("access_apikey"),
        guards.frozen(
            "access_apikey",
            when="true",
            mutable=["last_used_at", "revoked_at"],
            name="api_key_keeps_what_it_allows",
            why="a key never changes what it allows",
        ),
        guards.frozen(
            "access_answer",
            when="true",
            mutable=[],
            name="answer_never_changes",
            why="an answer never changes",
        ),
        migrations.RunSQL("ALTER TABLE access_lease SET UNLOGGED", "ALTER TABLE access_lease SET LOGGED"),
        migrations.RunSQL(OF_ITS_LIST, NOT_OF_ITS_LIST),
    ]
