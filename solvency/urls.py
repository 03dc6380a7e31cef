from django.urls import URLPattern, URLResolver, path

from solvency import views
from solvency.api import OwnProofView, SnapshotsView

api_patterns: list[URLPattern | URLResolver] = [
    path("solvency/snapshots", SnapshotsView.as_view()),
    path("solvency/snapshots/<int:number>/proofs/<str:asset>", OwnProofView.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("solvency/", views.show, name="solvency"),
    path("solvency/check_inclusion.py", views.script, {"name": "check_inclusion.py"}, name="solvency-script"),
    path("solvency/check_ownership.py", views.script, {"name": "check_ownership.py"}, name="solvency-ownership"),
    path("solvency/<int:number>/", views.show, name="solvency-snapshot"),
    path("solvency/<int:number>/roots.json", views.roots, name="solvency-roots"),
    path("solvency/<int:number>/reserves.json", views.reserves, name="solvency-reserves"),
    path("solvency/<int:number>/proof-<str:asset>.json", views.own_proof, name="solvency-proof"),
]
