"""QR codes."""

from encaisse.adapters.qr import svg


def test_a_code_is_drawn_without_its_quiet_zone_and_always_the_same():
    drawn = svg("Élan")

    assert drawn.startswith("<?xml")
    assert 'width="21" height="21"' in drawn
    assert svg("Élan") == drawn
