from kit.errors import DomainError


class AmountRefused(DomainError):
    """This amount cannot be moved."""

    code = "amount_invalid"
    status = 422
    title = "This amount cannot be moved"
    what_to_do = "Change the amount and try again."


class AssetNotOnNetwork(DomainError):
    """The wallet lives on another network than the asset."""

    code = "asset_not_on_network"
    status = 422
    title = "This wallet cannot hold that asset"
    why = "A wallet holds the assets of its own network only."
    what_to_do = "Choose a wallet on the asset's network."


class RecipientNotFound(DomainError):
    """No one here is known by this e-mail address or wallet id."""

    code = "recipient_not_found"
    status = 404
    title = "We do not know this recipient"
    why = "A transfer goes to a person who has an account here."
    what_to_do = "Check the e-mail address or wallet id."
    alternatives = ("Send to an address on the network instead.",)


class SameWallet(DomainError):
    """Source and destination are the same wallet."""

    code = "same_wallet"
    status = 422
    title = "This is the same wallet"
    why = "The money would arrive where it came from."
    what_to_do = "Choose another recipient."


class OwnTreasury(DomainError):
    """The destination is the platform's own address."""

    code = "address_ours"
    status = 422
    title = "This address belongs to the platform itself"
    why = "It is used to pay sends and to hold change; it belongs to no person."
    what_to_do = "Ask the recipient for their own address."


class PayeeNotUsableYet(DomainError):
    """A newly saved address waits before it can be used."""

    code = "payee_not_usable_yet"
    status = 403
    title = "This address cannot be used yet"
    why = "A newly saved address waits for a while, so that a thief cannot use it at once."
    what_to_do = "Try again after the time shown with the saved address."


class NotCancellable(DomainError):
    """It is too late to cancel."""

    code = "not_cancellable"
    status = 409
    title = "It is too late to cancel"
    why = "It has been signed, so the network may already have it."
    what_to_do = "Wait until it is confirmed."


class SpeedUpUnavailable(DomainError):
    """This cannot be sped up."""

    code = "speed_up_unavailable"
    status = 409
    title = "This cannot be sped up"
    why = "Replacing a transaction that is on its way is not supported on this network yet."
    what_to_do = "Wait: it keeps its place and will be confirmed when fees fall."


class LiquidityMissing(DomainError):
    """The hot wallet cannot pay this right now; the send waits."""

    code = "waiting_for_liquidity"
    status = 503
    title = "The platform is gathering coins for this"
    why = "Recent deposits are still being confirmed or moved to the paying wallet."
    what_to_do = "Nothing: it goes on by itself."
    severity = "low"


class FeeAboveCeiling(DomainError):
    """The network is dearer than the ceiling that was agreed to, or is held already, for its fee."""

    code = "fee_above_ceiling"
    status = 422
    title = "Network fees have risen above what was agreed"
    why = "You agreed to a highest fee, and the network asks for more right now."
    what_to_do = "Wait for fees to fall, or agree to a higher one."


class IdempotencyKeyRequired(DomainError):
    """A request that moves money names itself."""

    code = "idempotency_key_required"
    status = 400
    title = "The Idempotency-Key header is missing"
    why = "Every request that moves money carries a key, so that a repeat can never move it twice."
    what_to_do = "Send an Idempotency-Key header of 1 to 64 visible ASCII characters, new for every new payment."


