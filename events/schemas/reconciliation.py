"""The books compared with networks, companies and their own history."""

from events.schemas.base import Schema

CASE = {
    "case": "text",
    "key": "text",
    "kind": "text",
    "network": "text",
    "asset": "text",
    "difference_minor": "minor",
    "height": "text",
    "block_hash": "text",
}
"""A case as it was then; a difference above zero: there is more than the books say."""

MOVED = {"from": "text", "to": "text"}
CORRECTION = {
    "case": "text",
    "treasury_minor": "minor",
    "deposits_minor": "minor",
    "cold_minor?": "minor",
    "reason": "text",
}

SCHEMAS = (
    Schema(
        "reconciliation.difference_found",
        "reconciliation.case",
        "The books and the world differ, or differ otherwise than before; critical unless it is set right by itself."
        " The case is new if it was opened, or opened again, with it.",
        CASE | {"severity": "text", "summary": "text", "is_new?": "boolean"},
        names=(("domain", "DifferenceFound"),),
    ),
    Schema(
        "case.open",
        "reconciliation.case",
        "A difference has a case, or one that was explained is another one now.",
        CASE | {"from?": "text", "to?": "text"},
        names=(("domain", "CaseOpened"), ("domain", "CaseReopened")),
    ),
    Schema(
        "case.explained",
        "reconciliation.case",
        "Somebody said why the books and the world differ.",
        CASE | MOVED,
        names=(("domain", "CaseExplained"),),
    ),
    Schema(
        "case.corrected",
        "reconciliation.case",
        "A posting that names the case has set it right.",
        CASE | MOVED,
        names=(("domain", "CaseCorrected"),),
    ),
    Schema(
        "case.closed",
        "reconciliation.case",
        "The difference is gone.",
        CASE | MOVED,
        names=(("domain", "CaseClosed"),),
    ),
    Schema("case.noted", "reconciliation.case", "Somebody wrote something down about it.", CASE | {"text": "text"}),
    Schema(
        "correction.wanted",
        "reconciliation.correction",
        "One person wants a posting that a second one has to approve.",
        CORRECTION,
        names=(("command", "CorrectDifferenceCommand"),),
    ),
    Schema(
        "correction.carried_out",
        "reconciliation.correction",
        "The second person approved, and it was posted.",
        CORRECTION | MOVED,
        names=(("domain", "CorrectionCarriedOut"),),
    ),
    Schema(
        "correction.refused",
        "reconciliation.correction",
        "It was refused, taken back, or the difference is gone.",
        CORRECTION | MOVED,
        names=(("domain", "CorrectionRefused"),),
    ),
    Schema(
        "threshold.changed",
        "reconciliation.threshold",
        "Up to another difference than before the house helps itself.",
        {"asset": "text", "minor": "minor", "minor_before": "minor"},
    ),
)
