"""Infrastructure as code: Terraform and its kin, Pulumi, CDK, Ansible, Packer, and what checks them.

Sources: https://developer.hashicorp.com/terraform/cli/commands,
https://terragrunt.gruntwork.io/docs/reference/cli, https://www.pulumi.com/docs/iac/cli/commands/,
https://docs.ansible.com/ansible/latest/cli/ansible-playbook.html (checked 2026-11-21).
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Word
from agentic.recognize.manifests import values_of
from agentic.recognize.placement import Call, evaluate, not_in_tables, placed
from agentic.recognize.surroundings import (
    PULUMI_STACK,
    TERRAFORM_WORKSPACE,
    aws_candidates,
    file_text,
    folder_candidates,
    from_root,
    path_candidate,
    terraform_candidates,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

TERRAFORM = Spec(
    kinds={
        "terraform.read": (
            "validate, fmt, show, version, providers, providers schema, graph, state list, "
            "state show, output, workspace list, workspace show, env list, env show, modules, "
            "metadata functions, query"
        ),
        "terraform.init": "init, get, providers lock, providers mirror",
        "terraform.plan": "plan",
        "terraform.apply": "apply, test",
        "terraform.destroy": "destroy",
        "terraform.state": (
            "state rm, state mv, state push, state replace-provider, force-unlock, import, taint, "
            "untaint, refresh, workspace delete, env delete"
        ),
        "terraform.read-state": "state pull, console",
        "terraform.workspace": "workspace select, workspace new, env select, env new",
        "cloud.configure": "login, logout",
        "shell.inert": "",
    },
    values=(
        "-chdir -var-file -var -target -replace -state -state-out -out -backup -backend-config "
        "-lock-timeout -parallelism -from-module -plugin-dir -provider -generate-config-out "
        "-filter -test-directory -lockfile -exclude -working-dir -config -queue-include-dir "
        "-queue-exclude-dir -queue-include-external -iam-assume-role -iam-role -log-level "
        "-tf-path -download-dir -source -source-map -inputs-debug -units-that-include "
        "-terragrunt-working-dir -terragrunt-config -terragrunt-tfpath -terragrunt-source "
        "-terragrunt-include-dir -terragrunt-exclude-dir -terragrunt-iam-role "
        "-terragrunt-log-level "
        "-terragrunt-parallelism -terragrunt-download-dir"
    ),
    switches=(
        "-all -graph -no-auto-init -non-interactive -no-color -terragrunt-non-interactive "
        "-terragrunt-ignore-external-dependencies -terragrunt-include-external-dependencies "
        "-terragrunt-no-auto-init -terragrunt-no-color -no-auto-approve -auto-approve"
    ),
    environment={
        "-var-file": "path",
        "-state": "path",
        "-backend-config": "path",
        "-working-dir": "path",
        "-terragrunt-working-dir": "path",
        "-config": "path",
        "-terragrunt-config": "path",
        "-queue-include-dir": "path",
        "-terragrunt-include-dir": "path",
    },
    variables={"TF_VAR_environment": "name", "TF_VAR_env": "name"},
    harmless="-help -h -version -v",
    flags={"apply -destroy": "terraform.destroy", "init -migrate-state": "terraform.state"},
)

_ENVIRONMENT_KEYS = ("environment", "env", "stage", "target_env", "deploy_env", "workspace")


def terraform_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Workspace, folder, plan file, and variables whose name says environment."""
    folder = parsed.value("-chdir") or "."
    if any(name == "-chdir" and word and not word.literal for name, word in parsed.options):
        return [("computed", folder, f"-chdir {folder} is computed")]
    shown = (
        f"-chdir {folder}" if folder != "." else f"folder {from_root(context, context.cwd) or '.'}"
    )
    candidates = [path_candidate(context, folder, shown)]
    candidates.extend(terraform_candidates(context, invocation, folder))
    candidates.extend(variable_candidates(parsed.options, ("-var",)))
    if parsed.subcommand == "apply":
        plans = (word.text for word in parsed.operands[:1])
        candidates.extend(path_candidate(context, plan, f"plan {plan}") for plan in plans)
    return candidates


