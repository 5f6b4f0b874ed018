"""Amazon: aws, eksctl, sam, and the emulators' clients. Verbs decide, so that new services generalise.

Sources: https://docs.aws.amazon.com/cli/latest/reference/, https://eksctl.io/.
"""

from __future__ import annotations

from agentic.core.paths import base_name
from agentic.recognize.environment import is_loopback
from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Word
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import KUBE_CONTEXT, aws_candidates, path_candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

AWS = Spec(
    kinds={"cloud.write": "*"},
    values=(
        "--profile --region --output --query --endpoint-url --color --cli-read-timeout "
        "--cli-connect-timeout --ca-bundle --cli-binary-format --cli-input-json --cli-input-yaml "
        "--bucket --key --function-name --secret-id --secret-string --name --names --role-name "
        "--policy-arn --cluster --service --stack-name --db-instance-identifier --instance-ids "
        "--endpoint-name --training-job-name --user-name --table-name --queue-url --topic-arn "
        "--repository-name --image-ids --log-group-name --filter --filters --alias --kubeconfig "
        "--template-file --template-body --parameter-overrides --capabilities --s3-bucket "
        "--exclude --include --acl --sse --storage-class --tags --resource --resource-arn --arn "
        "--query-string --statement --sql --parameters --type --value --image-id --policy-document"
    ),
    switches=(
        "--debug --no-verify-ssl --no-paginate --no-sign-request --no-cli-pager --recursive --quiet "
        "--no-cli-auto-prompt --only-show-errors --no-progress --delete --with-decryption "
        "--follow-symlinks --no-follow-symlinks --size-only --exact-timestamps --force --follow"
    ),
    variables={"AWS_ENDPOINT_URL": "host"},
    harmless="--version --help help",
)

#: Verbs by their beginning; the first that fits decides.
_READS = (
    "describe-", "list-", "get-", "head-", "lookup-", "search-", "batch-get-", "wait", "help", "ls",
    "filter-", "query", "scan", "select-", "test-", "validate-", "estimate-", "simulate-", "preview-",
    "detect-", "view-", "generate-presigned", "tail", "check-", "decode-", "is-", "estimate",
    "count-", "retrieve", "verify-",
)  # fmt: skip
_DELETES = (
    "delete", "terminate-", "remove-", "deregister-", "purge-", "rb", "rm", "destroy", "batch-delete-",
    "schedule-key-deletion", "release-", "empty-", "discard-", "abort-", "disassociate-", "detach-",
)  # fmt: skip
_ACCESS_VERBS = (
    "put-bucket-policy", "put-bucket-acl", "put-object-acl", "put-public-access-block",
    "put-resource-policy", "put-role-policy", "put-user-policy", "put-group-policy", "attach-", "detach-",
    "add-permission", "remove-permission", "set-repository-policy", "create-grant", "put-key-policy",
    "modify-image-attribute", "modify-snapshot-attribute", "authorize-security-group",
    "revoke-security-group", "create-access-entry", "associate-access-policy", "put-registry-policy",
    "delete-bucket-policy", "delete-public-access-block", "delete-resource-policy", "retire-grant",
    "modify-db-snapshot-attribute", "put-access-point-policy", "add-layer-version-permission",
    "create-policy", "update-assume-role-policy",
)  # fmt: skip
#: Parts of operation names that hand out or change a credential, and verbs that only tell about one.
_HANDS_OUT = ("credential", "password", "secret-value", "private-key", "-token", "access-key")
_TELLS_ABOUT = ("list-", "describe-", "get-access-key-last-used", "get-account-password-policy")
_ACCESS_SERVICES = ("iam", "organizations", "sso-admin", "identitystore", "ram", "accessanalyzer")
_COST_SERVICES = ("ce", "cur", "budgets", "pricing", "savingsplans", "cost-optimization-hub", "bcm")

