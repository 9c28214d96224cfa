"""How an endpoint is called, with curl and in Python: the pages show what the tests run."""

import json
from collections.abc import Mapping
from textwrap import indent
from typing import Any, Final, NamedTuple


class Form(NamedTuple):
    """A form: the file that it brings, its other fields, and the field of the file."""

    file: str
    fields: Mapping[str, str]
    name: str = "file"


INVOICE: Final = "inv_7k2m9q0d4w"
ACCOUNT: Final = "ba_7k2m9q0d4w"
PRODUCT: Final = "prd_7k2m9q0d4w"
ENTITY: Final = "le_7k2m9q0d4w"
CUSTOMER: Final = "cus_7k2m9q0d4w"
OFFER: Final = "off_7k2m9q0d4w"
DAY: Final = "2026-03-31"
_LINE: Final = {"product_id": PRODUCT, "label": "Conseil", "quantity": "2", "unit_price": "450.00"}
_BY_HAND: Final = {"account_id": ACCOUNT, "issue_date": DAY, "lines": [_LINE]}
_CORRECTION: Final = {"reason": "Erreur de quantité", "issue_date": DAY}
_CONTRACT: Final = {
    "account_id": ACCOUNT, "reference": "CTR-2026-042", "start_date": "2026-04-01",
    "terms": [{"offer_id": OFFER, "quantity": "3"}], "term_months": 12, "renewal": "automatic",
}  # fmt: skip
_IDENTITY: Final = {
    "name": "Société Exemple", "legal_form": "SAS", "siren": "732829320", "vat_number": "FR44732829320",
    "address_1": "1, rue de la Paix", "postcode": "75002", "city": "Paris", "country": "FR",
}  # fmt: skip
_WEBHOOK: Final = {"url": "https://crm.example/encaisse", "types": ["invoice.issued"]}
_USER: Final = {"email": "ada@exemple.example", "name": "Ada Exemple", "role": "billing"}
_TEMPLATE: Final = {"name": "Badge", "min_minor": 5000, "max_minor": 50000, "valid_months": 24}
_ROLE: Final = {"name": "Recouvrement", "level": "everything", "permissions": ["allocate", "record_payment"]}
_GROUP: Final = {"name": "Ouest", "leader": "ada-exemple", "members": ["ada-exemple"]}
_RULE: Final = {
    "name": "Moins de 100 €",
    "verdict": "suspect",
    "mode": "require",
    "criteria": {"every": [{"of": "gross", "is": "lt", "value": "100.00"}]},
}
_CYCLE: Final = {
    "code": "MOIS",
    "name_fr": "Chaque mois",
    "name_en": "Every month",
    "first_day": "2026-04-01",
}
_OFFER: Final = {"product_id": PRODUCT, "name_fr": "Abonnement", "name_en": "Subscription"}
_RUN: Final = {"cutoff_date": "2026-04-01", "issue_date": DAY}

