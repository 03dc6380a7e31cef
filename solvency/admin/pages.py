"""The guard: how each asset stands, halting its sends by hand, and two people's word that they go on."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from assets.queries import get_asset
from kit import jobs
from kit.back_office import BUTTON, CARD
from kit.errors import DomainError
from kit.money import format_minor
from solvency.admin.forms import Why
from solvency.models import Reading
from solvency.queries.holdings import assets_watched
from solvency.queries.published import last_reading, published
from transactions.models import SendHalt
from transactions.queries.desk import people as people_of
from transactions.queries.halts import find_halt
from transactions.services import halts

DONE = {
    "halt": "Sends are halted.",
    "want": "A second person has to agree now.",
    "approve": "Sends go on.",
    "refuse": "Sends stay halted.",
}


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the guard's addresses; each is for staff only, and acting for operators and administrators."""
    return [
        path("guard/", site.admin_view(partial(_guard, site)), name="solvency_guard"),
        path("guard/prove/", site.admin_view(_prove), name="solvency_prove"),
        path("guard/<str:asset>/<str:act>/", site.admin_view(partial(_act, site)), name="solvency_act"),
    ]


def _guard(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("solvency.view_reading"):
        raise PermissionDenied
    shown = {
        **site.each_context(request),
        "title": "Solvency",
        "card": CARD,
        "button": BUTTON,
        "may_act": _may_act(request),
        "newest": published().first(),
        "rows": [_row(asset, request) for asset in assets_watched()],
    }
    return TemplateResponse(request, "admin/solvency/guard.html", shown)


def _prove(request: HttpRequest) -> HttpResponse:
    """Have a worker take a snapshot now."""
    if not _may_act(request) or request.method != "POST":
        raise PermissionDenied
    jobs.ring("solvency.take_snapshot_now")
    messages.success(request, "A worker was asked for a proof. It is published in a minute or so.")
    return redirect("admin:solvency_guard")


def _act(site: AdminSite, request: HttpRequest, asset: str, act: str) -> HttpResponse:
    if not _may_act(request) or act not in DONE:
        raise PermissionDenied
    get_asset(asset)
    needs_reason = act in {"halt", "want"}
    form = Why(request.POST if request.method == "POST" else None) if needs_reason else None
    refusal: DomainError | None = None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _do(act, asset, form.cleaned_data["reason"] if form else "", actor=str(request.user.pk))
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, DONE[act])
            return redirect("admin:solvency_guard")
    shown = {
        **site.each_context(request),
        "title": f"Sends of {asset}",
        "card": CARD,
        "button": BUTTON,
        "row": _row(asset, request),
        "act": act,
        "form": form,
        "refusal": refusal,
    }
    return TemplateResponse(request, "admin/solvency/act.html", shown)


def _do(act: str, asset: str, reason: str, *, actor: str) -> None:
    """:raises DomainError: if it cannot be done any more"""
    now = timezone.now()
    missing = _missing(last_reading(asset))
    if act == "halt":
        halts.halt(asset=asset, reason=reason, missing_minor=missing, actor=actor, now=now)
        return
    found = find_halt(asset)
    halt_id = found.pk if found else ""
    if act == "want":
        halts.want_resume(halt_id=halt_id, reason=reason, missing_minor=missing, actor=actor, now=now)
    elif act == "approve":
        halts.approve_resume(halt_id=halt_id, actor=actor, now=now)
    else:
        halts.refuse_resume(halt_id=halt_id, actor=actor, now=now)


def _row(asset: str, request: HttpRequest) -> dict[str, Any]:
    """Return how one asset stands, and what this person can do about it."""
    reading, halted = last_reading(asset), find_halt(asset)
    facts = [("Seen", reading.taken_at if reading else "not yet")]
    if reading:
        facts += [
            ("Verdict", reading.get_verdict_display()),
            ("People hold", _amount(asset, reading.liabilities_minor)),
            ("There to cover it", _amount(asset, reading.assets_minor)),
            ("Missing", _amount(asset, reading.missing_minor)),
            ("At block", f"{reading.height} {reading.block_hash}" if reading.block_hash else reading.reason),
        ]
    facts += _halt_facts(asset, halted) if halted else [("Sends", "go on")]
    acts = [(reverse("admin:solvency_act", args=[asset, act]), words) for act, words in _acts(halted, request)]
    return {"asset": asset, "facts": facts, "acts": acts, "halted": halted}


def _halt_facts(asset: str, halted: SendHalt) -> list[tuple[str, Any]]:
    people = people_of([halted.halted_by, halted.wanted_by])
    facts: list[tuple[str, Any]] = [
        ("Sends", f"halted {halted.created_at:%d %b %Y, %H:%M} by {people.get(halted.halted_by, halted.halted_by)}"),
        ("Why", halted.reason),
    ]
    if halted.status == SendHalt.State.RESUME_WANTED:
        wish = f"{people.get(halted.wanted_by, halted.wanted_by)}: {halted.wanted_reason}"
        facts += [("Wants them to go on", wish), ("Though missing", _amount(asset, halted.accepted_minor))]
    return facts


def _acts(halted: SendHalt | None, request: HttpRequest) -> list[tuple[str, str]]:
    if halted is None:
        return [("halt", "Halt sends…")]
    if halted.status == SendHalt.State.HALTED:
        return [("want", "Let sends go on…")]
    if halted.wanted_by == str(request.user.pk):
        return [("refuse", "Take it back…")]
    return [("approve", "Agree…"), ("refuse", "Refuse…")]


def _missing(reading: Reading | None) -> int:
    return reading.missing_minor if reading else 0


def _amount(asset: str, minor: int | None) -> str:
    return "unknown" if minor is None else f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"


def _may_act(request: HttpRequest) -> bool:
    """Say whether this person may act: not officers, who look."""
    return bool(request.user.has_perm("transactions.change_sendhalt"))
