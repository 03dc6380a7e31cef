"""What goes in and out of the account calls. No decisions are made here."""

from typing import Any

from rest_framework import serializers

from accounts.models import Session, User


class EmailField(serializers.CharField):
    """The service says whether it is an address; here it is only short enough to look at."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)


class PasswordField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=256, trim_whitespace=False, write_only=True, **kwargs)


class UserOut(serializers.ModelSerializer[User]):
    roles = serializers.SerializerMethodField()
    second_factor = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "email", "email_verified_at", "roles", "second_factor", "language", "theme", "created_at"]
        read_only_fields = fields

    def get_roles(self, user: User) -> list[str]:
        roles: list[str] = self.context["roles"]
        return roles

    def get_second_factor(self, user: User) -> bool:
        has_factor: bool = self.context["second_factor"]
        return has_factor


class SessionOut(serializers.ModelSerializer[Session]):
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = ["id", "kind", "agent", "address", "created_at", "last_seen_at", "expires_at", "is_current"]
        read_only_fields = fields

    def get_is_current(self, session: Session) -> bool:
        return bool(session.pk == self.context["current_id"])


class CredentialsIn(serializers.Serializer[Any]):
    email = EmailField()
    password = PasswordField()


class SignInIn(CredentialsIn):
    otp = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")


class RefreshIn(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2048)


class TokensOut(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class SignedInOut(TokensOut):
    user = UserOut()


class OtpIn(serializers.Serializer[Any]):
    otp = serializers.CharField(max_length=32)


class RecoveryCodesOut(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField())


class EnrolmentOut(RecoveryCodesOut):
    secret = serializers.CharField()
    otpauth_url = serializers.CharField()


class TicketOut(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in_seconds = serializers.IntegerField()


class LinkTokenIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200)


class EmailIn(serializers.Serializer[Any]):
    email = EmailField()


class ResetIn(LinkTokenIn):
    password = PasswordField()


class PasswordChangeIn(serializers.Serializer[Any]):
    current_password = PasswordField()
    password = PasswordField()
