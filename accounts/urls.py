from django.urls import URLPattern, URLResolver, path

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
urlpatterns: list[URLPattern | URLResolver] = []
