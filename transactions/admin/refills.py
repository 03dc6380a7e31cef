"""Refills from cold: looked at by all staff, decided on by operators; exported, and imported once they are signed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from assets.queries import get_asset, native_asset
from events.queries import events_of
from kit.back_office import BUTTON, CARD, StoryAdmin
from kit.downloads import attachment
from kit.errors import DomainError
from kit.money import format_minor
from transactions.flows import cold_signing
from transactions.models import Refill
from transactions.queries.desk import people
from transactions.services import refills

CONTENT_LENGTH = 300_000
NEXT = {
    Refill.State.WANTED: "Two people have to approve it; nothing happens before.",
    Refill.State.SECONDED: "A second person has to approve it; nothing happens before.",
    Refill.State.APPROVED: "Export it, have the cold key sign it, and import what it returns.",
    Refill.State.IMPORTED: "Nothing: what was signed is on its way, and is followed by itself.",
}
SAYS = {
    "approve": "Approve that so much comes from the cold address to the hot wallet. It takes two people.",
    "refuse": "Turn it down, or take an approval back. Another is not asked for within six hours.",
    "import": "Bring back what the cold key has signed. Anything but exactly what was approved is refused.",
}
WORDS = {"approve": "Approve", "refuse": "Refuse", "import": "Import it"}
DONE = {"approve": "It is approved by you", "refuse": "It is refused", "import": "It is on its way"}


class Why(forms.Form):
    """Why it is refused."""

    reason = forms.CharField(
        label="Why? It is kept for ever.",
        max_length=refills.REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class Signed(forms.Form):
    """What the cold key's wallet has returned."""

    content = forms.CharField(
        label="The signed transaction: a PSBT in base 64, or hexadecimal",
        max_length=CONTENT_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )


class Nothing(forms.Form):
    """Nothing to fill in: the button says it."""


