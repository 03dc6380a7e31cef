"""What is looked at and remembered for those who watch."""

FIGURES = "wallet_project.figures.look"
"""Who is asked how the work of all apps goes: analytics stands beside them and knows none of them."""

SAMPLED = frozenset(
    {
        "holdfast_queue_depth",
        "holdfast_oldest_waiting_seconds",
        "holdfast_live_events_oldest_seconds",
        "holdfast_reader_behind_seconds",
        "holdfast_stuck_transactions",
        "holdfast_reconciliation_open_cases",
    }
)
"""Of which figures each minute's worst is kept, for the curves on the operators' page."""
