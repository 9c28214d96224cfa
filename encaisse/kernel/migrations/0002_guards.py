"""The guards of `kernel`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

# The audit log is searched by the words of its facts: values alone, whatever their language.
WORDS = "CREATE INDEX event_words ON kernel_event USING gin (to_tsvector('simple'::regconfig, facts))"


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("kernel", "0001_initial")]
    operations: ClassVar = [
        guards.functions(),
        guards.only_grows("kernel_event"),
        migrations.RunSQL(WORDS, "DROP INDEX event_words"),
        guards.never_goes("kernel_outboxmessage"),
        guards.never_goes("kernel_job"),
        guards.never_goes("kernel_jobitem"),
        guards.never_goes("kernel_schedule"),
        guards.only_grows("kernel_start"),
        guards.transitions(
            "kernel_job",
            {
                "waiting": ["running", "stopped"],
                "running": ["done", "failed", "stopped"],
                "done": [],
                "stopped": [],
                "failed": [],
            },
            initial="waiting",
        ),
        guards.transitions(
            "kernel_jobitem",
            {"waiting": ["done", "failed", "refused"], "done": [], "refused": [], "failed": []},
            initial="waiting",
        ),
    ]
