"""The guards of `intake`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("intake", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "intake_batch", {"reading": ["done"], "done": ["undone"], "undone": []}, initial="reading"
        ),
        guards.never_goes("intake_batch"),
        guards.frozen(
            "intake_batch",
            when="OLD.state <> 'reading'",
            mutable=["state"],
            name="batch_frozen_once_done",
            why="a batch that is done never changes, but that it may be undone",
        ),
        guards.only_grows("intake_row"),
    ]