class IdempotencyKeyReused(DomainError):
    """The same key came with another request."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key was used for another request"
    why = "The same key came before with a different body or route."
    what_to_do = "Use a new key for a new payment."


class RequestInFlight(DomainError):
    """The first request with this key is still being answered."""

    code = "request_in_flight"
    status = 409
    title = "The same request is being answered right now"
    what_to_do = "Repeat it in a moment to get the stored answer."
    retry_after_seconds = 1


class ExportTooLarge(DomainError):
    """More rows were asked for than one file may have."""

    code = "export_too_large"
    status = 422
    title = "This is too much for one file"
    why = "A file holds at most 10,000 transactions."
    what_to_do = "Narrow it by time, with from and to, and take away one part after the other."
    severity = "low"


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
    what_to_do = "Nothing: it goes on by itself."
    severity = "low"


class MayStillLand(DomainError):
    """Signed bytes are out there, and nobody can prove that they are dead."""

    code = "may_still_land"
    status = 409
    title = "This may still go through"
    why = "It is signed, and it is not proved that the network will never take it."
    what_to_do = "Wait until it is confirmed or replaced."


class NotRefundable(DomainError):
    """This cannot be given back, or not so much of it."""

    code = "not_refundable"
    status = 422
    title = "This cannot be given back"
    why = "Only a completed transfer can be given back, by the person who received it, up to its amount."
    what_to_do = "Send a new transfer instead."


class RefundPending(DomainError):
    """The provider has not given the money back yet."""

    code = "refund_pending"
    status = 503
    title = "The payment partner is giving the money back"
    what_to_do = "Nothing: we look again until it has arrived."
    severity = "low"


class NoQuestion(DomainError):
    """Nothing is being asked of this person."""

    code = "no_question"
    status = 409
    title = "There is nothing to answer"
    why = "It has been answered already, or it is too late."
    what_to_do = "Look at the transaction again."


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


class InterventionDecided(DomainError):
    """Somebody has decided it already."""

    code = "intervention_decided"
    status = 409
    title = "This has been decided already"
    what_to_do = "Look at the transaction again."
    severity = "low"


class SendsHalted(DomainError):
    """Sends of this asset are stopped until two people have seen that all is well."""

    code = "sends_halted"
    status = 503
    title = "Sends of this asset are paused while we check something"
    why = "The coins we could count on the network were fewer than what people hold here, so nothing of it leaves."
    what_to_do = "Nothing has moved and your balance is as it was. Try again later: people are looking at it."
    alternatives = ("Transfer to somebody who has an account here: that goes on as always.",)
    severity = "high"
    retry_after_seconds = 900


class HaltDecided(DomainError):
    """Somebody has decided on this halt already."""

    code = "halt_decided"
    status = 409
    title = "This has been decided already"
    what_to_do = "Look at the halt again."
    severity = "low"


class SecondPersonNeeded(DomainError):
    """Whoever wanted it cannot approve it."""

    code = "second_person_needed"
    status = 403
    title = "This takes a second person"
    why = "Whoever asked for it cannot approve it."
    what_to_do = "Have another operator or an administrator look at it."


class LimitExceeded(DomainError):
    """More would leave in a day than this person may send."""

    code = "limit_exceeded"
    status = 422
    title = "This is above your daily limit"
    why = "There is a limit on what one person can send within 24 hours, valued at today's prices."
    what_to_do = "Send less, or wait until earlier sends are more than a day old."


class TooManyOffers(DomainError):
    """The payment partners have been asked too often for one person."""

    code = "rate_limited"
    status = 429
    title = "Too many requests for offers"
    why = "Each one asks every payment partner, so there is a limit to them in a quarter of an hour."
    what_to_do = "Wait a few minutes, then try again."


class LimitUnknown(DomainError):
    """The limit cannot be checked, because a price is missing or old."""

    code = "limit_unknown"
    status = 503
    title = "We cannot check your daily limit right now"
    why = "There is no fresh price of something you send, and we do not guess."
    what_to_do = "Try again in a few minutes."
    retry_after_seconds = 60


class NotCompared(DomainError):
    """After a restore: what was sent since then is not all known yet, so nothing may be signed."""

    code = "not_compared"
    status = 409
    title = "What was sent is not all known yet"
    why = "The database came back at an earlier moment, and the network shows more than it knows."
    what_to_do = "See docs/runbooks/restore.md. Nothing was let go on."
    severity = "high"
