"""Every read made for a person takes the `scope` of that person, and hands rows to faces, never models."""

import ast
from pathlib import Path

from tests.architecture import source

# Reads that are made for no person, each with its reason.
SYSTEM = {
    "invoice.of_text": "a condition that narrows rows which are visible already",
    "payment.paid_by": "the same",
    "ledger.place": "a place within rows which are visible already",
    "access.program": "the same, of a program that works in the background",
    "access.program_of": "a secret names a program before anybody has a scope",
    "access.active_user": "the session names a user before anybody has a scope",
    "access.has_second_factor": "asked at the door, before anybody has a scope",
    "access.lacks_second_factor": "asked of a user in hand, whatever they may see",
    "access.scope_of": "this is what builds the scope",
    "access.scope_of_actor": "builds the scope of who asked for a job",
    "access.operator": "builds the scope of whoever holds the server",
    "archive.missing_or_changed": "verifies every file",
    "archive.read": "a content, once a scoped read of a document has named its file",
    "archive.storage": "where contents are, without rows",
    "billing.selection_of": "columns of a run in hand",
    "catalog.advance_rules": "what is asked in advance for offers, for what subscribes to them",
    "catalog.price_book": "prices of offers, for what rates them",
    "charge.made_of": "charges of segments, once a scoped read of their contract has named them",
    "charge.newest": "a key, without rows",
    "currency.exchange": "rates say nothing about anybody",
    "currency.last_told": "rates say nothing about anybody",
    "currency.rate_on": "rates say nothing about anybody",
    "currency.rates_on": "rates say nothing about anybody",
    "delivery.parcels": "what a worker sends",
    "delivery.waiting": "what a worker is still to send",
    "delivery.waiting_of_invoices": "what a worker is still to send",
    "document.has_duplicate": "a fact of one invoice, once a scoped read of its document has named it",
    "document.appearance": "a value of a value",
    "document.appearances": "looks of invoices in hand, for the archive",
    "document.party_of": "a value of an identity in hand",
    "document.file_name": "a name, without rows",
    "document.draft": "draws an invoice for the archive",
    "document.issued": "draws an invoice for the archive",
    "document.unchecked": "finds what is still to be examined",
    "document.without_document": "finds what is still to be drawn",
    "insight.uses_of_changes": "what an undo looks for, once a scoped read of its batch has named it",
    "insight.uses_of_contracts": "what an undo looks for, once a scoped read of its batch has named it",
    "insight.uses_of_customers": "what an undo looks for, once a scoped read of its batch has named it",
    "intake.batch_of_job": "a key, once a scoped read of the job has named it",
    "intake.mapping": "how a source writes its columns, which says nothing about anybody",
    "intake.mappings": "how sources write their columns, which says nothing about anybody",
    "intake.passing": "where files wait, without rows",
    "intake.proposed": "how a source writes its columns, which says nothing about anybody",
    "invoice.accounts": "what a run drafts from",
    "invoice.charges": "what a run drafts from",
    "invoice.contracts_of": "what a run drafts from",
    "invoice.corrected": "what a run drafts from",
    "invoice.discounts": "what a run drafts from",
    "invoice.open_advances": "what a run drafts from",
    "invoice.identity_facts": "what a run drafts from",
    "ledger.account_on": "where something is posted, which says nothing about anybody",
    "ledger.accounts_since": "where something is posted, which says nothing about anybody",
    "ledger.balances": "what stands against closing an account, which its operation permits",
    "ledger.charts_of": "charts of entities in hand",
    "ledger.countries": "what accounts are called, which says nothing about anybody",
    "ledger.shown_as": "a condition that narrows rows which are visible already",
    "ledger.issued_until": "a day, without rows",
    "ledger.last_accounts": "where products are posted, for the file that moves them",
    "ledger.posted": "what posts where, for a scoped read or an operation that permits it",
    "ledger.revenue_accounts": "where products are posted, for sums in hand",
    "ledger.subject": "columns of a mapping, from its name",
    "ledger.tax_accounts": "where taxes are posted, for sums in hand",
    "ledger.uses": "what stands against closing an account, which its operation permits",
    "invoice.references": "what a run drafts from",
    "invoice.business_days": "dates of legal entities, which say nothing about anybody",
    "invoice.late": "a condition, without rows",
    "invoice.corrections": "what a credit note is drafted from",
    "invoice.described": "takes rows already narrowed by their reader's scope",
    "invoice.row_of": "takes a row already seen",
    "invoice.stored": "verifies seals over whole series",
    "invoice.tax_facts": "what a credit note is drafted from",
    "invoice.charge_currencies": "what a run drafts from",
    "invoice.claimed": "what a draft that is converted again bills",
    "ledger.share": "arithmetic, without rows",
    "party.books_currency": "a fact of a legal entity in hand, for a billing run",
    "tax.resolved_taxes": "taxes of drafts in hand",
    "tax.deferred_classes": "what a draft defers, for a billing run",
    "tax.regimes": "what a legal entity chose, once a scoped read of it has named it",
    "tax.stored_rules": "rules of taxes, which say nothing about anybody, to be compared with a new one",
    "tax.numbers_due": "what registers are asked for",
    "tax.numbers_held": "numbers that a billing run holds",
    "tax.explained": "why a document bears its taxes, once a scoped read of it has named it",
    "tax.resolver": "rules of taxes, for a billing run",
    "insight.known_of": "what registers say of an identity in hand, once a scoped read of its account has named it",
    "insight.told": "what endpoints are told, each narrowed by what it listens to",
    "webhook.anybody_listens": "whether an event is to be told at all",
    "webhook.listeners": "what each endpoint listens to, for what is made of an event",
    "webhook.next_due": "a moment, without rows",
    "webhook.parcels": "what a worker sends",
    "usage.local_time": "the time zone of a legal entity, which says nothing about anybody",
}
# Reads that hand on a QuerySet or a model, to queries and flows alone: no face calls them.
UNSHAPED = {
    "access.active_user", "billing.visible_runs", "invoice.described", "ledger.booked", "ledger.collected",
    "ledger.declared_before",
}  # fmt: skip