@admin.register(Refill)
class RefillAdmin(StoryAdmin):
    list_display = ("id", "status", "amount", "network", "reason", "created_at", "updated_at")
    fields = (
        *("id", "status", "network", "amount", "most_fee", "source", "target", "reason", "seconded", "approved"),
        *("refused", "refused_reason", "moved_by", "created_at", "updated_at"),
    )
    readonly_fields = fields
    list_filter = ("status", "network", "asset")
    list_select_related = ("network",)
    change_form_before_template = "admin/transactions/refill.html"
    change_form_outer_after_template = "admin/transactions/refill_export.html"

    def story(self, request: HttpRequest, row: Refill) -> dict[str, Any]:
        return {
            "card": CARD,
            "button": BUTTON,
            "next_move": NEXT.get(Refill.State(row.status), "Nothing: it is over."),
            "acts": _acts(row, request),
            "may_export": row.status == Refill.State.APPROVED and _may_act(request),
            "fact_headings": ("At", "What", "By"),
            "facts": [[event.happened_at, event.type, event.actor] for event in events_of(row)],
        }

    def get_urls(self) -> list[URLPattern]:
        """Add what can be done, before the address that would take its name for a refill's."""
        found: list[URLPattern] = super().get_urls()
        site = self.admin_site
        export = path("<str:refill_id>/export/", site.admin_view(_export), name="transactions_refill_export")
        page = site.admin_view(partial(_act, site))
        act = path("<str:refill_id>/do/<str:act>/", page, name="transactions_refill_act")
        return [export, act, *found]

    @admin.display(description="Amount")
    def amount(self, refill: Refill) -> str:
        return _money(refill.amount_minor, refill.asset_id)

    @admin.display(description="Highest network fee, paid by the cold address")
    def most_fee(self, refill: Refill) -> str:
        return _money(refill.max_fee_minor, native_asset(refill.network_id).code)

    @admin.display(description="From the cold address")
    def source(self, refill: Refill) -> str:
        return _breaking(refill.from_address)

    @admin.display(description="To the hot wallet")
    def target(self, refill: Refill) -> str:
        return _breaking(refill.to_address)

    @admin.display(description="Approved first by")
    def seconded(self, refill: Refill) -> str:
        return _person(refill.seconded_by)

    @admin.display(description="Approved then by")
    def approved(self, refill: Refill) -> str:
        return _person(refill.approved_by)

    @admin.display(description="Refused by")
    def refused(self, refill: Refill) -> str:
        return _person(refill.refused_by)

    @admin.display(description="Transaction")
    def moved_by(self, refill: Refill) -> str:
        if not refill.transaction_id:
            return ""
        address = reverse("admin:transactions_transaction_change", args=[refill.transaction_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', address, refill.transaction_id)


def _act(site: AdminSite, request: HttpRequest, refill_id: str, act: str) -> HttpResponse:
    found = _find(request, refill_id)
    if act not in SAYS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form: forms.Form = {"refuse": Why, "import": Signed}.get(act, Nothing)(data)
    refusal: DomainError | None = None
    if data is not None and form.is_valid():
        try:
            _doing(act, found, form, str(request.user.pk))()
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, f"{DONE[act]}: {found.pk}.")
            return redirect("admin:transactions_refill_change", found.pk)
    shown = {
        **site.each_context(request),
        "card": CARD,
        "button": BUTTON,
        "title": f"{WORDS[act]}: {found.pk}",
        "says": SAYS[act],
        "facts": _facts(found),
        "refusal": refusal,
        "form": form,
        "choices": [("act", act, f"{WORDS[act]}: {_money(found.amount_minor, found.asset_id)}")],
        "back": found.pk,
    }
    return TemplateResponse(request, "admin/transactions/refill_act.html", shown)


def _doing(act: str, found: Refill, form: forms.Form, actor: str) -> Callable[[], Any]:
    now = timezone.now()
    if act == "approve":
        return partial(refills.approve, refill_id=found.pk, actor=actor, now=now)
    if act == "refuse":
        return partial(refills.refuse, refill_id=found.pk, reason=form.cleaned_data["reason"], actor=actor, now=now)
    return partial(cold_signing.take, refill_id=found.pk, content=form.cleaned_data["content"], actor=actor, now=now)


def _export(request: HttpRequest, refill_id: str) -> HttpResponseBase:
    """Hand out the unsigned transaction as a file; a post, for it is kept who was given it."""
    found = _find(request, refill_id)
    if request.method != "POST":
        raise PermissionDenied
    try:
        made = cold_signing.export(refill_id=found.pk, actor=str(request.user.pk), now=timezone.now())
    except DomainError as error:
        messages.error(request, f"{error.what_happened}. {error.why} {error.what_to_do}")
        return redirect("admin:transactions_refill_change", found.pk)
    return attachment(iter([made.text]), name=made.name, content_type="text/plain; charset=us-ascii")


def _find(request: HttpRequest, refill_id: str) -> Refill:
    if not _may_act(request):
        raise PermissionDenied
    found = Refill.objects.filter(pk=refill_id).first()
    if found is None:
        raise Http404
    return found


def _may_act(request: HttpRequest) -> bool:
    """Say whether this person may decide on refills: not officers, who look."""
    return bool(request.user.has_perm("transactions.change_refill"))


def _acts(found: Refill, request: HttpRequest) -> list[tuple[str, str]]:
    """Return what this person can do about it now: where that leads, and in words."""
    if not _may_act(request) or found.status not in Refill.UNDECIDED:
        return []
    first = {"import": "Import what was signed…"} if found.status == Refill.State.APPROVED else {"approve": "Approve…"}
    if found.status == Refill.State.SECONDED and found.seconded_by == str(request.user.pk):
        first = {}
    words = {**first, "refuse": "Refuse…"}
    return [(reverse("admin:transactions_refill_act", args=[found.pk, act]), said) for act, said in words.items()]


def _facts(found: Refill) -> list[tuple[str, Any]]:
    approved_by = [_person(each) for each in (found.seconded_by, found.approved_by) if each]
    return [
        ("Amount", _money(found.amount_minor, found.asset_id)),
        ("From", found.from_address),
        ("To", found.to_address),
        ("Highest fee", _money(found.max_fee_minor, native_asset(found.network_id).code)),
        ("Why", found.reason),
        ("State", found.get_status_display()),
        ("Approved by", ", ".join(approved_by) or "nobody yet"),
        ("Asked for", found.created_at),
    ]


def _person(id: str) -> str:
    return people([id]).get(id, id) if id else ""


def _money(minor: int, asset: str) -> str:
    return f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"


def _breaking(text: str) -> str:
    return format_html('<span class="break-anywhere">{}</span>', text)
