"""Fixtures of the signals' tests."""

from tests.signals.github_fake import described, forge
from tests.signals.servers import platform, secured

__all__ = ["described", "forge", "platform", "secured"]
