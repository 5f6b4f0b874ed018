"""What is taken out of a text and what stays. Secrets are put together here, so none is in the file."""

from __future__ import annotations

import hmac
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.audit.redact import placeholder, redact, redact_values
from agentic.recognize.secret_formats import ASSIGNED, FLAGS, PREFIXED
from agentic.recognize.secret_prefilter import STARTS, may_hold_secret
from agentic.recognize.secrets import find_secrets

MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3"
UPPER = "A1B2C3D4E5F6G7H8"
SHA1 = "6f4b7680a1b2c3d4e5f60718293a4b5c6d7e8f90"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PEM = "-----BEGIN {0}PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\n9w0BAQEFAASC\n-----END {0}PRIVATE KEY-----"

#: (text with one secret marked by «», name)
SECRETS = [
    (f"aws_access_key_id = «AKIA{UPPER}»", "aws-access-key-id"),
    (f"key ASIA: «ASIA{UPPER}»", "aws-access-key-id"),
    (f"AWS_SECRET_ACCESS_KEY=«{MIXED[:38]}/+» aws s3 ls", "secret-key"),
    (f'"SecretAccessKey": "«{MIXED[:40]}»"', "secret-key"),
    (f"GH_TOKEN=«ghp_{MIXED[:36]}» gh pr list", "github-token"),
    (f"token «gho_{MIXED[:36]}»", "github-token"),
    (f"«ghu_{MIXED[:36]}»", "github-token"),
    (f"x «ghs_{MIXED[:36]}»,", "github-token"),
    (f"x «ghr_{MIXED[:36]}».", "github-token"),
    (f"'«github_pat_{MIXED[:22]}_{MIXED[:59]}»'", "github-token"),
    (f"--header 'PRIVATE-TOKEN: «glpat-{MIXED[:20]}»'", "gitlab-token"),
    (f"«glrt-{MIXED[:20]}»", "gitlab-token"),
    (f"«xoxb-{'1' * 12}-{MIXED[:24]}»", "slack-token"),
    (f"«xapp-1-{MIXED[:30]}»", "slack-token"),
    (f"curl https://hooks.slack.com/«services/T0000/B000/{MIXED[:24]}»", "slack-webhook"),
    (f"https://discord.com/api/webhooks/«1234567/{MIXED}»", "discord-webhook"),
    (f"OPENAI_API_KEY=«sk-proj-{MIXED}»", "openai-key"),
    (f"key is «sk-{MIXED[:48]}»", "openai-key"),
    (f"«sk-ant-api03-{MIXED}-AA»", "anthropic-key"),
    (f"HF_TOKEN=«hf_{MIXED[:34]}»", "huggingface-token"),
    (f"?key=«AIza{MIXED[:35]}»&q=1", "google-api-key"),
    (f"«ya29.{MIXED}»", "google-oauth-token"),
    (f"«sk_live_{MIXED[:24]}»", "stripe-key"),
    (f"«rk_live_{MIXED[:24]}»", "stripe-key"),
    (f"//registry.npmjs.org/:_authToken=«npm_{MIXED[:36]}»", "npm-token"),
    (f"twine upload -p «pypi-AgEIcHlwaS5vcmc{MIXED}»", "pypi-token"),
    (f"VAULT_TOKEN=«hvs.{MIXED[:30]}»", "vault-token"),
    (f"credentials «{MIXED[:14]}.atlasv1.{MIXED}»", "terraform-token"),
    (f"AccountName=x;AccountKey=«{MIXED[:60]}==»;EndpointSuffix=core", "azure-key"),
    (f"https://x.blob.core.windows.net/c?sv=2024&sig=«{MIXED[:40]}%3D»", "url-signature"),
    (f"«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{MIXED[:43]}»", "jwt"),
    (f"Authorization: Bearer «{MIXED}»", "authorization"),
    ("-H 'authorization: Basic «dXNlcjpwYXNz»'", "authorization"),
    ("psql postgres://ada:«hunter2»@db/churn", "url-password"),
    ("git clone https://ada:«p@ss/word»@host/x".replace("/word", "word"), "url-password"),
    (f"git push https://«{MIXED[:30]}»@host/x", "url-password"),
    ("mysql -u root -p«hunter2» -h db", "password"),
    ("sshpass -p «hunter2» ssh host", "password"),
    ("sshpass -p'«hunter 2»' ssh host", "password"),
    ("docker login -u ada -p «hunter2» registry", "password"),
    ("redis-cli -a «hunter2» ping", "password"),
    ("curl -u ada:«hunter2» https://host", "password"),
    ("curl --user 'ada:«hunter 2»' https://host", "password"),
    ("password=«hunter2»", "password"),
    ("PGPASSWORD=«hunter2» psql", "password"),
    ("db_password: «hunter2»", "password"),
    ("passphrase: '«correct horse battery»'", "password"),
    ("Server=x;User=sa;Password=«p@ss w»".replace(" w", "w") + ";Encrypt=yes", "password"),
    ("Server=x;Pwd=«hunter2»;", "password"),
    ("--password «hunter2» --user ada", "password"),
    ("--db-password=«hunter2»", "password"),
    ('{"client_secret": "«0f1e2d3c»"}', "secret"),
    ('"{\\"password\\": \\"«hunter2»\\"}"', "password"),
    ("password := «hunter2»", "password"),
    ("'password' => '«hunter2»'", "password"),
    ("X-Api-Key: «0123456789»", "api-key"),
    (f"token={SHA1}".replace("=", "=«") + "»", "token"),
    (f"export API_KEY='«{MIXED[:20]}»'", "api-key"),
    ("kubectl create secret generic x --from-literal=password=«hunter2»", "password"),
    ("my-credentials: «hunter2hunter»", "credential"),
    (f"x «{PEM.format('RSA ')}» y".replace("\n", "\n"), "private-key"),
    (f"«{PEM.format('')}»", "private-key"),
    (f"«{PEM.format('OPENSSH ')}»", "private-key"),
    (f"«{PEM.format('ENCRYPTED ')}»", "private-key"),
    ('"private_key": "«' + PEM.format("").replace("\n", "\\n") + '\\n»"', "private-key"),
    ("«-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nMIIE»", "private-key"),
    ("«MIIEvQIBADANBgkqhkiG\n»-----END RSA PRIVATE KEY-----", "private-key"),
    ("«-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF\n-----END PGP PRIVATE KEY BLOCK-----»",
     "private-key"),
]  # fmt: skip