#: "service operation" -> kind, where the verb alone would mislead.
_EXACT = {
    "secretsmanager get-secret-value": "cloud.read-secret",
    "secretsmanager batch-get-secret-value": "cloud.read-secret",
    "secretsmanager get-random-password": "shell.inert",
    "sts get-session-token": "cloud.read-secret",
    "sts get-federation-token": "cloud.read-secret",
    "sts assume-role": "cloud.read-secret",
    "sts assume-role-with-web-identity": "cloud.read-secret",
    "sts assume-role-with-saml": "cloud.read-secret",
    "sts assume-root": "cloud.read-secret",
    "sso get-role-credentials": "cloud.read-secret",
    "ecr get-login-password": "cloud.read-secret",
    "ecr get-login": "cloud.read-secret",
    "ecr get-authorization-token": "cloud.read-secret",
    "ecr-public get-login-password": "cloud.read-secret",
    "ecr-public get-authorization-token": "cloud.read-secret",
    "codeartifact get-authorization-token": "cloud.read-secret",
    "codeartifact login": "package.configure",
    "eks get-token": "cloud.read-secret",
    "kms decrypt": "cloud.read-secret",
    "kms generate-data-key": "cloud.read-secret",
    "kms re-encrypt": "cloud.read-secret",
    "rds generate-db-auth-token": "cloud.read-secret",
    "dsql generate-db-connect-auth-token": "cloud.read-secret",
    "redshift get-cluster-credentials": "cloud.read-secret",
    "redshift-serverless get-credentials": "cloud.read-secret",
    "cognito-identity get-credentials-for-identity": "cloud.read-secret",
    "lightsail get-instance-access-details": "cloud.read-secret",
    "ec2 get-password-data": "cloud.read-secret",
    "configure export-credentials": "cloud.read-secret",
    "configure get": "cloud.read",
    "configure list": "cloud.read",
    "configure list-profiles": "cloud.read",
    "iam create-access-key": "cloud.write-secret",
    "iam update-access-key": "cloud.write-secret",
    "iam delete-access-key": "cloud.write-secret",
    "iam create-login-profile": "cloud.write-secret",
    "iam update-login-profile": "cloud.write-secret",
    "iam create-service-specific-credential": "cloud.write-secret",
    "ec2 create-key-pair": "cloud.write-secret",
    "ec2 delete-key-pair": "cloud.write-secret",
    "kms encrypt": "cloud.write",
    "kms schedule-key-deletion": "cloud.write-secret",
    "kms disable-key": "cloud.write-secret",
    "kms create-key": "cloud.write-secret",
    "kms enable-key-rotation": "cloud.write-secret",
    "kms rotate-key-on-demand": "cloud.write-secret",
    "eks update-kubeconfig": "cloud.configure",
    "sso login": "cloud.configure",
    "sso logout": "cloud.configure",
    "configure set": "cloud.configure",
    "configure sso": "cloud.configure",
    "configure import": "cloud.configure",
    "configure": "cloud.configure",
    "login": "cloud.configure",
    "logout": "cloud.configure",
    "s3 presign": "cloud.access",
    "s3 website": "cloud.write",
    "s3 mb": "cloud.write",
    "sagemaker create-training-job": "model.retrain",
    "sagemaker create-hyper-parameter-tuning-job": "model.retrain",
    "sagemaker create-auto-ml-job": "model.retrain",
    "sagemaker create-auto-ml-job-v2": "model.retrain",
    "sagemaker start-pipeline-execution": "pipeline.run",
    "sagemaker create-endpoint": "deploy.run",
    "sagemaker update-endpoint": "deploy.run",
    "sagemaker update-endpoint-weights-and-capacities": "deploy.traffic-weight",
    "sagemaker create-transform-job": "batch.deploy",
    "sagemaker create-model-package": "model.register",
    "sagemaker update-model-package": "model.transition-production",
    "sagemaker create-notebook-instance": "workspace.provision",
    "sagemaker create-space": "workspace.provision",
    "sagemaker create-app": "workspace.provision",
    "sagemaker-runtime invoke-endpoint": "network.write",
    "bedrock-runtime invoke-model": "network.write",
    "bedrock-runtime converse": "network.write",
    "bedrock create-guardrail": "safety-filter.change",
    "bedrock update-guardrail": "safety-filter.change",
    "bedrock delete-guardrail": "safety-filter.change",
    "bedrock-agent update-prompt": "prompt.change",
    "bedrock create-model-customization-job": "model.retrain",
    "lambda invoke": "cloud.write",
    "lambda update-alias": "deploy.traffic-weight",
    "lambda update-function-code": "deploy.run",
    "lambda publish-version": "deploy.run",
    "ecs update-service": "deploy.run",
    "ecs run-task": "deploy.run",
    "ecs execute-command": "network.remote-shell",
    "ssm send-command": "network.remote-shell",
    "ssm start-session": "network.remote-shell",
    "ec2-instance-connect ssh": "network.remote-shell",
    "ec2-instance-connect send-ssh-public-key": "network.remote-shell",
    "deploy create-deployment": "deploy.run",
    "deploy push": "cloud.upload",
    "deploy stop-deployment": "deploy.rollback",
    "apprunner start-deployment": "deploy.run",
    "amplify start-job": "deploy.run",
    "codepipeline start-pipeline-execution": "pipeline.run",
    "codebuild start-build": "pipeline.run",
    "stepfunctions start-execution": "pipeline.run",
    "glue start-job-run": "pipeline.run",
    "elbv2 modify-listener": "deploy.traffic-weight",
    "elbv2 modify-rule": "deploy.traffic-weight",
    "route53 change-resource-record-sets": "deploy.traffic-weight",
    "cloudwatch disable-alarm-actions": "alert.silence",
    "cloudwatch delete-alarms": "alert.silence",
    "cloudwatch set-alarm-state": "alert.silence",
    "cloudwatch put-metric-alarm": "alert.change",
    "cloudwatch put-metric-data": "observe.push-metrics",
    "cloudwatch get-metric-statistics": "observe.read",
    "cloudwatch get-metric-data": "observe.read",
    "logs tail": "observe.read",
    "logs filter-log-events": "observe.read",
    "logs get-log-events": "observe.read",
    "logs start-query": "observe.read",
    "logs start-live-tail": "observe.read",
    "cloudtrail stop-logging": "alert.silence",
    "ecr batch-delete-image": "image.delete",
    "ecr put-image": "container.push",
    "ecr start-image-scan": "image.scan",
    "ecr batch-check-layer-availability": "cloud.read",
    "dynamodb execute-statement": "data.write",
    "dynamodb put-item": "data.write",
    "dynamodb update-item": "data.write",
    "dynamodb delete-item": "data.write",
    "dynamodb batch-write-item": "data.write",
    "rds-data execute-statement": "data.write",
    "athena start-query-execution": "data.write",
    "redshift-data execute-statement": "data.write",
    "service-quotas request-service-quota-increase": "workspace.provision",
    "cloudformation deploy": "cloud.write",
    "cloudformation rollback-stack": "deploy.rollback",
    "cloudformation cancel-update-stack": "deploy.rollback",
    "cloudformation validate-template": "cloud.read",
    "cloudformation package": "cloud.upload",
    "cloudformation create-change-set": "terraform.plan",
    "autoscaling terminate-instance-in-auto-scaling-group": "cloud.delete",
    "s3control delete-public-access-block": "cloud.access",
    "history show": "cloud.read",
    "history list": "cloud.read",
}  # fmt: skip