def variable_candidates(
    options: Sequence[tuple[str, Word | None]], names: tuple[str, ...]
) -> list[Candidate]:
    """Values given as `key=value` whose key says environment: `-var environment=prod`."""
    candidates: list[Candidate] = []
    for name, word in options:
        if name not in names or word is None:
            continue
        for pair in word.text.replace(",", " ").split():
            key, _, value = pair.partition("=")
            if key.strip("\"'").lower() in _ENVIRONMENT_KEYS:
                source = "name" if word.literal else "computed"
                candidates.append((source, value.strip("\"'"), f"{name} {pair}"))
    return candidates


def refine_terraform(call: Call, kind: str) -> str:
    """Plan files, sensitive outputs, switched workspaces, tests that really build."""
    parsed, context = call.parsed, call.context
    if not kind:
        not_in_tables(call)
        return ""
    for name, word in parsed.options:
        if name in ("-out", "-generate-config-out") and word is not None:
            context.write_path(word)
    if parsed.subcommand in ("output", "show") and call.on("-json", "-raw", "-show-sensitive"):
        name = call.words[0] if call.words and parsed.subcommand == "output" else ""
        plain = name and is_plain_output(context, parsed.value("-chdir"), name)
        return "terraform.read" if plain else "terraform.read-state"
    if kind == "terraform.workspace":
        if call.words:
            context.notes[TERRAFORM_WORKSPACE] = call.words[0]
        context.add(kind, call.target)
        return ""
    if parsed.subcommand == "test" and only_plans(context, parsed.value("-chdir")):
        return "code.test"
    if parsed.subcommand == "init" and call.on("-force-copy"):
        call.add("terraform.state")
    if kind in ("terraform.apply", "terraform.destroy"):
        call.add(kind, inputs=shaping_files(call))
        return ""
    return kind


def shaping_files(call: Call) -> tuple[tuple[str, str], ...]:
    """The plan and variable files of an apply, with their digests: what an approval binds."""
    context = call.context
    folder = context.path(call.parsed.value("-chdir") or ".")
    names = [*call.words[:1], *call.parsed.all_values("-var-file")]
    inputs: list[tuple[str, str]] = []
    for name in names:
        path = name if name.startswith("/") else f"{folder}/{name}"
        data = context.workspace.read(path, 1 << 20)
        if data is not None:
            inputs.append((from_root(context, path), sha256_hex(data)))
    return tuple(inputs)


def is_plain_output(context: Context, folder: str, name: str) -> bool:
    """Whether the module declares an output and does not call it sensitive.

    Terraform refuses an output that holds a sensitive value without saying so. Source:
    https://developer.hashicorp.com/terraform/language/values/outputs (checked 2026-11-21).
    """
    root = context.path(folder or ".")
    for file in context.workspace.list(root):
        if file.endswith(".tf"):
            _, found, block = file_text(context, f"{root}/{file}").partition(f'output "{name}"')
            if found:
                return "sensitive" not in block.partition("\n}")[0]
    return False


def only_plans(context: Context, folder: str) -> bool:
    """Whether every run of the module's tests only plans, so that `test` builds nothing."""
    root = context.path(folder or ".")
    found = False
    for place in (root, root + "/tests"):
        for name in context.workspace.list(place):
            if name.endswith((".tftest.hcl", ".tofutest.hcl")):
                found = True
                text = file_text(context, f"{place}/{name}")
                plans = text.count("command = plan") + text.count("command=plan")
                if not text or text.count('run "') > plans:
                    return False
    return found


def terraform(invocation: Invocation, context: Context) -> None:
    """Terraform and OpenTofu: Go flags, so `--x` and `-x` are one."""
    args = tuple(
        word._replace(text=word.text[1:])
        if word.text.startswith("--") and len(word.text) > 2
        else word
        for word in invocation.args
    )
    for name in (
        "TF_CLI_ARGS",
        "TF_CLI_ARGS_" + next((w.text for w in args if w.text[:1] != "-"), ""),
    ):
        # Terraform adds the words of these variables behind the subcommand.
        added = context.variable(invocation, name)
        args = (*args, *(Word(text) for text in added.split()))
    evaluate(TERRAFORM, invocation._replace(args=args), context, terraform_place, refine_terraform)


