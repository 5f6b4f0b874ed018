"""What secrets look like: named formats, telling names, and the flags that take one.

Three tables; `agentic.recognize.secrets` reads them. Never entropy: git SHAs, digests, UUIDs and versions
stay readable.
"""

from __future__ import annotations

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
ALNUM = UPPER + LOWER + DIGITS
WORD = ALNUM + "_"
DASHED = WORD + "-"
DOTTED = DASHED + "."
BASE64 = ALNUM + "+/="
HEX = DIGITS + "abcdef"
TOKEN = DASHED + ".~+/="

#: No secret that we know is longer; also bounds every scan.
LONGEST = 8192

#: (name, prefix, alphabet of what follows, least number of characters that follow)
PREFIXED = (
    ("aws-access-key-id", "AKIA", UPPER + DIGITS, 16),
    ("aws-access-key-id", "ASIA", UPPER + DIGITS, 16),
    ("github-token", "ghp_", WORD, 20),
    ("github-token", "gho_", WORD, 20),
    ("github-token", "ghu_", WORD, 20),
    ("github-token", "ghs_", TOKEN, 20),
    ("github-token", "ghr_", WORD, 20),
    ("github-token", "github_pat_", WORD, 22),
    ("gitlab-token", "glpat-", DOTTED, 20),
    ("gitlab-token", "gldt-", DOTTED, 20),
    ("gitlab-token", "glrt-", DOTTED, 20),
    ("gitlab-token", "glptt-", DOTTED, 20),
    ("gitlab-token", "glcbt-", DOTTED, 20),
    ("slack-token", "xoxb-", DASHED, 10),
    ("slack-token", "xoxp-", DASHED, 10),
    ("slack-token", "xoxa-", DASHED, 10),
    ("slack-token", "xoxr-", DASHED, 10),
    ("slack-token", "xoxs-", DASHED, 10),
    ("slack-token", "xoxc-", DASHED, 10),
    ("slack-token", "xoxd-", DASHED + "%", 10),
    ("slack-token", "xoxe-", DASHED, 10),
    ("slack-token", "xoxe.", DOTTED, 10),
    ("slack-token", "xapp-", DASHED, 10),
    ("anthropic-key", "sk-ant-", DASHED, 20),
    ("openai-key", "sk-proj-", DASHED, 20),
    ("openai-key", "sk-svcacct-", DASHED, 20),
    ("openai-key", "sk-admin-", DASHED, 20),
    ("openrouter-key", "sk-or-", DASHED, 20),
    ("openai-key", "sk-", ALNUM, 32),
    ("groq-key", "gsk_", ALNUM, 40),
    ("huggingface-token", "hf_", ALNUM, 30),
    ("google-api-key", "AIza", DASHED, 35),
    ("google-oauth-token", "ya29.", DOTTED, 20),
    ("google-oauth-secret", "GOCSPX-", DASHED, 20),
    ("stripe-key", "sk_live_", ALNUM, 16),
    ("stripe-key", "rk_live_", ALNUM, 16),
    ("stripe-key", "sk_test_", ALNUM, 16),
    ("stripe-key", "rk_test_", ALNUM, 16),
    ("stripe-key", "whsec_", BASE64, 20),
    ("npm-token", "npm_", ALNUM, 36),
    ("pypi-token", "pypi-", DASHED, 60),
    ("docker-token", "dckr_pat_", DASHED, 20),
    ("vault-token", "hvs.", DASHED, 24),
    ("terraform-token", ".atlasv1.", DASHED, 40),
    ("databricks-token", "dapi", HEX, 32),
    ("digitalocean-token", "dop_v1_", HEX, 40),
    ("sendgrid-key", "SG.", DOTTED, 40),
    ("grafana-token", "glsa_", WORD, 30),
    ("grafana-token", "glc_", BASE64, 30),
    ("age-key", "AGE-SECRET-KEY-1", UPPER + DIGITS, 40),
    ("slack-webhook", "hooks.slack.com/", TOKEN, 20),
    ("discord-webhook", "discord.com/api/webhooks/", TOKEN, 20),
    ("discord-webhook", "discordapp.com/api/webhooks/", TOKEN, 20),
    ("teams-webhook", "webhook.office.com/", TOKEN + "@", 20),
)

#: Last words of a name whose assigned value is a secret, in lower case: (word, secret's name)
ASSIGNED = (
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("pwd", "password"),
    ("secret", "secret"),
    ("token", "token"),
    ("apikey", "api-key"),
    ("api_key", "api-key"),
    ("api-key", "api-key"),
    ("access_key", "secret-key"),
    ("access-key", "secret-key"),
    ("accesskey", "secret-key"),
    ("accountkey", "azure-key"),
    ("secret_key", "secret-key"),
    ("secret-key", "secret-key"),
    ("secretkey", "secret-key"),
    ("private_key", "private-key"),
    ("private-key", "private-key"),
    ("privatekey", "private-key"),
    ("credential", "credential"),
    ("credentials", "credential"),
)

#: (program, flag, form): `next` word is the secret, `joined` to the flag, or `pair` user:secret
FLAGS = (
    ("sshpass", "-p", "next"),
    ("sshpass", "-p", "joined"),
    ("mysql", "-p", "joined"),
    ("mysqldump", "-p", "joined"),
    ("mysqladmin", "-p", "joined"),
    ("docker login", "-p", "next"),
    ("redis-cli", "-a", "next"),
    ("curl", "-u", "pair"),
    ("curl", "--user", "pair"),
    ("curl", "--proxy-user", "pair"),
)
