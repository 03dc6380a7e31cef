"""E-mail, by whatever mail server Django is set up with."""

from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string, select_template
from django.utils.translation import override

from notifications.base import DeliveryFailed, Letter, Receipt, Target

SERVER_ERRORS = 500


class MailChannel:
    """Plain text and HTML of the same words; a mail that goes out twice has the same Message-ID."""

    def send(self, letter: Letter, target: Target, *, now: datetime) -> Receipt:
        """
        Hand the mail to the mail server.

        :raises DeliveryFailed: if it refused, or did not answer
        """
        try:
            self._mail(letter, target).send()
        except SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            is_final = all(code >= SERVER_ERRORS for code in codes)
            raise DeliveryFailed(
                "The mail server refused the address.", status=max(codes), is_final=is_final
            ) from error
        except SMTPResponseException as error:
            text = "The mail server refused the mail."
            raise DeliveryFailed(text, status=error.smtp_code) from error
        except (SMTPException, OSError) as error:
            raise DeliveryFailed(f"The mail server did not answer: {type(error).__name__}.") from error
        return Receipt(text="The mail server took it.")

    def _mail(self, letter: Letter, target: Target) -> EmailMultiAlternatives:
        with override(letter.language):
            context = {"letter": letter, "settings_url": f"{settings.PUBLIC_URL}/settings/notifications/"}
            text = select_template(_templates(letter, "txt")).render(context)
            html = select_template(_templates(letter, "html")).render(context)
            subject = render_to_string("notifications/mail/subject.txt", context)
        domain = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
        mail = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[target.address],
            headers={"Message-ID": f"<{letter.id}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(html, "text/html")
        return mail


def _templates(letter: Letter, form: str) -> list[str]:
    """Return where its words stand: those of its topic, of its kind, or of all."""
    return [f"notifications/mail/{name}.{form}" for name in (letter.topic, letter.kind, "base")]
