"""Keeping the sums, and taking the figures."""

from analytics.services.measuring import forget, measure
from analytics.services.summarizing import CONSUMER, consume, rebuild

__all__ = ["CONSUMER", "consume", "forget", "measure", "rebuild"]