HARMLESS = [
    f"git checkout {SHA1}",
    f"git show {SHA1[:7]}..{SHA1[8:20]}",
    f"docker pull api@sha256:{SHA256}",
    f"sha256:{SHA256}  dist/agentic-0.1.0-py3-none-any.whl",
    "id 3f2c1a34-7777-4c5d-9999-abcdefabcdef",
    "pip install torch==2.9.1+cu128 numpy>=2.4,<3",
    "npm install left-pad@1.3.0",
    "curl https://example.com:8443/path?page=2",
    "git clone git@github.com:acme/churn.git",
    "git clone ssh://git@github.com/acme/churn.git",
    "git clone https://ada@github.com/acme/churn.git",
    "https://${TOKEN}@github.com/x",
    "https://ada:$PASSWORD@host/x",
    "export TOKEN=$OTHER_TOKEN",
    "password=${PASSWORD}",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "--password-stdin < file",
    "--password \"$DB_PASSWORD\"",
    "--token-file /run/token",
    "password=***",
    "password=<your password>",
    "password: {{ vault_password }}",
    "api_key = os.environ['API_KEY']",
    "token = read_token(path)",
    "token = self.token",
    "connect(password=password, token=token)",
    "def login(user: str, password: str) -> None:",
    "if token == expected:",
    "secret = None",
    "id-token: write",
    "max_tokens=4096 num_tokens: 17",
    "{\"token\": 4096}",
    "PWD=/home/ada/churn make",
    "cd /srv && pwd",
    "OLDPWD=/tmp",
    "tokenizer = AutoTokenizer.from_pretrained('x')",
    "kubectl get secrets -n churn",
    "kubectl create secret generic x --from-file=key",
    "the bearer of this letter",
    "Basic usage: run it",
    "eyJ is how every JWT begins",
    "hf_hub_download(repo_id='x')",
    "npm_config_registry=https://registry.npmjs.org",
    "task-management-for-everybody-who-likes-long-names-of-things",
    "sk-learn sk-loading-spinner-container-wrapper-element",
    "disk-usage --sk-abc",
    "AKIA is a prefix, AKIA1234 too short",
    f"XAKIA{UPPER}",
    "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "mysql -P 3306 -u root db",
    "curl -u ada https://host",
    "docker login registry.example.com",
    "arn:aws:iam::123456789012:role/churn",
    "ops/audit.jsonl:12: seq 13",
    "keyboard = monkey; primary_key=id; cache-key: v1",
    "passwordless login; tokens; secretary: Ada; credentialed",
]  # fmt: skip


def marked(text: str) -> tuple[str, str]:
    """A text without its marks, and what stood between them."""
    before, _, rest = text.partition("«")
    secret, _, after = rest.partition("»")
    return before + secret + after, secret


@pytest.mark.parametrize(("text", "name"), SECRETS, ids=[text[:45] for text, _ in SECRETS])
def test_a_secret_is_found_whole_and_nothing_else(text: str, name: str) -> None:
    plain, secret = marked(text)
    assert [(n, plain[start:end]) for n, start, end in find_secrets(plain)] == [(name, secret)]
    assert redact(plain) == (plain.replace(secret, f"[redacted:{name}]"), (name,))


@pytest.mark.parametrize(("text", "name"), SECRETS, ids=[text[:45] for text, _ in SECRETS])
def test_also_inside_other_text_and_json(text: str, name: str) -> None:
    plain, secret = marked(text)
    around = f"set -e; {plain} && echo done"
    assert secret not in redact(around)[0]
    assert name in redact(around)[1]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert find_secrets(text) == ()
    assert redact(text) == (text, ())


