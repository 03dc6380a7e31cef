"""How people are told: languages, limits, and the key of web push."""

from wallet_project.settings import env

MESSAGE_LANGUAGES = [("en", "English"), ("de", "Deutsch")]
"""Those of notifications.services.words; the pages themselves are in settings.LANGUAGES."""

NOTIFICATION_SUMMARY_HOUR = env.integer(
    "NOTIFICATION_SUMMARY_HOUR", 7, "The hour (UTC, 0 to 23) at which daily summaries are mailed."
)
NOTIFICATION_SMS_PER_HOUR = env.integer(
    "NOTIFICATION_SMS_PER_HOUR", 5, "Text messages to one person in an hour, codes included; no more are sent."
)
NOTIFICATION_SMS_PER_DAY = env.integer(
    "NOTIFICATION_SMS_PER_DAY", 15, "Text messages to one person in 24 hours, codes included; no more are sent."
)
NOTIFICATION_SMS_TOTAL_PER_DAY = env.integer(
    "NOTIFICATION_SMS_TOTAL_PER_DAY",
    1_000,
    "Text messages to all people in 24 hours; no more are sent. 0: none at all.",
)
NOTIFICATION_PUSHES_PER_HOUR = env.integer(
    "NOTIFICATION_PUSHES_PER_HOUR", 30, "Push messages to one browser in an hour; no more are sent."
)
VAPID_KEY_FILE = env.text(
    "VAPID_KEY_FILE",
    "",
    "Workers only: path of the private key (PEM, P-256, mode 0600) that push messages are signed with; "
    "`manage.py create_push_key` makes one. Empty: no push messages.",
    is_deployed=True,
)
VAPID_PUBLIC_KEY_FILE = env.text(
    "VAPID_PUBLIC_KEY_FILE",
    "",
    "Path of the public key to it, which browsers are given; the command makes both. Empty: push is not offered.",
    is_deployed=True,
)
