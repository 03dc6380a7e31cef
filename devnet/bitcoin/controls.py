"""What only a development node offers: a faucet, and levers to stall, reorganise, lag and fail."""

from typing import Any

from devnet.bitcoin.errors import INVALID_PARAMETER, RpcError
from devnet.bitcoin.node import Fault, Switches
from devnet.bitcoin.rpc import Methods
from devnet.bitcoin.views import Json

FAULT_MODES = ("timeout", "drop", "error")


class ControlledMethods(Methods):
    """Bitcoin Core's methods and the devnet's own, all named devnet_*."""

    def devnet_fund(self, address: str, amount: object) -> str:
        """Pay from the faucet; the payment waits in the mempool. Returns its txid."""
        return self._pay(address, amount)

    def devnet_mine(self, blocks: int = 1) -> list[str]:
        """Mine to the faucet, stalled or not."""
        return self._generate(blocks, self.node.faucet.script)

    def devnet_reorg(self, depth: int, keep_transactions: bool = True) -> Json:
        """Replace the last `depth` blocks by one more empty ones; False forgets their transactions."""
        fork = self.node.miner.reorganise(depth, self.node.faucet.script, keep_transactions=keep_transactions)
        return {"fork_height": fork, "height": self.chain.height}

    def devnet_stall(self, on: bool = True) -> bool:
        """Stop (or let go on) the blocks that come by themselves."""
        self.node.switches.is_stalled = bool(on)
        return self.node.switches.is_stalled

    def devnet_lag(self, blocks: int = 0) -> int:
        """Answer as if the last blocks had not been seen yet."""
        self.node.switches.lag_blocks = blocks
        return self.node.height

    def devnet_fault(self, mode: str, method: str = "*", count: int = 1) -> Json:
        """
        Make the next `count` calls fail: `timeout` does the work but never answers,
        `drop` hangs up without doing it, `error` answers -28 as a node that is starting.
        """
        if mode not in FAULT_MODES:
            raise RpcError(INVALID_PARAMETER, f"mode must be one of {', '.join(FAULT_MODES)}")
        self.node.switches.faults.append(Fault(mode, method, count))
        return {"faults": len(self.node.switches.faults)}

    def devnet_fee(self, satoshi_per_kvb: int | None = 0) -> Any:
        """Fix what estimatesmartfee answers; null: no estimate; 0: by itself again."""
        self.node.switches.fee_rate = satoshi_per_kvb
        return satoshi_per_kvb

    def devnet_min_rate(self, satoshi_per_kvb: int = 0) -> int:
        """Mine only packages that pay at least this, so that cheaper ones are stuck."""
        self.node.miner.min_rate = satoshi_per_kvb
        return satoshi_per_kvb

    def devnet_forget(self, txid: str | None = None) -> int:
        """Drop one waiting transaction with its descendants, or all of them, as a node that restarted may."""
        before = len(self.mempool.entries)
        kept = (
            []
            if txid is None
            else [entry.transaction for key, entry in self.mempool.entries.items() if key[::-1].hex() != txid]
        )
        self.mempool.entries.clear()
        self.mempool.rebuild(kept)
        return before - len(self.mempool.entries)

    def devnet_reset(self) -> bool:
        """Turn every lever off."""
        self.node.switches = Switches()
        self.node.miner.min_rate = 0
        return True
