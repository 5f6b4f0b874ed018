"""The tables behind `paths`: areas, classes, and the names that tell them. All names are lower case.

`AREAS` and `CLASSES` map an action to an operation kind; an action that a class leaves out is decided
by the area. `CLASSES` is in order of precedence: of several, the first counts.

Sources (checked 2026-11-21): https://code.claude.com/docs/en/settings (Claude Code settings files),
https://developers.openai.com/codex/config-reference (Codex), https://cursor.com/docs/agent/hooks
(Cursor), https://github.com/google-gemini/gemini-cli/blob/main/docs/hooks/index.md (Gemini CLI),
https://opencode.ai/docs/plugins (OpenCode), https://docs.github.com/actions (CI).
"""

from __future__ import annotations

#: area -> action -> kind. `delete` names a file, `delete-tree` a folder or a pattern.
AREAS: dict[str, dict[str, str]] = {
    "workspace": {
        "read": "file.read",
        "read-tree": "file.read",
        "write": "file.write",
        "write-tree": "file.write",
        "delete": "file.delete",
        "delete-tree": "file.delete-tree",
        "permissions": "file.permissions",
    },
    "build": {"delete": "file.clean-build", "delete-tree": "file.clean-build"},
    "temporary": {
        "read": "file.read",
        "read-tree": "file.read",
        "write": "file.write-temporary",
        "write-tree": "file.write-temporary",
        "delete": "file.write-temporary",
        "delete-tree": "file.write-temporary",
        "permissions": "file.write-temporary",
    },
    "outside": {
        "read": "file.read",
        "read-tree": "file.read",
        "write": "file.write-outside",
        "write-tree": "file.write-outside",
        "delete": "file.delete-outside",
        "delete-tree": "file.delete-outside",
        "permissions": "file.permissions-outside",
    },
    "sensitive": {
        "read": "file.read",
        "read-tree": "file.read",
        "write": "file.write-sensitive",
        "write-tree": "file.write-sensitive",
        "delete": "file.delete-outside",
        "delete-tree": "file.delete-outside",
        "permissions": "file.permissions-outside",
    },
    # a raw device holds every file of its file system, secrets included
    "device": {
        "read": "file.read-secret",
        "read-tree": "file.read-secret",
        "write": "file.destroy-device",
        "write-tree": "file.destroy-device",
        "delete": "file.delete-outside",
        "delete-tree": "file.delete-outside",
        "permissions": "file.permissions-outside",
    },
}

#: Areas outside the workspace, where a delete stays a delete whatever the class.
OUTSIDE = ("outside", "sensitive", "device")


def _change(kind: str, delete: str = "", permissions: str = "") -> dict[str, str]:
    """A class whose changes are one kind; deletes too unless told otherwise."""
    row = {
        "write": kind,
        "write-tree": kind,
        "delete": delete or kind,
        "delete-tree": delete or kind,
    }
    if permissions:
        row["permissions"] = permissions
    return row


#: class -> action -> kind, strictest class first.
CLASSES: dict[str, dict[str, str]] = {
    "secret": {
        "read": "file.read-secret",
        "read-tree": "file.read-secret",
        "write": "file.write-secret",
        "write-tree": "file.write-secret",
        "delete": "file.write-secret",
        "delete-tree": "file.write-secret",
    },
    "waiver": {
        "read": "governance.read",
        **_change("waiver.grant", "governance.change", "governance.change"),
    },
    "agentic": {
        "read": "governance.read",
        "read-tree": "governance.read",
        **_change("governance.change", "governance.disable", "governance.change"),
    },
    "host-settings": _change("governance.change", "governance.disable", "governance.change"),
    "git-lock": {"write": "file.write-git-internals"},
    "git-internals": {
        "write": "file.write-git-internals",
        "write-tree": "file.write-git-internals",
        "delete": "file.write-git-internals",
        "delete-tree": "git.purge-history",
        "permissions": "file.write-git-internals",
    },
    "mcp-configuration": {"write": "mcp.install-server", "write-tree": "mcp.install-server"},
    "editor-settings": {"write": "mcp.install-server", "write-tree": "mcp.install-server"},
    # editing what CI enforces is judged like editing CI: CONSULT, not the override of a failed gate
    "ci": _change("file.write-ci"),
    "gates": _change("file.write-ci"),
    "template": _change("template.change"),
    "model-strategy": _change("model.change-strategy"),
    "safety-filter": _change("safety-filter.change"),
    "prompt": _change("prompt.change"),
    "model-route": _change("model.route-change"),
    "alert": _change("alert.change"),
    "prediction-log": _change("prediction-log.change"),
    "manifest": _change("file.write-manifest"),
    "package-configuration": _change("package.configure"),
    "serving": _change("serving.change"),
    "docs": {"write": "docs.write"},
    "agent-instructions": {"write": "agent.instruct", "write-tree": "agent.instruct"},
}

