"""What can be done with providers: call one, choose one, switch one on or off."""

from providers.services.calling import call

__all__ = ["call"]
