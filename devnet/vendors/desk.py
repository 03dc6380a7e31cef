"""The sandboxes of one program together, opened and closed as one; tests also open one of their own."""

from collections.abc import Mapping
from typing import Any

from devnet.vendors.coins import Coins
from devnet.vendors.control import Control
from devnet.vendors.keys import KEYS
from devnet.vendors.market import Market
from devnet.vendors.moonpay import MoonPay
from devnet.vendors.ramp import Deliver, RampVendor
from devnet.vendors.server import Server
from devnet.vendors.transak import Transak
from devnet.vendors.world import World

VENDORS: dict[str, type[Any]] = {"moonpay": MoonPay, "transak": Transak}


class Desk:
    """All sandboxes and their control plane."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        product_url: str = "",
        step_seconds: float = 60,
        deliver: Deliver | None = None,
    ) -> None:
        nodes = {
            code: environment.get(f"{code.upper()}_RPC_URLS", "").split(",")[0] for code in ("bitcoin", "ethereum")
        }
        self.world = World(product_url.rstrip("/"))
        self.market = Market()
        self.vendors: dict[str, RampVendor] = {
            code: vendor(
                self.world,
                keys={name: environment[variable] for name, variable in KEYS[code].items()},
                market=self.market,
                deliver=deliver or Coins({code: url for code, url in nodes.items() if url}),
                step_seconds=step_seconds,
            )
            for code, vendor in VENDORS.items()
        }
        self.control = Control(self.world, self.vendors, self.market)
        self.servers: list[Server] = []

    def open(self, *, control_port: int = 0, ports: Mapping[str, int] | None = None) -> None:
        """Start listening; a port of 0 or none at all is any free one."""
        places = [
            (control_port, self.control),
            *(((ports or {}).get(code, 0), each) for code, each in self.vendors.items()),
        ]
        self.servers = [Server(port, vendor).start() for port, vendor in places]

    def tick(self) -> None:
        with self.world.lock:
            for vendor in self.vendors.values():
                vendor.tick()

    def close(self) -> None:
        for server in self.servers:
            server.close()
