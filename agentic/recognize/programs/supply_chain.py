"""Signing, attesting, scanning and policy checks of images and manifests.

Sources: https://docs.sigstore.dev/cosign/, https://aquasecurity.github.io/trivy/,
https://kyverno.io/docs/kyverno-cli/.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.programs.kubernetes import cluster

COSIGN = Spec(
    kinds={
        "image.sign": (
            "sign, attest, sign-blob, attest-blob, attach, attach signature, attach attestation, "
            "attach sbom, upload, upload blob, upload wasm, sign-bundle, copy, import-key-pair, "
            "bundle create, signing-config create"
        ),
        "image.verify": (
            "verify, verify-attestation, verify-blob, verify-blob-attestation, tree, triangulate, "
            "download, download signature, download attestation, download sbom, dockerfile verify, "
            "manifest verify, public-key, version, env, verify-artifact, verify-image, ls, list, "
            "inspect, "
            "certificate, policy show, verify-npm-package, verify-vsa, verify-github-attestation"
        ),
        "file.write-secret": "generate-key-pair, generate, piv-tool, pkcs11-tool, generate-test",
        "image.delete": "clean",
        "container.pull": "save",
        "container.push": "load",
        "container.login": "login",
        "package.configure": "initialize, trusted-root, key, cert, cert add, cert generate-test, key add, "
        "key generate, plugin, plugin install, policy import, policy init, key delete, cert delete",
        "shell.inert": "completion, help, ",
    },
    values=(
        "--key -k --certificate --cert --certificate-chain --certificate-identity "
        "--certificate-identity-regexp --certificate-oidc-issuer --certificate-oidc-issuer-regexp "
        "--bundle --signature --output-signature --output-certificate --output -o --predicate "
        "--type "
        "-a --annotations --fulcio-url --rekor-url --oidc-issuer --oidc-client-id --identity-token "
        "--timeout -t --trusted-root --payload --attachment --tsa-server-name --policy -f --kms "
        "--output-key-prefix --source-uri --provenance-path --source-tag --builder-id --scope "
        "--type "
        "-s --store -m --media-type --registry-username --registry-password"
    ),
    flags={
        "--insecure-ignore-tlog": "network.insecure",
        "--insecure-ignore-sct": "network.insecure",
        "--allow-insecure-registry": "network.insecure",
        "--allow-http-registry": "network.insecure",
        "--private-infrastructure": "network.insecure",
        "--insecure-skip-verify": "network.insecure",
        "--insecure-registry": "network.insecure",
        "--plain-http": "network.insecure",
    },
)


def refine_cosign(call: Call, kind: str) -> str:
    """Transparency log and identity checks switched off are a weaker signature, or a weaker check."""
    if not kind:
        not_in_tables(call)
        return ""
    parsed = call.parsed
    if kind == "image.sign" and parsed.value("--tlog-upload") in ("false", "0"):
        call.context.add("network.insecure", "cosign --tlog-upload=false")
    anyone = (".*", ".+", "^.*$", "*")
    if parsed.value("--certificate-identity-regexp") in anyone and kind == "image.verify":
        call.context.add("network.insecure", "cosign verify accepts any identity")
    return kind


SCANNERS = Spec(
    kinds={
        "image.scan": "*,",
        "package.install-untrusted-source": "plugin install, plugin update",
        "file.clean-build": "clean, cache clear, db delete",
        "network.download": "db update, db import",
        "code.open-server": "server",
        "kubernetes.read": "kubernetes, k8s",
        "image.verify": "verify",
        "image.sign": "attest, attestation",
        "container.login": "login, registry login, registry logout",
        "shell.inert": (
            "version, help, completion, module list, plugin list, db status, db list, config, "
            "config get"
        ),
        "package.configure": "config set, config unset, config clear",
    },
    values=(
        "-f --format -o --output -s --severity --ignorefile --config -c --cache-dir --timeout "
        "--ignore-policy --policy -p --platform --scope --from --fail-on --context "
        "--kubeconfig -n --namespace --exclude --name --file --report --scanners --vuln-type "
        "--skip-dirs "
        "--skip-files --username --password --token --server --db-repository --add-cpes-if-none "
        "--source-name --source-version --key"
    ),
    flags={"--insecure": "network.insecure"},
)

POLICY = Spec(
    kinds={
        "code.test": "apply, test, verify, eval, check, fmt, build, inspect, bench, parse, deps, jp, "
        "score, lint, validate, convert, explain, capabilities, sign, create, json, oci",
        "code.open-server": "run",
        "container.push": "push, oci push",
        "container.pull": "pull, oci pull",
        "code.run-inline": "exec",
        "package.install-untrusted-source": "plugin",
        "shell.inert": "version, help, completion, docs, doc, ",
    },
    values=(
        "-p --policy -d --data -r --resource --resources -f --format -o --output --namespace -n "
        "--values-file --context --kubeconfig --set -s --schema -b --bundle -v --var "
        "--parser -i --input --fail-on --test-case-selector --file-name --userinfo -l --log-level"
    ),
)


def refine_policy(call: Call, kind: str) -> str:
    """kyverno against a live cluster only reads it; data from a URL is fetched."""
    if not kind:
        not_in_tables(call)
        return ""
    if call.invocation.name == "kyverno" and call.on("--cluster"):
        call.add("kubernetes.read")
    for value in call.parsed.all_values("-p", "--policy", "-d", "--data", "--update", "-u"):
        if "://" in value:
            call.context.add("network.read", value)
    return kind


GITSIGN = Spec(
    kinds={
        "image.sign": "attest, ",
        "image.verify": "verify, verify-tag, show, version, help",
        "package.configure": "initialize",
    },
    values="--certificate-identity --certificate-oidc-issuer -s -b -u",
)

_scan = placed(SCANNERS)
_TRIVY = {
    "code.test": "config, conf",
    "shell.inert": "version, help, completion, module list, plugin list",
}

PROGRAMS = {
    "cosign": placed(COSIGN, None, refine_cosign),
    "slsa-verifier": placed(COSIGN, None, refine_cosign),
    "notation": placed(COSIGN, None, refine_cosign),
    "gitsign": placed(GITSIGN),
    "syft": _scan,
    "grype": _scan,
    # `trivy config` and its alias look at infrastructure code, not at settings
    "trivy": placed(SCANNERS._replace(kinds={**SCANNERS.kinds, **_TRIVY})),
    "snyk": _scan,
    "hadolint": _scan,
    "dockle": _scan,
    "dive": _scan,
    "osv-scanner": _scan,
    "kyverno": placed(POLICY, cluster, refine_policy),
    "conftest": placed(POLICY, None, refine_policy),
    "opa": placed(POLICY, None, refine_policy),
    "kubeconform": placed(SCANNERS._replace(kinds={"code.test": "*,"})),
    "kubeval": placed(SCANNERS._replace(kinds={"code.test": "*,"})),
    "kube-linter": placed(POLICY, None, refine_policy),
    "kube-score": placed(POLICY, None, refine_policy),
    "polaris": placed(SCANNERS._replace(kinds={"code.test": "*,"})),
    "pluto": placed(SCANNERS._replace(kinds={"code.test": "*,"})),
}
