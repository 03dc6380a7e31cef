from django.urls import URLPattern, URLResolver, path

from notifications import views
from notifications.api.devices import ConfirmPhoneView, PhoneView, PushSubscriptionsView, PushSubscriptionView
from notifications.api.endpoints import (
    DeliveriesView,
    EndpointsView,
    EndpointView,
    ReplayView,
    RotateSecretView,
)
from notifications.api.inbox import NotificationsView, PreferencesView, ReadView

api_patterns: list[URLPattern | URLResolver] = [
    path("notifications", NotificationsView.as_view()),
    path("notifications/read", ReadView.as_view()),
    path("notifications/preferences", PreferencesView.as_view()),
    path("phone", PhoneView.as_view()),
    path("phone/confirm", ConfirmPhoneView.as_view()),
    path("push-subscriptions", PushSubscriptionsView.as_view()),
    path("push-subscriptions/<str:subscription_id>", PushSubscriptionView.as_view()),
    path("webhook-endpoints", EndpointsView.as_view()),
    path("webhook-endpoints/<str:endpoint_id>", EndpointView.as_view()),
    path("webhook-endpoints/<str:endpoint_id>/rotate-secret", RotateSecretView.as_view()),
    path("webhook-endpoints/<str:endpoint_id>/deliveries", DeliveriesView.as_view()),
    path("webhook-endpoints/<str:endpoint_id>/deliveries/<str:delivery_id>/replay", ReplayView.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("notifications/", views.inbox, name="notifications"),
    path("notifications/read/", views.read_all, name="notifications-read"),
    path("notifications/<str:notification_id>/", views.follow, name="notification"),
    path("settings/notifications/", views.choose, name="notification-settings"),
    path("settings/notifications/phone/", views.name_phone, name="phone"),
    path("settings/notifications/phone/confirm/", views.confirm_phone, name="phone-confirm"),
    path("settings/notifications/phone/remove/", views.remove_phone, name="phone-remove"),
    path("settings/notifications/browsers/<str:subscription_id>/remove/", views.remove_browser, name="browser-remove"),
    path("settings/webhooks/", views.webhooks, name="webhook-endpoints"),
    path("settings/webhooks/<str:endpoint_id>/", views.webhook, name="webhook-endpoint"),
    path("settings/webhooks/<str:endpoint_id>/rotate/", views.rotate, name="webhook-rotate"),
    path("settings/webhooks/<str:endpoint_id>/switch/", views.switch, name="webhook-switch"),
    path("settings/webhooks/<str:endpoint_id>/remove/", views.remove, name="webhook-remove"),
    path("settings/webhooks/<str:endpoint_id>/replay/<str:delivery_id>/", views.replay, name="webhook-replay"),
    path("push-worker.js", views.push_worker, name="push-worker"),
]
