from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "wallet_project.backups"
    label = "backups"
