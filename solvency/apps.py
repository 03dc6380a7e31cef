from django.apps import AppConfig


class SolvencyConfig(AppConfig):
    name = "solvency"
