"""Container engines: docker, podman, nerdctl, buildah, compose; and what copies images.

Sources: https://docs.docker.com/reference/cli/docker/, https://docs.podman.io/en/latest/Commands.html,
https://docs.docker.com/reference/cli/docker/compose/.
"""

from __future__ import annotations

from agentic.core.paths import is_below
from agentic.recognize.environment import is_loopback
from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Word
from agentic.recognize.placement import Call, evaluate, not_in_tables
from agentic.recognize.programs.container_risks import mount_source, opens_host, takes_over
from agentic.recognize.surroundings import DOCKER_CONTEXT, docker_context, file_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

_RUN_VALUES = (
    "-a --attach --add-host --annotation --blkio-weight --cap-add --cap-drop --cgroup-parent "
    "--cgroupns "
    "--cidfile -c --cpu-shares --cpus --cpuset-cpus --cpuset-mems --cpu-period --cpu-quota "
    "--device "
    "--device-cgroup-rule --dns --dns-option --dns-search --domainname --entrypoint -e --env "
    "--env-file "
    "--expose --gpus --group-add --health-cmd --health-interval --health-retries --health-timeout "
    "-h "
    "--hostname --ip --ip6 --ipc --isolation --kernel-memory -l --label --label-file --link "
    "--log-driver "
    "--log-opt --mac-address -m --memory --memory-reservation --memory-swap --mount --name "
    "--network --net "
    "--network-alias --oom-score-adj --pid --pids-limit --platform -p --publish --pull --restart "
    "--runtime --security-opt --shm-size --stop-signal --stop-timeout --storage-opt --sysctl "
    "--tmpfs "
    "--ulimit -u --user --userns --uts -v --volume --volume-driver --volumes-from -w --workdir "
    "--detach-keys --pod --arch --os --secret --requires --systemd --tz --umask --requirement"
)
_GLOBAL_VALUES = (
    "--config --context -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --url "
    "--identity --root --runroot --storage-driver --namespace --address --cgroup-manager --log-file"
)

DOCKER = Spec(
    kinds={
        "container.read": (
            "ps, images, inspect, logs, top, stats, port, diff, history, info, events, search, "
            "version, "
            "container ls, container list, container ps, container inspect, container logs, "
            "container stats, container top, container port, container diff, image ls, image list, "
            "image inspect, image history, volume ls, volume list, volume inspect, network ls, "
            "network list, network inspect, context ls, context list, context show, "
            "context inspect, "
            "system df, system info, system events, buildx ls, buildx inspect, buildx du, "
            "buildx imagetools inspect, buildx version, buildx history, manifest inspect, "
            "plugin ls, "
            "plugin inspect, node ls, node inspect, service ls, service ps, service inspect, "
            "service logs, stack ls, stack ps, stack services, stack config, secret ls, config ls, "
            "builder du, wait, container wait, from, containers, healthcheck run, pod ps, "
            "pod inspect, "
            "machine list, machine ls, machine inspect, machine info, model ls, model list, "
            "model status, image exists, container exists, trust inspect"
        ),
        "container.build": (
            "build, image build, buildx build, buildx bake, builder build, commit, "
            "container commit, "
            "bud, buildx create, buildx use, buildx rm, buildx stop, buildx imagetools, "
            "import, image import, load, image load, tag, image tag, manifest create, "
            "manifest add, "
            "manifest annotate, config, add, copy, from-scratch, mount, umount, init"
        ),
        "container.run": (
            "run, container run, create, container create, start, container start, stop, "
            "container stop, restart, container restart, kill, container kill, pause, unpause, "
            "container pause, container unpause, attach, container attach, rename, "
            "container rename, "
            "update, container update, cp, container cp, network create, network connect, "
            "network disconnect, volume create, play kube, kube play, pod create, pod start, "
            "pod stop, "
            "machine start, machine stop, machine init, generate kube, kube generate, "
            "generate systemd, "
            "model run, model pull, debug"
        ),
        "container.remove": (
            "rm, container rm, rmi, image rm, image remove, volume rm, volume remove, "
            "volume prune, "
            "network rm, network remove, network prune, system prune, image prune, "
            "container prune, "
            "builder prune, buildx prune, context rm, plugin rm, pod rm, pod prune, machine rm, "
            "system reset, kube down, manifest rm, model rm"
        ),
        "container.pull": "pull, image pull",
        "container.push": (
            "push, image push, manifest push, plugin push, trust sign, buildx imagetools create"
        ),
        "container.login": "login, logout",
        "container.exec": "exec, container exec, unshare, machine ssh",
        "file.write": "save, image save, export, container export",
        "image.scan": (
            "scout, scout cves, scout quickview, scout recommendations, sbom, scan, scout compare"
        ),
        "image.delete": "trust revoke, hub rm",
        "kubernetes.apply": (
            "service create, service update, service scale, service rollback, stack deploy, "
            "stack up, "
            "swarm init, swarm join, swarm update, swarm ca, config create, node update, "
            "node promote, "
            "node demote, secret create, plugin install, plugin enable, plugin disable, plugin set"
        ),
        "kubernetes.delete": (
            "service rm, stack rm, stack down, swarm leave, node rm, config rm, secret rm"
        ),
        "context.use": (
            "context use, context create, context update, context import, system connection"
        ),
        "shell.inert": "help, completion, ",
    },
    values=_GLOBAL_VALUES,
    switches="-D --debug --tls --tlsverify -r --remote",
    environment={"--context": "context", "-H": "host", "--host": "host", "--connection": "context"},
    harmless="--help -v --version",
)