_NAMES = (
    "--bucket --function-name --secret-id --name --cluster --cluster-name --service --stack-name "
    "--db-instance-identifier --endpoint-name --user-name --role-name --table-name --queue-url "
    "--topic-arn --repository-name --log-group-name --resource-arn --arn --policy-arn --names "
    "--endpoint-config-name --training-job-name --job-name --alias --db-cluster-identifier"
).split()


def aws_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Endpoint, profile with its accounts, buckets, ARNs and the names of what is acted on."""
    endpoint = parsed.value("--endpoint-url") or context.variable(invocation, "AWS_ENDPOINT_URL")
    if invocation.name == "awslocal" or (endpoint and is_loopback(endpoint)):
        return [("host", "localhost", f"endpoint {endpoint or 'localhost'}")]
    profile = next((w for n, w in parsed.options if n == "--profile" and w is not None), None)
    candidates = aws_candidates(context, invocation, profile)
    words = [
        (word, "bucket" if "s3://" in word.text else "operand") for word in parsed.operands[1:]
    ]
    for name, word in parsed.options:
        if name in _NAMES and word is not None:
            words.append((word, "bucket" if name == "--bucket" else "operand"))
    for word, source in words:
        if word.text.startswith("arn:"):
            candidates.append(("account", word.text, word.text))
        elif word.literal or source == "operand":
            candidates.append((source, word.text, word.text))
        else:
            candidates.append(("computed", word.text, f"{word.text} is computed"))
    return candidates


def refine_aws(call: Call, kind: str) -> str:
    """One operation of one service, judged by its exact name, its service, then its verb."""
    parsed, context = call.parsed, call.context
    service = parsed.subcommand
    operation = call.words[0] if call.words else ""
    if not service or service == "help" or operation == "help" or "help" in call.words[:2]:
        context.add("shell.inert")
        return ""
    if _has_prefix(parsed, "--no-verify-ssl", 6):
        insecure = "network.insecure-local" if call.environment == "local" else "network.insecure"
        context.add(insecure, "aws --no-verify-ssl")
    if _has_prefix(parsed, "--endpoint-url", 10):
        _note_endpoint(call)
    if call.surely_on("--dry-run", "--dryrun", "--generate-cli-skeleton"):
        return "cloud.read"
    if service == "configure" and any("secret" in word or "token" in word for word in call.words):
        return "cloud.write-secret" if operation == "set" else "cloud.read-secret"
    if service == "s3":
        return s3_kind(call, operation)
    if service == "s3api":
        found = _s3api_kind(call, operation)
        if found:
            return found
    exact = _EXACT.get(f"{service} {operation}".strip())
    if exact == "cloud.configure":
        return configured(call, service, operation)
    if exact == "data.write":
        return statement_kind(parsed.value("--statement", "--sql", "--query-string"), exact)
    return exact or kind_by_verb(call, service, operation)


def _has_prefix(parsed: Parsed, option: str, least: int) -> bool:
    """Whether an option is given, in full or shortened as the aws command accepts it."""
    return any(len(name) >= least and option.startswith(name) for name, _ in parsed.options)


def _note_endpoint(call: Call) -> None:
    """An endpoint without TLS elsewhere than on this machine."""
    endpoint = call.parsed.value("--endpoint-url")
    if endpoint.startswith("http://") and not is_loopback(endpoint):
        call.context.add("network.insecure", f"aws --endpoint-url {endpoint}")


def configured(call: Call, service: str, operation: str) -> str:
    """Settings of this user; keys among them are secrets, a new kubeconfig switches the context."""
    words = " ".join(call.words)
    if service == "configure" and ("secret" in words or "aws_session_token" in words):
        call.add("file.write-secret", "~/.aws/credentials")
    if operation == "update-kubeconfig":
        name = call.parsed.value("--alias") or call.parsed.value("--name")
        call.context.notes[KUBE_CONTEXT] = name
        call.context.add("kubernetes.configure", name)
    call.context.add("cloud.configure", f"{service} {words}".strip())
    return ""


def kind_by_verb(call: Call, service: str, operation: str) -> str:
    """What an operation without an entry of its own does, told by its verb and service."""
    if not operation:
        not_in_tables(call)
        return ""
    if not call.parsed.operands[0].literal:
        call.unknown("the operation is computed at run time", "unknown.shell")
        return ""
    if service == "ssm" and operation.startswith("get-parameter"):
        return "cloud.read-secret" if call.on("--with-decryption") else "cloud.read"
    reads = operation.startswith(_READS)
    if service in _COST_SERVICES or service.startswith("bcm-"):
        return "cloud.cost" if reads else "cost.apply"
    if any(part in operation for part in _HANDS_OUT) and not operation.startswith(_TELLS_ABOUT):
        return (
            "cloud.read-secret"
            if reads or operation.startswith("create-token")
            else "cloud.write-secret"
        )
    if reads:
        return (
            "cloud.read-secret" if call.on("--include-value", "--include-values") else "cloud.read"
        )
    if service in ("secretsmanager", "kms", "acm-pca") or (
        service == "ssm" and "SecureString" in call.parsed.all_values("--type")
    ):
        return "cloud.write-secret"
    deletes = operation.startswith(_DELETES)
    if (
        service in _ACCESS_SERVICES
        or operation.startswith(_ACCESS_VERBS)
        or operation.endswith("-acl")
    ):
        if deletes and service in _ACCESS_SERVICES:
            call.add("cloud.delete")
        return "cloud.access"
    if operation.startswith(("put-", "set-")) and operation.endswith("-policy"):
        return "cloud.access"
    return "cloud.delete" if deletes else "cloud.write"


def statement_kind(text: str, fallback: str) -> str:
    """A reading SQL or PartiQL statement, a dropping one, or the fallback."""
    words = text.strip().lower().split()
    verb = words[0] if words else ""
    if verb in ("select", "show", "describe", "explain", "with") and ";" not in text.rstrip("; "):
        changes = {"insert", "update", "delete", "drop", "into", "create", "merge"}
        return fallback if changes.intersection(words) else "data.query"
    if verb in ("drop", "truncate") or (verb == "delete" and "where" not in words):
        return "data.drop"
    return fallback


def s3_kind(call: Call, operation: str) -> str:
    """The direction of a copy: to a bucket, from one, between two; `--delete` and `mv` also delete."""
    operands = call.parsed.operands[1:]
    if operation == "ls":
        return "cloud.read"
    if operation in ("rb", "rm"):
        return "cloud.delete"
    if operation in ("cp", "sync", "mv") and len(operands) >= 2:
        copy_between(call, operands[0], operands[1], "s3://")
        if operation == "mv" and operands[0].text.startswith("s3://"):
            call.add("cloud.delete", operands[0].text)
        elif operation == "mv":
            call.context.delete_path(operands[0], tree=call.on("--recursive"))
        if operation == "sync" and _has_prefix(call.parsed, "--delete", 5):
            if operands[1].text.startswith("s3://"):
                call.add("cloud.delete", operands[1].text)
            else:
                call.context.delete_path(operands[1], tree=True)
        if call.parsed.value("--acl").startswith("public"):
            call.add("cloud.access", f"--acl {call.parsed.value('--acl')}")
        return ""
    exact = _EXACT.get(f"s3 {operation}")
    if exact is None:
        not_in_tables(call)
    return exact or ""


def copy_between(call: Call, source: Word, target: Word, *schemes: str) -> None:
    """A copy of objects: upload, download or both; files of this machine are read or written."""
    context = call.context
    if not target.literal and not target.text.startswith(schemes):
        context.unknown("where the copy goes is computed at run time", target=target.text)
    if target.text.startswith(schemes):
        call.add("cloud.upload", f"{source.text} {target.text}")
        if not source.text.startswith(schemes) and source.text != "-":
            context.read_path(source)
    else:
        call.add("cloud.download", f"{source.text} {target.text}")
        if target.text != "-":
            into_folder = target.text.endswith("/") or target.text == "."
            name = base_name(source.text) or "."
            inside = target._replace(text=f"{target.text.rstrip('/')}/{name}")
            context.write_path(inside if into_folder else target)


def _s3api_kind(call: Call, operation: str) -> str:
    """Objects through s3api."""
    if operation in ("put-object", "upload-part", "copy-object", "complete-multipart-upload"):
        return "cloud.upload"
    if operation == "get-object":
        for word in call.parsed.operands[1:2]:
            call.context.write_path(word)
        return "cloud.download"
    return ""


EKSCTL = Spec(
    kinds={
        "cloud.read": "get, info, version, utils describe-stacks, utils describe-addon-versions",
        "cloud.write": (
            "create, upgrade, scale, set, update, enable, associate, register, anywhere, "
            "utils update-cluster-logging, utils update-kube-proxy, utils update-coredns, "
            "utils update-aws-node, utils migrate-to-pod-identity, utils schema"
        ),
        "cloud.delete": "delete, deregister, disassociate, unset",
        "kubernetes.drain": "drain",
        "cloud.access": (
            "create iamidentitymapping, delete iamidentitymapping, create iamserviceaccount, "
            "create accessentry, delete accessentry, create podidentityassociation, "
            "utils associate-iam-oidc-provider, utils update-cluster-vpc-config"
        ),
        "cloud.configure": "utils write-kubeconfig",
        "shell.inert": "completion, help, ",
    },
    values=(
        "-f --config-file --name -n --nodes --nodegroup -r --region -p --profile --cluster -c "
        "--kubeconfig --timeout --version --node-type --zones --tags --color -v --verbose"
    ),
    environment={
        "--cluster": "cluster",
        "-c": "cluster",
        "--name": "cluster",
        "-n": "cluster",
        "-f": "path",
        "--config-file": "path",
    },
)

SAM = Spec(
    kinds={
        "deploy.run": "deploy, sync, pipeline bootstrap",
        "cloud.delete": "delete",
        "code.build": "build, package",
        "code.test": "validate, local generate-event, remote test-event list",
        "container.run": "local invoke, local start-lambda",
        "code.open-server": "local start-api",
        "cloud.write": "remote invoke, remote test-event put",
        "observe.read": "logs, traces, list, list resources, list endpoints, list stack-outputs",
        "service.scaffold": "init, pipeline init",
        "cloud.upload": "publish",
    },
    values=(
        "--stack-name --config-env --config-file -t --template-file --template --s3-bucket "
        "--region "
        "--profile --parameter-overrides --capabilities --image-repository -n --env-vars"
    ),
    environment={"--config-env": "name", "--stack-name": "name", "--profile": "profile"},
)


def aws_tool_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The profile in force, and the folder that holds the tool's settings."""
    profile = next(
        (w for n, w in parsed.options if n in ("--profile", "-p") and w is not None), None
    )
    candidates = aws_candidates(context, invocation, profile)
    return [*candidates, path_candidate(context, ".", "folder")]


PROGRAMS = {
    "aws": placed(AWS, aws_place, refine_aws),
    "awslocal": placed(AWS, aws_place, refine_aws),
    "eksctl": placed(EKSCTL, aws_tool_place),
    "sam": placed(SAM, aws_tool_place),
}
