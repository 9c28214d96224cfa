"""Everything that the desk can do, a program can do: each address of the desk has its endpoint, or a reason."""

from typing import Final

from encaisse.desk.urls import ROUTES
from tests.api.test_contract import operations

# What is not for programs, and why.
REASONS: Final = {
    "login": "a program shows its key",
    "logout": "a program shows its key",
    "own_account": "a program has none: `get_me` tells what its key allows",
    "own_password": "a program has none",
    "invoice_page": "an image for a page: the PDF is there",
    "trial_progress": "a fragment of a page that asks again: `get_trial`",
    "run_progress": "a fragment of a page that asks again: `get_run`",
    "books_progress": "a fragment of a page that asks again: `get_books`",
    "palette": "the pages of the desk and what its search finds: `search_everything`",
    "job_header": "a fragment of every page: `list_jobs`",
    "job_progress": "a fragment of a page that asks again: `get_job`",
    "run_report_file": "the same as `get_run_report`, as a table for people",
    "usage_file": "the same as `list_usage_events`, as a table for people",
    "vat_file": "the same as `get_vat`, as a table for people",
    "vat_documents": "the documents behind a figure of VAT: `list_invoices` and `list_entries` narrow to them",
    "ledger_account": "the entries of one account of the chart: `list_entries` with their lines",
    "import_refused": "the same as `list_refused_records`, as a file to mend",
    "api_keys": "a key that makes keys could outlive its own end",
    "new_api_key": "a key that makes keys could outlive its own end",
    "api_key": "a key that makes keys could outlive its own end",
    "revoke_api_key": "a key that makes keys could outlive its own end",
    "log_in_code": "a program shows its key",
    "second_factor": "a program has none", "ask_second_factor": "a program has none",
    "renew_codes": "a program has none", "give_up_factor": "a program has none",
    "settings": "a page that leads to others",
    "saved_views": "a person's own", "change_view": "a person's own",
    "upload": "how a file is laid out on a screen: `import_file` takes it whole",
    "upload_progress": "a fragment of a page that asks again: `get_job`",
    "cut_off_file": "a table for people",
    "compute_cut_off": "a program has it computed as it asks: `get_cut_off`",
    "design_preview": "an image for a page",
    "mass": "a program calls the endpoint of each row",
    "template_preview": "an image for a page",
    "template_file": "a file for people: `get_template_draft` has the source",
    "carry_out_job": "a program calls the endpoint of each row",
    **{route.name: "a list as a file for people" for route in ROUTES if route.name.endswith("_export")},
}  # fmt: skip
COUNTERPARTS: Final = {
    "dashboard": "get_dashboard", "group": "get_consolidation", "search": "search_everything",
    "invoices": "list_invoices", "invoice": "get_invoice", "invoice_pdf": "get_invoice_pdf",
    "use_credit_note": "allocate_credit_note", "lay_credit_note": "allocate_credit_note",
    "send_invoice": "send_invoice", "resend_invoice": "send_invoice_duplicate", "send_again": "send_invoice_again",
    "credit_invoice": "credit_invoice_in_part_or_whole", "replace_invoice": "replace_invoice",
    "cancel_credit_note": "cancel_credit_note", "new_invoice": "create_invoice", "edit_invoice": "rewrite_invoice",
    "issue_invoice": "issue_invoice", "discard_invoice": "discard_invoice",
    "runs": "list_runs", "run": "get_run", "new_run": "create_run", "trial": "get_trial", "begin_trial": "begin_trial",
    "run_exceptions": "list_run_exceptions", "retry_run": "retry_run", "exclude_draft": "exclude_draft",
    "run_again": "run_again", "pause_run": "pause_run", "resume_run": "resume_run", "issue_run": "issue_run",
    "cancel_run": "cancel_run", "run_report": "get_run_report", "run_files": "print_run_file",
    "cycles": "list_cycles", "new_cycle": "create_cycle", "cycle": "get_cycle", "change_cycle": "change_cycle",
    "join_cycle": "join_cycle", "leave_cycle": "leave_cycle", "start_cycle": "start_cycle", "end_cycle": "end_cycle",
    "validation_rules": "list_validation_rules", "new_validation_rule": "create_validation_rule",
    "change_validation_rule": "change_validation_rule", "end_validation_rule": "end_validation_rule",
    "tag_invoice": "tag_invoice", "untag_invoice": "untag_invoice",
    "quarantine": "list_quarantine", "approve_draft": "approve_draft", "release_invoice": "release_invoice",
    "refuse_invoice": "refuse_invoice",
    "usage": "list_usage_events",
    "rates": "list_exchange_rates", "new_rate": "record_exchange_rate",
    "offers": "list_offers", "new_offer": "create_offer", "offer": "get_offer", "change_offer": "change_offer",
    "discontinue_offer": "discontinue_offer", "include_offers": "include_offers", "new_price": "set_price",
    "end_price": "end_price",
    "advances": "list_advances", "give_back_advance": "give_back_advance", "abandon_contract": "abandon_contract",
    "advance_rule": "set_advance_rule",
    "payments": "list_payments", "new_payment": "record_payment", "payment": "get_payment",
    "allocate_payment": "allocate_payment", "take_back_payment": "undo_allocation", "return_payment": "return_payment",
    "deposits": "list_deposits", "new_deposit": "request_deposit", "deposit": "get_deposit",
    "ask_deposit": "ask_for_deposit", "cancel_deposit": "cancel_deposit", "fund_deposit": "fund_deposit",
    "draw_deposit": "draw_deposit", "refund_deposit": "refund_deposit", "deposit_receipt": "get_deposit_movement",
    "take_back_movement": "undo_deposit_movement", "deposit_templates": "list_deposit_templates",
    "deposit_proposals": "list_deposit_proposals", "approve_proposal": "approve_deposit_proposal",
    "decline_proposal": "decline_deposit_proposal", "offer_deposit": "set_offer_deposit",
    "new_deposit_template": "create_deposit_template", "deposit_template": "change_deposit_template",
    "archive_deposit_template": "archive_deposit_template",
    "new_customer": "create_customer", "edit_customer": "change_customer", "new_account": "open_account",
    "customers": "list_customers", "customer": "get_customer", "accounts": "list_accounts", "account": "get_account",
    "new_discount": "grant_discount", "discount": "end_discount", "edit_account": "change_account_terms",
    "edit_identity": "change_account_identity",
    "contracts": "list_contracts", "contract": "get_contract", "new_contract": "start_a_contract",
    "change_contract": "change_contract", "add_contract": "change_contract", "give_up_contract": "change_contract",
    "reprice_contract": "change_contract", "suspend_contract": "change_contract", "resume_contract": "change_contract",
    "terminate_contract": "change_contract", "renew_contract": "change_contract",
    "transfer_contract": "change_contract", "refer_contract": "change_contract_references",
    "template": "save_template_draft", "upload_template": "save_template_draft",
    "give_up_template": "give_up_template",
    "chart_mapping": "change_chart_mapping", "close_account": "close_chart_account",
    "entries": "list_entries", "entry": "get_entry", "balance": "get_balance", "fec": "get_fec", "vat": "get_vat",
    "books": "get_books", "check_books": "check_books",
    "imports": "list_imports", "new_import": "import_file", "import": "get_import",
    "bring_pdfs": "bring_pdfs", "pdfs": "get_pdfs",
    "entities": "list_legal_entities", "entity": "change_legal_entity",
    "users": "list_users", "new_user": "create_user", "user": "change_user", "user_password": "set_user_password",
    "deactivate_user": "deactivate_user", "reactivate_user": "reactivate_user",
    "webhooks": "list_webhooks", "new_webhook": "create_webhook", "webhook": "get_webhook",
    "change_webhook": "change_webhook", "rotate_webhook": "rotate_webhook_secret", "disable_webhook": "disable_webhook",
    "enable_webhook": "enable_webhook", "remove_webhook": "remove_webhook", "try_webhook": "test_webhook",
    "replay_failed": "replay_failed_messages", "webhook_message": "get_webhook_message",
    "replay_message": "replay_webhook_message",
    "documents": "list_documents", "try_documents": "try_documents_again", "try_document": "try_document_again",
    "cut_off": "get_cut_off", "undo_import": "undo_import", "audit": "list_audit_entries", "design": "publish_look",
    "bring_logo": "bring_logo", "series": "list_number_series", "taxes": "list_taxes", "new_rule": "create_tax_rule",
    "vat_numbers": "list_vat_numbers", "check_vat_number": "check_vat_number",
    "new_tax": "create_tax", "tax_reasons": "list_tax_reasons", "categories": "list_customer_categories",
    "new_category": "create_customer_category", "category": "rename_customer_category",
    "end_rule": "end_tax_rule", "chart": "list_chart_accounts", "chart_account": "save_chart_account",
    "country_account": "save_country_account",
    "reset_second_factor": "reset_second_factor", "roles": "list_roles", "new_role": "create_role",
    "role": "change_role", "teams": "list_groups", "new_team": "create_group", "team": "change_group",
    "new_rep": "create_representative", "calendar": "get_calendar", "schedule": "change_schedule",
    "run_schedule": "run_schedule", "pause_schedule": "pause_schedule", "resume_schedule": "resume_schedule",
    "jobs": "list_jobs", "job": "get_job", "stop_job": "stop_job", "job_again": "try_job_again",
    "job_file": "get_job_file",
}  # fmt: skip


def test_each_address_of_the_desk_has_its_endpoint_or_a_reason():
    assert {route.name for route in ROUTES} == set(COUNTERPARTS) | set(REASONS)
    assert not set(COUNTERPARTS) & set(REASONS)


def test_each_endpoint_named_is_there():
    assert set(COUNTERPARTS.values()) <= {each["operationId"] for each in operations().values()}


def test_an_endpoint_asks_for_the_permission_that_its_address_asks_for():
    asked = {each["operationId"]: each.get("x-permission", "") for each in operations().values()}
    differing = {
        route.name: (route.permission, asked[COUNTERPARTS[route.name]])
        for route in ROUTES
        if route.name in COUNTERPARTS and asked[COUNTERPARTS[route.name]] != route.permission
    }

    # A list of names is no secret among those who see the entities; the desk shows it with the settings.
    # Categories are named where customers are changed.
    assert differing == {"entities": ("configure", ""), "categories": ("configure", "")}
