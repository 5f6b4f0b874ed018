"""Fixtures of the signals' tests."""

from tests.signals.github_fake import described, forge
from tests.signals.servers import platform

__all__ = ["described", "forge", "platform"]
