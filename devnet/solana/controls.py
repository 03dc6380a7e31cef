"""What only a development node offers: a faucet, and levers to stall, forget, lag, lie and fail."""

from typing import Any

from devnet.solana.errors import INVALID_PARAMS, RpcError
from devnet.solana.node import Fault, Switches
from devnet.solana.rpc import Json, Methods
from devnet.solana.store import StoredAccount

FAULT_MODES = ("timeout", "drop", "error")
LIES = ("height", "balance")


class ControlledMethods(Methods):
    """The network's methods and the devnet's own, all named devnet_*."""

    def devnet_fund(self, address: str, minor: int, mint: str = "") -> str:
        """Pay from the faucet, lamports or a token it may mint; it waits for a block. Returns its signature."""
        payment = self.node.faucet.payment(address, minor, mint, recent=self.node.block.hash)
        return self.node.submit(payment, rehearse=True)

    def devnet_account(self, address: str, owner: str, data: str, lamports: int = 10**9) -> int:
        """Put an account there as it is, its data in hex, such as a mint that nobody would have made so."""
        account = StoredAccount(address, lamports, owner, executable=False, data=bytes.fromhex(data))
        self.node.machine.load([account])
        self.node.store.commit(slot=self.node.slot, accounts=[account])
        return lamports

    def devnet_mine(self, blocks: int = 1, is_final: bool = True) -> int:
        """Make blocks, stalled or not, and as many slots more as makes them final. Returns the slot."""
        return self.node.mine(blocks, is_final=is_final)

    def devnet_stall(self, on: bool = True) -> bool:
        """Stop (or let go on) the slots that come by themselves."""
        self.node.switches.is_stalled = bool(on)
        return self.node.switches.is_stalled

    def devnet_lag(self, slots: int = 0) -> int:
        """Answer as if the last slots had not been seen yet."""
        self.node.switches.lag_slots = slots
        return self.node.seen("processed")

    def devnet_drop(self, count: int = 1) -> int:
        """Say yes to the next `count` transactions, and forget them."""
        self.node.switches.drops = count
        return count

    def devnet_forget(self, signature: str | None = None) -> int:
        """Drop one waiting transaction, or all of them. Returns how many those were."""
        before = len(self.node.waiting)
        for each in [signature] if signature is not None else list(self.node.waiting):
            self.node.waiting.pop(each, None)
        return before - len(self.node.waiting)

    def devnet_fee(self, micro_lamports: int = 0) -> int:
        """Say that others paid so much for each compute unit."""
        self.node.switches.unit_price = micro_lamports
        return micro_lamports

    def devnet_lie(self, about: str, by: int = 0) -> Json:
        """Say more than is true: `height` adds slots to the head, `balance` lamports to every balance; 0 ends it."""
        if about not in LIES:
            raise RpcError(INVALID_PARAMS, f"about must be one of {', '.join(LIES)}")
        if about == "height":
            self.node.switches.false_slots = by
        else:
            self.node.switches.false_lamports = by
        return {about: by}

    def devnet_fault(self, mode: str, method: str = "*", count: int = 1) -> Any:
        """
        Make the next `count` calls fail: `timeout` does the work but never answers,
        `drop` hangs up without doing it, `error` answers -32005 as a node that is behind.
        """
        if mode not in FAULT_MODES:
            raise RpcError(INVALID_PARAMS, f"mode must be one of {', '.join(FAULT_MODES)}")
        self.node.switches.faults.append(Fault(mode, method, count))
        return {"faults": len(self.node.switches.faults)}

    def devnet_reset(self) -> bool:
        """Turn every lever off."""
        self.node.switches = Switches()
        return True
