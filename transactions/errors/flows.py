"""What flows and operators meet on the way of a transaction."""

from kit.errors import DomainError


class AddressShort(DomainError):
    """A deposit address holds much less than the books say."""

    code = "address_short"
    status = 503
    title = "A deposit address holds less than the books say"
    why = "More is missing there than the gas of a sweep could explain."
    what_to_do = "Compare the address with its deposits and sweeps before anything is moved."
    severity = "critical"


class GasOnItsWay(DomainError):
    """The coins that pay for a sweep are still on their way."""

    code = "waiting_for_gas"
    status = 503
    title = "Gas is on its way to the deposit address"
    why = "A sweep is paid for in the network's own coin, and it has not arrived yet."
    what_to_do = "Nothing: it goes on by itself."
    severity = "low"


class MayStillLand(DomainError):
    """Signed bytes are out there, and nobody can prove that they are dead."""

    code = "may_still_land"
    status = 409
    title = "This may still go through"
    why = "It is signed, and it is not proved that the network will never take it."
    what_to_do = "Wait until it is confirmed or replaced."


class RefundPending(DomainError):
    """The provider has not given the money back yet."""

    code = "refund_pending"
    status = 503
    title = "The payment partner is giving the money back"
    why = "Companies take a while to give money back."
    what_to_do = "Nothing: we look again until it has arrived."
    severity = "low"


class NoQuestion(DomainError):
    """Nothing is being asked of this person."""

    code = "no_question"
    status = 409
    title = "There is nothing to answer"
    why = "It has been answered already, or it is too late."
    what_to_do = "Look at the transaction again."
    alternatives = ("Start again if it was undone.",)


class MayStillDeliver(DomainError):
    """An outside company may still do its part, and nobody can prove that it will not."""

    code = "may_still_deliver"
    status = 409
    title = "The outside company may still do its part"
    why = "It was asked to, and it has not said that it never will."
    what_to_do = "Wait for its answer; if it never comes, two people together can say so."


class AlreadyOver(DomainError):
    """There is nothing left to step in on."""

    code = "already_over"
    status = 409
    title = "This is over"
    why = "What has failed or completed stays so."
    what_to_do = "Nothing."
    severity = "low"


class NotStoppable(DomainError):
    """It is past the point of undoing, or being undone already."""

    code = "not_stoppable"
    status = 409
    title = "This cannot be undone"
    why = "It is being undone already, or what it did stands."
    what_to_do = "Look at what it does next."


class NotForcible(DomainError):
    """No person's word can take the place of proof here."""

    code = "not_forcible"
    status = 409
    title = "Nobody can vouch for this step"
    why = "Force never beats proof: what a network or our own books can show is not said by people."
    what_to_do = "Wait until it is shown."


class StepMovedOn(DomainError):
    """The step that was meant is not the one at hand any more."""

    code = "step_moved_on"
    status = 409
    title = "This step is not the one at hand"
    why = "It was done or undone meanwhile, or has not begun."
    what_to_do = "Look at the transaction again and decide anew."


class InterventionWaiting(DomainError):
    """Another intervention waits for a second person."""

    code = "intervention_waiting"
    status = 409
    title = "Another intervention waits for a second person"
    why = "A transaction has one wanted intervention at a time."
    what_to_do = "Have that one approved or refused first."


class LaneBusy(DomainError):
    """Every account that numbers our transactions has one on its way."""

    code = "lane_busy"
    status = 503
    title = "Another send goes first"
    why = "The network takes one transaction of an account at a time, and one of ours is on its way."
    what_to_do = "Nothing: it goes on by itself."
    retry_after_seconds = 5


class NotAssignable(DomainError):
    """Only a deposit that is final and named nobody can be given to a wallet, and only to one of its network."""

    code = "not_assignable"
    status = 409
    title = "This cannot be given to that wallet"
    why = "Only deposits that are final and named nobody are, and only to a wallet of the same network."
    what_to_do = "Look at the deposit and at the wallet again. Nothing has moved."


class RescanRefused(DomainError):
    """Only blocks that were read already can be read again, not too many at once, and only for what is ours."""

    code = "rescan_refused"
    status = 422
    title = "These blocks cannot be read again"
    why = "What has not been read yet will be, by itself; and too much at once would delay what is new."
    what_to_do = "Name a transaction that is in a block, or blocks that were read already. Nothing has moved."
    severity = "low"


class InterventionDecided(DomainError):
    """Somebody has decided it already."""

    code = "intervention_decided"
    status = 409
    title = "This has been decided already"
    why = "Another person approved or refused it first."
    what_to_do = "Look at the transaction again."
    severity = "low"


class HaltDecided(DomainError):
    """Somebody has decided on this halt already."""

    code = "halt_decided"
    status = 409
    title = "This has been decided already"
    why = "Another person decided about it first."
    what_to_do = "Look at the halt again."
    severity = "low"


class RefillDecided(DomainError):
    """This refill is not where that could be done to it."""

    code = "refill_decided"
    status = 409
    title = "This is not possible with this refill now"
    why = "It takes two people's approval, then one signed transaction, and each of them once."
    what_to_do = "Look at the refill again. Nothing has moved."
    severity = "low"


class SecondPersonNeeded(DomainError):
    """Whoever wanted it cannot approve it."""

    code = "second_person_needed"
    status = 403
    title = "This takes a second person"
    why = "Whoever asked for it cannot approve it."
    what_to_do = "Have another operator or an administrator look at it."


class ColdAddressChanged(DomainError):
    """Coins were to go to a cold address that is not in use any more."""

    code = "cold_address_changed"
    status = 409
    title = "The cold address is another one now"
    why = "What goes to cold goes to the address in use, and to no other."
    what_to_do = "Nothing: another one is opened for the new address if it is needed. Nothing has moved."


class QueueComesFirst(DomainError):
    """Sends that wait need what was to go to cold."""

    code = "queue_comes_first"
    status = 409
    title = "Sends need these coins"
    why = "Since it was opened sends have been asked for that take what was to go to cold."
    what_to_do = "Nothing: another one is opened if there is too much again. Nothing has moved."
    severity = "low"


class NotCompared(DomainError):
    """After a restore: what was sent since then is not all known yet, so nothing may be signed."""

    code = "not_compared"
    status = 409
    title = "What was sent is not all known yet"
    why = "The database came back at an earlier moment, and the network shows more than it knows."
    what_to_do = "See docs/runbooks/restore.md. Nothing was let go on."
    severity = "high"
