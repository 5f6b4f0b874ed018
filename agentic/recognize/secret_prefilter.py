"""Whether a text may hold a secret: the cheap question that is asked of every record.

Kept apart from `agentic.recognize.secrets` so that a hook with a clean call and a clean record never loads
the scanners.
"""

from __future__ import annotations

#: The shortest list of fragments of which every prefix in
#: `secret_formats.PREFIXED` holds one (tests/audit/test_redact.py compares them).
STARTS = (
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glptt-",
    "glcbt-",
    "xox",
    "xapp-",
    "sk-",
    "gsk_",
    "hf_",
    "AIza",
    "ya29.",
    "GOCSPX-",
    "_live_",
    "_test_",
    "whsec_",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "hvs.",
    ".atlasv1.",
    "dapi",
    "dop_v1_",
    "SG.",
    "glsa_",
    "glc_",
    "AGE-SECRET",
    "hooks.slack.com/",
    "/webhooks/",
    "webhook.office.com/",
)
WORDS = (
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
)
#: What the scanners of `secrets` look for first.
MARKS = ("eyJ", "://", "PRIVATE KEY", "earer ", "asic ", "sig=")
PROGRAMS = ("sshpass", "mysql", "docker login", "redis-cli", "curl")


def may_hold_secret(text: str) -> bool:
    """False only where `find_secrets` would find nothing: the cheap question, asked first."""
    for start in STARTS:
        if start in text:
            return True
    for mark in MARKS:
        if mark in text:
            return True
    lowered = text.lower()
    for word in WORDS:
        if word in lowered:
            return True
    return any(program in lowered for program in PROGRAMS)