_ENTERS = ("exec", "container exec", "unshare")
_STARTS = ("run", "container run", "create", "container create")


def engine_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """A remote engine's host or context; this machine's own engine tells nothing."""
    return remote_candidates(parsed, invocation, context)


def remote_candidates(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """What the engine in force says of its place, when it is not this machine's."""
    host = parsed.value("-H", "--host", "--url") or context.variable(invocation, "DOCKER_HOST")
    if host:
        return [("host", host, f"host {host}")] if is_remote(host) else []
    name = parsed.value("--context", "-c", "--connection") or docker_context(context, invocation)
    return [("context", name, f"docker context {name}")] if is_remote_context(name) else []


def is_remote(host: str) -> bool:
    """Whether an engine's address is another machine's."""
    return not host.startswith(("unix:", "npipe:", "/", "fd:")) and not is_loopback(host)


def is_remote_context(name: str) -> bool:
    """Whether a Docker context may be another machine's."""
    local = (
        "default",
        "desktop-linux",
        "rootless",
        "colima",
        "orbstack",
        "rancher-desktop",
        "podman",
    )
    return bool(name) and name not in local and not name.startswith("colima-")


def engine(invocation: Invocation, context: Context) -> None:
    """docker, podman, nerdctl, buildah: `run` and `exec` end their options at the image."""
    args = invocation.args
    position = subcommand_position(args, frozenset(DOCKER.values.split()))
    word = args[position].text if position < len(args) else ""
    if word == "compose":
        before = args[:position]
        compose(invocation._replace(args=(*before, *args[position + 1 :])), context)
        return
    if word == "mcp" and invocation.name == "docker":
        from agentic.recognize.programs.mcp_installers import toolkit

        toolkit(args[position + 1 :], " ".join(("docker", *invocation.texts))[:200], context)
        return
    following = args[position + 1].text if position + 1 < len(args) else ""
    if (
        word in _STARTS
        or word in _ENTERS
        or (word == "container" and following in ("run", "exec", "create"))
    ):
        start = position + (2 if word == "container" else 1)
        inner = words_inside(args, start)
        evaluate(_RUN, invocation._replace(args=args[:inner]), context, engine_place, refine_start)
        verb = following if word == "container" else word
        if verb != "create":
            words, place = entered_words(args, inner), args[inner - 1].text
            enter(invocation, context, words, place, _meaningless(verb, args[:inner]))
        return
    evaluate(DOCKER_ALL, invocation, context, engine_place, refine_engine)


#: What a new container without mounts does to its own files and packages ends with it.
_THROWN_AWAY = (
    "unknown.subcommand",
    "unknown.program",
    "file.",
    "package.",
    "process.",
    "privilege.",
    "shell.",
)


def _meaningless(verb: str, before: Sequence[Word]) -> tuple[str, ...]:
    """Which kinds mean nothing inside: none in a running container, more in one without mounts."""
    if verb != "run":
        return ()
    texts = [word.text for word in before]
    is_open = any(text.startswith(("-v", "--volume", "--mount", "--privileged")) for text in texts)
    has_cluster = any(cluster_takes_value(text) and text.endswith("v") for text in texts)
    if is_open or has_cluster:
        return ("unknown.program",)
    is_given = any(text.startswith(("--env-file", "-e", "--env")) for text in texts)
    return tuple([kind for kind in _THROWN_AWAY if not (is_given and kind.startswith("shell."))])


def subcommand_position(args: Sequence[Word], values: frozenset[str]) -> int:
    """Where the first word stands that is neither option nor an option's value."""
    index = 0
    while index < len(args):
        text = args[index].text
        if not text.startswith("-") or text == "-":
            return index
        index += 2 if text in values else 1
    return index


_RUN_TAKES = frozenset(_RUN_VALUES.split())


def words_inside(args: Sequence[Word], start: int, takes: frozenset[str] = _RUN_TAKES) -> int:
    """The index after the image or container: from there on the words run inside it."""
    index = start
    while index < len(args):
        text = args[index].text
        index += 1
        if text == "--":
            return min(index + 1, len(args))
        if text.startswith("-") and text != "-":
            if text in takes or cluster_takes_value(text, takes):
                index += 1
            continue
        return index
    return index


def cluster_takes_value(text: str, takes: frozenset[str] = _RUN_TAKES) -> bool:
    """Whether a cluster of short options (`-itv`) ends in one that takes the next word."""
    if text.startswith("--") or len(text) < 3:
        return False
    for position, letter in enumerate(text[1:], 1):
        if "-" + letter in takes:
            return position == len(text) - 1
    return False


def entered_words(args: Sequence[Word], inner: int) -> tuple[Word, ...]:
    """What runs inside: the entry point when one is given, then the words after the image."""
    words = tuple(args[inner:])
    for position, word in enumerate(args[:inner]):
        name, _, value = word.text.partition("=")
        if name == "--entrypoint":
            following = args[position + 1].text if position + 1 < inner else ""
            words = (Word(value or following), *words)
    return words


def enter(
    invocation: Invocation,
    context: Context,
    words: tuple[Word, ...],
    place: str,
    ignored: tuple[str, ...],
) -> None:
    """Judge the command inside a container, on a machine that is not this one.

    `ignored` are the beginnings of kinds that mean nothing there: the arguments of an image's own
    entry point are no program, and a new container's files are thrown away with it.
    """
    if not words or (words[0].text.startswith("-") and ignored):
        return
    start = len(context.operations)
    outer, context.remote = context.remote, place
    try:
        context.run_words(words, invocation.stdin)
    finally:
        context.remote = outer
    if ignored:
        context.operations[start:] = [
            operation
            for operation in context.operations[start:]
            if not operation.kind.startswith(ignored)
        ]


def spread(options: Sequence[tuple[str, Word | None]]) -> list[tuple[str, str]]:
    """Options as (name, value) with clusters of short ones taken apart: `-itv /:/h`."""
    found: list[tuple[str, str]] = []
    for name, word in options:
        if name.startswith("--") or len(name) < 3:
            found.append((name, word.text if word is not None else ""))
            continue
        for position, letter in enumerate(name[1:], 1):
            option = "-" + letter
            if option in _RUN_TAKES:
                attached = name[position + 1 :].lstrip("=")
                value = attached or (word.text if word is not None else "")
                found.append((option, value))
                break
            found.append((option, ""))
    return found


def refine_start(call: Call, kind: str) -> str:
    """`run`, `create` and `exec`: what gives the container the host."""
    pairs = spread(_with_cluster_values(call))
    reason = takes_over(call.context, pairs)
    enters = call.parsed.subcommand in _ENTERS
    if call.told_by:  # another machine's engine
        call.add("kubernetes.exec" if enters else "deploy.run")
    elif not reason or enters:
        call.context.add("container.run", call.target)
    if reason:
        call.context.add("container.run-privileged", f"{reason} {call.target}".strip())
    for name, value in pairs:
        if name in ("-v", "--volume", "--mount"):
            _mount(call, value)
        if name == "--env-file" and not _is_own(call, value):
            call.context.read_path(Word(value))
    return ""


def _is_own(call: Call, path: str) -> bool:
    """Whether a file of variables is the project's: its container is given them, nobody is shown."""
    absolute = call.context.workspace.resolve(call.context.path(path))
    return any(is_below(absolute, root) for root in call.context.workspace.roots)


def _with_cluster_values(call: Call) -> list[tuple[str, Word | None]]:
    """The options of a call; a cluster that ends in a valued option gets the next word."""
    args = call.invocation.args
    options: list[tuple[str, Word | None]] = []
    for name, word in call.parsed.options:
        if word is None and cluster_takes_value(name):
            after = next((i + 1 for i, arg in enumerate(args) if arg.text == name), len(args))
            word = args[after] if after < len(args) else None
        options.append((name, word))
    return options


def _mount(call: Call, value: str) -> None:
    """A mounted folder outside the workspace can be written from inside."""
    source = mount_source(value)
    if source.startswith(("$", "`")):
        if not source.startswith(("$PWD", "${PWD}", "$(pwd)", "`pwd`", "${PWD:")):
            call.unknown("what a container mounts is computed at run time", "unknown.shell")
        return
    path = call.context.path(source) if source else ""
    if not path or value.endswith((":ro", ",ro", ",readonly")) or opens_host(call.context, source):
        return
    if not any(is_below(path, root) for root in call.context.workspace.roots):
        call.context.write_path(Word(path))


def refine_engine(call: Call, kind: str) -> str:
    """Everything else: building with a push, copying out, switching to another machine's engine."""
    parsed, context = call.parsed, call.context
    if not kind:
        not_in_tables(call)
        return ""
    if kind == "context.use":
        name = call.words[0] if call.words else ""
        if parsed.subcommand == "context use":
            context.notes[DOCKER_CONTEXT] = name
        context.add("container.login" if is_remote_context(name) else "container.run", call.target)
        return ""
    if kind == "container.build":
        return _build_kind(call)
    if kind == "file.write":
        if parsed.value("-o", "--output"):
            context.write_path(Word(parsed.value("-o", "--output")))
        return "container.read"
    if parsed.subcommand in ("cp", "container cp"):
        _copy(call)
    if call.told_by:  # another machine's engine: what is harmless here changes something there
        return _REMOTE_KINDS.get(kind, kind)
    return kind


_REMOTE_KINDS = {
    "container.run": "deploy.run",
    "container.remove": "kubernetes.delete",
    "container.exec": "kubernetes.exec",
}


def _build_kind(call: Call) -> str:
    """A build with `--push` (or an exporter to a registry) also publishes."""
    pushes = call.on("--push") or any(
        "type=registry" in value or "push=true" in value
        for value in call.parsed.all_values("-o", "--output")
    )
    call.context.add("container.build", call.target)
    if pushes or call.parsed.subcommand == "buildx imagetools":
        call.context.add(
            "container.push", " ".join(call.parsed.all_values("-t", "--tag")) or call.target
        )
    for word in call.parsed.operands[:1]:
        if "://" in word.text or word.text.startswith(("git@", "github.com/")):
            call.context.add("code.execute-remote", word.text)
    for secret in call.parsed.all_values("--secret"):
        pairs = dict(part.partition("=")[::2] for part in secret.split(","))
        source = pairs.get("src") or pairs.get("source")
        if source:
            call.context.read_path(Word(source))
    if call.parsed.value("--allow") in ("security.insecure", "network.host"):
        call.context.add("container.run-privileged", f"--allow {call.parsed.value('--allow')}")
    return ""


def _copy(call: Call) -> None:
    """`cp`: the side without a colon is this machine's."""
    operands = call.parsed.operands
    if len(operands) == 2:
        source, target = operands
        if ":" not in source.text and source.text != "-":
            call.context.read_path(source)
        if ":" not in target.text and target.text != "-":
            call.context.write_path(target)


_BUILD_VALUES = (
    " -t --tag --build-arg --target -f --file --cache-from --cache-to --output -o --secret --ssh "
    "--progress "
    "--builder --iidfile --metadata-file --build-context --add-host --ulimit --allow --attest "
    "--set "
    "--format --filter -n --tail --since --until --time --signal -s --password -p -u --username "
    "--driver "
    "--driver-opt --docker --description --from --replicas --image --publish --mount --limit-cpu "
    "--compose-file --orchestrator --index --subnet --gateway --opt --volume"
)
_RUN = DOCKER._replace(
    values=f"{_GLOBAL_VALUES} {_RUN_VALUES}", kinds={"container.run": "run, create, exec, container run, "
    "container create, container exec, unshare"}, harmless="--help --version",
)  # fmt: skip
DOCKER_ALL = DOCKER._replace(values=_GLOBAL_VALUES + _BUILD_VALUES)

COMPOSE = Spec(
    kinds={
        "container.read": (
            "ps, logs, config, convert, images, ls, port, top, version, events, stats, volumes, "
            "wait, viz"
        ),
        "container.build": "build, create, commit",
        "container.run": (
            "up, start, stop, restart, pause, unpause, kill, scale, watch, run, exec, attach, "
            "cp, export"
        ),
        "container.remove": "down, rm",
        "container.pull": "pull",
        "container.push": "push, publish",
        "shell.inert": "help, completion, ",
    },
    values=(
        "-f --file -p --project-name --profile --env-file --project-directory --parallel --ansi "
        "--progress "
        "-e --env -u --user -w --workdir --scale -t --timeout --index --name --entrypoint -v "
        "--volume "
        "--publish --rmi -H --host --context --pull --build-arg --tail -n --since --until "
        "--format --label "
        "-l --exit-code-from --attach --no-attach --wait-timeout -s --signal"
    ),
    switches="--compatibility --verbose --all-resources --dry-run",
    environment={"-p": "operand", "--project-name": "operand"},
)


_COMPOSE_TAKES = frozenset(COMPOSE.values.split())


def compose(invocation: Invocation, context: Context) -> None:
    """docker compose and docker-compose: `run` and `exec` enter a container."""
    args = invocation.args
    position = subcommand_position(args, _COMPOSE_TAKES)
    verb = args[position].text if position < len(args) else ""
    if verb not in ("run", "exec"):
        evaluate(COMPOSE, invocation, context, remote_candidates, refine_compose)
        return
    inner = words_inside(args, position + 1, _COMPOSE_TAKES)
    evaluate(
        COMPOSE, invocation._replace(args=args[:inner]), context, remote_candidates, refine_compose
    )
    ignored = ("unknown.program",) if verb == "run" else ()
    enter(invocation, context, entered_words(args, inner), args[inner - 1].text, ignored)


def refine_compose(call: Call, kind: str) -> str:
    """Volumes thrown away, images pushed, privileged services, another machine's engine."""
    if not kind:
        not_in_tables(call)
        return ""
    if call.surely_on("--dry-run"):
        return "container.read"
    if call.parsed.subcommand in ("up", "run", "start", "create"):
        for text in compose_texts(call):
            for sign in (
                "privileged: true",
                "docker.sock",
                "pid: host",
                "network_mode: host",
                "- /:/",
            ):
                if sign in text:
                    call.context.add("container.run-privileged", f"compose service with {sign}")
    return _REMOTE_KINDS.get(kind, kind) if call.told_by else kind


def compose_texts(call: Call) -> list[str]:
    """The compose files in force, as far as they can be read."""
    context = call.context
    names = call.parsed.all_values("-f", "--file")
    if not names:
        chosen = context.variable(call.invocation, "COMPOSE_FILE")
        names = tuple(chosen.split(":")) if chosen else (
            "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"
        )  # fmt: skip
    return [file_text(context, context.path(name)) for name in names[:6]]


PROGRAMS = {
    "docker": engine,
    "podman": engine,
    "nerdctl": engine,
    "buildah": engine,
    "docker-compose": compose,
    "podman-compose": compose,
}
