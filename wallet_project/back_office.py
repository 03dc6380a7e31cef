"""How the admin looks and what its sidebar leads to (settings.UNFOLD)."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

_TEAL = {
    "50": "oklch(97.6% .012 195)",
    "100": "oklch(94.4% .028 195)",
    "200": "oklch(88.6% .052 195)",
    "300": "oklch(80.2% .078 195)",
    "400": "oklch(68.4% .094 195)",
    "500": "oklch(56.2% .092 195)",
    "600": "oklch(46.4% .080 195)",
    "700": "oklch(39.6% .068 195)",
    "800": "oklch(33.4% .056 196)",
    "900": "oklch(28.2% .046 197)",
    "950": "oklch(20.6% .034 198)",
}


def _group(title: str, *places: tuple[str, str, str]) -> dict[str, Any]:
    items = [
        {"title": name, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")} for name, icon, model in places
    ]
    return {"title": title, "separator": True, "items": items}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Holdfast",
    "SITE_HEADER": "Holdfast",
    "SITE_SUBHEADER": "Back office",
    "SITE_SYMBOL": "anchor",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("brand/mark.svg")}],
    "STYLES": [lambda _request: static("css/back_office.css")],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "wallet_project.dashboard.context",
    "COLORS": {"primary": _TEAL},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Now",
                "items": [
                    {"title": "How it goes", "icon": "monitoring", "link": reverse_lazy("admin:index")},
                    {"title": "Desk", "icon": "support", "link": reverse_lazy("admin:transactions_desk")},
                    {"title": "Treasury", "icon": "savings", "link": reverse_lazy("admin:reconciliation_treasury")},
                    {"title": "Solvency", "icon": "balance", "link": reverse_lazy("admin:solvency_guard")},
                ],
            },
            _group("People", ("People", "person", "accounts_user"), ("Saved payees", "contacts", "wallets_payee")),
            _group(
                "Money",
                ("Wallets", "account_balance_wallet", "wallets_wallet"),
                ("Transactions", "swap_horiz", "transactions_transaction"),
                ("Deposits", "south_west", "transactions_deposit"),
                ("Refills from cold", "ac_unit", "transactions_refill"),
                ("Reservations", "bookmark", "wallets_reservation"),
                ("Ledger accounts", "account_balance", "ledger_account"),
                ("Postings", "receipt_long", "ledger_posting"),
                ("Holds", "lock_clock", "ledger_hold"),
                ("Marks", "bookmark_check", "ledger_mark"),
            ),
            _group(
                "Reconciliation",
                ("Cases", "difference", "reconciliation_case"),
                ("Runs", "compare_arrows", "reconciliation_run"),
                ("Thresholds", "rule", "reconciliation_threshold"),
                ("Reserves read", "savings", "solvency_reading"),
                ("Proofs of solvency", "verified", "solvency_snapshot"),
                ("Halts of sends", "block", "transactions_sendhalt"),
            ),
            _group(
                "Networks",
                ("How they are read", "hub", "chains_cursor"),
                ("Blocks put aside", "report", "chains_failedblock"),
                ("Read again", "history", "transactions_rescan"),
                ("Found after a restore", "settings_backup_restore", "chains_foundsend"),
                ("Endpoints", "dns", "chains_endpoint"),
                ("Coins", "toll", "transactions_coin"),
                ("Nonce lanes", "format_list_numbered", "transactions_noncelane"),
                ("Networks", "lan", "assets_network"),
                ("Assets", "category", "assets_asset"),
            ),
            _group(
                "Providers",
                ("Providers", "handshake", "providers_provider"),
                ("How they do", "vital_signs", "providers_health"),
                ("Calls", "call", "providers_call"),
                ("Webhooks", "inbox", "providers_webhook"),
            ),
            _group(
                "Custody",
                ("Vaults", "encrypted", "custody_vault"),
                ("Keys", "key", "custody_key"),
                ("Signatures", "signature", "custody_signatureguard"),
            ),
            _group(
                "Told",
                ("Deliveries", "outgoing_mail", "notifications_delivery"),
                ("Notifications", "notifications", "notifications_notification"),
                ("Telephones", "sms", "notifications_phone"),
                ("Browsers", "web", "notifications_pushsubscription"),
                ("Webhook endpoints", "webhook", "notifications_endpoint"),
                ("Poisoned events", "report", "notifications_poisoned"),
            ),
            _group(
                "Bus",
                ("Who listens", "hearing", "events_listener"),
                ("Failed events", "report", "events_poisoned"),
                ("Carried", "conveyor_belt", "events_carried"),
            ),
            {
                "title": "Record",
                "separator": True,
                "items": [
                    {"title": name, "icon": icon, "link": reverse_lazy(f"admin:{page}")}
                    for name, icon, page in (
                        ("Search", "manage_search", "audit_search"),
                        ("Entries", "menu_book", "audit_entry_changelist"),
                        ("Checkpoints", "verified", "audit_checkpoint_changelist"),
                        ("Network anchors", "anchor", "audit_networkanchor_changelist"),
                        ("Export with proof", "download", "audit_export"),
                        ("Events", "history", "events_event_changelist"),
                    )
                ],
            },
        ],
    },
}
