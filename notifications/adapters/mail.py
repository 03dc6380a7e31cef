"""E-mail, by whatever mail server Django is set up with."""

from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import select_template
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
        mail = self._mail(letter, target)
        try:
            mail.send()
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
        except ValueError as error:  # an address that is well-formed, and yet cannot be written into a mail
            raise DeliveryFailed("No mail can be written to this address.", is_final=True) from error
        return Receipt(text="The mail server took it.")

    def _mail(self, letter: Letter, target: Target) -> EmailMultiAlternatives:
        with override(letter.language):
            more = letter.frame.more % {"more": letter.more} if letter.more else ""
            settings_url = f"{settings.PUBLIC_URL}/settings/notifications/"
            context = {"letter": letter, "frame": letter.frame, "more": more, "settings_url": settings_url}
            text = select_template(_templates(letter, "txt")).render(context)
            html = select_template(_templates(letter, "html")).render(context)
        domain = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
        mail = EmailMultiAlternatives(
            subject=" ".join(_subject(letter).split()),
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[target.address],
            headers={"Message-ID": f"<{letter.id}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(html, "text/html")
        return mail


def _subject(letter: Letter) -> str:
    if not letter.also:
        return letter.title
    return letter.title + (letter.frame.and_others if len(letter.also) > 1 else letter.frame.and_another)


def _templates(letter: Letter, form: str) -> list[str]:
    """Return where its words stand: those of its topic, of its kind, or of all."""
    return [f"notifications/mail/{name}.{form}" for name in (letter.topic, letter.kind, "base")]
