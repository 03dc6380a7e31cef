"""
The control plane: what a test or a developer makes the sandboxes do. A port of its own, JSON both ways.

    POST /_ctl/scenario  {vendor, path?, calls?, status?, latency_seconds?, drop?: before|after, is_malformed?}
                         {vendor, outcome?, step_seconds?, fee_rate? (on-ramps), error_code? (twilio)}
    POST /_ctl/advance   {seconds}
    POST /_ctl/emit      {vendor, subject, how: deliver|reorder|again|old_secret|wrong_secret|stale, is_sent?}
    POST /_ctl/webhooks  {vendor?, url?, is_held?}
    POST /_ctl/prices    {"ETH": "3300", ...} in dollars
    POST /_ctl/reset     {vendor?}
    GET  /_ctl/requests?vendor=  and  GET /_ctl/orders?vendor=
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import fields
from decimal import Decimal
from typing import Any

from devnet.vendors.market import Market
from devnet.vendors.server import Fault, Vendor
from devnet.vendors.wire import Json, Request, Response, answer_json
from devnet.vendors.world import World

SETTINGS = ("outcome", "step_seconds", "fee_rate", "error_code")
FAULT_FIELDS = {each.name for each in fields(Fault)}


class Control(Vendor):
    """Answers like a vendor, but about them."""

    code = "control"
    is_locked = False  # a webhook is sent while the vendors go on answering

    def __init__(self, world: World, vendors: Mapping[str, Vendor], market: Market) -> None:
        super().__init__(world)
        self.vendors = vendors
        self.market = market

    def answer(self, request: Request) -> Response:
        actions: dict[tuple[str, str], Callable[[Json], Any]] = {
            ("POST", "/_ctl/scenario"): self._scenario,
            ("POST", "/_ctl/advance"): self._advance,
            ("POST", "/_ctl/emit"): self._emit,
            ("POST", "/_ctl/webhooks"): self._webhooks,
            ("POST", "/_ctl/prices"): self._prices,
            ("POST", "/_ctl/reset"): self._reset,
            ("GET", "/_ctl/requests"): lambda asked: self.vendors[asked["vendor"]].requests,
            ("GET", "/_ctl/orders"): lambda asked: self.vendors[asked["vendor"]].listing(),
        }
        action = actions.get((request.method, request.path))
        if action is None:
            return answer_json(404, {"message": f"there are {sorted(path for _, path in actions)}"})
        try:
            asked = dict(request.query) if request.method == "GET" else request.json()
            with nullcontext() if action == self._emit else self.world.lock:
                return answer_json(200, action(asked))
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            return answer_json(400, {"message": repr(error)})

    def _scenario(self, asked: Json) -> Json:
        vendor = self.vendors[asked.pop("vendor")]
        settings: Json = {name: asked.pop(name) for name in SETTINGS if name in asked}
        if settings:
            vendor.set_up(settings)
        if asked:
            vendor.faults.append(Fault(**_checked(asked)))
        return {"faults": len(vendor.faults)}

    def _advance(self, asked: Json) -> Json:
        self.world.clock.advance(float(asked["seconds"]))
        for vendor in self.vendors.values():
            vendor.tick()
        return {"now": self.world.clock.now().isoformat()}

    def _emit(self, asked: Json) -> Json:
        vendor = self.vendors[asked["vendor"]]
        sent = vendor.mail.emit(asked["subject"], asked["how"], is_sent=asked.get("is_sent", True))
        return {"webhooks": sent}

    def _webhooks(self, asked: Json) -> Json:
        if "url" in asked:
            self.world.product_url = str(asked["url"]).rstrip("/")
        if "is_held" in asked:
            self.vendors[asked["vendor"]].mail.is_held = bool(asked["is_held"])
        return {"url": self.world.product_url}

    def _prices(self, asked: Json) -> Json:
        self.market.dollars |= {name: Decimal(str(price)) for name, price in asked.items()}
        return {name: str(price) for name, price in self.market.dollars.items()}

    def _reset(self, asked: Json) -> Json:
        for code in [asked["vendor"]] if "vendor" in asked else list(self.vendors):
            self.vendors[code].reset()
        return {}


def _checked(asked: Json) -> Json:
    unknown = asked.keys() - FAULT_FIELDS
    if unknown:
        raise ValueError(f"no such part of a scenario: {sorted(unknown)}")
    return asked
