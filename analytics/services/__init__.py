"""Keeping the sums, and taking the figures."""

from analytics.services.summarizing import CONSUMER, consume, rebuild

__all__ = ["CONSUMER", "consume", "rebuild"]
