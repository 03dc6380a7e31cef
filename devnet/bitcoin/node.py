"""The node: chain, mempool, miner and faucet behind one lock, and the switches by which a test makes it misbehave."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from bitcoin.core import CTransaction

from devnet.bitcoin.chain import COINBASE_MATURITY, Chain
from devnet.bitcoin.errors import Rejected
from devnet.bitcoin.faucet import Faucet
from devnet.bitcoin.mempool import Mempool
from devnet.bitcoin.mining import Miner

PREMINED = COINBASE_MATURITY + 10


@dataclass
class Fault:
    """The next `count` calls of `method` end badly: `timeout` does the work and stays silent, `drop` does nothing."""

    mode: str
    method: str
    count: int


@dataclass
class Switches:
    """What a test may turn; all off after a restart."""

    is_stalled: bool = False
    lag_blocks: int = 0
    fee_rate: int | None = 0  # satoshi per 1,000 vB that estimatesmartfee answers; 0: by itself; None: no estimate
    faults: list[Fault] = field(default_factory=list)


class Node:
    """Everything below is done under `lock`."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.folder = folder
        self.switches = Switches()
        self.chain = Chain(folder)
        self.mempool = Mempool(self.chain)
        self.miner = Miner(self.chain, self.mempool)
        self.faucet = Faucet(folder, self.mempool)
        while self.chain.height < PREMINED:
            self.miner.mine(self.faucet.script)
        self._load_mempool()

    @property
    def height(self) -> int:
        """The height this node admits to: lower than the truth while it is told to lag."""
        return max(0, self.chain.height - self.switches.lag_blocks)

    def tick(self) -> None:
        """Mine one block to the faucet, unless stalled."""
        with self.lock:
            if not self.switches.is_stalled:
                self.miner.mine(self.faucet.script)

    def close(self) -> None:
        with self.lock:
            waiting = [entry.transaction.serialize().hex() for entry in self.mempool.entries.values()]
            self._mempool_file.write_text(json.dumps(waiting))
            self.chain.close()

    def take_fault(self, method: str) -> str | None:
        """Return the mode of the fault that this call falls under, using it up."""
        for fault in self.switches.faults:
            if fault.method in {method, "*"}:
                fault.count -= 1
                if fault.count <= 0:
                    self.switches.faults.remove(fault)
                return fault.mode
        return None

    @property
    def _mempool_file(self) -> Path:
        return self.folder / "mempool.json"

    def _load_mempool(self) -> None:
        if not self._mempool_file.exists():
            return
        for raw in json.loads(self._mempool_file.read_text()):
            try:
                self.mempool.accept(CTransaction.deserialize(bytes.fromhex(raw)))
            except Rejected:
                continue
