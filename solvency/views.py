"""The published proof for everybody, its files, and everybody's own proof."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assets.queries import get_asset
from kit.errors import NotFound
from kit.money import Money
from kit.pages import page, viewer_id
from solvency.models import Snapshot
from solvency.queries.proofs import proof
from solvency.queries.published import assets_of, get_published, published

SHOWN = 30
"""Earlier snapshots on one page."""

SCRIPTS = Path(__file__).parent
YEAR = "public, max-age=31536000, immutable"
"""What was published never changes; anybody on the way may keep a copy, the more the better."""


@require_safe
def show(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Show a snapshot, the newest unless one is named, to anybody."""
    snapshot = _find(number)
    before = _before(request)
    context: dict[str, Any] = {
        "base": "base.html" if request.user.is_authenticated else "solvency/public.html",
        "snapshot": snapshot,
    }
    if snapshot:
        history = list(published().filter(number__lt=before)[: SHOWN + 1] if before else published()[: SHOWN + 1])
        context |= {
            **_shown(snapshot),
            "own": assets_of(user_id=viewer_id(request), snapshot=snapshot) if request.user.is_authenticated else [],
            "columns": [{"label": _("Number")}, {"label": _("Taken")}, {"label": _("SHA-256 of its totals")}],
            "history": history[:SHOWN],
            "next_url": f"{request.path}?before={history[SHOWN - 1].pk}" if len(history) > SHOWN else "",
        }
    return render(request, "solvency/page.html", context)


@require_safe
def roots(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Hand out a snapshot's totals and roots, byte for byte as they were published."""
    return _file(_get(number).roots, f"roots-{number}.json")


@require_safe
def reserves(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Hand out a snapshot's addresses with their balances and signatures."""
    return _file(_get(number).reserves, f"reserves-{number}.json")


@require_safe
def script(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Hand out a script that checks what is published; `name` is one that urls.py names."""
    response = HttpResponse((SCRIPTS / name).read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@page
def own_proof(request: HttpRequest, number: int, asset: str) -> HttpResponse:
    """Hand out the viewer's own proof; the address names no person, so that nobody can ask for another's."""
    found = proof(user_id=viewer_id(request), snapshot=number, asset=asset)
    response = HttpResponse(json.dumps(found, indent=1) + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="proof-{number}-{asset}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def _find(number: int | None) -> Snapshot | None:
    try:
        return get_published(number)
    except NotFound as error:
        if number is None:
            return None
        raise Http404(error.what_happened) from error


def _get(number: int) -> Snapshot:
    found = _find(number)
    assert found is not None
    return found


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = YEAR
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    document = json.loads(snapshot.roots)
    return {
        "at": datetime.fromisoformat(document["at"]),
        "assets": [_asset(code, found) for code, found in document["assets"].items()],
        "left_out": list(document["left_out"].items()),
    }


def _asset(code: str, found: dict[str, str]) -> dict[str, Any]:
    """Return one asset's figures as the page shows them; movements only where there are any."""
    rows = [
        {"label": _("People hold"), "money": Money(int(found["liabilities"]), code)},
        {"label": _("On our addresses"), "money": Money(int(found["reserves"]), code)},
    ]
    for name, label in (
        ("arriving", _("Arriving, credited and not final yet")),
        ("settling", _("Gone out, not taken off balances yet")),
        ("leaving", _("Leaving, taken off balances and not final yet")),
        ("in_transit", _("In transit, signed and in no block yet")),
    ):
        if int(found[name]):
            rows.append({"label": label, "money": Money(int(found[name]), code)})
    covered = int(found["assets"]) >= int(found["liabilities"])
    place = [
        {"label": _("Block"), "code": f"{found['height']} {found['block']}"},
        {"label": _("Root"), "code": found["root"]},
    ]
    whole, _dot, parts = found["ratio"].partition(".")
    percent = f"{int(whole + parts[:2])}.{parts[2:]}" if found["ratio"] else ""
    return {"code": code, "name": get_asset(code).name, "is_covered": covered, "percent": percent, "rows": rows + place}
