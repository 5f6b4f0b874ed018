"""Fixtures of the signals' tests."""

from tests.signals.servers import platform

__all__ = ["platform"]
