"""Guards as migration operations: what must always be true is written in PostgreSQL.

Each guard is a trigger named after what it keeps. Conditions stand in the trigger's WHEN clause where they
can, so that a row that is in order never enters a function. Guards raise `check_violation` (or
`foreign_key_violation`) with the guard's name as the constraint, which faces may translate.
"""

from collections.abc import Iterable, Mapping

from django.db.migrations import RunSQL

FUNCTIONS = """
-- Refuses whatever the trigger's WHEN clause let through. Arguments: the guard's name, why it refuses.
CREATE FUNCTION kernel_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject text := CASE WHEN TG_LEVEL = 'ROW' THEN to_jsonb(coalesce(OLD, NEW)) ->> 'id' END;
BEGIN
    RAISE EXCEPTION '%: % %', TG_ARGV[1], TG_TABLE_NAME, coalesce(subject, '')
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
END $$;

-- Checks a whole set of references at once. Arguments: the guard's name, then pairs of column and parent table.
-- What is loaded together mostly refers to a block of parents: where as many parents lie between the lowest and the
-- highest reference as there are numbers, every one of them is there. Otherwise each is looked for.
CREATE FUNCTION kernel_check_references() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text := '';
    total bigint;
    ends bigint[];
    found bigint;
    missing text;
BEGIN
    FOR i IN 1 .. TG_NARGS - 2 BY 2 LOOP
        wanted := wanted || format(', min(%1$I), max(%1$I)', TG_ARGV[i]);
    END LOOP;
    EXECUTE format('SELECT count(*), ARRAY[%s] FROM new_rows', substr(wanted, 3)) INTO total, ends;
    FOR i IN 1 .. TG_NARGS - 2 BY 2 LOOP
        CONTINUE WHEN ends[i] IS NULL;
        IF ends[i + 1] - ends[i] <= 2 * total THEN
            EXECUTE format('SELECT count(*) FROM %I WHERE id BETWEEN $1 AND $2', TG_ARGV[i + 1])
                INTO found USING ends[i], ends[i + 1];
            CONTINUE WHEN found = ends[i + 1] - ends[i] + 1;
        END IF;
        EXECUTE format(
            'SELECT n.key::text FROM (SELECT DISTINCT %1$I AS key FROM new_rows WHERE %1$I IS NOT NULL) n '
            'WHERE NOT EXISTS (SELECT FROM %2$I p WHERE p.id = n.key) LIMIT 1', TG_ARGV[i], TG_ARGV[i + 1])
            INTO missing;
        IF missing IS NOT NULL THEN
            RAISE EXCEPTION '% % of % is not in %', TG_ARGV[i], missing, TG_TABLE_NAME, TG_ARGV[i + 1]
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Reserves n consecutive ids of a sequence. Another session may draw in between: then draw again.
CREATE FUNCTION kernel_reserve(sequence regclass, n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    first bigint;
    last bigint;
BEGIN
    LOOP
        SELECT min(id), max(id) INTO first, last FROM (SELECT nextval(sequence) AS id FROM generate_series(1, n)) s;
        EXIT WHEN last - first + 1 = n;
    END LOOP;
    RETURN first;
END $$;
"""
UNFUNCTIONS = """
DROP FUNCTION kernel_refuse();
DROP FUNCTION kernel_check_references();
DROP FUNCTION kernel_reserve(regclass, bigint);
"""


def functions() -> RunSQL:
    """Install what every guard calls."""
    return RunSQL(FUNCTIONS, UNFUNCTIONS)


def transitions(table: str, edges: Mapping[str, Iterable[str]], *, initial: str, besides: str = "") -> RunSQL:
    """Only these changes of `state` happen, and rows begin in one of the `initial` states (a space between), or as
    the condition `besides` on NEW says.

    A migration writes the edges literally, since history must not move; a test compares them with `models.py`.
    """
    allowed = ", ".join(f"'{before}>{after}'" for before, afters in edges.items() for after in sorted(afters))
    begins = ", ".join(f"'{state}'" for state in initial.split())
    strange = f"NEW.state NOT IN ({begins})" + (f" AND NOT ({besides})" if besides else "")
    name = f"{table}_transitions"
    moved = "OLD.state IS DISTINCT FROM NEW.state"
    if allowed:
        moved += f" AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})"
    return _triggers(
        table,
        {
            name: _refusal(
                f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({moved})", name, "no such change of state"
            ),
            f"{table}_begins": _refusal(
                # After, since rows of a table with a trigger before each go in one by one and not a page at a time.
                f"AFTER INSERT ON {table} FOR EACH ROW WHEN ({strange})",
                f"{table}_begins",
                "no row begins in this state",
            ),
        },
    )


def frozen(table: str, *, when: str, mutable: Iterable[str], name: str, why: str) -> RunSQL:
    """Rows for which `when` holds on OLD change in no column but `mutable`: an allow-list, so that a column
    added later is frozen until somebody names it."""
    kept = f"ARRAY[{', '.join(repr(column) for column in sorted(mutable))}]::text[]"
    changed = f"(to_jsonb(OLD) - {kept}) IS DISTINCT FROM (to_jsonb(NEW) - {kept})"
    event = f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when} AND {changed})"
    return _triggers(table, {name: _refusal(event, name, why)})


def only_grows(table: str) -> RunSQL:
    """Rows are only added: UPDATE, DELETE and TRUNCATE are refused."""
    name = f"{table}_append_only"
    return _triggers(
        table,
        {
            name: _refusal(
                f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", name, "this row never changes"
            ),
            f"{name}_whole": _refusal(f"BEFORE TRUNCATE ON {table}", name, "these rows never go"),
        },
    )


def never_goes(table: str, key: str = "id") -> RunSQL:
    """Rows may change but never go nor change key, so that references to them need no lock."""
    name = f"{table}_never_goes"
    return _triggers(
        table,
        {
            name: _refusal(f"BEFORE DELETE ON {table} FOR EACH ROW", name, "this row never goes"),
            f"{name}_rekeyed": _refusal(
                f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.{key} IS DISTINCT FROM NEW.{key})",
                name,
                "this row keeps its key",
            ),
            f"{name}_whole": _refusal(f"BEFORE TRUNCATE ON {table}", name, "these rows never go"),
        },
    )


def references(table: str, *, on_update: bool = False, **parents: str) -> RunSQL:
    """Every `column="parent_table"` exists, checked once per statement instead of once per row.

    Sound only where the parent never goes (`never_goes`, `only_grows`). Tables whose rows change their
    references ask for `on_update` too.
    """
    pairs = ", ".join(f"'{column}', '{parent}'" for column, parent in parents.items())
    name = f"{table}_references"
    call = f"EXECUTE FUNCTION kernel_check_references('{name}', {pairs})"
    tail = f"REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT {call}"
    triggers = {name: f"AFTER INSERT ON {table} {tail}"}
    if on_update:
        triggers[f"{name}_updated"] = f"AFTER UPDATE ON {table} {tail}"
    return _triggers(table, triggers)


def _refusal(event: str, name: str, why: str) -> str:
    return f"{event} EXECUTE FUNCTION kernel_refuse('{name}', '{why}')"


def _triggers(table: str, triggers: Mapping[str, str]) -> RunSQL:
    create = [f"CREATE TRIGGER {name} {body};" for name, body in triggers.items()]
    drop = [f"DROP TRIGGER {name} ON {table};" for name in triggers]
    return RunSQL("\n".join(create), "\n".join(drop))
