"""agentic: recognise, classify, escalate, answer and record what agents and CI want to do."""

__version__ = "0.1.0"
