"""The second factor: codes are good once, recovery codes too, and a change of factor is remembered."""

from datetime import timedelta

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import queries, services
from accounts.errors import CodeInvalid, FactorAlreadyEnabled, FactorNotEnabled, SecondFactorInvalid
from accounts.models import RecoveryCode, Session
from events.models import Event
from tests.factories.accounts import CLIENT, PASSWORD, code, make_factor, make_session, make_user

pytestmark = pytest.mark.django_db


def _sign_in(user, *, otp, now):
    return services.sign_in(
        email=user.email, password=PASSWORD, otp=otp, kind=Session.Kind.TOKEN, client=CLIENT, now=now
    )


def test_a_prepared_factor_guards_nothing_until_it_is_confirmed(now):
    user = make_user(now=now)
    enrolment = services.enable_factor(user=user, now=now)
    assert enrolment.otpauth_url == (
        f"otpauth://totp/Holdfast%3A{user.email.replace('@', '%40')}?secret={enrolment.secret}"
        "&issuer=Holdfast&algorithm=SHA1&digits=6&period=30"
    )
    assert len(enrolment.recovery_codes) == len(set(enrolment.recovery_codes)) == 10
    assert not queries.has_factor(user_id=user.id)
    assert _sign_in(user, otp="", now=now).second_factor_at is None


def test_confirming_ends_the_other_sessions_and_marks_this_one(now):
    user = make_user(now=now)
    here, there = make_session(user, now=now), make_session(user, now=now)
    services.enable_factor(user=user, now=now)
    services.confirm_factor(user=user, otp=code(user, at=now), session=here, client=CLIENT, now=now)
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.second_factor_at, here.revoked_at) == (now, None)
    assert there.revoked_reason == "factor_enabled"
    user.refresh_from_db()
    assert user.security_changed_at == now
    event = Event.objects.get(type="user.factor_enabled")
    assert (event.user_id, event.data) == (user.id, {"address": CLIENT.address, "agent": CLIENT.agent})


def test_a_wrong_first_code_turns_nothing_on(now):
    user = make_user(now=now)
    session, other = make_session(user, now=now), make_session(user, now=now)
    services.enable_factor(user=user, now=now)
    with pytest.raises(CodeInvalid):
        services.confirm_factor(user=user, otp="000000", session=session, client=CLIENT, now=now)
    assert not queries.has_factor(user_id=user.id)
    other.refresh_from_db()
    assert other.revoked_at is None
    user.refresh_from_db()
    assert user.security_changed_at is None
    assert Event.objects.filter(type="user.sign_in_failed", user_id=user.id).count() == 1


def test_what_is_not_on_cannot_be_confirmed_or_turned_off_and_what_is_on_not_enabled(now):
    user = make_user(now=now)
    session = make_session(user, now=now)
    with pytest.raises(FactorNotEnabled):
        services.confirm_factor(user=user, otp="123456", session=session, client=CLIENT, now=now)
    with pytest.raises(FactorNotEnabled):
        services.disable_factor(user=user, otp="123456", client=CLIENT, now=now)
    make_factor(user, at=now)
    key = TOTPDevice.objects.get(user=user).key
    with pytest.raises(FactorAlreadyEnabled):
        services.enable_factor(user=user, now=now)
    with pytest.raises(FactorAlreadyEnabled):
        services.confirm_factor(user=user, otp=code(user, at=now), session=session, client=CLIENT, now=now)
    assert TOTPDevice.objects.get(user=user).key == key
    assert RecoveryCode.objects.filter(user=user, used_at=None).count() == 10


@pytest.mark.parametrize(("drift_seconds", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_is_good_in_its_own_half_minute_and_the_two_beside_it(drift_seconds, is_good, now):
    user = make_user(now=now)
    make_factor(user, at=now - timedelta(minutes=10))
    otp = code(user, at=now + timedelta(seconds=drift_seconds))
    if is_good:
        assert _sign_in(user, otp=otp, now=now).second_factor_at == now
    else:
        with pytest.raises(SecondFactorInvalid):
            _sign_in(user, otp=otp, now=now)


def test_a_code_is_good_once_and_so_is_every_earlier_one(now):
    user = make_user(now=now)
    make_factor(user, at=now - timedelta(minutes=10))
    earlier = code(user, at=now - timedelta(seconds=30))
    _sign_in(user, otp=code(user, at=now), now=now)
    for otp in (code(user, at=now), earlier):
        with pytest.raises(SecondFactorInvalid):
            _sign_in(user, otp=otp, now=now)
    assert Session.objects.filter(created_at=now).count() == 1


@pytest.mark.parametrize("otp", ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1e5", "\x00"])
def test_what_is_no_code_is_refused(otp, now):
    user = make_user(now=now)
    make_factor(user, at=now)
    with pytest.raises(CodeInvalid):
        services.disable_factor(user=user, otp=otp, client=CLIENT, now=now)
    assert queries.has_factor(user_id=user.id)


def test_a_recovery_code_signs_in_once(now):
    user = make_user(now=now)
    recovery = make_factor(user, at=now).recovery_codes[3]
    _sign_in(user, otp=recovery, now=now)
    with pytest.raises(SecondFactorInvalid):
        _sign_in(user, otp=recovery, now=now)
    assert queries.recovery_codes_left(user=user) == 9
    assert Event.objects.get(type="user.recovery_code_used").data["left"] == 9


def test_a_recovery_code_belongs_to_its_person(now):
    ada, bob = make_user(now=now), make_user(now=now)
    codes = make_factor(ada, at=now).recovery_codes
    make_factor(bob, at=now)
    with pytest.raises(SecondFactorInvalid):
        _sign_in(bob, otp=codes[0], now=now)
    assert queries.recovery_codes_left(user=ada) == 10


def test_turning_off_forgets_the_device_and_its_codes(now):
    user = make_user(now=now)
    make_factor(user, at=now)
    services.disable_factor(user=user, otp=code(user, at=now), client=CLIENT, now=now)
    assert TOTPDevice.objects.filter(user=user).count() == 0
    assert RecoveryCode.objects.filter(user=user).count() == 0
    user.refresh_from_db()
    assert user.security_changed_at == now
    assert Event.objects.filter(type="user.factor_disabled", user_id=user.id).count() == 1


def test_no_secret_is_stored_or_recorded_in_the_clear(now):
    user = make_user(now=now)
    enrolment = make_factor(user, at=now)
    _sign_in(user, otp=enrolment.recovery_codes[0], now=now)
    rows = str(list(RecoveryCode.objects.values())) + str(list(Event.objects.values()))
    for recovery in enrolment.recovery_codes:
        assert recovery not in rows
        assert recovery.replace("-", "") not in rows
    assert enrolment.secret not in rows
    assert code(user, at=now) not in rows
    assert PASSWORD not in rows
