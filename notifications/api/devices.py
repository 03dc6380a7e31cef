"""Where else I am told: a telephone and browsers. `/api/v1/phone` and `/api/v1/push-subscriptions`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Session
from kit.clients import caller_id, client_of
from notifications import queries, services
from notifications.api import serializers


class PhoneView(GenericAPIView[Any]):
    serializer_class = serializers.PhoneIn

    @extend_schema(responses=serializers.PhonesOut)
    def get(self, request: Request) -> Response:
        """Show the number that text messages go to."""
        return Response(_phones(request))

    @extend_schema(request=serializers.PhoneIn, responses={202: serializers.PhonesOut})
    def post(self, request: Request) -> Response:
        """Have a code sent to a number of mine; nothing else goes there before I have entered it."""
        body = serializers.PhoneIn(data=request.data)
        body.is_valid(raise_exception=True)
        services.ask_code(user_id=caller_id(request), **body.validated_data, now=timezone.now())
        return Response(_phones(request), status=202)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Send me no text messages any more."""
        services.remove_phone(user_id=caller_id(request), now=timezone.now())
        return Response(status=204)


class ConfirmPhoneView(GenericAPIView[Any]):
    serializer_class = serializers.CodeIn

    @extend_schema(request=serializers.CodeIn, responses=serializers.PhonesOut)
    def post(self, request: Request) -> Response:
        """Prove that the number is mine by the code that was sent there."""
        body = serializers.CodeIn(data=request.data)
        body.is_valid(raise_exception=True)
        services.confirm(user_id=caller_id(request), **body.validated_data, now=timezone.now())
        return Response(_phones(request))


class PushSubscriptionsView(GenericAPIView[Any]):
    serializer_class = serializers.PushSubscriptionIn

    @extend_schema(responses=serializers.PushSubscriptionsOut)
    def get(self, request: Request) -> Response:
        """List the browsers that show my notifications, and the key with which another one can subscribe."""
        found = queries.push_subscriptions(user_id=caller_id(request))
        shown = serializers.PushSubscriptionOut(found, many=True).data
        return Response({"public_key": services.public_key(), "subscriptions": shown})

    @extend_schema(request=serializers.PushSubscriptionIn, responses={201: serializers.PushSubscriptionOut})
    def post(self, request: Request) -> Response:
        """Let a browser show my notifications, until this session ends."""
        body = serializers.PushSubscriptionIn(data=request.data)
        body.is_valid(raise_exception=True)
        assert isinstance(request.auth, Session)
        made = services.subscribe(
            user_id=caller_id(request),
            session_id=request.auth.pk,
            url=body.validated_data["endpoint"],
            **body.validated_data["keys"],
            agent=client_of(request._request).agent,
            now=timezone.now(),
        )
        return Response(serializers.PushSubscriptionOut(made).data, status=201)


class PushSubscriptionView(GenericAPIView[Any]):
    serializer_class = serializers.PushSubscriptionOut

    @extend_schema(responses={204: None})
    def delete(self, request: Request, subscription_id: str) -> Response:
        """Show nothing in that browser any more."""
        found = queries.get_push_subscription(user_id=caller_id(request), subscription_id=subscription_id)
        services.unsubscribe(subscription=found, now=timezone.now())
        return Response(status=204)


def _phones(request: Request) -> Any:
    user_id = caller_id(request)
    shown = {
        "is_offered": queries.can_text(),
        "verified": queries.phone(user_id=user_id),
        "pending": queries.pending_phone(user_id=user_id, now=timezone.now()),
    }
    return serializers.PhonesOut(shown).data
