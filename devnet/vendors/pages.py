"""The page on which a person pays a sandbox. It looks like nobody's brand and says that no money moves."""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from devnet.vendors.ramp import Order, Wish

CHOICES = (
    ("pay", "Pay"),
    ("decline", "Have the card declined"),
    ("refund", "Pay, get nothing, and be refunded"),
    ("later", "Promise a bank transfer"),
    ("cancel", "Cancel"),
)

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f4f4f2; color: #1c1c1a; }}
main {{ max-width: 26rem; margin: 3rem auto; padding: 1.5rem; background: #fff; border-radius: .75rem; }}
dt {{ color: #5f5f58; }} dd {{ margin: 0 0 .75rem; font-weight: 600; overflow-wrap: anywhere; }}
button {{ display: block; width: 100%; margin-top: .5rem; padding: .75rem; font: inherit; border-radius: .5rem;
border: 1px solid #1c1c1a; background: #fff; color: inherit; }} button[value=pay] {{ background: #1c1c1a;
color: #fff; }} small {{ color: #5f5f58; }}
</style></head><body><main><h1>{title}</h1>{body}<p><small>A sandbox on this machine: no money moves, and the coins
are the local network's.</small></p></main></body></html>"""


def pay_page(vendor: str, *, wish: Wish, coins: str, action: str) -> str:
    """Return the page with what is bought and a button for each thing a person may do."""
    facts = {
        "You pay": f"{wish.fiat_amount} {wish.fiat}",
        "You get": f"{coins} {wish.asset}",
        "At this address": wish.address,
        "Reference": wish.external_id,
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    buttons = "".join(f'<button name="choice" value="{value}">{escape(label)}</button>' for value, label in CHOICES)
    form = f'<form method="post" action="{escape(action)}">{buttons}</form>'
    return _FRAME.format(title=f"Buy with {escape(vendor)}", body=f"<dl>{listed}</dl>{form}")


def notice_page(vendor: str, message: str) -> str:
    return _FRAME.format(title=escape(vendor), body=f"<p>{escape(message)}</p>")


def order_message(order: Order) -> str:
    return f"This order is {order.stage}. You can close this page; the wallet follows it by itself."


def with_query(url: str, **parameters: str) -> str:
    """Return the URL with these parameters added to its query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *parameters.items()])))
