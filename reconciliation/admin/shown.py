"""How runs and cases are shown: figures as rows of tables."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from assets.errors import UnknownAsset
from assets.queries import get_asset
from events.queries import events_of
from kit.money import format_minor
from reconciliation.base import Place
from reconciliation.models import Case, Run
from transactions.queries.desk import people

HEADINGS = {
    "place_headings": ("What", "Treasury", "Deposit addresses", "Cold", "Together"),
    "item_headings": ("Explained by", "Of", "Treasury", "Deposit addresses", "Cold", "Where"),
    "evidence_headings": ("What", "Seen"),
    "odd_headings": ("Seen",),
    "case_headings": ("Case", "Status", "What"),
    "note_headings": ("At", "Who", "What"),
    "correction_headings": ("Asked at", "Treasury", "Deposits", "Cold", "Reason", "State", "Asked by", "Decided by"),
    "fact_headings": ("At", "What", "By"),
}
PLACES = (("booked", "Booked"), ("expected", "Expected at the block"), ("there", "There"), ("difference", "Difference"))


def money(minor: int, asset: str) -> str:
    """Return an amount in units with its asset, exactly; nothing where there is no asset."""
    if not asset:
        return ""
    try:
        return f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"
    except UnknownAsset:
        return f"{minor} minor units of {asset}"


def run_story(run: Run) -> dict[str, Any]:
    """Return the tables of what a run compared, by asset, and the cases it found first or last."""
    assets: Mapping[str, Any] = run.figures.get("assets", {})
    found = Case.objects.filter(last_run=run) | Case.objects.filter(first_run=run)
    return {
        "figures": [
            {"asset": asset, "places": _places(asset, seen), "items": _items(asset, seen)}
            for asset, seen in assets.items()
        ],
        **HEADINGS,
        "other_figures": [(name, value) for name, value in run.figures.items() if name != "assets"],
        "cases": [[case_link(case), case.status, case.summary] for case in found.distinct().order_by("-id")[:50]],
    }


def case_story(case: Case) -> dict[str, Any]:
    """Return the evidence of a case as first and last seen, its notes, its corrections and its facts."""
    notes, corrections = list(case.notes.all()[:200]), list(case.corrections.all()[:50])
    ids = {note.author for note in notes}
    ids |= {person for each in corrections for person in (each.requested_by, each.decided_by)}
    names = people(sorted(ids))
    return {
        "evidences": [
            _evidence(case, "What was seen when it was found", case.evidence),
            *(
                [_evidence(case, "What was seen when it was found last", case.latest_evidence)]
                if case.latest_evidence != case.evidence
                else []
            ),
        ],
        **HEADINGS,
        "notes": [[note.at, names.get(note.author, note.author), note.text] for note in notes],
        "corrections": [
            [
                each.created_at,
                money(each.treasury_minor, case.asset),
                money(each.deposits_minor, case.asset),
                money(each.cold_minor, case.asset),
                each.reason,
                each.get_status_display(),
                names.get(each.requested_by, each.requested_by),
                names.get(each.decided_by, each.decided_by),
            ]
            for each in corrections
        ],
        "wanted": next((each for each in corrections if each.status == "wanted"), None),
        "facts": [[event.happened_at, event.name or event.type, event.actor] for event in events_of(case)],
    }


def case_link(case: Case) -> str:
    address = reverse("admin:reconciliation_case_change", args=[case.pk])
    return format_html('<a class="desk-link" href="{}">{}</a>', address, case.pk)


def _evidence(case: Case, title: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    if case.kind != Case.Kind.NETWORK:
        return {"title": title, "rows": [[name, _text(value)] for name, value in seen.items()]}
    return {
        "title": title,
        "rows": [
            ["Block", f"{seen.get('height')} {seen.get('block_hash')}"],
            ["Nodes that said so", seen.get("nodes")],
            ["On its way by the books", money(int(seen.get("in_transit_minor", 0)), case.asset)],
            ["Items that explain a part", seen.get("items_count")],
        ],
        "places": _places(case.asset, seen),
        "items": _items(case.asset, seen),
        "odd": [[_text(each)] for each in seen.get("odd", [])],
    }


def _places(asset: str, seen: Mapping[str, Any]) -> list[list[str]]:
    return [[words, *_amounts(asset, seen[name])] for name, words in PLACES if name in seen]


def _amounts(asset: str, place: Mapping[str, str]) -> list[str]:
    parts = [int(place.get(f"{name}_minor", 0)) for name in Place._fields]
    return [money(minor, asset) for minor in (*parts, sum(parts))]


def _items(asset: str, seen: Mapping[str, Any]) -> list[list[str]]:
    return [
        [each["what"].replace("_", " "), each["reference"], *_amounts(asset, each)[:-1], each["detail"]]
        for each in seen.get("items", [])
    ]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')}: {each}" for name, each in value.items())
    return str(value)
