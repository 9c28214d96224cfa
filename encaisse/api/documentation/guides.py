"""The requests that the guides show: a first morning with the API, which a test lives through."""

from typing import Final, NamedTuple

from encaisse.api.documentation import examples
from encaisse.api.documentation.examples import Call

SETUP: Final = "encaisse api-key create --mode test --name Essai\nexport ENCAISSE_KEY=enc_test_…"
REFUSAL: Final = """{
  "type": "/api/docs/errors#not_valid",
  "title": "Not valid",
  "status": 422,
  "code": "not_valid",
  "detail": "Some fields are not as they must be: see errors.",
  "errors": [{"field": "amount_minor", "code": "greater_than_equal", "detail": "It is 1 or more."}]
}"""
# By the name under which a guide shows it, in the order in which they can be made.
STORY: Final[dict[str, Call]] = {
    "me": Call("GET", "/api/v1/me"),
    "entities": Call("GET", "/api/v1/legal-entities"),
    "customer": Call("POST", "/api/v1/customers", examples.BODIES["create_customer"]),
    "same_customer": Call("GET", "/api/v1/customers?text=C0042"),
    "invoice": Call("POST", "/api/v1/invoices", examples.BODIES["create_invoice"]),
    "issue": Call("POST", "/api/v1/invoices/inv_7k2m9q0d4w/issue"),
    "overdue": Call("GET", "/api/v1/invoices?settlement=open&limit=20"),
    "payment": Call("POST", "/api/v1/payments", examples.BODIES["record_payment"]),
    "charges": Call("GET", f"/api/v1/charges?account_id={examples.ACCOUNT}&fate=billed"),
    "usage": Call("POST", "/api/v1/usage-events", examples.BODIES["tell_usage_events"]),
}


class Shown(NamedTuple):
    """One request in both manners."""

    curl: str
    python: str


def calls(site: str) -> dict[str, Shown]:
    """Each request of the story, made at that site."""
    return {
        name: Shown(examples.curl(call, site), examples.python(call, site)) for name, call in STORY.items()
    }
