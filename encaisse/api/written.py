"""Pages of the busiest lists, written from rows that PostgreSQL made into JSON; a test holds them to their contract."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

from django.http import HttpResponse

from encaisse.api.fields import next_page
from encaisse.api.requests import ProgramRequest
from encaisse.kernel import references

MEDIA_TYPE: Final = "application/json; charset=utf-8"


class Written(Protocol):
    """A row of a busy list."""

    @property
    def id(self) -> int:
        """Its key."""

    @property
    def keys(self) -> Mapping[str, tuple[str, int | None]]:
        """The rows that it names: their prefix and key, by field."""

    @property
    def text(self) -> str:
        """The rest of it, as a JSON object."""


def listed(request: ProgramRequest, prefix: str, rows: Sequence[Written], limit: int) -> HttpResponse:
    """One page of rows, of which one more than `limit` was asked for."""
    shown = rows[:limit]
    more = len(rows) > limit
    following = next_page(request, prefix, shown[-1].id) if more else None
    data = ",".join(map(_row, shown))
    body = f'{{"data":[{data}],"has_more":{json.dumps(more)},"next":{json.dumps(following)}}}'
    return HttpResponse(body, content_type=MEDIA_TYPE)


def _row(row: Written) -> str:
    named = ",".join(f'"{name}":"{_public_id(*key)}"' for name, key in row.keys.items())
    return f"{{{named},{row.text[1:]}"


@lru_cache(maxsize=65_536)
def _public_id(prefix: str, key: int) -> str:
    return references.public_id(prefix, key)
