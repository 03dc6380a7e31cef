from django.urls import URLPattern, URLResolver, path

from notifications import views
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
]
