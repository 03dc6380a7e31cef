"""The desk's pages: what is stuck and what comes next, stepping in, and deciding on what another person wants."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import transaction as database
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince

from assets.queries import get_asset
from kit.back_office import BUTTON, CARD
from kit.errors import DomainError
from kit.money import format_minor
from transactions.admin import suspense
from transactions.admin.forms import Decision, Filters, Force, StepIn, in_words
from transactions.engine import by_hand
from transactions.engine.base import StepOf
from transactions.errors import AlreadyOver
from transactions.models import Intervention, Status, Transaction
from transactions.queries import desk
from transactions.services import interventions
from transactions.services import suspense as suspense_services

HANDS = (("retry", "Retry"), ("compensate", "Compensate"), ("force", "Force…"))
"""What an operator may do, in the order it should be thought of."""

SAYS = {
    "retry": "Try it again now, whatever pause it is in.",
    "compensate": "Give it up and undo what was done.",
    "force": "Say what became of the step at hand. A second person has to agree before anything happens.",
}


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the desk's addresses; each is for staff only, and acting for operators and administrators."""
    return [
        path("desk/", site.admin_view(partial(_desk, site)), name="transactions_desk"),
        path(
            "<str:transaction_id>/step-in/<str:kind>/",
            site.admin_view(partial(_step_in, site)),
            name="transactions_step_in",
        ),
        path("desk/<str:intervention_id>/", site.admin_view(partial(_decide, site)), name="transactions_decide"),
    ]


def may_step_in(request: HttpRequest) -> bool:
    """Say whether this person may act on transactions, though no field of theirs is editable: not officers."""
    return bool(request.user.has_perm("transactions.change_transaction"))


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what every page with an operator's buttons needs."""
    return {"hands": HANDS, "may_step_in": may_step_in(request), "button": BUTTON, "card": CARD}


