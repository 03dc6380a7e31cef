"""auth/*: translate in, make one call, translate out."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts import queries, services
from accounts.api import serializers
from accounts.models import Session, User
from accounts.services.sessions import TICKET_SECONDS
from kit.clients import Client, client_of
from kit.throttling import AnonymousThrottle, CredentialThrottle


class OpenView(APIView):
    """A call for people who have not signed in; it looks at no cookie, so it needs no CSRF token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [AnonymousThrottle, CredentialThrottle]


class CodeView(APIView):
    """A call of a signed-in person that checks a code or a password."""

    throttle_classes = [CredentialThrottle]


class RegisterView(OpenView):
    @extend_schema(request=serializers.CredentialsIn, responses={201: serializers.SignedInOut})
    def post(self, request: Request) -> Response:
        """Create an account and sign in to it."""
        data = _read(serializers.CredentialsIn, request)
        client, now = _client(request), timezone.now()
        user = services.register(email=data["email"], password=data["password"], client=client, now=now)
        session = services.complete_sign_in(user=user, kind=Session.Kind.TOKEN, client=client, now=now)
        return Response(_signed_in(session), status=status.HTTP_201_CREATED)


class LoginView(OpenView):
    @extend_schema(request=serializers.SignInIn, responses=serializers.SignedInOut)
    def post(self, request: Request) -> Response:
        """Sign in; accounts with a second factor need otp as well."""
        data = _read(serializers.SignInIn, request)
        session = services.sign_in(
            email=data["email"],
            password=data["password"],
            otp=data["otp"],
            kind=Session.Kind.TOKEN,
            client=_client(request),
            now=timezone.now(),
        )
        return Response(_signed_in(session))


class RefreshView(OpenView):
    throttle_classes = [AnonymousThrottle]

    @extend_schema(request=serializers.RefreshIn, responses=serializers.TokensOut)
    def post(self, request: Request) -> Response:
        """Replace a refresh token, once; using an old one again ends the session."""
        data = _read(serializers.RefreshIn, request)
        tokens = services.refresh_tokens(token=data["refresh"], client=_client(request), now=timezone.now())
        return Response({"access": tokens.access, "refresh": tokens.refresh})


class LogoutView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this session; its tokens are refused from now on."""
        services.sign_out(session=_session(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    @extend_schema(responses=serializers.UserOut)
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(_user_out(_user(request)))


class SessionsView(ListAPIView[Session]):
    """List my open sessions, the latest begun first."""

    serializer_class = serializers.SessionOut

    def get_queryset(self) -> QuerySet[Session]:
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return queries.open_sessions(user_id=_user(self.request).id, now=timezone.now())

    def get_serializer_context(self) -> dict[str, Any]:
        current_id = self.request.auth.pk if self.request and self.request.auth else ""
        return {**super().get_serializer_context(), "current_id": current_id}

    @extend_schema(operation_id="auth_sessions_destroy_all", responses={204: None})
    def delete(self, request: Request) -> Response:
        """End all my sessions, this one too."""
        user = _user(request)
        services.revoke_all_sessions(user=user, actor=user.id, reason="revoked", now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: str) -> Response:
        """End one of my sessions."""
        user = _user(request)
        services.revoke_session(user=user, session_id=session_id, actor=user.id, reason="revoked", now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class FactorEnableView(APIView):
    @extend_schema(request=None, responses=serializers.EnrolmentOut)
    def post(self, request: Request) -> Response:
        """Prepare a second factor. It guards the account once 2fa/verify has seen its first code."""
        enrolment = services.enable_factor(user=_user(request), now=timezone.now())
        return Response(
            {
                "secret": enrolment.secret,
                "otpauth_url": enrolment.otpauth_url,
                "recovery_codes": list(enrolment.recovery_codes),
            }
        )


class FactorVerifyView(CodeView):
    @extend_schema(request=serializers.OtpIn, responses=serializers.UserOut)
    def post(self, request: Request) -> Response:
        """Turn the prepared second factor on; all other sessions end."""
        data = _read(serializers.OtpIn, request)
        services.confirm_factor(
            user=_user(request),
            otp=data["otp"],
            session=_session(request),
            client=_client(request),
            now=timezone.now(),
        )
        return Response(_user_out(_user(request)))


class FactorDisableView(CodeView):
    @extend_schema(request=serializers.OtpIn, responses=serializers.UserOut)
    def post(self, request: Request) -> Response:
        """Turn the second factor off, with one last code."""
        data = _read(serializers.OtpIn, request)
        services.disable_factor(user=_user(request), otp=data["otp"], client=_client(request), now=timezone.now())
        return Response(_user_out(_user(request)))


class RecoveryCodesView(CodeView):
    @extend_schema(request=serializers.OtpIn, responses=serializers.RecoveryCodesOut)
    def post(self, request: Request) -> Response:
        """Replace the recovery codes; the old ones stop working."""
        data = _read(serializers.OtpIn, request)
        codes = services.replace_recovery_codes(
            user=_user(request), otp=data["otp"], client=_client(request), now=timezone.now()
        )
        return Response({"recovery_codes": list(codes)})


class TicketView(APIView):
    @extend_schema(request=None, responses={201: serializers.TicketOut})
    def post(self, request: Request) -> Response:
        """Return a ticket that opens one WebSocket connection within a minute."""
        ticket = services.issue_ticket(session=_session(request), now=timezone.now())
        body = {"ticket": ticket, "expires_in_seconds": TICKET_SECONDS}
        return Response(body, status=status.HTTP_201_CREATED)


class VerifyEmailView(OpenView):
    @extend_schema(request=serializers.LinkTokenIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Take the mailed token as proof of the address."""
        data = _read(serializers.LinkTokenIn, request)
        services.verify_email(token=data["token"], client=_client(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResendVerificationView(CodeView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Mail the link again."""
        services.ask_verification(user=_user(request), now=timezone.now())
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetView(OpenView):
    @extend_schema(request=serializers.EmailIn, responses={202: None})
    def post(self, request: Request) -> Response:
        """Mail a link to choose a new password; the answer is the same whether the account exists."""
        data = _read(serializers.EmailIn, request)
        services.ask_password_reset(email=data["email"], client=_client(request), now=timezone.now())
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(OpenView):
    @extend_schema(request=serializers.ResetIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Choose a new password with the mailed token; all sessions end."""
        data = _read(serializers.ResetIn, request)
        services.reset_password(token=data["token"], new=data["password"], client=_client(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordChangeView(CodeView):
    @extend_schema(request=serializers.PasswordChangeIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change the password; all other sessions end."""
        data = _read(serializers.PasswordChangeIn, request)
        services.change_password(
            user=_user(request),
            current=data["current_password"],
            new=data["password"],
            keep_session_id=_session(request).pk,
            client=_client(request),
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _read(kind: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _session(request: Request) -> Session:
    assert isinstance(request.auth, Session)
    return request.auth


def _client(request: Request) -> Client:
    return client_of(request._request)


def _signed_in(session: Session) -> dict[str, Any]:
    tokens = services.issue_tokens(session=session, now=session.created_at)
    return {"access": tokens.access, "refresh": tokens.refresh, "user": _user_out(session.user)}


def _user_out(user: User) -> dict[str, Any]:
    context = {"roles": queries.role_names(user), "second_factor": queries.has_factor(user_id=user.id)}
    return dict(serializers.UserOut(user, context=context).data)