#: Classes that count beside a stricter one: what agents are offered may be a manifest or a document, too.
JOINED_CLASSES = ("agent-instructions",)

#: Classes whose operation names an environment; it is told by the path.
ENVIRONMENT_CLASSES = frozenset(("manifest", "model-route", "prompt", "alert", "safety-filter"))

#: Classes that hold for a file of that name wherever it lies.
PORTABLE_CLASSES = frozenset(
    "secret host-settings mcp-configuration editor-settings package-configuration git-internals".split()
)

# Secrets

SECRET_NAMES = frozenset(
    """.netrc _netrc .pypirc .npmrc .pgpass .my.cnf .mylogin.cnf .git-credentials .htpasswd .dockercfg
    .s3cfg .boto .vault-token .credentials.json credentials.json credentials.tfrc.json .terraformrc
    application_default_credentials.json kubeconfig id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk
    id_ed25519_sk secrets.yaml secrets.yml secrets.json secrets.toml secrets.env .secrets .secret
    oauth_creds.json accesstokens.json access_tokens.db msal_token_cache.json msal_token_cache.bin
    .vault_pass .vault-pass .vault_password .vault-password vault_pass.txt vault-password.txt
    wallet.dat login.keychain-db .bash_history .zsh_history .psql_history .mysql_history
    .rediscli_history .fly.toml.secrets krb5.keytab .cloudflared.json""".split()
)
SECRET_STARTS = (
    ".env",
    "service-account",
    "service_account",
    "serviceaccount",
    "client_secret",
    "client-secret",
    "gcp-key",
    "gcp_key",
)
#: What looks like a secret by its start but is made to be shared.
PUBLIC_ENDINGS = (
    ".example",
    ".sample",
    ".template",
    ".tmpl",
    ".dist",
    ".pub",
    ".py",
    ".ts",
    ".js",
    ".go",
    ".md",
    ".tf",
    ".schema.json",
    ".example.json",
    ".sample.json",
    ".example.yaml",
    ".example.yml",
)
PUBLIC_NAMES = frozenset(
    """known_hosts known_hosts.old authorized_keys .env-example .env-sample
    .environment .envoy .secrets.baseline .environments public.key pubkey.key""".split()
)
SECRET_EXTENSIONS = frozenset(
    "pem key p12 pfx jks keystore kdbx kdb ppk p8 keytab kubeconfig agekey tfstate".split()
)
#: `folder/name`
SECRET_PAIRS = frozenset(
    """.aws/credentials .docker/config.json .kube/config gh/hosts.yml glab-cli/config.yml
    .codex/auth.json opencode/auth.json .composer/auth.json .gemini/google_accounts.json
    etc/shadow etc/gshadow etc/shadow- etc/gshadow- kubernetes/admin.conf .cargo/credentials
    .cargo/credentials.toml .gem/credentials .m2/settings-security.xml .config/hub
    rclone/rclone.conf .streamlit/secrets.toml doctl/config.yaml .oci/config .snowflake/config.toml
    .databrickscfg/config .mozilla/key4.db .copilot/config.json .kaggle/kaggle.json
    huggingface/token .huggingface/token .dbt/profiles.yml mcp/http-token""".split()
)
SECRET_FOLDERS = frozenset(
    ".gnupg .password-store keyrings keychains .azure .secrets .vault .kube".split()
)
#: Extensions of data in a folder named `secrets`.
SECRET_DATA = frozenset("yaml yml json env txt toml ini conf cfg properties enc asc gpg".split())
#: Folders that hold secrets among other things: only reading or deleting them whole counts.
SECRET_HOLDERS = frozenset((".ssh", ".aws", ".docker", ".config", "gcloud", "private"))
#: Folder chains, with slashes on both sides.
SECRET_TREES = (
    "/.aws/sso/cache/",
    "/.aws/cli/cache/",
    "/.config/gcloud/",
    "/run/secrets/",
    "/.config/op/",
    "/.config/sops/",
    "/.ssh/id_",
    "/etc/kubernetes/pki/",
    "/etc/ssl/private/",
    "/.ssh/keys/",
)
#: Names that a wildcard may be aimed at.
SECRET_SAMPLES = (
    ".env",
    ".env.local",
    ".envrc",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    "id_rsa",
    "id_ed25519",
    "credentials",
    "credentials.json",
    "secrets.yaml",
    "service-account.json",
    "kubeconfig",
    "shadow",
    "terraform.tfstate",
)
#: How the usual tokens begin (checked against each vendor's documentation 2026-11-21).
TOKEN_STARTS = (
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "sk-ant-",
    "sk-proj-",
    "sk_live_",
    "hf_",
    "npm_",
    "pypi-",
    "pcsk_",
    "sbp_",
    "dop_v1_",
    "ntn_",
    "lin_api_",
    "-----BEGIN",
)

