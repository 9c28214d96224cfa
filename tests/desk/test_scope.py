"""Nobody sees a row that is not theirs, nor misses one that is: every route, for every role and level."""

from typing import Final

import pytest
from django.test import override_settings

from encaisse.catalog.models import Product
from encaisse.desk.urls import ROUTES
from tests.desk import sums, viewers, world
from tests.desk.placements import (
    Acts,
    Elsewhere,
    EndsDiscounts,
    Exported,
    Exports,
    Files,
    Form,
    Images,
    InJanuary,
    LedgerAccount,
    Lists,
    OfAnAccount,
    OfAnEntity,
    OfARole,
    OfAUser,
    OfTheCatalogue,
    OfTheTeams,
    Opens,
    Page,
    Personal,
    Placement,
    PlansRuns,
    Public,
    Reports,
    Searches,
    Spreads,
    TakesOut,
    Traces,
)


def a_payment() -> dict[str, object]:
    """What somebody types to record a payment, but for the account."""
    return {"amount": "10", "method": "cash", "received_on": "2026-03-31"}


def an_invoice() -> dict[str, object]:
    """What somebody types to write an invoice, but for the account."""
    product = Product.objects.order_by("pk").values_list("pk", flat=True)[0]
    line = {"product": product, "label": "Conseil", "quantity": "1", "unit_price": "10"}
    counts = {"line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0}
    return {"issue_date": "2026-03-31", **counts, **{f"line-0-{name}": each for name, each in line.items()}}


# A new route stands here or fails the test.
PLACEMENTS: Final[dict[str, Placement]] = {
    "login": Public(),
    "log_in_code": Elsewhere("test_second_factor"),
    "logout": Elsewhere("test_middleware"),
    "dashboard": Page(sums.owed_by_entity),
    "search": Searches(("cus", "inv", "pay")),
    "palette": Searches(("cus", "inv", "pay")),
    "invoices": Lists("inv", sums=sums.of_invoices),
    "invoice": Opens("inv"),
    "invoice_pdf": Files("inv"),
    "invoice_page": Images("inv"),
    "documents": Page(),
    "try_documents": Elsewhere("test_documents"),
    "try_document": Acts("inv"),
    "new_invoice": OfAnAccount(an_invoice),
    "issue_invoice": Acts("inv"),
    "discard_invoice": Acts("inv"),
    "edit_invoice": Acts("inv"),
    "credit_invoice": Opens("inv", is_part=True),
    "replace_invoice": Acts("inv"),
    "cancel_credit_note": Acts("inv"),
    "use_credit_note": Acts("inv"),
    "lay_credit_note": Opens("inv", is_part=True),
    "send_invoice": Acts("inv"),
    "resend_invoice": Acts("inv"),
    "send_again": Acts("inv"),
    "runs": Lists("run", search=""),
    "new_run": PlansRuns(),
    "trial": Opens("try", is_part=True),
    "trial_progress": Opens("try", is_part=True),
    "begin_trial": Acts("try"),
    "quarantine": Page(),
    "approve_draft": Acts("inv"),
    "release_invoice": Acts("inv"),
    "refuse_invoice": Acts("inv"),
    "validation_rules": Lists("vru", search=""),
    "new_validation_rule": Form(),
    "change_validation_rule": Opens("vru"),
    "end_validation_rule": Acts("vru"),
    "cycles": Lists("cyc", search=""),
    "new_cycle": Form(),
    "cycle": Opens("cyc"),
    "change_cycle": Opens("cyc"),
    "join_cycle": Acts("cyc"),
    "leave_cycle": Acts("cyc"),
    "start_cycle": Acts("cyc"),
    "end_cycle": Acts("cyc"),
    "run": Opens("run", sums=sums.of_run),
    "run_progress": Opens("run", is_part=True),
    "run_exceptions": Opens("run"),
    "run_report": Opens("run", sums=sums.of_run),
    "run_report_file": Reports("run"),
    "run_files": Opens("run"),
    "retry_run": Acts("run"),
    "exclude_draft": TakesOut(),
    "run_again": Acts("run"),
    "pause_run": Acts("run"),
    "resume_run": Acts("run"),
    "issue_run": Acts("run"),
    "cancel_run": Acts("run"),
    "advances": Page(),
    "give_back_advance": Acts("inv"),
    "abandon_contract": Acts("sub"),
    "advance_rule": OfTheCatalogue("off", changes=True),
    "payments": Lists("pay", sums=sums.received),
    "new_payment": OfAnAccount(a_payment),
    "payment": Opens("pay"),
    "allocate_payment": Acts("pay"),
    "take_back_payment": Acts("pay"),
    "return_payment": Acts("pay"),
    "new_discount": Acts("ba"),
    "discount": EndsDiscounts(),
    "customers": Lists("cus"),
    "customer": Opens("cus"),
    "new_customer": Form(),
    "edit_customer": Opens("cus"),
    "new_account": Opens("cus"),
    "accounts": Lists("ba"),
    "account": Opens("ba"),
    "edit_account": Opens("ba"),
    "edit_identity": Opens("ba"),
    "entities": Page(),
    "entity": OfAnEntity(),
    "design": OfAnEntity(),
    "design_preview": Elsewhere("test_design"),
    "bring_logo": Elsewhere("test_design"),
    "series": OfAnEntity(),
    "settings": Personal(),
    "taxes": Form(),
    "new_tax": Form(),
    "new_rule": Form(),
    "end_rule": Elsewhere("test_settings"),
    "rates": Form(),
    "new_rate": Form(),
    "chart": Personal(),
    "chart_account": Personal(),
    "close_account": Elsewhere("test_settings"),
    "chart_mapping": Elsewhere("test_settings"),
    "offers": OfTheCatalogue(),
    "new_offer": OfTheCatalogue(changes=True),
    "offer": OfTheCatalogue("off"),
    "change_offer": OfTheCatalogue("off", changes=True),
    "discontinue_offer": Elsewhere("test_offers"),
    "include_offers": OfTheCatalogue("off", changes=True),
    "new_price": OfTheCatalogue("off", changes=True),
    "end_price": OfTheCatalogue("prc", changes=True),
    "contracts": Lists("sub"),
    "usage": Lists("sub"),
    "usage_file": Spreads("evt"),
    "contract": Opens("sub"),
    "new_contract": Form(),
    "change_contract": Opens("sub"),
    "add_contract": Opens("sub"),
    "give_up_contract": Opens("sub"),
    "reprice_contract": Opens("sub"),
    "suspend_contract": Opens("sub"),
    "resume_contract": Opens("sub"),
    "terminate_contract": Opens("sub"),
    "renew_contract": Opens("sub"),
    "transfer_contract": Opens("sub"),
    "refer_contract": Opens("sub"),
    "entries": Lists("ent"),
    "entry": Opens("ent"),
    "balance": Page(sums.receivables),
    "ledger_account": LedgerAccount("411"),
    "fec": Exports(2026),
    "vat": InJanuary(sums.vat),
    "vat_documents": InJanuary(sums.vat),
    "vat_file": InJanuary(),
    "cut_off": Page(),
    "cut_off_file": Elsewhere("test_cut_off"),
    "compute_cut_off": Elsewhere("test_cut_off"),
    "audit": Traces(),
    "books": Page(),
    "books_progress": Page(),
    "check_books": Elsewhere("test_books"),
    "imports": Lists("imp", search=""),
    "new_import": Form(),
    "upload": Opens("upl"),
    "upload_progress": Opens("upl", is_part=True),
    "bring_pdfs": Form(),
    "pdfs": Elsewhere("test_pdfs"),
    "pdfs_export": Elsewhere("test_pdfs"),
    "import": Opens("imp"),
    "import_refused": Opens("imp", is_part=True),
    "undo_import": Acts("imp"),
    "users": Personal(),
    "new_user": Personal(),
    "user": OfAUser(),
    "user_password": OfAUser(),
    "deactivate_user": Elsewhere("test_users"),
    "reactivate_user": Elsewhere("test_users"),
    "calendar": Lists("sch", search=""),
    "schedule": Opens("sch"),
    "run_schedule": Acts("sch"),
    "pause_schedule": Acts("sch"),
    "resume_schedule": Acts("sch"),
    "reset_second_factor": Elsewhere("test_second_factor"),
    "roles": Personal(),
    "new_role": Form(),
    "role": OfARole(),
    "teams": OfTheTeams(),
    "new_team": Form(),
    "team": OfTheTeams(of_one=True),
    "new_rep": Personal(),
    "webhooks": Lists("wh", search=""),
    "new_webhook": Form(),
    "webhook": Opens("wh"),
    "change_webhook": Opens("wh"),
    "rotate_webhook": Acts("wh"),
    "disable_webhook": Acts("wh"),
    "enable_webhook": Acts("wh"),
    "remove_webhook": Acts("wh"),
    "try_webhook": Acts("wh"),
    "replay_failed": Acts("wh"),
    "webhook_message": Opens("msg"),
    "replay_message": Acts("msg"),
    "api_keys": Lists("key", search=""),
    "new_api_key": Form(),
    "api_key": Opens("key"),
    "revoke_api_key": Acts("key"),
    "own_account": Personal(),
    "second_factor": Personal(),
    "ask_second_factor": Elsewhere("test_second_factor"),
    "renew_codes": Personal(),
    "give_up_factor": Personal(),
    "own_password": Personal(),
    "mass": Elsewhere("test_mass"),
    "saved_views": Elsewhere("test_saved_views"),
    "change_view": Elsewhere("test_saved_views"),
    "jobs": Lists("job", search=""),
    "job": Opens("job"),
    "job_progress": Opens("job", is_part=True),
    "job_header": Opens("job", is_part=True),
    "stop_job": Acts("job"),
    "job_again": Acts("job"),
    "template": OfAnEntity(),
    "template_preview": Elsewhere("test_template"),
    "upload_template": Elsewhere("test_template"),
    "give_up_template": Elsewhere("test_template"),
    "template_file": Elsewhere("test_template"),
    "carry_out_job": Acts("job"),
    "job_file": Elsewhere("test_jobs"),
    "invoices_export": Exported("inv"),
    "runs_export": Exported("run"),
    "run_exceptions_export": Exported(one="run"),
    "quarantine_export": Exported(),
    "advances_export": Exported(),
    "validation_rules_export": Exported("vru"),
    "cycles_export": Exported("cyc"),
    "cycle_export": Exported(one="cyc"),
    "usage_export": Exported("evt"),
    "offers_export": Exported(),
    "payments_export": Exported("pay"),
    "customers_export": Exported("cus"),
    "accounts_export": Exported("ba"),
    "contracts_export": Exported("sub"),
    "entries_export": Exported("ent"),
    "balance_export": Exported(),
    "ledger_account_export": Elsewhere("test_exports"),
    "vat_documents_export": Exported(),
    "imports_export": Exported("imp"),
    "users_export": Exported(),
    "webhooks_export": Exported("wh"),
    "webhook_export": Exported(one="wh"),
    "api_keys_export": Exported("key"),
    "jobs_export": Exported("job"),
    "calendar_export": Exported(),
    "job_export": Exported(one="job"),
    "audit_export": Elsewhere("test_audit"),
}


def test_every_list_is_a_file_too():
    listed = {name for name, placement in PLACEMENTS.items() if isinstance(placement, Lists)}

    assert listed - {route.name for route in ROUTES if route.table} == set()


def test_every_route_has_its_place():
    assert {route.name for route in ROUTES} == set(PLACEMENTS)


@pytest.fixture(scope="module")
def made(shared_database: str) -> world.World:
    """The world and those who look at it, made once for all that a worker process tries; each try is undone."""
    with override_settings(PASSWORD_HASHERS=["tests.access.hashing.Quick"]):
        found = world.build()
        viewers.install(found)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(len(viewers.SIGHTS)), ids=lambda number: viewers.SIGHTS[number].role)
def test_each_viewer_sees_exactly_their_rows_on_every_route(made: world.World, number: int):
    who = viewers.viewer(made, number)
    wrong = []
    for route in ROUTES:
        placement = PLACEMENTS[route.name]
        if who.may(route) and (who.sight.closely or isinstance(placement, Lists | Page)):
            try:
                placement.walk(route.name, made, who)
            except AssertionError as failure:
                wrong.append(f"{who} on {route.name}: {failure}")
    assert not wrong, "\n".join(wrong)
