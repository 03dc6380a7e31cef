"""People and signed-in clients, made through the services."""

import itertools
from datetime import UTC, datetime

from django.test import Client as BrowserClient
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from accounts import queries, services
from accounts.models import Role, Session, User
from accounts.services.factors import Enrolment
from kit.clients import Client

PASSWORD = "correct horse battery staple"
CLIENT = Client(address="198.51.100.7", agent="Test browser")
_numbers = itertools.count(1)


def make_user(*, email: str = "", role: Role | None = None, now: datetime | None = None) -> User:
    """Return a registered person; every call another one, unless the address is given."""
    now = now or timezone.now()
    email = email or f"person{next(_numbers)}@example.com"
    user = services.register(email=email, password=PASSWORD, client=CLIENT, now=now)
    if role:
        services.grant_role(user=user, role=role, actor="system", now=now)
    return user


def make_session(user: User, *, kind: Session.Kind = Session.Kind.TOKEN, now: datetime | None = None) -> Session:
    """Begin a session, as if the person had just proved everything there is to prove."""
    now = now or timezone.now()
    if not queries.has_factor(user_id=user.id):
        return services.complete_sign_in(user=user, kind=kind, client=CLIENT, now=now)
    return services.finish_sign_in(user=user, otp=code(user, at=now), kind=kind, client=CLIENT, now=now)


def make_api_client(user: User | None = None) -> APIClient:
    """Return an API client that sends the person's bearer token, or none."""
    client = APIClient(raise_request_exception=True)
    if user:
        tokens = services.issue_tokens(session=make_session(user), now=timezone.now())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    return client


def sign_in_browser(client: BrowserClient, user: User) -> Session:
    """Sign the person in on this browser, as the sign-in page does; force_login would not: it makes no session row."""
    session = make_session(user, kind=Session.Kind.BROWSER)
    store = client.session
    store["session_id"] = session.id
    store.save()
    return session


def make_factor(user: User, *, at: datetime) -> Enrolment:
    """Turn a second factor on, a minute before `at`, so that the code of `at` is still unused."""
    earlier = datetime.fromtimestamp(at.timestamp() - 60, UTC)
    enrolment = services.enable_factor(user=user, now=earlier)
    session = make_session(user, now=earlier)
    otp = code(user, at=earlier)
    services.confirm_factor(user=user, otp=otp, session=session, client=CLIENT, now=earlier)
    return enrolment


def code(user: User, *, at: datetime) -> str:
    """Return what the person's authenticator shows at this time."""
    generator = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    generator.time = at.timestamp()
    return f"{generator.token():06d}"
