"""What is refused of what people ask for."""

from kit.errors import DomainError


class AmountRefused(DomainError):
    """This amount cannot be moved."""

    code = "amount_invalid"
    status = 422
    title = "This amount cannot be moved"
    why = "It is too small, too large, or has more decimals than the asset."
    what_to_do = "Change the amount and try again."
    alternatives = ("Send the whole amount in several parts.",)


class AssetNotOnNetwork(DomainError):
    """The wallet lives on another network than the asset."""

    code = "asset_not_on_network"
    status = 422
    title = "This wallet cannot hold that asset"
    why = "A wallet holds the assets of its own network only."
    what_to_do = "Choose a wallet on the asset's network."
    alternatives = ("Open a wallet on the asset's network.",)


class TokenTakesFee(DomainError):
    """The token keeps a part of every transfer for itself, so what was asked for would not arrive."""

    code = "token_takes_fee"
    status = 422
    title = "This token cannot be sent"
    why = "Its contract keeps a part of every transfer, and nobody can say before what would arrive."
    what_to_do = "Transfer it to a person here: that costs nothing, and all of it arrives."
    severity = "low"


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
    alternatives = ("Move it to another wallet of yours.",)


class OwnTreasury(DomainError):
    """The destination is the platform's own address."""

    code = "address_ours"
    status = 422
    title = "This address belongs to the platform itself"
    why = "It is used to pay sends and to hold change; it belongs to no person."
    what_to_do = "Ask the recipient for their own address."
    alternatives = ("Send to a person here by their e-mail address: it is free and immediate.",)


class PayeeNotUsableYet(DomainError):
    """A newly saved address waits before it can be used."""

    code = "payee_not_usable_yet"
    status = 403
    title = "This address cannot be used yet"
    why = "A newly saved address waits for a while, so that a thief cannot use it at once."
    what_to_do = "Try again after the time shown with the saved address."
    alternatives = ("Send to an address that you saved earlier.",)


class NotCancellable(DomainError):
    """It is too late to cancel."""

    code = "not_cancellable"
    status = 409
    title = "It is too late to cancel"
    why = "It has been signed, so the network may already have it."
    what_to_do = "Wait until it is confirmed."
    alternatives = ("Ask the recipient to send it back.",)


class SpeedUpUnavailable(DomainError):
    """This cannot be sped up."""

    code = "speed_up_unavailable"
    status = 409
    title = "This cannot be sped up"
    why = "Only what waits on a network that lets it be replaced can be."
    what_to_do = "Wait: it keeps its place and will be confirmed when fees fall."
    alternatives = ("Choose a faster speed for the next one.",)


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
    alternatives = ("Send to a person here by their e-mail address: it is free and immediate.",)


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
    why = "It came before and is not answered yet; it is never carried out twice."
    what_to_do = "Repeat it in a moment to get the stored answer."
    retry_after_seconds = 1


class ExportTooLarge(DomainError):
    """More rows were asked for than one file may have."""

    code = "export_too_large"
    status = 422
    title = "This is too much for one file"
    why = "A file holds at most 10,000 transactions."
    what_to_do = "Narrow it by time, with from and to, and take away one part after the other."
    alternatives = ("Ask for one file a year.", "Take monthly statements instead.")
    severity = "low"


class NotRefundable(DomainError):
    """This cannot be given back, or not so much of it."""

    code = "not_refundable"
    status = 422
    title = "This cannot be given back"
    why = "Only a completed transfer can be given back, by the person who received it, up to its amount."
    what_to_do = "Send a new transfer instead."
    alternatives = ("Ask the other person to give it back.",)


class SendsHalted(DomainError):
    """Sends of this asset, or of the one that pays its fee, are stopped until two people have seen that all is well."""

    code = "sends_halted"
    status = 503
    title = "Sends of this asset are paused while we check something"
    why = "The coins we could count on the network were fewer than what people hold here, so nothing of it leaves."
    what_to_do = "Nothing has moved and your balance is as it was. Try again later: people are looking at it."
    alternatives = ("Transfer to somebody who has an account here: that goes on as always.",)
    severity = "high"
    retry_after_seconds = 900


class LimitExceeded(DomainError):
    """More would leave in a day than this person may send."""

    code = "limit_exceeded"
    status = 422
    title = "This is above your daily limit"
    why = "There is a limit on what one person can send within 24 hours, valued at today's prices."
    what_to_do = "Send less, or wait until earlier sends are more than a day old."
    alternatives = ("Give it to a person here by their e-mail address: that does not count.",)


class TooManyOffers(DomainError):
    """The payment partners have been asked too often for one person."""

    code = "rate_limited"
    status = 429
    title = "Too many requests for offers"
    why = "Each one asks every payment partner, so there is a limit to them in a quarter of an hour."
    what_to_do = "Wait a few minutes, then try again."
    alternatives = ("Receive coins at your own address instead.",)


class LimitUnknown(DomainError):
    """The limit cannot be checked, because a price is missing or old."""

    code = "limit_unknown"
    status = 503
    title = "We cannot check your daily limit right now"
    why = "There is no fresh price of something you send, and we do not guess."
    what_to_do = "Try again in a few minutes."
    alternatives = ("Give it to a person here by their e-mail address: that does not count.",)
    retry_after_seconds = 60


class TooManyExports(DomainError):
    """This person has asked for enough files for now."""

    code = "too_many_exports"
    status = 429
    title = "You have asked for many files already"
    why = "There is a limit to how many one person may have written in a day, and at the same time."
    what_to_do = "Wait until the others are ready, or try again tomorrow."
    alternatives = ("Take up to 10,000 transactions away at once, as CSV.",)
    severity = "low"


class ExportNotReady(DomainError):
    """The file is not there: not yet, or not any more."""

    code = "export_not_ready"
    status = 409
    title = "This file is not there"
    why = "It is still being written, it could not be written, or it was deleted after the days that files are kept."
    what_to_do = "Wait until it is ready, or ask for it again."
    alternatives = ("Take up to 10,000 transactions away at once, as CSV.",)
    severity = "low"


class LinkRefused(DomainError):
    """The link to a file is none of ours, is another person's, or has expired."""

    code = "link_refused"
    status = 403
    title = "This link does not open the file"
    why = "A link is for the person who asked for the file, and for a short time only."
    what_to_do = "Sign in as that person, open the list of your files, and download it from there."
    alternatives = ("Ask for the file again.",)
    severity = "low"


class StatementRefused(DomainError):
    """A statement does not add up, or its time is not over."""

    code = "statement_refused"
    status = 409
    title = "This statement cannot be given"
    why = "Its balances and entries do not add up, so nobody gets it before we know why."
    what_to_do = "Nothing: we have been alerted and look into it."
    alternatives = ("Export your transactions as a file instead.",)
    severity = "critical"
