"""What components are given: frozen values, made by a face from the rows that a query returned.

Labels are words already translated (or lazy translations); addresses are already resolved.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.safestring import SafeString

Words = str | Promise | SafeString


class Tone(StrEnum):
    """What a status means to the reader. Each has a colour and a shape, so neither stands alone."""

    DRAFT = "draft"
    """Not started, or still being written: a hollow circle."""
    ACTIVE = "active"
    """Under way, nothing to do: a half-filled circle."""
    GOOD = "good"
    """Done as it should be: a tick."""
    WARN = "warn"
    """Somebody should look: a triangle."""
    BAD = "bad"
    """Refused, failed or late: a filled diamond."""
    CLOSED = "closed"
    """Over, and of no further consequence: a dash."""


@dataclass(frozen=True)
class Status:
    """A word and its tone."""

    label: Words
    tone: Tone = Tone.DRAFT


@dataclass(frozen=True)
class Money:
    """An amount for people to read: whole minor units of an ISO 4217 currency."""

    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Lines:
    """Several values in one cell, one a line."""

    values: "tuple[Value, ...]"


# What a component can show: each kind has its own format, see `templatetags.ui.show`.
Value = Words | int | bool | dt.date | dt.datetime | Status | Money | Lines | None


@dataclass(frozen=True)
class Fact:
    """One line of a facts list. `url` makes the value a link."""

    label: Words
    value: Value
    url: str = ""
    note: Words = ""


@dataclass(frozen=True)
class Figure:
    """A number that leads to the list behind it. `tone` colours the note only."""

    label: Words
    value: Value
    url: str = ""
    note: Words = ""
    tone: Tone = Tone.DRAFT


@dataclass(frozen=True)
class Moment:
    """One event of a timeline: what happened, when, by whom."""

    at: dt.datetime
    title: Words
    actor: Words = ""
    detail: Words = ""
    url: str = ""
    tone: Tone = Tone.CLOSED


@dataclass(frozen=True)
class Step:
    """One step of long work: its state as a tone, and how far it is when `total` is known."""

    label: Words
    tone: Tone = Tone.DRAFT
    done: int = 0
    total: int = 0
    note: Words = ""


@dataclass(frozen=True)
class Band:
    """One bar of a chart: a label, an amount in minor units, and the list behind it."""

    label: Words
    amount_minor: int
    url: str = ""


@dataclass(frozen=True)
class Sheet:
    """One page of a file as an image, and its size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Tab:
    """One tab of a page. `count` is shown beside the label unless None."""

    label: Words
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Crumb:
    """One step of the way from the section to this page."""

    label: Words
    url: str = ""


@dataclass(frozen=True)
class Entry:
    """One page of the navigation."""

    label: Words
    url: str
    current: bool = False


@dataclass(frozen=True)
class Section:
    """What people do, and the pages for it. A section without pages is not shown."""

    label: Words
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Person:
    """Who is signed in, for the menu at the top right. Under `key` a browser keeps what is theirs."""

    name: str
    sign_out_url: str
    note: Words = ""
    account_url: str = ""
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """One value that can be chosen, and its label."""

    value: str
    label: Words


@dataclass(frozen=True)
class MassBar:
    """What can be done to several rows of a list: where that is asked, and the choice of all rows in words."""

    url: str
    acts: tuple[Choice, ...]
    every: Words


@dataclass(frozen=True)
class ViewBar:
    """The saved views of a list as tabs, and the page where they are managed and the present one is saved."""

    tabs: tuple[Tab, ...]
    url: str


@dataclass(frozen=True)
class Running:
    """Long work that its asker may leave and find again in the header. `poll` is empty once it has ended."""

    label: Words
    url: str
    percent: int = 0
    poll: str = ""
