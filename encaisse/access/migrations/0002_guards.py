"""The guards of `access`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


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
    ]
