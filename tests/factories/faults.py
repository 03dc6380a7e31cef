"""The proxy that spoils a node, before the nodes of a world."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devnet.faults.server import FaultProxy


@contextmanager
def spoiled(config: Any) -> Iterator[FaultProxy]:
    """Put a proxy before the first node of this network; its levers are off."""
    with FaultProxy(("127.0.0.1", 0), kind=config.adapter, url=config.rpc_urls[0]) as proxy:
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
