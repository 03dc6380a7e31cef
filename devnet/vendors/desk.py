"""The sandboxes of one program together, opened and closed as one; tests also open one of their own."""

from collections.abc import Mapping
from typing import Any

from devnet.vendors.coins import Coins
from devnet.vendors.control import Control
from devnet.vendors.keys import KEYS
from devnet.vendors.market import Market
from devnet.vendors.moonpay import MoonPay
from devnet.vendors.ramp import Deliver
from devnet.vendors.server import Server, Vendor
from devnet.vendors.transak import Transak
from devnet.vendors.twilio import Twilio
from devnet.vendors.world import World

RAMPS: dict[str, type[Any]] = {"moonpay": MoonPay, "transak": Transak}


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
        keys = {code: {name: environment[variable] for name, variable in names.items()} for code, names in KEYS.items()}
        ramps = {
            code: vendor(
                self.world,
                keys=keys[code],
                market=self.market,
                deliver=deliver or Coins({code: url for code, url in nodes.items() if url}),
                step_seconds=step_seconds,
            )
            for code, vendor in RAMPS.items()
        }
        twilio = Twilio(self.world, keys=keys["twilio"], step_seconds=step_seconds)
        self.vendors: dict[str, Vendor] = {**ramps, "twilio": twilio}
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
