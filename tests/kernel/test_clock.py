"""The one source of time."""

import datetime as dt
import threading

from encaisse.kernel import clock

NEW_YEAR = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)


def test_time_is_told_in_utc() -> None:
    before = dt.datetime.now(dt.UTC)

    assert before <= clock.now() <= dt.datetime.now(dt.UTC)
    assert clock.now().utcoffset() == dt.timedelta(0)


def test_a_story_is_told_at_its_own_date() -> None:
    with clock.stopped_at(NEW_YEAR):
        assert clock.now() == NEW_YEAR
    assert clock.now() != NEW_YEAR


def test_a_story_within_a_story_gives_its_time_back_even_when_it_fails() -> None:
    with clock.stopped_at(NEW_YEAR):
        try:
            with clock.stopped_at(NEW_YEAR + dt.timedelta(days=1)):
                raise ValueError
        except ValueError:
            pass
        assert clock.now() == NEW_YEAR


def test_an_instant_of_another_zone_is_told_in_utc() -> None:
    paris = dt.datetime(2027, 1, 1, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))

    with clock.stopped_at(paris):
        assert clock.now() == NEW_YEAR
        assert clock.now().tzinfo is dt.UTC


def test_the_business_day_is_that_of_the_place() -> None:
    with clock.stopped_at(NEW_YEAR):
        assert clock.today("Europe/Paris") == dt.date(2027, 1, 1)
        assert clock.today("America/Martinique") == dt.date(2026, 12, 31)
        assert clock.today("UTC") == dt.date(2026, 12, 31)


def test_the_day_changes_with_summer_time() -> None:
    with clock.stopped_at(dt.datetime(2026, 7, 14, 22, 0, tzinfo=dt.UTC)):
        assert clock.today("Europe/Paris") == dt.date(2026, 7, 15)
    with clock.stopped_at(dt.datetime(2026, 7, 14, 21, 59, tzinfo=dt.UTC)):
        assert clock.today("Europe/Paris") == dt.date(2026, 7, 14)


def test_one_threads_story_is_not_anothers() -> None:
    seen: list[dt.datetime] = []

    with clock.stopped_at(NEW_YEAR):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()

    assert seen[0] != NEW_YEAR