_STACK_WORDS = ("run-all", "run", "graph")
_OWN_READS = (
    "hclfmt hcl terragrunt-info info render render-json find list ls dag graph-dependencies "
    "output-module-groups validate-inputs help version"
).split()


def terragrunt(invocation: Invocation, context: Context) -> None:
    """Terragrunt: `run-all X`, `run --all -- X`, `stack run X` and `X-all` are Terraform's X."""
    values = TERRAFORM.values.split()
    words: list[Word] = []
    taken = before_verb = True
    previous = ""
    for word in invocation.args:
        text = word.text
        taken = "-" + previous.lstrip("-") in values and "=" not in previous
        previous = text if text.startswith("-") else ""
        if before_verb and text == "--":
            continue
        if before_verb and not taken and not text.startswith("-"):
            if text in _STACK_WORDS or text == "stack":
                continue
            before_verb = False
            if text in _OWN_READS:
                context.add("terraform.read", " ".join(w.text for w in invocation.args)[:200])
                return
            if text.endswith("-all"):
                word = word._replace(text=text[:-4])
        words.append(word)
    terraform(invocation._replace(args=tuple(words)), context)


def tflocal(invocation: Invocation, context: Context) -> None:
    """Terraform against an emulator on this machine."""
    terraform(
        invocation._replace(variables={**invocation.variables, "TF_VAR_env": "local"}), context
    )


# Pulumi and CDK

PULUMI = Spec(
    kinds={
        "terraform.read": (
            "stack, stack ls, stack list, stack history, stack graph, stack output, stack tag ls, "
            "stack tag get, stack export, whoami, about, version, plugin ls, org get-default, "
            "schema check, policy ls, env ls, gen-completion, convert, config"
        ),
        "terraform.plan": "preview, pre",
        "terraform.apply": "up, update, watch",
        "terraform.destroy": "destroy, down, dn",
        "terraform.state": (
            "refresh, import, cancel, stack import, stack rm, stack rename, state, state delete, "
            "state unprotect, state protect, state rename, state move, state edit, state repair, "
            "state upgrade, stack change-secrets-provider"
        ),
        "terraform.read-state": "config get, console",
        "terraform.workspace": (
            "stack select, stack init, stack unselect, stack tag set, stack tag rm"
        ),
        "terraform.init": "install, plugin install, plugin rm, package add",
        "file.write": (
            "config set, config set-all, config rm, config rm-all, config refresh, config cp"
        ),
        "secret.read": "env open, env get, env run",
        "cloud.write-secret": "env set, env edit, env init, env rm",
        "cloud.access": "policy publish, policy enable, policy disable, policy rm, org set-default",
        "cloud.configure": "login, logout",
        "service.scaffold": "new",
        "observe.read": "logs",
        "deploy.run": "deployment run",
        "shell.inert": "help, ",
    },
    values=(
        "-s --stack -C --cwd --config-file -c --config --path -p --parallel -m --message "
        "-t --target -r --replace --color --tracing -v --verbose --file -f --policy-pack "
        "--secrets-provider -d --diff-file --import-file"
    ),
    switches="--non-interactive -y --yes -e --emoji --logtostderr -j --json --show-secrets",
    environment={"-s": "workspace", "--stack": "workspace", "-C": "path", "--cwd": "path"},
    variables={"PULUMI_STACK": "workspace"},
    positional={"stack rm": "workspace", "stack rename": "workspace"},
)


def refine_pulumi(call: Call, kind: str) -> str:
    """What reveals or stores a secret."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind == "terraform.read" and call.on("--show-secrets"):
        return "terraform.read-state"
    if kind == "file.write" and call.on("--secret"):
        return "file.write-secret"
    if kind == "terraform.workspace":
        call.context.notes[PULUMI_STACK] = call.words[0] if call.words else ""
    return kind


def pulumi_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The stack that this call selected, and the project's folder."""
    stack = "" if parsed.has("-s", "--stack") else context.notes.get(PULUMI_STACK, "")
    candidates: list[Candidate] = [("workspace", stack, f"stack {stack}")] if stack else []
    return [*candidates, path_candidate(context, parsed.value("-C", "--cwd") or ".", "folder")]


