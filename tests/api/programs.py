"""A program with a key, as tests use it."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from encaisse.access.models import Permission
from encaisse.access.operations.keys import Wanted
from encaisse.flows.open_api import give_key
from encaisse.kernel.scope import Actor, Level, Scope

_words = itertools.count(1)
ROOT = Scope(Actor("command", None, "root"), Level.EVERYTHING, permissions=frozenset(Permission.values))


@dataclass
class Answer:
    """What a program was answered."""

    status: int
    headers: dict[str, str]
    body: Any
    content: bytes


@dataclass
class Program:
    """Something that calls the API with its key."""

    secret: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **asked: Any) -> Answer:
        """Read."""
        return self._ask("get", path, asked)

    def post(self, path: str, said: Any = None, *, word: str = "", **headers: str) -> Answer:
        """Act, under a word of its own unless one is given."""
        headers = {"Idempotency-Key": word or f"word-{next(_words)}", **headers}
        return self._send("post", path, said, headers)

    def put(self, path: str, said: Any = None) -> Answer:
        """Say anew."""
        return self._send("put", path, said, {})

    def delete(self, path: str) -> Answer:
        """End."""
        return self._ask("delete", path, {})

    def _send(self, method: str, path: str, said: Any, headers: dict[str, str]) -> Answer:
        data = "" if said is None else json.dumps(said)
        return self._ask(method, path, data, headers, content_type="application/json")

    def _ask(
        self, method: str, path: str, data: Any, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        sent = {"Authorization": f"Bearer {self.secret}", "Accept-Language": "en", **(headers or {})}
        answer = getattr(self.client, method)(address, data, headers=sent, **more)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(
            answer.status_code, dict(answer.headers), json.loads(content) if is_json else None, content
        )


def program(**wanted: Any) -> Program:
    """A program that the operator of the server let in, with everything unless told otherwise."""
    return Program(give_key(ROOT, Wanted("Test", **wanted)).secret)
