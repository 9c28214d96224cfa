"""The audit log in words: what each topic says of its row, what rows are called, and how acts are gathered."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.desk import permission_words, stories
from encaisse.insight.queries.audit import Entry
from encaisse.kernel.references import public_id
from encaisse.ui import words
from encaisse.ui.shapes import Tone, Words

# What timelines say too is theirs: see `stories.STORIES`.
ACTS: Final[Mapping[str, Words]] = {
    "allocation.made": gettext_lazy("Money laid on invoices"),
    "allocation.taken_back": gettext_lazy("Money taken back from invoices"),
    "api_key.created": gettext_lazy("API key created"),
    "api_key.revoked": gettext_lazy("API key revoked"),
    "books.asked": gettext_lazy("Check of the books asked for"),
    "books.checked": gettext_lazy("Books checked"),
    "vat_number.checked": gettext_lazy("VAT number %(number)s checked: %(verdict)s"),
    "category.added": gettext_lazy("Customer category added: %(name)s"),
    "category.renamed": gettext_lazy("Customer category renamed: %(name)s"),
    "chart.account_added": gettext_lazy("Account %(account)s added to the chart"),
    "chart.country_account_told": gettext_lazy(
        "Accounts %(listed)s shown as %(code)s in the books of %(chart)s"
    ),
    "chart.account_closed": gettext_lazy("Account %(account)s closed"),
    "chart.account_renamed": gettext_lazy("Account %(account)s renamed"),
    "customer.followed": gettext_lazy("Customer followed by another representative"),
    "customer.withdrawn": gettext_lazy("Customers of an import withdrawn"),
    "chart.account_reopened": gettext_lazy("Account %(account)s opened again"),
    "chart.mapping_changed": gettext_lazy("%(mapped)s posted to account %(account)s since %(since)s"),
    "cut_off.computed": gettext_lazy("Cut-off of %(on)s computed"),
    "cycle.changed": gettext_lazy("Billing cycle changed"),
    "cycle.defined": gettext_lazy("Billing cycle defined"),
    "cycle.ended": gettext_lazy("Billing cycle ended"),
    "cycle.joined": gettext_lazy("Accounts joined the cycle"),
    "cycle.left": gettext_lazy("Accounts left the cycle"),
    "design.logo_brought": gettext_lazy("Logo brought"),
    "design.published": gettext_lazy("Look of documents published, version %(version)s"),
    "deposit_template.defined": gettext_lazy("Template of deposits defined"),
    "deposit_template.changed": gettext_lazy("Template of deposits changed"),
    "deposit_template.archived": gettext_lazy("Template of deposits archived"),
    "endpoint.changed": gettext_lazy("Webhook changed: %(url)s"),
    "endpoint.created": gettext_lazy("Webhook created: %(url)s"),
    "endpoint.disabled": gettext_lazy("Webhook disabled"),
    "endpoint.enabled": gettext_lazy("Webhook enabled"),
    "endpoint.removed": gettext_lazy("Webhook removed"),
    "endpoint.replayed": gettext_lazy("Messages of a webhook sent again: %(messages)s"),
    "endpoint.secret_changed": gettext_lazy("Secret of a webhook changed"),
    "endpoint.tested": gettext_lazy("Webhook tested"),
    "group.saved": gettext_lazy("Group of representatives saved"),
    "import.done": gettext_lazy("File imported"),
    "import.mapping_saved": gettext_lazy("Columns of a source remembered"),
    "import.undone": gettext_lazy("Import undone"),
    "invoice.withdrawn": gettext_lazy("Invoices of an import withdrawn"),
    "job.asked": gettext_lazy("Job asked for"),
    "job.stopped": gettext_lazy("Job stopped"),
    "legal_entity.changed": gettext_lazy("Legal entity changed"),
    "legal_entity.created": gettext_lazy("Legal entity created"),
    "offer.advance_set": gettext_lazy("Advance of an offer said"),
    "offer.changed": gettext_lazy("Offer changed"),
    "offer.created": gettext_lazy("Offer created"),
    "offer.discontinued": gettext_lazy("Offer discontinued"),
    "offer.deposit_set": gettext_lazy("Deposit asked for by an offer"),
    "offer.included": gettext_lazy("Offers included in a package"),
    "payment.withdrawn": gettext_lazy("Payments of an import withdrawn"),
    "price.added": gettext_lazy("Price added"),
    "price.ended": gettext_lazy("Price ended"),
    "rep.created": gettext_lazy("Representative created"),
    "rule.changed": gettext_lazy("Validation rule changed: %(name)s"),
    "rule.defined": gettext_lazy("Validation rule defined: %(name)s"),
    "rule.ended": gettext_lazy("Validation rule ended: %(name)s"),
    "role.changed": gettext_lazy("Role changed"),
    "role.created": gettext_lazy("Role created"),
    "role.limited": gettext_lazy("Role limited to legal entities"),
    "schedule.changed": gettext_lazy("Daily work moved to %(at)s (%(timezone)s)"),
    "schedule.paused": gettext_lazy("Daily work paused"),
    "schedule.resumed": gettext_lazy("Daily work resumed"),
    "subscription.condition_met": gettext_lazy("What a contract waited for is there"),
    "subscription.condition_unmet": gettext_lazy("What a contract waits for is gone again"),
    "subscription.ended": gettext_lazy("Contract ended"),
    "subscription.referred": gettext_lazy("Buyer references of a contract changed"),
    "rate.recorded": gettext_lazy("Exchange rate recorded: %(rate)s from %(valid_from)s on"),
    "tax.added": gettext_lazy("Tax added: %(tax)s"),
    "subscription.withdrawn": gettext_lazy("Contracts of an import withdrawn"),
    "tax.rule_added": gettext_lazy("Tax rule added: %(tax)s"),
    "tax.rule_ended": gettext_lazy("Tax rule ended on %(last_day)s"),
    "template.activated": gettext_lazy("Template of their own in force, version %(version)s"),
    "template.given_up": gettext_lazy("Template of Encaisse in force again"),
    "usage.recorded": gettext_lazy("Usage told"),
    "user.changed": gettext_lazy("User changed"),
    "user.created": gettext_lazy("User created"),
    "user.deactivated": gettext_lazy("User deactivated"),
    "user.locked": gettext_lazy("Account locked after five failures"),
    "user.log_in_failed": gettext_lazy("Log-in failed"),
    "user.logged_in": gettext_lazy("Logged in"),
    "user.password_set": gettext_lazy("Password set"),
    "user.reactivated": gettext_lazy("User reactivated"),
    "user.recovery_codes_renewed": gettext_lazy("Recovery codes renewed"),
    "user.second_factor_given_up": gettext_lazy("Two-factor log-in turned off"),
    "user.second_factor_reset": gettext_lazy("Two-factor log-in reset by an administrator"),
    "user.second_factor_set": gettext_lazy("Two-factor log-in set up"),
    "user.took_a_file": gettext_lazy("File %(file)s taken"),
    "vat_regime.chosen": gettext_lazy("VAT regime chosen"),
    "view.deleted": gettext_lazy("Saved view deleted"),
    "view.kept_private": gettext_lazy("Saved view kept to oneself"),
    "view.opens": gettext_lazy("List opens with a saved view"),
    "view.opens_no_more": gettext_lazy("List opens without a saved view"),
    "view.renamed": gettext_lazy("Saved view renamed"),
    "view.saved": gettext_lazy("View saved"),
    "view.shared": gettext_lazy("Saved view shared"),
}
# How acts are gathered for whoever looks: the beginnings of their topics, or topics.
GATHERED: Final[Mapping[str, tuple[Words, tuple[str, ...]]]] = {
    "log_ins": (
        gettext_lazy("Log-ins and failures"),
        ("user.logged_in", "user.log_in_failed", "user.locked"),
    ),
    "rights": (gettext_lazy("Users, roles, keys"), ("user.", "role.", "group.", "rep.", "api_key.")),
    "files": (gettext_lazy("Files taken and brought"), ("user.took_a_file", "import.")),
    "settings": (
        gettext_lazy("Settings"),
        (
            "legal_entity.",
            "vat_regime.",
            "tax.",
            "category.",
            "rate.",
            "chart.",
            "design.",
            "template.",
            "cycle.",
            "endpoint.",
            "schedule.",
            "rule.",
        ),
    ),
    "customers": (gettext_lazy("Customers and accounts"), ("customer.", "account.", "billing_account.")),
    "contracts": (gettext_lazy("Contracts and offers"), ("subscription.", "offer.", "price.", "usage.")),
    "billing": (gettext_lazy("Billing"), ("run.", "invoice.", "document.", "delivery.")),
    "money": (gettext_lazy("Money"), ("payment.", "allocation.", "deposit.", "deposit_template.")),
    "work": (gettext_lazy("Work in the background"), ("job.", "books.")),
}
KINDS: Final[Mapping[str, Words]] = {
    "api_key": gettext_lazy("API key"),
    "batch": gettext_lazy("Import"),
    "billing_account": gettext_lazy("Billing account"),
    "category": gettext_lazy("Customer category"),
    "customer": gettext_lazy("Customer"),
    "cycle": gettext_lazy("Billing cycle"),
    "deposit": gettext_lazy("Security deposit"),
    "deposit_template": gettext_lazy("Template of deposits"),
    "endpoint": gettext_lazy("Webhook"),
    "group": gettext_lazy("Group"),
    "invoice": gettext_lazy("Invoice"),
    "job": gettext_lazy("Job"),
    "legal_entity": gettext_lazy("Legal entity"),
    "offer": gettext_lazy("Offer"),
    "payment": gettext_lazy("Payment"),
    "rep": gettext_lazy("Sales representative"),
    "role": gettext_lazy("Role"),
    "run": gettext_lazy("Run"),
    "schedule": gettext_lazy("Daily work"),
    "subscription": gettext_lazy("Contract"),
    "user": gettext_lazy("User"),
    "validation_rule": gettext_lazy("Validation rule"),
}
# The prefix of a kind's references, and the page of one of its rows.
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "api_key": ("key", "api_key"),
    "billing_account": ("ba", "account"),
    "category": ("cat", "category"),
    "customer": ("cus", "customer"),
    "cycle": ("cyc", "cycle"),
    "deposit": ("dep", "deposit"),
    "deposit_template": ("dpt", "deposit_template"),
    "endpoint": ("wh", "webhook"),
    "group": ("grp", "team"),
    "invoice": ("inv", "invoice"),
    "job": ("job", "job"),
    "legal_entity": ("le", "entity"),
    "offer": ("off", "offer"),
    "payment": ("pay", "payment"),
    "role": ("rol", "role"),
    "run": ("run", "run"),
    "schedule": ("sch", "schedule"),
    "subscription": ("sub", "contract"),
    "user": ("usr", "user"),
    "validation_rule": ("vru", "change_validation_rule"),
}
ACTORS: Final[Mapping[str, Words]] = {
    **stories.ACTORS,
    "api_key": gettext_lazy("API key"),
    "visitor": gettext_lazy("Not signed in"),
}
WARNINGS: Final = frozenset(
    {
        "user.log_in_failed",
        "user.deactivated",
        "user.second_factor_reset",
        "user.second_factor_given_up",
        "job.stopped",
    }
)
GRAVE: Final = frozenset({"user.locked"})
DETAILS: Final[Mapping[str, Words]] = {
    "given": gettext_lazy("given: %(given)s"),
    "taken": gettext_lazy("taken away: %(taken)s"),
    "fields": gettext_lazy("changed: %(fields)s"),
    "role": gettext_lazy("role: %(role)s"),
    "email": gettext_lazy("address: %(email)s"),
    "second_factor": gettext_lazy("second step: %(second_factor)s"),
    "reason": gettext_lazy("reason: %(reason)s"),
    "name": gettext_lazy("name: %(name)s"),
    "until": gettext_lazy("until %(until)s"),
}
SECOND_STEPS: Final[Mapping[str, Words]] = {
    "code": gettext_lazy("code of the telephone"),
    "recovery_code": gettext_lazy("recovery code"),
    "refused": gettext_lazy("wrong code"),
}


def act(entry: Entry) -> str:
    """What was done, in a sentence."""
    told = defaultdict(str, words.told(entry.facts))
    if entry.topic in stories.STORIES:
        return str(stories.STORIES[entry.topic].sentence) % told
    known = ACTS.get(entry.topic)
    return str(known) % told if known else _("Changed (%(topic)s)") % {"topic": entry.topic}


def tone(entry: Entry) -> Tone:
    """How much it matters to whoever looks after the house."""
    if entry.topic in GRAVE:
        return Tone.BAD
    if entry.topic in WARNINGS:
        return Tone.WARN
    story = stories.STORIES.get(entry.topic)
    return story.tone if story else Tone.CLOSED


def row(entry: Entry) -> str:
    """What it was done to: the name of the row, its kind and reference, or how many rows."""
    kind = str(KINDS.get(entry.kind, entry.kind))
    count = entry.last_id - entry.first_id + 1
    if count > 1:
        return ngettext("%(kind)s: %(count)s row at most", "%(kind)s: %(count)s rows at most", count) % {
            "kind": kind,
            "count": count,
        }
    if entry.name or entry.kind not in PAGES:
        return f"{kind} {entry.name}".strip()
    return f"{kind} {public_id(PAGES[entry.kind][0], entry.first_id)}"


def page(entry: Entry) -> str:
    """The page of the row, when it is one row and has a page."""
    if entry.kind not in PAGES or entry.first_id != entry.last_id or not entry.first_id:
        return ""
    return reverse(f"desk:{PAGES[entry.kind][1]}", args=[entry.first_id])


def actor(entry: Entry) -> Words:
    """Who did it."""
    return entry.actor or ACTORS.get(entry.actor_kind, entry.actor_kind)


def details(entry: Entry) -> tuple[str, ...]:
    """Facts that the sentence does not say, for whoever wants to know exactly."""
    told = {**words.told(entry.facts)}
    for name in ("given", "taken"):
        held = entry.facts.get(name, ())
        told[name] = ", ".join(str(permission_words.PERMISSIONS.get(each, each)) for each in held)
    if step := entry.facts.get("second_factor"):
        told["second_factor"] = SECOND_STEPS.get(step, step)
    return tuple(str(said) % told for name, said in DETAILS.items() if told.get(name))


def topics(gathered: str) -> tuple[str, ...]:
    """The topics that are gathered under a name; none for a name that nobody knows."""
    beginnings = GATHERED[gathered][1] if gathered in GATHERED else ()
    return tuple(
        topic for topic in [*ACTS, *stories.STORIES] if topic.startswith(tuple(beginnings) or ("\0",))
    )
