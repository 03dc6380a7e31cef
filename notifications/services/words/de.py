"""Deutsch."""

from notifications.base import Frame
from notifications.services.words.shape import Language, Words

_WHERE = (
    "Es kam von %(address)s (%(agent)s). Waren Sie es nicht, ändern Sie Ihr Passwort und beenden Sie alle anderen "
    "Sitzungen."
)
_NOT_YOU = "Waren Sie es nicht, ändern Sie Ihr Passwort."

GERMAN = Language(
    topics={
        "sent": Words("Sie haben %(amount)s %(asset)s gesendet", "Das Netzwerk hat es bestätigt."),
        "transferred": Words("Sie haben %(amount)s %(asset)s überwiesen", "Es ist schon angekommen, ohne Gebühr."),
        "given_back": Words("Sie haben %(amount)s %(asset)s zurückgegeben", "Es ist schon angekommen, ohne Gebühr."),
        "deposit": Words("Sie haben %(amount)s %(asset)s erhalten", "Es ist bestätigt und gehört Ihnen."),
        "transfer_received": Words("Sie haben %(amount)s %(asset)s erhalten", "Sie können sofort darüber verfügen."),
        "bought": Words("Ihre %(amount)s %(asset)s sind da", "Sie können über das Gekaufte verfügen."),
        "failed": Words(
            "%(amount)s %(asset)s wurden nicht gesendet",
            "Das Zurückgelegte steht wieder zu Ihrer Verfügung. Den Grund sehen Sie, wenn Sie es öffnen.",
        ),
        "deposit_failed": Words(
            "Eine Einzahlung von %(amount)s %(asset)s wurde von ihrem Netzwerk zurückgenommen",
            "Sie zählt nicht zu Ihrem Guthaben. Bitten Sie den Absender, nachzusehen. Öffnen Sie sie für mehr.",
        ),
        "purchase_failed": Words(
            "Ihr Kauf kam nicht zustande",
            "Haben Sie bezahlt, gibt Ihr Zahlungspartner das Geld zurück. Öffnen Sie ihn für mehr.",
        ),
        "waiting_for_you": Words(
            "Ihr Kauf von %(asset)s wartet auf Sie", "Er geht weiter, sobald Sie bezahlt haben. Öffnen Sie ihn dazu."
        ),
        "signed_in": Words("Neue Anmeldung bei Ihrem Konto", _WHERE),
        "locked_out": Words(
            "Zu viele misslungene Anmeldeversuche bei Ihrem Konto",
            "Die Anmeldung ist eine Weile gesperrt. Waren Sie es nicht, rät vielleicht jemand; Ihr Passwort hat "
            "gehalten.",
        ),
        "password_changed": Words("Ihr Passwort wurde geändert", _WHERE),
        "factor_enabled": Words("Die Anmeldung in zwei Schritten wurde eingeschaltet", _WHERE),
        "factor_disabled": Words("Die Anmeldung in zwei Schritten wurde ausgeschaltet", _WHERE),
        "recovery_codes_replaced": Words("Ihre Wiederherstellungscodes wurden ersetzt", _WHERE),
        "recovery_code_used": Words(
            "Ein Wiederherstellungscode wurde benutzt",
            "Es bleiben Ihnen %(left)s. Es kam von %(address)s (%(agent)s). Waren Sie es nicht, ändern Sie jetzt Ihr "
            "Passwort.",
        ),
        "email_change_asked": Words("Jemand möchte Ihr Konto auf eine andere E-Mail-Adresse umstellen", _WHERE),
        "email_changed": Words("Ihre E-Mail-Adresse wurde geändert", _WHERE),
        "refresh_reused": Words(
            "Eine Sitzung wurde beendet, weil ihr Schlüssel zweimal benutzt wurde",
            "Vielleicht hat ihn jemand kopiert. Es kam von %(address)s (%(agent)s). Melden Sie sich neu an.",
        ),
        "webhook_added": Words(
            "Eine Webhook-Adresse wurde hinzugefügt",
            "Ihre Benachrichtigungen gehen auch an %(url)s. Waren Sie es nicht, entfernen Sie sie und ändern Sie Ihr "
            "Passwort.",
        ),
        "webhook_secret_rotated": Words(
            "Der geheime Schlüssel eines Webhooks wurde ersetzt", f"Es ist der von %(url)s. {_NOT_YOU}"
        ),
        "phone_added": Words(
            "SMS gehen an eine andere Nummer",
            "Sicherheitshinweise gehen auch an %(number)s. Waren Sie es nicht, entfernen Sie sie und ändern Sie Ihr "
            "Passwort.",
        ),
        "phone_removed": Words("SMS wurden ausgeschaltet", f"An %(number)s wird nichts mehr gesendet. {_NOT_YOU}"),
        "phone_refused": Words(
            "Ihre Nummer nimmt keine SMS an",
            "An %(number)s ließ sich nichts zustellen, darum wird nichts mehr dorthin gesendet. Geben Sie eine andere "
            "Nummer ein, wenn Sie SMS wünschen.",
        ),
        "push_added": Words(
            "Benachrichtigungen wurden in einem Browser eingeschaltet",
            "Sie erscheinen auf dem Bildschirm von %(agent)s. Waren Sie es nicht, beenden Sie alle anderen Sitzungen "
            "und ändern Sie Ihr Passwort.",
        ),
        "role_granted": Words("Sie haben eine Rolle erhalten", "Sie handeln hier nun als %(role)s."),
        "roles_revoked": Words("Ihre Rollen wurden zurückgenommen", "Sie sind hier nur noch als Kunde."),
        "reopened": Words("Ihr Konto ist wieder offen", "Sie können sich anmelden und es nutzen wie zuvor."),
        "export_ready": Words(
            "Ihre Datei ist fertig", "Holen Sie sie in den nächsten Tagen ab; dann wird sie gelöscht."
        ),
        "export_failed": Words(
            "Ihre Datei ließ sich nicht schreiben", "Fordern Sie sie noch einmal an, oder für eine kürzere Zeit."
        ),
        "kyc_documents_wanted": Words(
            "Wir brauchen noch etwas, um zu prüfen, wer Sie sind",
            "%(reason)s Öffnen Sie Ihre Einstellungen, um es einzureichen.",
        ),
        "kyc_approved": Words("Wir haben geprüft, wer Sie sind", "Ihr Konto hat nun die Stufe %(tier)s."),
        "kyc_rejected": Words("Wir konnten nicht bestätigen, wer Sie sind", "%(reason)s Ihr Geld bleibt Ihres."),
        "kyc_expired": Words(
            "Wir müssen neu prüfen, wer Sie sind",
            "Ihre Dokumente sind abgelaufen. Öffnen Sie Ihre Einstellungen, um sie zu erneuern.",
        ),
        "limit_changed": Words(
            "Ihr Limit wurde geändert", "Sie können bis zu %(amount)s %(currency)s je Zeitraum (%(period)s) senden."
        ),
        "limit_reached": Words(
            "Sie haben Ihr Limit erreicht",
            "Es beträgt %(amount)s %(currency)s je Zeitraum (%(period)s). Was darüber hinausgeht, muss warten.",
        ),
        "network_halted": Words(
            "%(name)s ist angehalten",
            "%(reason)s Bis Sie es fortsetzen, wird nichts gutgeschrieben und nichts gesendet.",
        ),
        "network_resumed": Words("%(name)s geht weiter", "Es wird wieder gelesen, von dort, wo es stehen blieb."),
        "network_late": Words(
            "%(name)s wird zu spät gelesen",
            "%(blocks)s Blöcke fehlen: Was eingeht, wird spät gutgeschrieben. Sehen Sie nach den Knoten.",
        ),
        "network_in_time": Words("%(name)s wird wieder rechtzeitig gelesen", "Nichts fehlt mehr, worauf es ankommt."),
        "block_failed": Words(
            "Ein Block von %(name)s ist nicht lesbar",
            "%(reason)s Nichts dahinter wird gutgeschrieben oder abgeschlossen. Sehen Sie nach den Knoten.",
        ),
        "block_read": Words("Der Block von %(name)s ist doch gelesen", "Was dahinter gewartet hat, geht weiter."),
        "node_disabled": Words("Ein Knoten wurde ausgeschaltet", "%(name)s wird nicht mehr gefragt."),
        "provider_disabled": Words("%(name)s wurde ausgeschaltet", "Damit wird nichts Neues begonnen."),
        "webhook_forged": Words("Jemand fälscht Webhooks von %(name)s", "%(reason)s Sie wurden abgewiesen."),
        "notifications_poisoned": Words(
            "Von einem Ereignis konnte nicht benachrichtigt werden",
            "Es liegt auf dem Tisch: %(reason)s. Alle anderen werden wie immer benachrichtigt.",
        ),
        "listener_stopped": Words(
            "%(name)s liest keine Ereignisse mehr", "%(reason)s. Nichts, was danach kommt, wird gelesen."
        ),
        "listener_silent": Words(
            "%(name)s bekommt keine Ereignisse mehr",
            "Der Bus, oder der Prozess dafür, steht still. Verloren geht nichts.",
        ),
        "listener_in_time": Words("%(name)s liest wieder Ereignisse", "Was geschehen ist, wurde nachgelesen."),
        "record_broken": Words(
            "Das Protokoll führt nicht zum Siegel %(name)s",
            "%(reason)s Nichts wird besiegelt. Lassen Sie Datenbank und Ankerdatei, wie sie sind, und sehen Sie jetzt "
            "nach.",
        ),
        "record_whole": Words("Siegel %(name)s des Protokolls ließ sich setzen", "Klären Sie, was vorher war."),
        "record_contradicted": Words(
            "Dem Protokoll fehlt das Siegel, das %(name)s verankert hat",
            "Es wurde gekürzt, umgeschrieben oder zurückgesetzt. Lassen Sie die Datenbanken, wie sie sind. Sehen Sie "
            "jetzt nach.",
        ),
        "deposit_contradicted": Words(
            "Eine gutgeschriebene Einzahlung ist nicht, was ihr Block sagt",
            "Einzahlung %(name)s, Schwere %(reason)s. Sehen Sie jetzt nach.",
        ),
        "coin_spent_by_stranger": Words(
            "Eine unserer Münzen wurde ausgegeben, und nicht von uns",
            "Münze %(name)s, Schwere %(reason)s. Sehen Sie jetzt nach.",
        ),
        "price_lost": Words(
            "Es gibt keinen Preis für %(name)s",
            "Zu wenige Quellen stimmen überein. Nichts wird zu einem alten Preis bewertet.",
        ),
        "difference_found": Words(
            "Bücher und Wirklichkeit weichen bei %(name)s voneinander ab",
            "%(reason)s Was gefunden wurde, steht im Fall. Sehen Sie jetzt nach.",
        ),
        "statement_refused": Words(
            "Ein Kontoauszug in %(name)s geht nicht auf",
            "%(reason)s Er wurde niemandem gegeben. Prüfen Sie die Bücher.",
        ),
        "sends_halted": Words(
            "Sendungen von %(name)s sind angehalten", "%(reason)s Zwei Betreiber gemeinsam geben sie wieder frei."
        ),
        "second_person_wanted": Words("%(name)s wartet auf eine zweite Person", "%(reason)s"),
        "snapshot_abandoned": Words("Ein Nachweis der Deckung ließ sich nicht erstellen", "%(reason)s"),
    },
    frame=Frame(
        look="Ansehen",
        since="Und seither:",
        more="und %(more)s weitere",
        choose="Wählen, was Ihnen gemeldet wird",
        always="Sicherheitshinweise werden immer gesendet. Wir fragen nie nach Ihrem Passwort oder nach Codes, auch "
        "nicht per E-Mail.",
        and_another=" und eine weitere Nachricht",
        and_others=" und weitere Nachrichten",
        reference="Nr.",
        code="Ihr Holdfast-Code ist %(code)s. Er gilt 10 Minuten. Wir fragen nie danach: Geben Sie ihn niemandem.",
    ),
    point=",",
)