CDK = Spec(
    kinds={
        "terraform.read": (
            "list, ls, metadata, doctor, docs, context, notices, acknowledge, version, flags"
        ),
        "code.build": "synth, synthesize",
        "terraform.plan": "diff, drift",
        "terraform.apply": "deploy, bootstrap, watch, refactor",
        "terraform.state": "import, migrate",
        "terraform.destroy": "destroy",
        "deploy.rollback": "rollback",
        "cloud.delete": "gc",
        "service.scaffold": "init",
        "shell.inert": "help, completion",
    },
    values=(
        "-a --app -c --context --profile -r --role-arn -o --output --toolkit-stack-name --region "
        "-p --plugin --parameters --require-approval --outputs-file -e "
        "--method --change-set-name --concurrency --template"
    ),
    switches="--all -v --verbose --strict --trace --ci --no-color",
    environment={"--profile": "profile", "--role-arn": "account", "-r": "account"},
    positional={"deploy": "name", "destroy": "name", "rollback": "name", "diff": "name"},
)


def cdk_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Profile, context values and the folder."""
    profile = next((w for n, w in parsed.options if n == "--profile" and w is not None), None)
    candidates = aws_candidates(context, invocation, profile)
    candidates.extend(variable_candidates(parsed.options, ("-c", "--context")))
    return candidates + folder_candidates(context)


# Ansible

_LOOKS_ONLY = "ping setup debug stat getent service_facts package_facts wait_for assert".split()

ANSIBLE = Spec(
    kinds={"deploy.run": ""},
    values=(
        "-i --inventory --inventory-file -l --limit -e --extra-vars -t --tags --skip-tags -u "
        "--user "
        "-c --connection -f --forks --private-key --key-file --vault-id --vault-password-file "
        "-M --module-path -T --timeout --start-at-task --become-user --become-method -m "
        "--module-name -a --args -o -B --background -P --poll --ssh-common-args -U --url -d "
        "--directory --checkout"
    ),
    environment={
        "-i": "path",
        "--inventory": "path",
        "--inventory-file": "path",
        "-l": "name",
        "--limit": "name",
    },
    no_subcommand=True,
    harmless="--help -h --version",
)


def ansible_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Inventories that name this machine, environment variables of the play, its hosts and folder."""
    candidates = variable_candidates(parsed.options, ("-e", "--extra-vars"))
    for value in parsed.all_values("-i", "--inventory"):
        if value.endswith(","):
            candidates.extend(("host", host, f"-i {value}") for host in value.split(",") if host)
    if parsed.value("-c", "--connection") == "local":
        candidates.append(("host", "localhost", "-c local"))
    if invocation.name == "ansible":
        candidates.extend(("name", word.text, word.text) for word in parsed.operands[:1])
        return candidates
    for word in parsed.operands:
        candidates.append(path_candidate(context, word.text, word.text))
        text = file_text(context, context.path(word.text))
        candidates.extend(("name", host, f"hosts {host}") for host in values_of(text, "hosts"))
    return candidates


def refine_playbook(call: Call, kind: str) -> str:
    """Listing and checking change nothing; a play does."""
    if call.surely_on("--syntax-check", "--list-hosts", "--list-tasks", "--list-tags"):
        return "terraform.read"
    if call.surely_on("--check", "-C"):
        return "terraform.plan"
    return kind


def refine_ad_hoc(call: Call, kind: str) -> str:
    """One module on many hosts; shell text is judged as what runs there."""
    parsed, context = call.parsed, call.context
    module = parsed.value("-m", "--module-name").rpartition(".")[2] or "command"
    if call.surely_on("--list-hosts"):
        return "terraform.read"
    if module in _LOOKS_ONLY:
        return "observe.read"
    if module in ("command", "shell", "raw"):
        call.add("network.remote-shell")
        outer, context.remote = context.remote, call.target or "hosts"
        try:
            context.run_script(parsed.value("-a", "--args"), call.invocation.stdin)
        finally:
            context.remote = outer
        return ""
    return "terraform.plan" if call.surely_on("--check", "-C") else kind


