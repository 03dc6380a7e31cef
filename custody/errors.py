from typing import ClassVar

from kit.errors import DomainError, Severity


class KeysUnavailable(DomainError):
    """This process cannot use private keys."""

    code = "keys_unavailable"
    status = 503
    title = "Signing is not possible right now"
    why = "This process has no access to the keys."
    what_to_do = "Try again in a minute. Nothing has moved."
    severity: ClassVar[Severity] = "high"
    retry_after_seconds = 60


class KeyFileRefused(KeysUnavailable):
    """The key file is missing, readable by others, in the wrong place, or not a key file."""

    code = "key_file_refused"
    title = "The key file cannot be used"
    why = "A key file must be ours alone (mode 0600), outside the program's folder, and whole."
    what_to_do = "An operator must put it right: see docs/runbooks/keys.md."


class VaultMissing(DomainError):
    """No keys have been set up for this network."""

    code = "vault_missing"
    status = 503
    title = "This network is not ready yet"
    why = "Its keys have not been set up."
    what_to_do = "An operator must run manage.py init_custody."
    severity: ClassVar[Severity] = "high"


class KeyPoolEmpty(DomainError):
    """No ready address is left on a network whose addresses only the signer can make."""

    code = "key_pool_empty"
    status = 503
    title = "New addresses are being made"
    why = "More wallets were opened at once than addresses were ready."
    what_to_do = "Try again in a few seconds. Nothing has moved."
    alternatives = ("Use a wallet you have there already.",)
    retry_after_seconds = 5


class IntentMismatch(DomainError):
    """The transaction to sign is not the one that was approved."""

    code = "intent_mismatch"
    status = 409
    title = "This is not what was approved"
    why = "The transaction to be signed differs from what was asked for."
    what_to_do = "Nothing was signed and nothing has moved. An operator must find out why."
    severity: ClassVar[Severity] = "critical"


class OwnershipRefused(DomainError):
    """What was to be stated of an address is not a statement of ownership, or the address is not ours."""

    code = "ownership_refused"
    status = 409
    title = "This cannot be stated of an address"
    why = "Our keys sign payments that were approved, and one fixed form of statement; this is neither."
    what_to_do = "Nothing was signed and nothing has moved. An operator must find out why."
    severity: ClassVar[Severity] = "critical"


class ConflictingSignature(DomainError):
    """Something else has already been signed in the place of this transaction."""

    code = "conflicting_signature"
    status = 409
    title = "Another transaction has already been signed in its place"
    why = "It spends a coin or uses a number that a signed transaction already uses."
    what_to_do = "Nothing was signed. Look at the transaction that came first."
    severity: ClassVar[Severity] = "critical"


class KeyMismatch(DomainError):
    """A private key and the public key on record do not belong together."""

    code = "key_mismatch"
    status = 500
    title = "A key does not fit its address"
    why = "The public key on record was not derived from this vault, or a computation went wrong."
    what_to_do = "Nothing was signed. Stop giving out addresses of this network and find out why."
    severity: ClassVar[Severity] = "critical"
