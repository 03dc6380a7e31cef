from django.urls import URLPattern, URLResolver, path

from accounts import views
from accounts.api import views as api

api_patterns: list[URLPattern | URLResolver] = [
    path("auth/register", api.RegisterView.as_view(), name="auth-register"),
    path("auth/login", api.LoginView.as_view(), name="auth-login"),
    path("auth/refresh", api.RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", api.LogoutView.as_view(), name="auth-logout"),
    path("auth/me", api.MeView.as_view(), name="auth-me"),
    path("auth/sessions", api.SessionsView.as_view(), name="auth-sessions"),
    path("auth/sessions/<str:session_id>", api.SessionView.as_view(), name="auth-session"),
    path("auth/2fa/enable", api.FactorEnableView.as_view(), name="auth-2fa-enable"),
    path("auth/2fa/verify", api.FactorVerifyView.as_view(), name="auth-2fa-verify"),
    path("auth/2fa/disable", api.FactorDisableView.as_view(), name="auth-2fa-disable"),
    path("auth/2fa/recovery-codes", api.RecoveryCodesView.as_view(), name="auth-2fa-recovery-codes"),
    path("auth/ticket", api.TicketView.as_view(), name="auth-ticket"),
    path("auth/verify-email", api.VerifyEmailView.as_view(), name="auth-verify-email"),
    path("auth/verify-email/resend", api.ResendVerificationView.as_view(), name="auth-verify-email-resend"),
    path("auth/password/reset", api.PasswordResetView.as_view(), name="auth-password-reset"),
    path("auth/password/reset/confirm", api.PasswordResetConfirmView.as_view(), name="auth-password-reset-confirm"),
    path("auth/password/change", api.PasswordChangeView.as_view(), name="auth-password-change"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-up/", views.sign_up, name="sign-up"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/second-factor/", views.second_factor, name="second-factor"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("verify-email/", views.resend_verification, name="resend-verification"),
    path("verify-email/<str:token>/", views.confirm_email, name="confirm-email"),
    path("reset-password/", views.forgot_password, name="forgot-password"),
    path("reset-password/<str:token>/", views.reset_password, name="reset-password"),
    path("security/", views.security, name="security"),
    path("security/factor/enable/", views.enable_factor, name="enable-factor"),
    path("security/factor/confirm/", views.confirm_factor, name="confirm-factor"),
    path("security/factor/disable/", views.disable_factor, name="disable-factor"),
    path("security/factor/recovery-codes/", views.replace_recovery_codes, name="replace-recovery-codes"),
    path("security/password/", views.change_password, name="change-password"),
    path("security/sessions/revoke/", views.revoke_all_sessions, name="revoke-all-sessions"),
    path("security/sessions/<str:session_id>/revoke/", views.revoke_session, name="revoke-session"),
    path("settings/", views.settings, name="settings"),
    path("settings/email/", views.change_email, name="change-email"),
]