# Folders and files with a meaning


def _offered(starts: str) -> tuple[tuple[str, str, str], ...]:
    """Rows of a host's folder for what it offers to its agents."""
    return tuple(("workspace", start, "agent-instructions") for start in starts.split())


#: component -> (where it may stand, how the rest of the path begins, class); `any` place, anywhere in the
#: `workspace`, its `root`, the `home`, or in the `project` but not below tests or another tool's folder. A
#: tree action on the component itself takes the first class.
#: Skills, sub-agents, commands and rules are `agent-instructions`. AGENTS.md, CLAUDE.md and GEMINI.md are
#: not: people ask for edits of these every day, and they grant nothing, they are only read.
TREES: dict[str, tuple[tuple[str, str, str], ...]] = {
    ".agentic": (("any", "waiver", "waiver"), ("any", "", "agentic")),
    "ops": (("root", "audit.jsonl", "agentic"),),
    "agentic-shims": (("any", "", "host-settings"),),
    ".claude": (
        ("any", "settings", "host-settings"),
        ("any", "hooks", "host-settings"),
        ("any", "plugins", "host-settings"),
        ("any", "managed", "host-settings"),
        *_offered("skills agents commands rules output-styles"),
    ),
    ".cursor": (
        ("any", "hooks", "host-settings"),
        ("any", "cli", "host-settings"),
        ("any", "permissions", "host-settings"),
        ("any", "mcp.json", "mcp-configuration"),
        *_offered("rules commands agents skills"),
    ),
    ".codex": (
        ("home", "", "host-settings"),
        ("any", "config", "host-settings"),
        ("any", "hooks", "host-settings"),
        ("any", "rules", "host-settings"),
        ("any", "requirements", "host-settings"),
        *_offered("agents prompts skills"),
    ),
    ".gemini": (
        ("any", "settings", "host-settings"),
        ("any", "trusted", "host-settings"),
        ("any", "policies", "host-settings"),
        ("any", "hooks", "host-settings"),
        ("any", "extensions", "host-settings"),
        *_offered("commands agents skills"),
    ),
    ".qwen": (
        ("any", "settings", "host-settings"),
        ("any", "hooks", "host-settings"),
        ("any", "trusted", "host-settings"),
        ("any", "extensions", "host-settings"),
        *_offered("agents commands skills"),
    ),
    ".windsurf": (
        ("any", "hooks", "host-settings"),
        *_offered("rules workflows skills"),
    ),
    ".codeium": (
        ("any", "hooks", "host-settings"),
        ("any", "windsurf/hooks", "host-settings"),
        ("any", "windsurf/mcp_config", "mcp-configuration"),
    ),
    "goose": (("home", "config", "mcp-configuration"),),
    ".junie": (("any", "mcp/", "mcp-configuration"),),
    ".opencode": (
        ("any", "plugin", "host-settings"),
        # Its own tools are code that runs inside of the host, where its plugins are.
        ("any", "tool", "host-settings"),
        ("any", "opencode.json", "host-settings"),
        *_offered("agent command skill mode"),
    ),
    "opencode": (
        ("home", "plugin", "host-settings"),
        ("home", "tool", "host-settings"),
        ("home", "opencode.json", "host-settings"),
    ),
    ".copilot": (
        ("any", "settings", "host-settings"),
        ("any", "hooks", "host-settings"),
        ("any", "installed-plugins", "host-settings"),
        ("any", "mcp-config", "mcp-configuration"),
    ),
    ".kiro": (
        ("any", "hooks", "host-settings"),
        ("any", "agents", "host-settings"),
        ("any", "settings/mcp.json", "mcp-configuration"),
        *_offered("steering skills"),
    ),
    ".clinerules": (
        ("any", "hooks", "host-settings"),
        ("workspace", "", "agent-instructions"),
    ),
    ".factory": (
        ("any", "hooks", "host-settings"),
        ("any", "settings", "host-settings"),
        ("any", "mcp.json", "mcp-configuration"),
        *_offered("droids commands skills"),
    ),
    ".augment": (("any", "settings", "host-settings"), ("any", "hooks", "host-settings")),
    ".agents": (
        ("any", "hooks", "host-settings"),
        ("any", "plugins", "host-settings"),
        *_offered("skills rules roles agents commands"),
    ),
    ".amp": (("any", "plugins", "host-settings"), ("any", "settings", "host-settings")),
    ".github": (
        ("any", "workflows", "ci"),
        ("any", "actions", "ci"),
        ("any", "codeowners", "ci"),
        ("any", "hooks", "host-settings"),
        ("any", "copilot/", "host-settings"),
        *_offered("agents prompts instructions skills chatmodes"),
    ),
    ".cline": _offered("skills"),
    ".vscode": (("any", "settings.json", "editor-settings"),),
    "code": (("home", "user/settings.json", "editor-settings"),),
    "templates": (("root", "service/", "template"),),
    ".git": (("any", "", "git-internals"),),
    ".gitlab": (("any", "ci", "ci"), ("any", "agents", "ci")),
    ".circleci": (("any", "", "ci"),),
    ".buildkite": (("any", "", "ci"),),
    ".azure-pipelines": (("any", "", "ci"),),
    ".woodpecker": (("any", "", "ci"),),
    ".teamcity": (("any", "", "ci"),),
    ".tekton": (("any", "", "ci"),),
    "docs": (("project", "", "docs"),),
    "prompts": (("project", "", "prompt"),),
    "guardrails": (("project", "", "safety-filter"),),
}

