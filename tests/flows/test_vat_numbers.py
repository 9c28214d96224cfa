"""VAT numbers asked for at a register that behaves badly, and what waits because of what it says."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.adapters.errors import RegisterAway
from encaisse.adapters.vat_register import Registered
from encaisse.billing.models import Outcome
from encaisse.flows.check_vat_numbers import HOLDS, PAUSE, check_again, check_due, check_numbers
from encaisse.insight.queries.vat_numbers import number_of, vat_numbers
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.jobs import Asked
from encaisse.kernel.models import Job
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.tax.errors import NoNumberToCheck, RegisterOff
from encaisse.tax.operations import install_taxes
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import bill, seller
from tests.flows.test_judgement import rule
from tests.makers import CLERK, make_account, make_charge, make_identity, make_scope

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)
BERLIN, VIENNA = "DE136695976", "ATU12345675"


class Register:
    """Answers what it was told to, and remembers who was asked for, in whose name."""

    def __init__(self, **answers: Registered | str) -> None:
        self.answers, self.asked = answers, []

    def ask(self, number: str, *, requester: str) -> Registered:
        """The answer, or the reason why there is none."""
        self.asked.append((number, requester))
        answer = self.answers[number]
        if isinstance(answer, str):
            raise RegisterAway(reason=answer)
        return answer


def buyer(entity: LegalEntity, number: str, country: str = "DE") -> BillingAccount:
    """A business in another member state that owes 100.00."""
    identity = make_identity(country=country, postcode="10115", vat_number=number, siren="")
    account = make_account(legal_entity=entity, identity=identity)
    make_charge(account=account)
    return account


@pytest.fixture
def entity() -> LegalEntity:
    install_taxes()
    return seller()


def test_what_the_register_says_is_kept_and_asked_again_when_it_is_old_or_was_away(entity):
    account = buyer(entity, BERLIN)
    buyer(entity, VIENNA, "AT")
    known = Registered(is_valid=True, consultation="WAPI1", name="MUSTER GMBH", address="BERLIN")
    register = Register(**{BERLIN: known, VIENNA: "MS_UNAVAILABLE"})

    with clock.stopped_at(NOON):
        first = check_numbers(register, CLERK)
        at_once = check_numbers(register, CLERK)
    own = entity.identity.vat_number
    assert (first, at_once["valid"]) == ({"valid": 1, "invalid": 0, "away": 1}, 0)
    assert register.asked[:2] == [(VIENNA, own), (BERLIN, own)]
    state = number_of(make_scope(), account.pk)
    assert (state.proof.consultation, state.proof.name, state.proof.requester) == (
        "WAPI1",
        "MUSTER GMBH",
        own,
    )

    register.answers[VIENNA] = Registered(is_valid=False)
    with clock.stopped_at(clock.now() + PAUSE * 2):
        assert check_numbers(register, CLERK) == {"valid": 0, "invalid": 1, "away": 0}
    with clock.stopped_at(clock.now() + HOLDS * 2):
        assert check_numbers(register, CLERK) == {"valid": 1, "invalid": 1, "away": 0}
    assert [(row.number, row.state) for row in vat_numbers(make_scope(), state="invalid")] == [
        (VIENNA, "invalid")
    ]


def test_a_state_that_is_away_is_left_alone_and_so_is_a_register_that_is(entity):
    for place in range(5):
        buyer(entity, f"DE10000000{place}")
    away = Register(**{f"DE10000000{place}": "MS_MAX_CONCURRENT_REQ" for place in range(5)})
    gone = Register(**{f"DE10000000{place}": "GLOBAL_MAX_CONCURRENT_REQ" for place in range(5)})

    assert check_numbers(gone, CLERK)["away"] == 1
    assert check_numbers(away, CLERK)["away"] == 3


def test_reverse_charge_waits_while_the_number_is_unknown_and_goes_on_once_it_is_known(entity, settings):
    held, other = buyer(entity, BERLIN), buyer(entity, "DE999999999")
    register = Register(**{BERLIN: Registered(is_valid=False), "DE999999999": Registered(is_valid=True)})
    check_numbers(register, CLERK)

    run = bill(entity)

    assert Invoice.objects.get(account=other).gross_minor == 100_00  # unchecked or valid: nobody waits
    outcome = Outcome.objects.get(run_id=run, account=held)
    assert (outcome.outcome, outcome.reason) == ("exception", "vat_number_invalid")
    assert outcome.facts["number"] == BERLIN

    register.answers[BERLIN] = Registered(is_valid=True)
    check_numbers(register, CLERK, number=BERLIN)
    bill(entity, dt.date(2026, 2, 2))
    assert Invoice.objects.get(account=held).gross_minor == 100_00


def test_where_nothing_waits_a_rule_may_say_that_it_is_suspect(entity, settings):
    settings.HOLD_INVALID_VAT_NUMBERS = False
    account, other = buyer(entity, BERLIN), buyer(entity, VIENNA, "AT")
    check_numbers(Register(**{BERLIN: Registered(is_valid=False), VIENNA: "MS_UNAVAILABLE"}), CLERK)
    rule(entity, {"of": "missing", "is": "none", "values": ["registered_vat_number"]})

    bill(entity, issue=False)

    assert Invoice.objects.get(account=account).state == "suspect"
    assert Invoice.objects.get(account=other).state == "approved"


def test_an_account_is_asked_for_again_by_a_job_where_a_register_is_named(entity, settings):
    account, plain = (
        buyer(entity, BERLIN),
        make_account(legal_entity=entity, identity=make_identity(vat_number="")),
    )
    may = make_scope("edit_accounts")
    client = signed_in("edit_accounts")

    with pytest.raises(RegisterOff):
        check_again(may, account.pk)
    settings.VAT_REGISTER = "simulator"
    with pytest.raises(NoNumberToCheck):
        check_again(may, plain.pk)
    with pytest.raises(NotPermitted):
        check_again(make_scope(), account.pk)
    with pytest.raises(NotFound):
        check_again(make_scope("edit_accounts", entity_ids=frozenset({0})), account.pk)
    client.post(reverse("desk:check_vat_number", args=[account.pk]))

    job = Job.objects.get(kind="check_vat_number")
    answer = check_due(Asked(job.pk, job.facts, CLERK), lambda done, total: None)
    page = words(client.get(reverse("desk:account", args=[account.pk])).content.decode())
    listed = words(client.get("/vat-numbers?state=valid").content.decode())
    assert answer == {"valid": 1, "invalid": 0, "away": 0}
    assert f"SIM{BERLIN}" in page and "SOCIETE SIMULEE" in page
    assert BERLIN in listed
    assert vat_numbers(make_scope(entity_ids=frozenset({0}))) == []
