"""What a company sets, set by a program: roles, groups, taxes, the chart, looks, the calendar; and read in the log."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from encaisse.access.models import Permission, Role
from encaisse.access.operations.users import install_roles
from encaisse.api.resources.roles import PermissionName
from encaisse.flows.install import install
from encaisse.kernel import schedules
from encaisse.kernel.models import Job
from encaisse.kernel.references import public_id
from tests.api.programs import Answer, program
from tests.makers import make_account, make_issued_invoice

pytestmark = pytest.mark.django_db
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>'


def test_roles_and_groups_are_made_and_changed():
    install_roles()
    api = program()
    rep = api.post("/representatives", {"name": "Ada Exemple"}).body
    group = api.post("/groups", {"name": "Ouest", "leader": rep["code"], "members": [rep["code"]]}).body
    moved = api.put(f"/groups/{group['id']}", {"name": "Grand Ouest", "members": []}).body
    role = api.post(
        "/roles", {"name": "Recouvrement", "level": "everything", "permissions": ["allocate"]}
    ).body
    said = {"name": "Recouvrement", "level": "groups", "permissions": ["allocate", "bill"]}
    changed = api.put(f"/roles/{role['id']}", said)

    assert (group["leader"], group["members"], moved["members"]) == ("ada-exemple", ["ada-exemple"], [])
    assert changed.body["permissions"] == ["allocate", "bill"]
    assert api.get(f"/roles/{role['id']}").body == changed.body
    assert _refused(api.post("/roles", said)) == (409, "role_name_taken")
    assert set(PermissionName.__args__) == set(Permission.values)


def test_what_both_modes_share_is_changed_by_live_keys_alone():
    install_roles()
    make_account()
    tester = program(mode="test")
    before = Role.objects.count()

    said = {"name": "Passe-partout", "level": "everything", "permissions": ["manage_users"]}
    user = {"email": "eve@exemple.example", "name": "Eve", "role": "admin", "password": "bien gardé au chaud"}
    assert _refused(tester.post("/roles", said)) == (403, "not_permitted")
    assert _refused(tester.post("/users", user)) == (403, "not_permitted")
    assert _refused(tester.put("/chart/accounts/706900", {"name_fr": "x", "name_en": "x"})) == (
        403,
        "not_permitted",
    )
    assert Role.objects.count() == before


def test_taxes_the_chart_and_numbers_are_read_and_said():
    install()
    account = make_account()
    make_issued_invoice(account)
    api, entity = program(), public_id("le", account.legal_entity_id)
    sale = {"legal_entity_id": entity, "country": "FR", "buyer_kind": "person"}
    assert api.get("/taxes/of-a-sale", **sale).body["tax"] == "FR-20"

    rule = api.post(
        "/tax-rules",
        {"country": "FR", "tax_class": "service", "buyer_kind": "person", "answer": "unknown_tax"},
    )
    found = api.get("/taxes/of-a-sale", **sale).body
    ended = api.put(f"/tax-rules/{rule.body['id']}/end", {"valid_to": "2030-01-01"}).body
    named = api.put("/chart/accounts/706950", {"name_fr": "Conseil", "name_en": "Advice"}).body

    assert (found["tax"], found["refusal"], found["matching"][0]["id"]) == (
        None,
        "unknown_tax",
        rule.body["id"],
    )
    assert ended["valid_to"] == "2030-01-01"
    assert named in api.get("/chart/accounts").body["data"]
    assert _refused(api.put("/chart/accounts/ABC", {"name_fr": "x", "name_en": "x"}))[0] == 422
    assert {each["is_in_chart"] for each in api.get("/chart/mappings").body["data"]} == {True}
    assert [each["given"] for each in api.get(f"/legal-entities/{entity}/series").body["data"]] == [1]


def test_a_look_is_published_with_a_logo_that_was_brought():
    account = make_account()
    api, place = program(), f"/api/v1/legal-entities/{public_id('le', account.legal_entity_id)}"
    headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": "logo"}
    sent = {"image": SimpleUploadedFile("logo.svg", SQUARE)}
    logo = api.client.post(f"{place}/logos", sent, headers=headers).json()
    look = api.put(f"{place}/look", {"logo_id": logo["id"], "texts": {"fr": {"footer": "Merci."}}}).body

    assert (look["version"], look["logo_id"], look["texts"]["fr"]["footer"]) == (1, logo["id"], "Merci.")
    assert [each["id"] for each in api.get(f"{place}/logos").body["data"]] == [logo["id"]]
    assert _refused(api.put(f"{place}/look", {"accent": "#ffffff"})) == (422, "accent_too_pale")
    assert [each["version"] for each in api.get(f"{place}/look/versions").body["data"]] == [1]


def test_daily_work_is_moved_paused_and_run_and_the_log_says_who_did():
    schedules.install()
    api = program()
    found = api.get("/calendar").body["data"]
    daily = f"/schedules/{found[0]['schedule']['id']}"
    moved = api.put(daily, {"at": "05:30", "timezone": "Europe/Paris"}).body["schedule"]
    paused = api.post(f"{daily}/pause").body["schedule"]
    begun = api.post(f"{daily}/run").body
    resumed = api.post(f"{daily}/resume").body

    assert (moved["at"], paused["is_paused"], resumed["schedule"]["is_paused"]) == ("05:30", True, False)
    assert (
        [each["job_id"] for each in resumed["starts"]]
        == [begun["job_id"]]
        == [public_id("job", Job.objects.get().pk)]
    )
    assert _refused(api.put(daily, {"at": "25:00", "timezone": "Europe/Paris"})) == (422, "not_valid")
    assert _refused(api.put(daily, {"at": "05:00", "timezone": "Mars/Olympus"})) == (422, "unknown_time_zone")
    told = api.get("/audit", about=found[0]["schedule"]["id"]).body
    assert [each["topic"] for each in told["data"]] == [
        "schedule.resumed",
        "schedule.paused",
        "schedule.changed",
    ]
    first = api.get("/audit", about=found[0]["schedule"]["id"], limit=2).body
    assert api.get(first["next"]).body["data"] == told["data"][2:]


def _refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]