def _desk(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("transactions.view_transaction"):
        raise PermissionDenied
    now = timezone.now()
    filters = Filters(request.GET, providers=desk.providers())
    stuck = desk.stuck(now=now, **filters.chosen())
    waiting = desk.waiting()
    people = desk.people([wanted.requested_by for wanted in waiting])
    shown = {
        **site.each_context(request),
        **context(request),
        "title": "Desk",
        "filters": filters,
        "stuck": [_stuck(each, now) for each in stuck],
        "unnamed": suspense.listed(),
        "is_cut": len(stuck) == desk.SHOWN,
        "waiting": [_waiting(wanted, people, request) for wanted in waiting],
    }
    return TemplateResponse(request, "admin/transactions/desk.html", shown)


def _step_in(site: AdminSite, request: HttpRequest, transaction_id: str, kind: str) -> HttpResponse:
    if not may_step_in(request):
        raise PermissionDenied
    found = Transaction.objects.filter(pk=transaction_id).first()
    if found is None or kind not in SAYS:
        raise Http404
    now = timezone.now()
    ways, refusal = _ways(kind, found, now)
    data = request.POST if request.method == "POST" else None
    first = StepIn.new()
    form = Force(data, ways=ways, initial=first) if kind == "force" else StepIn(data, initial=first)
    if data is not None and form.is_valid():
        answered = _try(request, partial(_act, kind, found.pk, form, _actor(request), now), kind)
        if answered:
            return answered
    words = dict(HANDS)[kind].rstrip("…")
    shown = {
        **site.each_context(request),
        **context(request),
        "title": f"{words}: {found.pk}",
        "says": SAYS[kind],
        "facts": _facts(kind, found, now),
        "refusal": refusal,
        "form": None if refusal else form,
        "choices": [("act", kind, {"force": "Ask a second person"}.get(kind, words))],
    }
    return TemplateResponse(request, "admin/transactions/step_in.html", shown)


def _decide(site: AdminSite, request: HttpRequest, intervention_id: str) -> HttpResponse:
    if not may_step_in(request):
        raise PermissionDenied
    wanted = Intervention.objects.select_related("transaction").filter(pk=intervention_id).first()
    if wanted is None:
        raise Http404
    now = timezone.now()
    decision = request.POST.get("decision")
    if request.method == "POST" and decision in ("approve", "refuse"):
        act = interventions.approve if decision == "approve" else interventions.refuse
        done = partial(act, intervention_id=wanted.pk, actor=_actor(request), now=now)
        answered = _try(request, done, decision)
        if answered:
            return answered
        wanted.refresh_from_db()
    is_own = wanted.requested_by == _actor(request)
    is_open = wanted.status == Intervention.State.WANTED
    choices = [("decision", "refuse", "Take it back" if is_own else "Refuse")]
    refusal = None if is_own or not is_open else _refused_now(wanted, now)
    if not is_own and refusal is None:
        choices.insert(0, ("decision", "approve", "Approve: it is done at once"))
    asked_by = desk.people([wanted.requested_by]).get(wanted.requested_by, wanted.requested_by)
    facts = [
        ("Reason", wanted.reason),
        ("Asked by", asked_by),
        ("Asked at", wanted.created_at),
        ("State", wanted.get_status_display()),
        *_facts("decide", wanted.transaction, now),
        ("If you approve", _would_do(wanted)),
    ]
    shown = {
        **site.each_context(request),
        **context(request),
        "title": f"Decide: {wanted.transaction_id}",
        "says": f"{in_words(wanted)}: so says one person, and a second one has to agree.",
        "facts": facts,
        "refusal": refusal,
        "form": Decision() if is_open else None,
        "choices": choices,
    }
    return TemplateResponse(request, "admin/transactions/step_in.html", shown)


def _act(kind: str, transaction_id: str, form: StepIn, actor: str, now: datetime) -> Intervention:
    known = {
        "intervention_id": form.cleaned_data["id"],
        "transaction_id": transaction_id,
        "reason": form.cleaned_data["reason"],
        "actor": actor,
        "now": now,
    }
    if isinstance(form, Force):
        step, has_happened = form.said()
        return interventions.force(step=step, has_happened=has_happened, **known)
    return (interventions.retry if kind == "retry" else interventions.compensate)(**known)


def _try(request: HttpRequest, act: Callable[[], Intervention], what: str) -> HttpResponse | None:
    """Do it and return the way back to the desk; a refusal is shown where it was asked for."""
    try:
        done = act()
    except DomainError as error:
        messages.error(request, f"{error.what_happened}. {error.why} {error.what_to_do}")
        return None
    words = {"force": "A second person has to agree now", "retry": "It is being tried", "compensate": "It is given up"}
    said = words.get(what, "It was approved and is done" if what == "approve" else "It was turned down")
    messages.success(request, f"{said}: {done.transaction_id}.")
    return redirect("admin:transactions_desk")


def _ways(kind: str, found: Transaction, now: datetime) -> tuple[list[tuple[StepOf, bool]], DomainError | None]:
    """Return what could be said of it, or why it would be refused, so that nobody fills in a form for nothing."""
    try:
        if kind == "force":
            return by_hand.ways_to_force(found, now=now), None
        if kind == "compensate":
            by_hand.check_stop(found, now=now)
        if kind == "retry" and not by_hand.at_hand(found):
            raise AlreadyOver
    except DomainError as error:
        return [], error
    return [], None


@database.atomic
def _refused_now(wanted: Intervention, now: datetime) -> DomainError | None:
    try:
        if wanted.wallet_id:
            suspense_services.check(wanted.transaction, wanted.wallet_id)
            return None
        by_hand.check_force(wanted.transaction, wanted.step, has_happened=wanted.outcome == "done", now=now)
    except DomainError as error:
        return error
    return None


def _facts(kind: str, found: Transaction, now: datetime) -> list[tuple[str, Any]]:
    """Return what a person must know before stepping in: what comes next by itself, and what this would do."""
    facts = [
        ("Transaction", found.pk),
        ("What", f"{found.get_type_display()} of {_amount(found)}"),
        ("Where", " ".join(filter(None, [found.network_id, found.provider, found.status, found.sub_status]))),
        ("By itself", desk.next_move(found, list(found.steps.all()), now=now)),
    ]
    if kind == "retry":
        facts.append(("This would do", ", ".join(step.name for step in by_hand.at_hand(found)) or "nothing"))
    if kind == "compensate":
        facts.append(("This would undo", _undone(found)))
    if kind == "force":
        facts.append(("If it never will", f"this is undone: {_undone(found)}"))
    return facts


def _would_do(wanted: Intervention) -> str:
    if wanted.wallet:
        return f"The money is {wanted.wallet.user.email}'s, in {wanted.wallet}, to spend at once."
    if wanted.outcome == "failed":
        return f"It is given up, and this is undone: {_undone(wanted.transaction)}."
    if wanted.transaction.status == Status.COMPENSATING:
        return f"Step {wanted.step} counts as undone, nobody is asked about it any more, and the undoing goes on."
    return f"Step {wanted.step} counts as done, and the transaction goes on."


def _undone(found: Transaction) -> str:
    return "; ".join(f"{step.name} ({step.says})" for step in by_hand.to_undo(found)) or "nothing"


def _stuck(each: desk.Stuck, now: datetime) -> dict[str, Any]:
    found = each.transaction
    return {"row": each, "amount": _amount(found), "link": _link(found.pk), "age": timesince(each.since, now)}


def _waiting(wanted: Intervention, people: dict[str, str], request: HttpRequest) -> dict[str, Any]:
    return {
        "row": wanted,
        "what": f"{wanted.transaction.get_type_display()} of {_amount(wanted.transaction)}",
        "says": in_words(wanted),
        "link": _link(wanted.transaction_id),
        "asked_by": people.get(wanted.requested_by, wanted.requested_by),
        "is_own": wanted.requested_by == _actor(request),
    }


def _amount(found: Transaction) -> str:
    return f"{format_minor(found.amount_minor, scale=get_asset(found.asset_id).scale)} {found.asset_id}"


def _link(transaction_id: str) -> str:
    return reverse("admin:transactions_transaction_change", args=[quote(transaction_id)])


def _actor(request: HttpRequest) -> str:
    return str(request.user.pk)