#: base name -> class
NAMES: dict[str, str] = {
    "opencode.json": "host-settings",
    "opencode.jsonc": "host-settings",
    ".claude.json": "host-settings",
    "managed-settings.json": "host-settings",
    ".mcp.json": "mcp-configuration",
    "mcp.json": "mcp-configuration",
    "mcp_config.json": "mcp-configuration",
    "mcp-config.json": "mcp-configuration",
    "managed-mcp.json": "mcp-configuration",
    "new-service.sh": "template",
    "cline_mcp_settings.json": "mcp-configuration",
    "claude_desktop_config.json": "mcp-configuration",
    ".gitlab-ci.yml": "ci",
    ".gitlab-ci.yaml": "ci",
    "jenkinsfile": "ci",
    "azure-pipelines.yml": "ci",
    "azure-pipelines.yaml": "ci",
    ".travis.yml": "ci",
    "bitbucket-pipelines.yml": "ci",
    ".drone.yml": "ci",
    ".woodpecker.yml": "ci",
    "cloudbuild.yaml": "ci",
    "cloudbuild.yml": "ci",
    "buildspec.yml": "ci",
    "appveyor.yml": "ci",
    "codeowners": "ci",
    "pip.conf": "package-configuration",
    ".yarnrc": "package-configuration",
    ".yarnrc.yml": "package-configuration",
    "bunfig.toml": "package-configuration",
    ".condarc": "package-configuration",
    "alertmanager.yml": "alert",
    "alertmanager.yaml": "alert",
    "quality_gates.yaml": "gates",
    "quality_gates.yml": "gates",
    "quality-gates.yaml": "gates",
    "quality-gates.yml": "gates",
}

#: how a base name ends -> class
NAME_ENDINGS: tuple[tuple[str, str], ...] = ((".code-workspace", "editor-settings"),)

