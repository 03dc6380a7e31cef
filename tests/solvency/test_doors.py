"""The published page and its files for everybody, everybody's own proof, and the guard of operators."""

import json
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

import solvency
from accounts.models import Role
from solvency.check_inclusion import check
from solvency.models import Snapshot
from solvency.services import guard, snapshots
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.back_office import staff
from tests.factories.solvency import check_reserves
from tests.factories.world import World
from transactions.queries.halts import find_halt
from transactions.services import halts

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


def browser(user: object) -> Client:
    client = Client()
    sign_in_browser(client, user)  # type: ignore[arg-type]
    return client


def test_everybody_sees_what_was_published_and_checks_their_own(world: World) -> None:
    stranger = Client()
    assert "Nothing is published yet" in stranger.get("/solvency/").content.decode()
    owner, newcomer = world.rich("bitcoin", "1.5"), make_user(now=world.now)
    old = snapshots.take(now=world.now)
    world.pass_time(hours=24)
    new = snapshots.take(now=world.now)

    page = stranger.get("/solvency/").content.decode()
    for shown in (new.digest, "100.00 %", "Covered", f"/solvency/{old.pk}/", f"/solvency/{new.pk}/roots.json"):
        assert shown in page
    assert "proof-BTC" not in page
    assert old.digest in stranger.get(f"/solvency/{old.pk}/").content.decode()
    assert stranger.get("/solvency/999/").status_code == 404
    files = {name: stranger.get(f"/solvency/{new.pk}/{name}.json") for name in ("roots", "reserves")}
    assert [files[name].content.decode() for name in files] == [new.roots, new.reserves]
    assert files["roots"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert check_reserves(new)["BTC"] == 150_000_000
    for name in ("check_inclusion.py", "check_ownership.py"):
        script = stranger.get(f"/solvency/{name}")
        assert script.content == (Path(solvency.__file__).parent / name).read_bytes()
        assert script["Content-Disposition"] == f'attachment; filename="{name}"'

    # Only signed in, and only one's own: the address names nobody.
    address = f"/solvency/{new.pk}/proof-BTC.json"
    assert stranger.get(address).status_code == 302
    answer = browser(owner).get(address)
    assert "no-store" in answer["Cache-Control"]
    own = json.loads(answer.content)
    assert check(own, json.loads(new.roots), person=owner.pk, balance=150_000_000).startswith("YES")
    assert address in browser(owner).get("/solvency/").content.decode()
    assert browser(newcomer).get(address).status_code == 404
    assert "You had no wallet yet" in browser(newcomer).get("/solvency/").content.decode()

    api = APIClient()
    listed = api.get("/api/v1/solvency/snapshots").json()
    assert [each["number"] for each in listed["results"]] == [new.pk, old.pk]
    assert listed["results"][0]["sha256"] == new.digest
    path = f"/api/v1/solvency/snapshots/{new.pk}/proofs/BTC"
    assert api.get(path).status_code == 401
    api.force_authenticate(owner)
    assert api.get(path, {"person": newcomer.pk}).json() == own
    api.force_authenticate(newcomer)
    refused = api.get(path)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_in_snapshot")
    assert Snapshot.objects.filter(status="published").count() == 2


def test_operators_halt_and_two_of_them_let_go_on(world: World) -> None:
    world.rich("bitcoin", "1")
    guard.check_reserves(now=world.now)
    first, second, officer = staff(Role.OPERATOR), staff(Role.ADMINISTRATOR), staff(Role.OFFICER)
    overview = "/admin/solvency/reading/guard/"
    assert Client().get(overview).status_code == 302
    assert browser(make_user(now=world.now)).get(overview).status_code == 302
    assert "1 BTC" in officer.get(overview).content.decode()
    place = f"{overview}BTC/"
    assert officer.post(f"{place}halt/", {"reason": "x"}).status_code == 403
    assert find_halt("BTC") is None

    assert "This field is required" in first.post(f"{place}halt/", {"reason": ""}).content.decode()
    assert first.post(f"{place}halt/", {"reason": "a rumour"}).status_code == 302
    halted = find_halt("BTC")
    assert halted is not None
    assert halted.reason == "a rumour"
    assert "sends are halted" in first.get(overview).content.decode()
    assert first.post(f"{place}want/", {"reason": "no more"}).status_code == 302
    refused = first.post(f"{place}approve/")
    assert "This takes a second person" in refused.content.decode()
    assert find_halt("BTC") is not None
    assert officer.post(f"{place}approve/").status_code == 403
    assert second.post(f"{place}refuse/").status_code == 302
    assert second.post(f"{place}want/", {"reason": "no more"}).status_code == 302
    assert first.get(f"{place}approve/").status_code == 200
    assert first.post(f"{place}approve/").status_code == 302
    assert find_halt("BTC") is None
    assert first.post(f"{overview}prove/").status_code == 302
    assert officer.post(f"{overview}prove/").status_code == 403


def test_a_send_is_refused_in_four_parts(world: World) -> None:
    owner = world.rich("bitcoin", "1")
    halts.halt(asset="BTC", reason="coins are missing", missing_minor=0, actor="system", now=world.now)
    api = APIClient()
    api.force_authenticate(owner)
    order = {
        "type": "send",
        "wallet_id": world.wallet(owner, "bitcoin").pk,
        "asset": "BTC",
        "amount": "0.1",
        "to": world.stranger("bitcoin"),
    }
    for path in ("/api/v1/transactions/preview", "/api/v1/transactions"):
        answer = api.post(path, order, format="json", HTTP_IDEMPOTENCY_KEY=f"key{len(path)}")
        found = answer.json()
        assert (answer.status_code, found["code"], answer["Retry-After"]) == (503, "sends_halted", "900")
        assert all(found.get(part) for part in ("title", "detail")), found
    assert world.balance(owner, "bitcoin").available == 100_000_000
