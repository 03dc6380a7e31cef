"""What can be done about a case: say something, explain it, ask for a posting, decide on one; and thresholds."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from assets.queries import get_asset
from kit.back_office import BUTTON, CARD
from kit.errors import DomainError, InvalidInput
from kit.money import AmountInvalid, parse_amount
from reconciliation.admin.forms import Ask, Decision, Limit, Say
from reconciliation.admin.shown import money
from reconciliation.models import Case, Correction, Threshold
from reconciliation.services import cases, corrections, thresholds
from transactions.queries.desk import people

HANDS = (("note", "Add a note"), ("explain", "Explain"), ("correct", "Correct…"))
SAYS = {
    "note": "Write down what you know or have done. The case stays as it is.",
    "explain": "Say why the books and the world differ. The case stays until the difference is gone, and opens again"
    " if it becomes another one.",
    "correct": "Ask for one posting between suspense and where the coins lie. It names this case and touches nobody's"
    " balance. A second person has to agree before anything is posted.",
}
DONE = {"note": "It is noted", "explain": "It is explained", "correct": "A second person has to agree now"}
ADMINISTER = "reconciliation.administer_threshold"
"""Nobody but administrators has a permission that neither views nor changes."""


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the addresses; each is for staff only, and acting for operators and administrators."""
    return [
        path("<str:case_id>/do/<str:kind>/", site.admin_view(partial(_act, site)), name="reconciliation_act"),
        path("correction/<str:correction_id>/", site.admin_view(partial(_decide, site)), name="reconciliation_decide"),
        path("threshold/<str:asset>/", site.admin_view(partial(_threshold, site)), name="reconciliation_threshold"),
    ]


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what every page with buttons needs."""
    return {
        "hands": HANDS,
        "may_act": request.user.has_perm("reconciliation.change_case"),
        "may_administer": request.user.has_perm(ADMINISTER),
        "button": BUTTON,
        "card": CARD,
    }


def _act(site: AdminSite, request: HttpRequest, case_id: str, kind: str) -> HttpResponse:
    _check(request, "reconciliation.change_case")
    case = Case.objects.filter(pk=case_id).first()
    if case is None or kind not in SAYS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form: forms.Form = Ask(data, initial=Ask.new()) if kind == "correct" else Say(data)
    refusal = _refused(kind, case)
    if data is not None and form.is_valid():
        answered = _try(
            request, partial(_carry_out, kind, case, form, _actor(request), timezone.now()), case, DONE[kind]
        )
        if answered:
            return answered
    words = dict(HANDS)[kind].rstrip("…")
    shown = {
        "title": f"{words}: {case.pk}",
        "says": SAYS[kind],
        "facts": _facts(case),
        "refusal": refusal,
        "form": None if refusal else form,
        "choices": [("act", kind, "Ask a second person" if kind == "correct" else words)],
        "back": case.pk,
    }
    return _page(site, request, shown)


def _decide(site: AdminSite, request: HttpRequest, correction_id: str) -> HttpResponse:
    _check(request, "reconciliation.change_case")
    wanted = Correction.objects.select_related("case").filter(pk=correction_id).first()
    if wanted is None:
        raise Http404
    decision = request.POST.get("decision") if request.method == "POST" else None
    if decision in ("approve", "refuse"):
        act = corrections.approve if decision == "approve" else corrections.refuse
        done = partial(act, correction_id=wanted.pk, actor=_actor(request), now=timezone.now())
        said = "It was approved and is posted" if decision == "approve" else "It was turned down"
        answered = _try(request, done, wanted.case, said)
        if answered:
            return answered
        wanted.refresh_from_db()
    is_own = wanted.requested_by == _actor(request)
    is_open = wanted.status == Correction.Status.WANTED
    choices = [("decision", "refuse", "Take it back" if is_own else "Refuse")]
    if not is_own:
        choices.insert(0, ("decision", "approve", "Approve: it is posted at once"))
    asset = wanted.case.asset
    facts = [
        ("Reason", wanted.reason),
        ("Asked by", people([wanted.requested_by]).get(wanted.requested_by, wanted.requested_by)),
        ("Asked at", wanted.created_at),
        ("State", wanted.get_status_display()),
        ("Booked as the treasury's", money(wanted.treasury_minor, asset)),
        ("Booked as on deposit addresses", money(wanted.deposits_minor, asset)),
        ("Booked as on cold addresses", money(wanted.cold_minor, asset)),
        ("Booked under suspense", money(wanted.treasury_minor + wanted.deposits_minor + wanted.cold_minor, asset)),
        *_facts(wanted.case),
    ]
    shown = {
        "title": f"Decide: {wanted.case_id}",
        "says": "One person wants this posting, and a second one has to agree.",
        "facts": facts,
        "form": Decision() if is_open else None,
        "choices": choices,
        "back": wanted.case_id,
    }
    return _page(site, request, shown)


def _threshold(site: AdminSite, request: HttpRequest, asset: str) -> HttpResponse:
    _check(request, ADMINISTER)
    found = Threshold.objects.filter(pk=asset).first()
    if found is None:
        raise Http404
    form = Limit(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            minor = _minor(form.cleaned_data["amount"], asset)
            thresholds.change(asset=asset, minor=minor, actor=_actor(request), now=timezone.now())
        except DomainError as error:
            messages.error(request, f"{error.what_happened} {error.why} {error.what_to_do}")
        else:
            messages.success(request, f"It is {money(minor, asset)} now.")
            return redirect("admin:reconciliation_threshold_changelist")
    shown = {
        "title": f"Threshold: {asset}",
        "says": "Up to this difference, and up to this sum within a day, the house sets right by itself what differs.",
        "facts": [("Now", money(found.minor, asset))],
        "form": form,
        "choices": [("act", "change", "Change it")],
    }
    return _page(site, request, shown)


def _carry_out(kind: str, case: Case, form: forms.Form, actor: str, now: datetime) -> Any:
    given = form.cleaned_data
    if kind == "correct":
        return corrections.request(
            correction_id=given["id"], case_id=case.pk, reason=given["reason"], actor=actor, now=now
        )
    act = cases.note if kind == "note" else cases.explain
    return act(case_id=case.pk, text=given["text"], actor=actor, now=now)


def _refused(kind: str, case: Case) -> DomainError | None:
    """Return why it would be refused, so that nobody fills in a form for nothing."""
    try:
        if kind == "explain":
            cases.check_undecided(case)
        if kind == "correct":
            corrections.check_correctable(case)
    except DomainError as error:
        return error
    return None


def _try(request: HttpRequest, act: Callable[[], Any], case: Case, said: str) -> HttpResponse | None:
    """Do it and return the way back to the case; a refusal is shown where it was asked for."""
    try:
        act()
    except DomainError as error:
        messages.error(request, f"{error.what_happened}. {error.why} {error.what_to_do}")
        return None
    messages.success(request, f"{said}: {case.pk}.")
    return redirect("admin:reconciliation_case_change", case.pk)


def _facts(case: Case) -> list[tuple[str, Any]]:
    return [
        ("Case", case.pk),
        ("What", case.summary),
        ("Found", f"{case.found_count} times"),
        ("Since", case.opened_at),
        ("Last", case.found_at),
        ("Status", case.get_status_display()),
    ]


def _minor(text: str, asset: str) -> int:
    text = text.strip()
    if text in ("0", "0.0"):
        return 0
    try:
        return parse_amount(text, scale=get_asset(asset).scale)
    except AmountInvalid as error:
        raise InvalidInput(str(error), fields={"amount": [str(error)]}) from error


def _page(site: AdminSite, request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(
        request, "admin/reconciliation/act.html", {**site.each_context(request), **context(request), **shown}
    )


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _actor(request: HttpRequest) -> str:
    return str(request.user.pk)