#: how the stem of a file begins (dashes as underscores) -> class; not below test folders
STEMS: tuple[tuple[str, str], ...] = (
    ("champion_challenger", "model-strategy"),
    ("prediction_logger", "prediction-log"),
    ("guardrail", "safety-filter"),
    ("safety_filter", "safety-filter"),
    ("content_filter", "safety-filter"),
    ("model_routing", "model-route"),
    ("model_router", "model-route"),
    ("prometheus_rule", "alert"),
    ("prometheusrule", "alert"),
)
SERVING_NAMES = frozenset(("fastapi_app.py", "main.py"))
TEST_FOLDERS = frozenset(("tests", "test", "fixtures", "examples", "testdata"))
DOCUMENT_NAMES = ("readme", "changelog", "contributing", "runbook")

MANIFEST_EXTENSIONS = frozenset("yaml yml json tf tfvars hcl tpl jsonnet".split())
MANIFEST_FOLDERS = frozenset(
    """k8s kubernetes manifests overlays helm charts kustomize deploy deployments gitops argocd infra
    infrastructure terraform environments envs""".split()
)
MANIFEST_NAMES = ("values-", "values.", "values_", "kustomization.")

BUILD_FOLDERS = frozenset(
    """build dist target __pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .nox .venv venv
    node_modules .next .nuxt .turbo .parcel-cache .svelte-kit .angular .cache coverage htmlcov
    .nyc_output .eggs .gradle .ipynb_checkpoints .hypothesis .import_linter_cache .pytype
    .pyre""".split()
)
BUILD_ENDINGS = (
    ".pyc",
    ".pyo",
    ".o",
    ".obj",
    ".class",
    ".tsbuildinfo",
    "coverage.xml",
    ".ds_store",
)

# Areas outside the workspace

TEMPORARY = (
    "/tmp",  # noqa: S108 - names to compare with, not files to make
    "/var/tmp",  # noqa: S108
    "/private/tmp",
    "/private/var/tmp",
    "/private/var/folders",
    "/var/folders",
)
INERT_DEVICES = frozenset(
    "null zero full random urandom tty stdin stdout stderr ptmx console fd".split()
)
RAW_DEVICES = (
    "sd",
    "nvme",
    "hd",
    "vd",
    "xvd",
    "mmcblk",
    "disk",
    "rdisk",
    "dm-",
    "mapper/",
    "loop",
    "md",
    "mem",
    "kmem",
    "port",
    "block/",
)
#: First components of absolute paths where programs, services and the system itself live.
SYSTEM_FOLDERS = frozenset(
    "etc usr bin sbin lib lib32 lib64 boot opt root proc sys system library applications".split()
)
SENSITIVE_PREFIXES = (
    "/var/spool/",
    "/var/lib/",
    "/private/etc/",
    "/run/",
    "/var/run/",
    "/mnt/c/windows/",
    "/mnt/c/program",
)
#: How a path below the home begins when programs are started or configured from it.
SENSITIVE_HOME = (
    ".bash",
    ".profile",
    ".zsh",
    ".zlog",
    ".zprofile",
    ".kshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".inputrc",
    ".vim",
    ".emacs",
    ".git",
    ".ssh",
    ".gnupg",
    ".aws",
    ".kube",
    ".docker",
    ".azure",
    ".local/bin",
    ".local/lib",
    ".local/share/applications",
    ".local/share/systemd",
    ".config/autostart",
    ".config/systemd",
    ".config/fish",
    ".config/nvim",
    ".config/git",
    ".config/gh",
    ".config/gcloud",
    ".config/environment.d",
    ".config/direnv",
    ".config/pip",
    ".config/uv",
    "bin/",
    ".cargo",
    ".npm",
    ".nvm",
    ".pyenv",
    ".rbenv",
    ".asdf",
    ".oh-my-zsh",
    ".pam_environment",
    ".xprofile",
    ".xinitrc",
    ".xsession",
    ".curlrc",
    ".wgetrc",
    ".netrc",
    ".pip",
    ".pypirc",
    ".tmux.conf",
    ".screenrc",
    ".psqlrc",
    ".sqliterc",
    ".pythonrc",
    ".ipython",
    ".jupyter",
    ".direnvrc",
    ".claude",
    ".codex",
    ".cursor",
    ".gemini",
    ".vscode",
    "library/launchagents",
    "library/keychains",
    "library/application support",
)
#: Folders below /etc or /Library/Application Support that hold an agent host's managed settings.
SYSTEM_HOSTS = frozenset(
    """claude-code claudecode codex gemini-cli geminicli qwen-code opencode windsurf factory cursor
    augment github-copilot agentic""".split()
)
