"""What the contract says of every endpoint beside its own fields: the key, the word of a POST, and the problems."""

from typing import Any, Final

from encaisse.api.gate import LONGEST_WORD, WORD
from encaisse.api.problems import MEDIA_TYPE

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457). `code` says it for programs and never changes.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "detail": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
REASONS: Final = {
    400: "The request cannot be read, or lacks its Idempotency-Key",
    401: "No key, or none that is good",
    403: "The key does not allow it",
    404: "Nothing there, or nothing that the key may see",
    409: "Refused as things stand, or the Idempotency-Key is in use",
    413: "The body is too large",
    415: "The body is no JSON",
    422: "A field is not as it must be",
    429: "Too many requests",
}
READING: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)
WORD_PARAMETER: Final[dict[str, Any]] = {
    "in": "header",
    "name": WORD,
    "required": True,
    "description": "A word of your own for this request. Sent again within 24 hours with the same body, the answer is "
    "the same and nothing is done twice; with another body it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_WORD, "pattern": "^[!-~]+$"},
    "example": "3d5e0f7c-6f0a-4bb1-9c1e-2f7a1f1f6a55",
}


def completed(contract: Any) -> Any:
    """The contract that ninja makes of the endpoints, with what the gate adds to each."""
    components = contract.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    contract["security"] = [{"key": []}]
    contract["servers"] = [{"url": "/"}]
    for methods in contract["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return contract


def _complete(method: str, operation: dict[str, Any]) -> None:
    if method == "post":
        operation.setdefault("parameters", []).append(WORD_PARAMETER)
    shown = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status in READING:
        refusal = {"description": REASONS[status], "content": {MEDIA_TYPE: shown}}
        operation["responses"].setdefault(status, refusal)