def test_every_read_for_a_person_takes_a_scope() -> None:
    unscoped = {name for name, function in _reads() if not _takes_scope(function)}

    assert unscoped == set(SYSTEM)


def test_scope_is_the_first_thing_that_a_read_asks_for() -> None:
    later = [
        name
        for name, function in _reads()
        if _takes_scope(function) and function.args.args[:1] != _scopes(function)
    ]

    assert later == []


def test_faces_receive_rows_and_never_models() -> None:
    models = _model_names()
    shaped = {
        name for name, function in _reads() if not _names_in(function.returns) & (models | {"QuerySet"})
    }

    assert {name for name, _ in _reads()} - shaped == UNSHAPED


def test_no_face_calls_what_is_not_shaped() -> None:
    names = {name.partition(".")[2] for name in UNSHAPED}
    callers = {
        f"{source.name_of(path)}: {node.attr}"
        for face in ("desk", "api", "cli", "ui", "demo")
        for path in source.files(".py", within=face)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in names
    }

    assert callers == set()


def test_rows_for_screens_cannot_change() -> None:
    loose = [
        f"{source.name_of(path)}:{node.name}"
        for path in _rooms()
        for node in source.tree(path).body
        if isinstance(node, ast.ClassDef) and not _is_frozen(node) and node.name not in ("Resolver",)
    ]

    assert loose == []


def test_every_queryset_that_a_person_reads_says_who_may_see_it() -> None:
    blind = [
        f"{source.name_of(path)}:{node.name}"
        for path in source.files("models.py")
        for node in source.tree(path).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("QuerySet")
        if "visible_to" not in [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
    ]

    assert blind == []


def _rooms() -> list[Path]:
    return [
        path
        for package in (*source.nouns(), "insight")
        for path in source.files(".py", within=package)
        if path.relative_to(source.PACKAGE).parts[1] in ("queries.py", "queries")
    ]


def _reads() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (f"{source.package_of(path)}.{node.name}", node)
        for path in _rooms()
        for node in source.tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def _scopes(function: ast.FunctionDef) -> list[ast.arg]:
    asked = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [each for each in asked if each.arg == "scope" and each.annotation and _is_scope(each.annotation)]


def _takes_scope(function: ast.FunctionDef) -> bool:
    return bool(_scopes(function))


def _is_scope(annotation: ast.expr) -> bool:
    return ast.unparse(annotation) == "Scope"


def _names_in(annotation: ast.expr | None) -> set[str]:
    text = ast.unparse(annotation) if annotation else ""
    return {
        word for word in text.replace("'", " ").replace("[", " ").replace("]", " ").replace(",", " ").split()
    }


def _model_names() -> set[str]:
    return {
        node.name
        for path in source.files("models.py")
        for node in source.tree(path).body
        if isinstance(node, ast.ClassDef) and any(_is_model(ast.unparse(base)) for base in node.bases)
    }


def _is_model(base: str) -> bool:
    return base in ("models.Model", "AbstractBaseUser")


def _is_frozen(node: ast.ClassDef) -> bool:
    bases = {ast.unparse(base).partition("[")[0] for base in node.bases}
    if bases & {"NamedTuple", "StrEnum", "enum.StrEnum"}:
        return True
    return any("frozen=True" in ast.unparse(each) for each in node.decorator_list)