# What is sent, by the name of the endpoint. A test holds each to the contract.
BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "create_customer": {
        "reference": "C0042", "identity": _IDENTITY | {"email": "compta@client.example"},
        "account": {"legal_entity_id": ENTITY, "terms": {"kind": "net_days", "days": 30}},
    },
    "change_customer": {"name": "Société Exemple", "language": "fr", "credit_limit_minor": 500000},
    "open_account": {"reference": "C0042-2", "legal_entity_id": ENTITY, "currency": "EUR"},
    "change_account_terms": {"terms": {"kind": "net_days", "days": 30}, "recipients": ["compta@client.example"]},
    "change_account_identity": _IDENTITY,
    "grant_discount": {"percent": "5", "reason": "Fidélité", "valid_from": DAY},
    "end_discount": {"valid_to": "2026-12-31"},
    "publish_look": {"accent": "#17456b", "texts": {"fr": {"footer": "Merci de votre confiance."}}},
    "change_legal_entity": {"identity": _IDENTITY | {"capital": "50 000 €", "registry": "RCS Paris"}},
    "create_offer": {"code": "ABO", **_OFFER},
    "change_offer": _OFFER,
    "include_offers": {"inclusions": [{"offer_id": OFFER, "quantity": "1"}]},
    "discontinue_offer": {"discontinued_on": "2026-12-31"},
    "set_price": {"currency": "EUR", "valid_from": "2027-01-01", "unit_price": "32.50"},
    "end_price": {"valid_to": "2026-12-31"},
    "start_a_contract": _CONTRACT,
    "preview_a_contract": {**_CONTRACT, "until": "2026-07-01"},
    "change_contract_references": {"order_reference": "4500012345"},
    "preview_contract_event": {"event": {"kind": "suspend", "on": "2026-06-01"}, "until": "2026-09-01"},
    "change_contract": {"event": {"kind": "terminate", "on": "2026-12-31", "refund": True}},
    "tell_usage_events": {
        "events": [
            {
                "source": "standard", "key": "appel-0001", "contract": "CTR-2026-042", "meter": "minutes",
                "occurred_at": "2026-04-02T09:30:00+02:00", "quantity": "12.5",
            }
        ]
    },
    "create_run": _RUN,
    "try_run": _RUN,
    "make_document_file": {"form": "zip", "filter": {"issued_from": "2026-03-01", "issued_to": "2026-04-01"}},
    "print_run_file": {"order": "postal", "on_paper": True, "even": True, "most_documents": 500},
    "retry_run": {"reason": "unknown_tax"},
    "run_again": {"issue_date": DAY},
    "cancel_run": {"drop_charges": False},
    "record_exchange_rate": {
        "base": "EUR", "quote": "MAD", "rate": "10.95", "valid_from": "2026-01-15", "source": "Bank Al-Maghrib",
    },
    "create_cycle": _CYCLE,
    "change_cycle": _CYCLE,
    "join_cycle": {"account_ids": [ACCOUNT]},
    "leave_cycle": {"account_ids": [ACCOUNT]},
    "create_validation_rule": {**_RULE, "legal_entity_id": ENTITY, "kind": "invoice"},
    "change_validation_rule": _RULE,
    "try_validation_rule": {"legal_entity_id": ENTITY, "mode": "require", "criteria": _RULE["criteria"]},
    "refuse_invoice": {"drop_charges": False},
    "create_invoice": _BY_HAND,
    "rewrite_invoice": _BY_HAND,
    "preview_credit_note": _CORRECTION,
    "credit_invoice_in_part_or_whole": _CORRECTION,
    "replace_invoice": _CORRECTION,
    "cancel_credit_note": _CORRECTION,
    "record_payment": {
        "account_id": ACCOUNT, "amount_minor": 12000, "method": "transfer", "received_on": DAY, "reference": "VIR 42",
    },
    "give_back_advance": {"reason": "Résiliation"},
    "abandon_contract": {"reason": "Commande annulée"},
    "set_advance_rule": {"valid_from": DAY, "amount": "50.00", "currency": "EUR"},
    "create_deposit_template": {**_TEMPLATE, "legal_entity_id": ENTITY, "currency": "EUR"},
    "change_deposit_template": _TEMPLATE,
    "request_deposit": {
        "account_id": ACCOUNT, "template_id": "dpt_7k2m9q0d4w", "amount_minor": 10000, "requested_on": DAY,
    },
    "cancel_deposit": {"reason": "Contrat abandonné"},
    "tag_invoice": {"name": "à relire"},
    "untag_invoice": {"name": "à relire"},
    "prolong_deposit": {"valid_until": "2027-12-31"},
    "fund_deposit": {"amount_minor": 6000, "method": "cheque", "received_on": DAY, "reference": "CHQ 17"},
    "draw_deposit": {"invoice_id": INVOICE, "amount_minor": 3550, "drawn_on": DAY},
    "refund_deposit": {"method": "transfer", "refunded_on": DAY, "reference": "VIR 9"},
    "undo_deposit_movement": {"taken_back_on": DAY},
    "approve_deposit_proposal": {"despite_open": False},
    "set_offer_deposit": {"template_id": "dpt_7k2m9q0d4w", "amount_minor": 10000, "valid_from": DAY},
    "allocate_payment": {"strategy": "oldest_first"},
    "allocate_credit_note": {"shares": [{"invoice_id": INVOICE, "amount_minor": 5000}]},
    "return_payment": {"returned_on": DAY},
    "create_webhook": _WEBHOOK,
    "change_webhook": _WEBHOOK,
    "replay_failed_messages": {"since": "2026-03-31T00:00:00+02:00"},
    "create_user": {**_USER, "password": "bien gardé au chaud"},
    "change_user": _USER,
    "set_user_password": {"password": "bien gardé au chaud"},
    "create_role": _ROLE,
    "change_role": _ROLE,
    "create_group": _GROUP,
    "change_group": _GROUP,
    "create_representative": {"name": "Ada Exemple"},
    "create_tax": {
        "code": "FR-ECO", "name_fr": "TVA et éco-contribution", "name_en": "VAT and eco-tax",
        "components": [
            {
                "kind": "other", "label_fr": "Éco-contribution", "label_en": "Eco-tax", "per_unit": "2.00",
                "in_base": True, "account": "447",
            },
            {"kind": "vat", "rate": "20", "label_fr": "TVA", "label_en": "VAT"},
        ],
    },
    "create_tax_rule": {"country": "DE", "tax_class": "service", "buyer_kind": "person", "answer": "FR-20"},
    "create_customer_category": {"code": "association", "name_fr": "Association", "name_en": "Association"},
    "rename_customer_category": {"name_fr": "Associations", "name_en": "Associations"},
    "end_tax_rule": {"valid_to": "2027-01-01"},
    "save_chart_account": {"name_fr": "Prestations de conseil", "name_en": "Consulting"},
    "save_template_draft": {"source": "#let d = json(bytes(sys.inputs.data))"},
    "save_country_account": {"account": "71243", "name_fr": "Prestations de conseil", "name_en": "Consulting"},
    "change_chart_mapping": {"kind": "product", "name": "ACCES", "account": "7061", "since": "2027-01-01"},
    "change_schedule": {"at": "05:30", "timezone": "Europe/Paris"},
}  # fmt: skip
# What is sent with a file, and the file; by the name of the endpoint.
FORMS: Final[Mapping[str, Form]] = {
    "import_file": Form("clients.csv", {"kind": "customers", "legal_entity_id": "le_7k2m9q0d4w"}),
    "bring_pdfs": Form("factures.zip", {"legal_entity_id": "le_7k2m9q0d4w"}),
    "bring_logo": Form("logo.svg", {}, "image"),
}
# What a reading is asked with, where it must be.
QUERIES: Final[Mapping[str, str]] = {
    "list_invoices": "settlement=overdue&limit=20",
    "list_payments": "only_left=true",
    "list_charges_to_come": "until=2026-07-01",
    "get_vat": "year=2026",
    "get_fec": "legal_entity_id=le_7k2m9q0d4w&year=2026",
    "get_journal": "legal_entity_id=le_7k2m9q0d4w&year=2026",
    "get_cut_off": "legal_entity_id=le_7k2m9q0d4w&on=2026-12-31",
    "list_cut_off_lines": "legal_entity_id=le_7k2m9q0d4w&on=2026-12-31&figure=deferred",
    "list_documents": "state=failed",
    "list_audit_entries": "about=inv_7k2m9q0d4w",
    "try_tax": "legal_entity_id=le_7k2m9q0d4w&country=DE&vat_number=DE136695976",
    "get_consolidation": "currency=EUR",
    "search_everything": "text=Exemple",
}
SHOWN: Final = 50
WORD: Final = "3d5e0f7c-6f0a-4bb1-9c1e-2f7a1f1f6a55"