pieces = st.sampled_from(
    [marked(text)[0] for text, _ in SECRETS] + HARMLESS + list(STARTS)
) | st.text(max_size=8)
joined = st.lists(pieces, max_size=6).map(" ".join) | st.lists(pieces, max_size=6).map("".join)
fragments = st.lists(
    st.sampled_from(
        [
            *(prefix for _, prefix, _, _ in PREFIXED),
            *(word for word, _ in ASSIGNED),
            *(f"{program} {flag} " for program, flag, _ in FLAGS),
            "-----BEGIN ", "-----END ", "PRIVATE KEY-----", "://", "@", ":", "=", " ", "\n", "\\",
            '"', "'", "eyJ", ".", "sig=", "Bearer ", "Basic ", "Authorization: ", "?", "(", "$",
            "x1" * 20, "A1" * 8, "[redacted:token]", "İ", "\ud800", "--",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(joined | fragments)
def test_spans_are_ordered_and_inside_the_text(text: str) -> None:
    at = 0
    for name, start, end in find_secrets(text):
        assert at <= start < end <= len(text)
        assert name.replace("-", "").isalnum()
        at = end


@given(joined | fragments)
def test_the_prefilter_misses_nothing(text: str) -> None:
    if find_secrets(text):
        assert may_hold_secret(text)


lines = st.sampled_from([marked(text)[0] for text, _ in SECRETS] + HARMLESS)


@given(st.lists(lines, max_size=6).map("\n\n".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once, _ = redact(text)
    assert redact(once)[0] == once


@pytest.mark.parametrize("row", PREFIXED, ids=lambda row: row[1])
def test_every_prefix_is_in_the_prefilter_and_works(row: tuple[str, str, str, int]) -> None:
    name, prefix, alphabet, least = row
    assert any(start in prefix for start in STARTS)
    body = "".join(c for c in MIXED + UPPER if c in alphabet) * 40
    assert [found[0] for found in find_secrets(f"a1 {prefix}{body[:least]} b")] == [name]


@pytest.mark.parametrize(("word", "name"), ASSIGNED)
def test_every_telling_word_works(word: str, name: str) -> None:
    for text in (f"{word}=hunter2x", f"MY_{word.upper()}: 'hunter2x'", f'"{word}": "hunter2x"'):
        assert redact(text)[0] == text.replace("hunter2x", f"[redacted:{name}]"), text


def test_a_key_makes_equal_secrets_visible_and_nothing_else() -> None:
    def key() -> bytes:
        return b"k" * 32

    first, _ = redact("password=hunter2 x password=hunter2 y password=hunter3", key)
    marks = [word.partition("=")[2] for word in first.split() if "=" in word]
    assert marks[0] == marks[1] != marks[2]
    digest = hmac.new(b"k" * 32, b"hunter2", "sha256").hexdigest()[:8]
    assert marks[0] == f"[redacted:password:{digest}]"
    assert placeholder("password", "hunter2", b"j" * 32) != marks[0]


def test_the_key_is_not_asked_for_without_a_secret() -> None:
    def key() -> bytes:
        raise AssertionError("nothing was found")

    assert redact("tokens and keys", key) == ("tokens and keys", ())


def test_values_are_redacted_by_their_names_and_in_their_keys() -> None:
    names: set[str] = set()
    value = {
        "password": "hunter2",
        "pwd": "/home/ada",
        "token": "$TOKEN",
        "nested": [{"apiKey": "abc"}, f"ghp_{MIXED[:36]}", 7, None],
        f"ghp_{MIXED[:36]}": "x",
    }
    assert redact_values(value, None, names) == {
        "password": "[redacted:password]",
        "pwd": "/home/ada",
        "token": "$TOKEN",
        "nested": [{"apiKey": "[redacted:api-key]"}, "[redacted:github-token]", 7, None],
        "[redacted:github-token]": "x",
    }
    assert names == {"password", "api-key", "github-token"}


@pytest.mark.parametrize(
    "piece",
    ["token=", "token='", "xoxb-", "eyJ.", "://a:b@", "sk-", "-----BEGIN PRIVATE KEY-----", "curl -u ",
     "password: $", "PRIVATE KEY", "token=a(", "hooks.slack.com/", "Bearer "],
)  # fmt: skip
def test_hostile_repetition_stays_affordable(piece: str) -> None:
    """64 KiB of the worst that each scanner can be given; a generous bound, no benchmark."""
    text = piece * (65_536 // len(piece))
    started = time.process_time()
    find_secrets(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("piece", ["ghp_", "AKIA", "eyJhbGciOi.", "sk-", "glpat-", "xoxb-"])
def test_a_text_of_beginnings_takes_no_longer_than_it_is_long(piece: str) -> None:
    """Twice the text takes about twice the time: nothing is read again from each beginning."""

    def spent_s(size: int) -> float:
        text = piece * (size // len(piece))
        started = time.process_time()
        find_secrets(text)
        return time.process_time() - started

    spent_s(1_000)
    assert spent_s(800_000) < 30 * max(spent_s(100_000), 0.002)
