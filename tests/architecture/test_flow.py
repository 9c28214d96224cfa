"""What is never done, whoever does it: signals, connections of one's own, clocks of one's own, half an issue."""

import ast
from pathlib import Path

from tests.architecture import source

# An operation that is incomplete without a row of another package is called by its flow only.
FLOWS_ONLY = {
    "encaisse.ledger.operations": {
        "post_invoices",
        "post_openings",
        "post_openings_withdrawn",
        "post_payment",
        "post_payment_return",
        "post_payment_withdrawn",
    },
    "encaisse.takeover.operations.invoices": {"take_over_invoices"},
    "encaisse.takeover.operations.credits": {"take_over_credits"},
    "encaisse.invoice.operations.issue": {"number", "lock_approved"},
}
# Who may hold the connection itself, beside the kernel and the benches.
CONNECTED = {
    "encaisse/cli/checks.py": "asks the server about itself",
    "encaisse/cli/hands.py": "closes it before it forks, since a connection serves one process",
    "encaisse/config/wsgi.py": "keeps those of the server of pages from one request to the next",
    "encaisse/config/health.py": "asks whether the database answers",
    "encaisse/delivery/operations.py": "holds a lock of the session while it sends",
    "encaisse/flows/books.py": "reads every invariant at one moment",
    "encaisse/ledger/operations/posting.py": "streams the lines of an export, which would not fit in memory",
}


def test_signals_are_no_way_to_call_each_other() -> None:
    assert {
        f"{source.name_of(path)}: {name}"
        for path in source.modules()
        for name in source.imports(path)
        if name.startswith(("django.dispatch", "django.db.models.signals", "django.core.signals"))
    } == set()


def test_the_connection_is_the_kernels() -> None:
    holders = {
        source.name_of(path)
        for path in source.modules()
        if source.package_of(path) not in ("kernel", "bench")
        and set(source.imports(path)) & {"django.db.connection", "django.db.connections"}
    }

    assert holders == set(CONNECTED)


def test_the_clock_is_the_only_source_of_time() -> None:
    wrong = {
        f"{source.name_of(path)}:{node.lineno}"
        for path in source.modules()
        if source.name_of(path) != "encaisse/kernel/clock.py"
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and _dotted(node) in _CLOCKS
    }

    assert wrong == set()


def test_money_is_never_a_float() -> None:
    wrong = {
        f"{source.name_of(path)}:{node.lineno}"
        for path in source.modules()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.AnnAssign | ast.arg) and _is_float_of_money(node)
    }

    assert wrong == set()


def test_what_is_half_an_act_is_called_by_its_flow_only() -> None:
    wrong = {
        f"{source.name_of(path)} calls {call}"
        for path in source.modules()
        if source.package_of(path) != "flows"
        for call in _calls(path)
    }

    assert wrong == set()


def test_nothing_asks_whether_it_is_a_test_or_a_demo() -> None:
    asked = ("PYTEST_CURRENT_TEST", "IS_DEMO", "TESTING")

    assert {
        source.name_of(path) for path in source.modules() if any(word in path.read_text() for word in asked)
    } == set()


_CLOCKS = {
    "timezone.now",
    "dt.datetime.now",
    "datetime.now",
    "dt.date.today",
    "date.today",
    "datetime.utcnow",
}


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}".strip(".")
    return node.id if isinstance(node, ast.Name) else ""


def _is_float_of_money(node: ast.AnnAssign | ast.arg) -> bool:
    name = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
    is_money = name.endswith(("_minor", "_price", "amount")) or name in ("price", "quantity", "rate")
    return bool(is_money and node.annotation and "float" in ast.unparse(node.annotation))


def _calls(path: Path) -> list[str]:
    """The guarded functions that a file calls, by whatever name it gave their module."""
    given = _given_names(path)
    called = [_dotted(node.func) for node in ast.walk(source.tree(path)) if isinstance(node, ast.Call)]
    whole = [
        given.get(head, head) + dot + tail for head, dot, tail in (name.partition(".") for name in called)
    ]
    return [name for name in whole if name in _GUARDED]


def _given_names(path: Path) -> dict[str, str]:
    given: dict[str, str] = {}
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.ImportFrom):
            given |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return given


_GUARDED = {f"{module}.{name}" for module, names in FLOWS_ONLY.items() for name in names}
