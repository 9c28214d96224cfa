"""The guards of `webhook`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("webhook", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "webhook_endpoint",
            {"enabled": ["disabled", "removed"], "disabled": ["enabled", "removed"], "removed": []},
            initial="enabled",
        ),
        guards.transitions(
            "webhook_message",
            {"waiting": ["delivered", "failed"], "delivered": ["waiting"], "failed": ["waiting"]},
            initial="waiting",
        ),
        guards.never_goes("webhook_endpoint"),
        guards.references("webhook_message", endpoint_id="webhook_endpoint", event_id="kernel_event"),
        # What was said is said again as it was, or its receiver could not tell a repeat from another message.
        guards.frozen(
            "webhook_message",
            when="true",
            mutable=["state", "attempts", "attempts_before", "next_attempt_at", "held_until", "ended_at"],
            name="message_says_the_same_for_ever",
            why="what a message says never changes",
        ),
        guards.frozen(
            "webhook_attempt",
            when="true",
            mutable=[],
            name="attempt_never_changes",
            why="this row never changes",
        ),
    ]
