"""The guards of `usage`: an event comes to stay, and waits until it is charged."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

WAITING = """
CREATE FUNCTION usage_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage_waiting (event_id, subscription_id) SELECT id, subscription_id FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER event_waits AFTER INSERT ON usage_event
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION usage_event_waits();

-- Depth 1 is the statement of whoever asked; events come and are charged at depth 2.
CREATE TRIGGER waiting_moves_by_itself BEFORE INSERT OR UPDATE OR DELETE ON usage_waiting FOR EACH STATEMENT
    WHEN (pg_trigger_depth() < 1)
    EXECUTE FUNCTION kernel_refuse('waiting_moves_by_itself', 'only an event waits, and only until it is charged');
"""
UNWAITING = """
DROP TRIGGER waiting_moves_by_itself ON usage_waiting;
DROP TRIGGER event_waits ON usage_event;
DROP FUNCTION usage_event_waits();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("usage", "0001_initial"), ("subscription", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("usage_event"),
        guards.references("usage_event", subscription_id="subscription_subscription"),
        guards.references(
            "usage_waiting", event_id="usage_event", subscription_id="subscription_subscription"
        ),
        migrations.RunSQL(WAITING, UNWAITING),
    ]
