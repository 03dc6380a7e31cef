"""What people take away with them: exports and statements."""

from pathlib import Path

from wallet_project.settings import env

_ROOT = Path(__file__).resolve().parent.parent.parent

EXPORTS_FOLDER = str(
    _ROOT
    / env.text(
        "EXPORTS_FOLDER",
        "var/exports",
        "Folder of the files that people asked for, which web and workers share; it is never served as it is.",
        is_deployed=True,
    )
)
PDF_FONTS = str(_ROOT / "var" / "vendor" / "fonts")
"""Where the fonts of exports and statements are; `npm run vendor` copies them."""

EXPORT_LINK_SECONDS = env.integer("EXPORT_LINK_SECONDS", 900, "Seconds that the link to an export's file holds.")
EXPORT_DAYS = env.integer("EXPORT_DAYS", 7, "Days after which the file of an export is deleted.")
EXPORT_MOST_ROWS = env.integer("EXPORT_MOST_ROWS", 200_000, "Transactions that one export may hold; 10,000 as PDF.")
EXPORTS_PER_DAY = env.integer("EXPORTS_PER_DAY", 20, "Exports that one person may ask for within 24 hours.")
