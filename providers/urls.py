from django.urls import URLPattern, URLResolver, path

from providers import views

api_patterns: list[URLPattern | URLResolver] = []
urlpatterns: list[URLPattern | URLResolver] = [path("webhooks/<slug:provider>/", views.webhook, name="webhook")]
