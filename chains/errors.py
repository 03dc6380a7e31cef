from kit.errors import DomainError


class AddressInvalid(DomainError):
    """This is not an address of that network."""

    code = "address_invalid"
    status = 422
    title = "This is not an address of that network"
    why = "Its form, its checksum or its network does not fit."
    what_to_do = "Ask the recipient for the address again and copy it whole."
    alternatives = ("Ask the recipient for a QR code, or copy the address again.",)
    severity = "medium"


class PaymentImpossible(DomainError):
    """The network would refuse this payment."""

    code = "payment_impossible"
    status = 422
    title = "The network would refuse this payment"
    why = "The network would not take a payment like this."
    what_to_do = "Change the amount and try again."
    alternatives = ("Change the amount or the speed.",)


class MemoInvalid(DomainError):
    """This cannot be said to the recipient along with a payment, or something must be."""

    code = "memo_invalid"
    status = 422
    title = "The memo does not fit"
    why = "The network has its own rules for what a payment can say, and some recipients ask for it."
    what_to_do = "Ask the recipient for the memo and copy it whole."
    alternatives = ("Ask the recipient for an address that needs no memo.",)
    severity = "medium"


class MemoMissing(MemoInvalid):
    """The recipient's account says that it takes no payment without a memo (SEP-29)."""

    code = "memo_missing"
    title = "This recipient needs a memo"
    why = "Many people share this address: only the memo says whose the money is. Without one it would be lost."


class SenderShort(DomainError):
    """What pays does not have enough there now; it may have later."""

    code = "sender_short"
    status = 503
    title = "This waits for liquidity"
    why = "The account that pays has less on the network than this takes."
    what_to_do = "Nothing: it goes on by itself once there is enough."
    retry_after_seconds = 60


class TokenNotSupported(PaymentImpossible):
    """A token whose rules may change what a transfer does."""

    code = "token_not_supported"
    title = "This token cannot be sent from here"
    why = "Its rules are not safe here."
    what_to_do = "Use another asset. Nothing has moved."
    alternatives = ("Give it to a person here by their e-mail address: that needs no network.",)


class NotReplaceable(DomainError):
    """What waits on the network cannot be replaced by something else there."""

    code = "not_replaceable"
    status = 409
    title = "What waits on this network cannot be replaced"
    why = "It expires by itself if the network does not take it; until then nothing can take its place."
    what_to_do = "Wait a little: either it goes through, or your money comes back by itself. Nothing has moved."
    severity = "low"


class SignedRefused(DomainError):
    """What came back from a key kept elsewhere is not what was asked for."""

    code = "signed_refused"
    status = 422
    title = "This signed transaction is refused"
    why = "Only what pays exactly what was approved, from the cold address to the hot wallet, is handed on."
    what_to_do = "Export it again, have it signed as it is, and bring back what the wallet returns. Nothing has moved."
    severity = "high"


class NodeUnavailable(DomainError):
    """No node of the network answered in time."""

    code = "network_unavailable"
    status = 503
    title = "The network cannot be reached right now"
    why = "None of its nodes answered in time."
    what_to_do = "Try again in a minute. Nothing has moved."
    alternatives = ("Give it to a person here by their e-mail address: that needs no network.",)
    severity = "high"
    retry_after_seconds = 15


class NodesDisagree(NodeUnavailable):
    """Two nodes say different things of the same block: one of them is wrong, and nobody can tell which."""

    code = "nodes_disagree"
    title = "The nodes of the network contradict each other"
    why = "Two of them say different things of the same block."
    what_to_do = "Find out which one is wrong and switch it off. Nothing has moved."
    retry_after_seconds = 300


class NetworkHalted(NodeUnavailable):
    """Reading has stopped because the chain changed more deeply than it may; nothing is signed meanwhile."""

    code = "network_halted"
    title = "This network is paused while we check something"
    why = "Its chain has changed more deeply than it should. Somebody looks at it before anything is sent."
    what_to_do = "Try again later. Nothing has moved."
    alternatives = ("Use another network in the meantime.",)
    retry_after_seconds = 300


class PayloadInvalid(AssertionError):
    """Bytes that are not a transaction this house builds: a bug or an attack, never a user's error."""


class ScanLost(DomainError):
    """Another process has moved the cursor in the meantime; nothing was written."""

    code = "scan_lost"
    status = 409
    title = "Another process is already past this block"
    why = "Another process reads this network, or its blocks were exchanged meanwhile."
    what_to_do = "Read on from where the network's cursor is now."
    severity = "low"


class NotHalted(DomainError):
    """Reading goes on already."""

    code = "not_halted"
    status = 409
    title = "This network is not halted"
    why = "Only a network whose reading has stopped can be resumed."
    what_to_do = "Look at its current state."
    severity = "low"
