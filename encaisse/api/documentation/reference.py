"""The contract as the pages show it: headings, endpoints, and their fields one by one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.utils.text import slugify

from encaisse.api.documentation import examples
from encaisse.api.documentation.examples import Call
from encaisse.api.root import HEADINGS

Contract = Mapping[str, Any]
DEEPEST: Final = 4
_KEY: Final = re.compile(r"\{(\w+)\}")
_PREFIXES: Final = {
    "deposit_id": "dep", "template_id": "dpt", "movement_id": "dmv", "proposal_id": "dpp", "advance_id": "inv",
    "invoice_id": "inv", "credit_note_id": "inv", "payment_id": "pay", "customer_id": "cus", "account_id": "ba",
    "entity_id": "le", "contract_id": "sub", "run_id": "run", "trial_id": "try", "cycle_id": "cyc", "offer_id": "off",
    "price_id": "prc", "entry_id": "ent", "user_id": "usr", "import_id": "imp", "job_id": "job",
    "allocation_id": "alo", "discount_id": "dis", "webhook_id": "wh", "message_id": "msg", "role_id": "rol",
    "group_id": "grp", "category_id": "cat", "rule_id": "txr", "schedule_id": "sch",
}  # fmt: skip
# What stands in a path and is no reference.
_NAMES: Final = {"code": "706100", "country": "MA", "listed": "411"}


class Field(NamedTuple):
    """One field: its way from the root, what it holds, and whether it must be there."""

    name: str
    kind: str
    is_required: bool
    text: str


class Endpoint(NamedTuple):
    """One endpoint: what it takes, what it tells, and how it is called."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    permission: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    status: str
    answer: tuple[Field, ...]
    curl: str
    python: str


class Heading(NamedTuple):
    """The endpoints of one resource."""

    slug: str
    title: str
    endpoints: tuple[Endpoint, ...]


def headings(contract: Contract, site: str) -> tuple[Heading, ...]:
    """Every endpoint of the contract, under its heading, called at that site."""
    found: dict[str, list[Endpoint]] = {title: [] for title in HEADINGS}
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_endpoint(contract, site, (method.upper(), path), operation))
    return tuple(Heading(slugify(title), title, tuple(endpoints)) for title, endpoints in found.items())


def call(name: str, method: str, path: str) -> Call:
    """The request that shows how an endpoint is called."""
    whole = _KEY.sub(lambda key: _NAMES.get(key[1]) or f"{_PREFIXES[key[1]]}_7k2m9q0d4w", path)
    query = examples.QUERIES.get(name, "")
    return Call(
        method, f"{whole}?{query}" if query else whole, examples.BODIES.get(name), examples.FORMS.get(name)
    )


def _endpoint(contract: Contract, site: str, place: tuple[str, str], operation: Contract) -> Endpoint:
    method, path = place
    body = operation.get("requestBody", {}).get("content", {})
    shown = call(operation["operationId"], method, path)
    status = min(map(str, operation["responses"]))
    content = (
        operation["responses"].get(int(status), operation["responses"].get(status, {})).get("content", {})
    )
    return Endpoint(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        permission=operation.get("x-permission", ""),
        parameters=tuple(_parameter(contract, each) for each in operation.get("parameters", ())),
        body=tuple(_fields(contract, _schema(body))),
        status=status,
        answer=tuple(_fields(contract, _schema(content))),
        curl=examples.curl(shown, site),
        python=examples.python(shown, site),
    )


def _schema(content: Contract) -> Contract:
    nothing: Contract = {}
    found: Contract = next(iter(content.values()), nothing).get("schema", nothing)
    return found


def _parameter(contract: Contract, said: Contract) -> Field:
    kind = _kind(contract, said["schema"])
    return Field(said["name"], kind, bool(said.get("required")), said.get("description", ""))


def _fields(contract: Contract, schema: Contract, before: str = "", depth: int = 0) -> Iterator[Field]:
    """The fields of an object, and of the objects within, as far as one can still read them."""
    schema = _plain(contract, schema)
    needed = set(schema.get("required", ()))
    for name, said in schema.get("properties", {}).items():
        yield Field(before + name, _kind(contract, said), name in needed, said.get("description", ""))
        inner = _plain(contract, said)
        is_list = inner.get("type") == "array"
        within = _plain(contract, inner.get("items", {})) if is_list else inner
        if within.get("properties") and depth < DEEPEST:
            mark = "[]." if is_list else "."
            yield from _fields(contract, within, f"{before}{name}{mark}", depth + 1)


def _plain(contract: Contract, schema: Contract) -> Contract:
    """The schema behind a reference, or behind the choice of something or nothing."""
    if "$ref" in schema:
        found: Contract = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return _plain(contract, choices[0]) if len(choices) == 1 else schema


def _kind(contract: Contract, schema: Contract) -> str:
    """What a field holds, in a word or two."""
    empty = " | null" if any(each.get("type") == "null" for each in schema.get("anyOf", ())) else ""
    schema = _plain(contract, schema)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])) + empty
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema or "oneOf" in schema:
        return " | ".join(_kind(contract, each) for each in schema.get("anyOf") or schema["oneOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(contract, schema.get('items', {}))}{empty}"
    return str(schema.get("format") or _told(schema)) + empty


def _told(schema: Contract) -> str:
    pattern = schema.get("pattern", "")
    if pattern.startswith("^") and pattern[1:4].strip("_").isalpha() and "_[0-9a-hj" in pattern:
        return f"{pattern[1:].partition('_')[0]}_…"
    if pattern.endswith((r"(\.[0-9]{1,6})?$", r"(\.[0-9]+)?$")):
        return "decimal"
    return str(schema.get("title") if schema.get("type") == "object" else schema.get("type", "any"))