class Call(NamedTuple):
    """One request: its method, its path with its query, what it sends, or the form with the file that it brings."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    form: Form | None = None


def curl(call: Call, site: str) -> str:
    """The request on a command line; the key is in the environment."""
    lines = [f"curl {site}{call.path}" if "&" not in call.path else f"curl '{site}{call.path}'"]
    if call.method != "GET":
        lines[0] = lines[0].replace("curl ", f"curl -X {call.method} ", 1)
    lines.append('-H "Authorization: Bearer $ENCAISSE_KEY"')
    if call.method == "POST":
        lines.append(f'-H "Idempotency-Key: {WORD}"')
    if call.form:
        lines += [f"-F {name}={value}" for name, value in call.form.fields.items()]
        lines.append(f"-F {call.form.name}=@{call.form.file}")
    elif call.body is not None:
        lines += ['-H "Content-Type: application/json"', f"-d '{_json(call.body)}'"]
    return " \\\n  ".join(lines)


def python(call: Call, site: str) -> str:
    """The same in Python, with httpx."""
    headers = ['"Authorization": f"Bearer {os.environ[\'ENCAISSE_KEY\']}"']
    if call.method == "POST":
        headers.append(f'"Idempotency-Key": "{WORD}"')
    said = [f'    "{site}{call.path}",', f"    headers={{{', '.join(headers)}}},"]
    if call.form:
        said += [f"    data={_json(call.form.fields)},"] if call.form.fields else []
        said.append(f'    files={{"{call.form.name}": open("{call.form.file}", "rb")}},')
    elif call.body is not None:
        said.append(indent(f"json={_literal(call.body)},", "    "))
    return "\n".join(
        ["import os", "", "import httpx", "", f"answer = httpx.{call.method.lower()}(", *said, ")"]
    )


def _json(body: Mapping[str, Any]) -> str:
    told = json.dumps(body, ensure_ascii=False)
    # On one line as long as a page shows it whole.
    return (told if len(told) <= SHOWN else json.dumps(body, ensure_ascii=False, indent=2)).replace("'", "’")


def _literal(body: Mapping[str, Any]) -> str:
    return _json(body).replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")
