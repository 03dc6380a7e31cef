"""How often solvency is proved and watched, and what counts as short."""

from wallet_project.settings import env

SOLVENCY_SNAPSHOT_HOURS = env.integer(
    "SOLVENCY_SNAPSHOT_HOURS", 24, "Hours from one published proof of solvency to the next."
)
SOLVENCY_CHECK_SECONDS = env.integer(
    "SOLVENCY_CHECK_SECONDS",
    180,
    "Seconds between two looks at whether our addresses cover what is owed; two that are short halt an asset's sends.",
)
SOLVENCY_TOLERANCE_PPM = env.integer(
    "SOLVENCY_TOLERANCE_PPM", 0, "Millionths of what is owed in an asset that may be missing before its sends halt."
)
SOLVENCY_BLIND_SECONDS = env.integer(
    "SOLVENCY_BLIND_SECONDS",
    3600,
    "Sends of an asset halt when nodes could not say for so long what is there, or contradict each other.",
)
SOLVENCY_TREE_DAYS = env.integer(
    "SOLVENCY_TREE_DAYS", 30, "Days after which everybody gets another place and another salt in the tree."
)
