"""How much has to be seen before a difference is believed, and how long runs are kept."""

from wallet_project.settings import env

RECONCILIATION_WITNESSES = env.integer(
    "RECONCILIATION_WITNESSES",
    2,
    "Nodes of a network that must say the same before a difference is believed; with 1, one node's word is enough.",
)
RECONCILIATION_PURCHASE_DAYS = env.integer(
    "RECONCILIATION_PURCHASE_DAYS", 14, "Days for which finished purchases are compared with the companies' state."
)
RECONCILIATION_RUN_DAYS = env.integer(
    "RECONCILIATION_RUN_DAYS", 90, "Days that runs are kept which found nothing; the others are kept for ever."
)