VAULT_FILES = Spec(
    kinds={
        "secret.read": "view, decrypt, edit",
        "file.write-secret": "create, encrypt, encrypt_string",
        "secret.rotate": "rekey",
    },
    values="--vault-id --vault-password-file --encrypt-vault-id --output -n --name",
)

GALAXY = Spec(
    kinds={
        "package.install-new": "install, collection install, role install, collection download",
        "package.remove": "remove, role remove",
        "service.scaffold": "init, role init, collection init",
        "package.publish": "collection publish, role import",
        "code.build": "collection build",
        "shell.inert": (
            "list, collection list, role list, info, role info, search, collection verify"
        ),
    },
    values="-r --role-file --requirements-file -p --roles-path --collections-path -s --server --token",
)


def refine_galaxy(call: Call, kind: str) -> str:
    """A requirements file makes the installation a declared one."""
    if kind == "package.install-new":
        if call.parsed.has("-r", "--role-file", "--requirements-file"):
            return "package.install-declared"
        if "://" in call.target or call.target.startswith("git@"):
            return "package.install-untrusted-source"
    if not kind:
        not_in_tables(call)
    return kind


PACKER = Spec(
    kinds={
        "terraform.read": (
            "validate, fmt, inspect, version, plugins, plugins installed, plugins required"
        ),
        "terraform.init": "init, plugins install",
        "terraform.read-state": "console",
        "cloud.write": "build",
        "file.write": "hcl2_upgrade, fix",
    },
    values="-var -var-file -only -except -on-error -parallel-builds",
    environment={"-var-file": "path"},
)

CHECKS = Spec(kinds={"code.test": ""}, no_subcommand=True)
COST = Spec(
    kinds={
        "cloud.cost": "breakdown, diff, output, generate, auth, ",
        "forge.comment": "comment, comment github, comment gitlab, comment bitbucket",
        "cloud.configure": "configure, configure set, auth login, register",
        "shell.inert": "completion, help, configure get",
        "cloud.write": "upload",
    },
    values="--path --terraform-var-file --format --out-file --compare-to --usage-file --project-name",
)
CROSSPLANE = Spec(
    kinds={
        "kubernetes.diff": "render, beta render, beta validate, beta trace, beta lint, version",
        "container.build": "xpkg build, build",
        "image.scan": "beta top",
        "container.push": "xpkg push, push",
        "kubernetes.apply": "xpkg install, install, xpkg update, beta convert",
        "service.scaffold": "xpkg init, beta init, init",
        "cloud.configure": "xpkg login, xpkg logout",
    },
    values="-f --package -o --package-file -n --namespace",
)

_check = placed(CHECKS)

PROGRAMS = {
    "terraform": terraform,
    "tofu": terraform,
    "terragrunt": terragrunt,
    "tflocal": tflocal,
    "pulumi": placed(PULUMI, pulumi_place, refine_pulumi),
    "cdk": placed(CDK, cdk_place),
    "ansible-playbook": placed(ANSIBLE, ansible_place, refine_playbook),
    "ansible": placed(ANSIBLE, ansible_place, refine_ad_hoc),
    "ansible-vault": placed(VAULT_FILES),
    "ansible-galaxy": placed(GALAXY, None, refine_galaxy),
    "ansible-inventory": placed(CHECKS._replace(kinds={"terraform.read": ""})),
    "ansible-doc": placed(CHECKS._replace(kinds={"shell.inert": ""})),
    "ansible-config": placed(CHECKS._replace(kinds={"shell.inert": ""})),
    "ansible-pull": placed(CHECKS._replace(kinds={"code.execute-remote": ""})),
    "ansible-console": placed(CHECKS._replace(kinds={"network.remote-shell": ""})),
    "ansible-lint": _check,
    "tflint": _check,
    "tfsec": _check,
    "checkov": _check,
    "terrascan": _check,
    "terraform-docs": _check,
    "driftctl": placed(CHECKS._replace(kinds={"terraform.plan": ""})),
    "packer": placed(PACKER),
    "infracost": placed(COST),
    "crossplane": placed(CROSSPLANE),
}
