"""What a program was answered is told again, for a day."""

import datetime as dt

import pytest
from django.db import transaction

from encaisse.access.errors import AnswerUnderWay, IdempotencyKeyReused
from encaisse.access.models import Answer
from encaisse.access.operations import answers
from encaisse.access.operations.answers import Request, Told
from encaisse.access.operations.keys import Wanted, create_key
from encaisse.access.queries.users import operator
from encaisse.kernel import clock
from tests.access.test_races import at_once

TOLD = Told(201, "application/json", "/api/v1/payments/pay_1", '{"id": "pay_1"}')


def request(word: str = "a", request_hash: str = "0" * 64) -> Request:
    """A request of a new program."""
    return Request(create_key(operator("root"), Wanted("CRM")).id, word, request_hash)


@pytest.mark.django_db
def test_what_was_answered_is_told_again():
    asked = request()
    assert answers.answered(asked) is None

    answers.keep(asked, TOLD)

    assert answers.answered(asked) == TOLD
    assert answers.answered(asked._replace(word="b")) is None


@pytest.mark.django_db
def test_something_else_under_the_same_word_is_refused():
    asked = request()
    answers.keep(asked, TOLD)

    with pytest.raises(IdempotencyKeyReused):
        answers.answered(asked._replace(request_hash="1" * 64))


@pytest.mark.django_db
def test_an_answer_is_forgotten_after_a_day(monkeypatch):
    asked = request()
    answers.keep(asked, TOLD)
    tomorrow = clock.now() + dt.timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)

    assert answers.answered(asked) is None
    answers.forget_old()
    assert not Answer.objects.exists()


def test_who_asks_meanwhile_waits_and_is_told_to_come_back(fresh_database, monkeypatch):
    asked = request()
    monkeypatch.setattr(answers, "PATIENCE_MS", 50)

    def ask():
        with transaction.atomic():
            answers.answered(asked)

    with transaction.atomic():
        assert answers.answered(asked) is None
        assert at_once(ask, ask, refusal=AnswerUnderWay) == 2
