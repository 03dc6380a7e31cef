"""English."""

from notifications.base import Frame
from notifications.services.words.shape import Language, Words

_WHERE = "It came from %(address)s (%(agent)s). If it was not you, change your password and end all other sessions."
_NOT_YOU = "If it was not you, change your password."

ENGLISH = Language(
    topics={
        "sent": Words("You sent %(amount)s %(asset)s", "The network has confirmed it."),
        "transferred": Words("You sent %(amount)s %(asset)s", "It has arrived already, and cost no fee."),
        "given_back": Words("You gave %(amount)s %(asset)s back", "It has arrived already, and cost no fee."),
        "deposit": Words("You received %(amount)s %(asset)s", "It is confirmed, and yours to use."),
        "transfer_received": Words("You received %(amount)s %(asset)s", "It is yours to use at once."),
        "bought": Words("Your %(amount)s %(asset)s have arrived", "What you bought is yours to use."),
        "failed": Words("%(amount)s %(asset)s were not sent", "What was set aside is yours again. Open it to see why."),
        "deposit_failed": Words(
            "A deposit of %(amount)s %(asset)s was taken back by its network",
            "It is not part of your balance. Ask its sender to look at it. Open it to see more.",
        ),
        "purchase_failed": Words(
            "Your purchase did not go through",
            "If you have paid, your payment partner gives it back. Open it to see more.",
        ),
        "waiting_for_you": Words(
            "Your purchase of %(asset)s waits for you", "It goes on as soon as you have paid. Open it to go on."
        ),
        "signed_in": Words("New sign-in to your account", _WHERE),
        "locked_out": Words(
            "Too many failed tries to sign in to your account",
            "Signing in is closed for a while. If it was not you, somebody may be guessing; your password held.",
        ),
        "password_changed": Words("Your password was changed", _WHERE),
        "factor_enabled": Words("Two-step sign-in was turned on", _WHERE),
        "factor_disabled": Words("Two-step sign-in was turned off", _WHERE),
        "recovery_codes_replaced": Words("Your recovery codes were replaced", _WHERE),
        "recovery_code_used": Words(
            "A recovery code was used",
            "You have %(left)s left. It came from %(address)s (%(agent)s). If it was not you, change your password "
            "now.",
        ),
        "email_change_asked": Words("Somebody asked to move your account to another e-mail address", _WHERE),
        "email_changed": Words("Your e-mail address was changed", _WHERE),
        "refresh_reused": Words(
            "A session was ended because its token was used twice",
            "Somebody may have copied it. It came from %(address)s (%(agent)s). Sign in again.",
        ),
        "webhook_added": Words(
            "A webhook endpoint was added",
            "Your notifications go to %(url)s as well. If it was not you, remove it and change your password.",
        ),
        "webhook_secret_rotated": Words("A webhook secret was replaced", f"That of %(url)s. {_NOT_YOU}"),
        "phone_added": Words(
            "Text messages go to another number",
            "Security alerts are sent to %(number)s as well. If it was not you, remove it and change your password.",
        ),
        "phone_removed": Words("Text messages were turned off", f"Nothing is sent to %(number)s any more. {_NOT_YOU}"),
        "phone_refused": Words(
            "Your number takes no text messages",
            "Nothing could be delivered to %(number)s, so nothing is sent there any more. Enter another number if "
            "you want text messages.",
        ),
        "push_added": Words(
            "Notifications were turned on in a browser",
            "They appear on the screen of %(agent)s. If it was not you, end all other sessions and change your "
            "password.",
        ),
        "role_granted": Words("You were given a role", "You now act here as %(role)s."),
        "roles_revoked": Words("Your roles were taken back", "You are here as a customer only."),
        "reopened": Words("Your account is open again", "You can sign in and use it as before."),
        "export_ready": Words("Your file is ready", "Take it away within a few days; then it is deleted."),
        "export_failed": Words("Your file could not be written", "Ask for it once more, or for a shorter time."),
        "kyc_documents_wanted": Words(
            "We need something more to check who you are", "%(reason)s Open your settings to hand it in."
        ),
        "kyc_approved": Words("We have checked who you are", "Your account has the level %(tier)s now."),
        "kyc_rejected": Words("We could not confirm who you are", "%(reason)s Your money stays yours."),
        "kyc_expired": Words(
            "We have to check anew who you are", "Your documents have expired. Open your settings to renew them."
        ),
        "limit_changed": Words(
            "Your limit was changed", "You may send up to %(amount)s %(currency)s in each %(period)s."
        ),
        "limit_reached": Words(
            "You have reached your limit",
            "It is %(amount)s %(currency)s in each %(period)s. What goes beyond it has to wait.",
        ),
        "network_halted": Words("%(name)s is halted", "%(reason)s Nothing is credited or sent until you resume it."),
        "network_resumed": Words("%(name)s goes on", "It is read again from where it stopped."),
        "network_late": Words(
            "%(name)s is read late", "%(blocks)s blocks are missing: what arrives is credited late. Look at its nodes."
        ),
        "network_in_time": Words("%(name)s is read in time again", "Nothing of it is missing that matters."),
        "block_failed": Words(
            "A block of %(name)s cannot be read",
            "%(reason)s Nothing behind it is credited or settled. Look at its nodes.",
        ),
        "block_read": Words("The block of %(name)s was read after all", "What had waited behind it goes on."),
        "node_disabled": Words("A node was switched off", "%(name)s is not asked any more."),
        "provider_disabled": Words("%(name)s was switched off", "Nothing new is begun with it."),
        "webhook_forged": Words("Somebody forges webhooks of %(name)s", "%(reason)s They were refused."),
        "notifications_poisoned": Words(
            "Somebody could not be told of an event", "It lies on the desk: %(reason)s. Others are told as usual."
        ),
        "listener_stopped": Words("%(name)s has stopped reading events", "%(reason)s. Nothing behind it is read."),
        "listener_silent": Words(
            "%(name)s is brought no events", "The bus, or the process that serves it, stands still. Nothing is lost."
        ),
        "listener_in_time": Words("%(name)s reads events again", "It has caught up with what happened."),
        "record_broken": Words(
            "The audit record does not lead to checkpoint %(name)s",
            "%(reason)s Nothing is signed. Keep database and anchor file as they are, and look at it now.",
        ),
        "record_whole": Words(
            "Checkpoint %(name)s of the audit record could be signed", "Find out what it was before."
        ),
        "record_contradicted": Words(
            "The audit record lacks the checkpoint that %(name)s anchored",
            "The record was cut off or rewritten, or restored. Keep the databases as they are, and look at it now.",
        ),
        "deposit_contradicted": Words(
            "A credited deposit is not what its block says", "Deposit %(name)s, severity %(reason)s. Look at it now."
        ),
        "coin_spent_by_stranger": Words(
            "A coin of ours was spent, and not by us", "Coin %(name)s, severity %(reason)s. Look at it now."
        ),
        "price_lost": Words("There is no price of %(name)s", "Too few sources agree. Nothing is valued at an old one."),
        "difference_found": Words(
            "The books and the world differ in %(name)s", "%(reason)s The case has what was found. Look at it now."
        ),
        "statement_refused": Words(
            "A statement in %(name)s does not add up", "%(reason)s It was not given to anybody. Look into the books."
        ),
        "sends_halted": Words("Sends of %(name)s are halted", "%(reason)s Two operators together let them go on."),
        "second_person_wanted": Words("%(name)s waits for a second person", "%(reason)s"),
        "snapshot_abandoned": Words("A proof of solvency could not be made", "%(reason)s"),
    },
    frame=Frame(
        look="Look at it",
        since="And, since then:",
        more="and %(more)s more",
        choose="Choose what you are told",
        always="Security alerts are always sent. We never ask for your password or codes, by mail or otherwise.",
        and_another=" and another",
        and_others=" and others",
        reference="Ref",
        code="Your Holdfast code is %(code)s. It is good for 10 minutes. We never ask for it: tell it to nobody.",
    ),
    point=".",
)
