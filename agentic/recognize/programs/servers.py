"""Local servers, notebooks and node tools that start or rewrite something.

A server on loopback is development; one that other machines reach is `code.expose-server`. Where
nothing is said on the line, the program's own default counts.
Sources: https://www.uvicorn.org/settings/, https://docs.gunicorn.org/en/stable/settings.html,
https://docs.python.org/3/library/http.server.html, https://vite.dev/config/server-options
(checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Word
from agentic.recognize.options import read_options
from agentic.recognize.programs.declarations import run_script_or_task
from agentic.recognize.project import run_command, run_text, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_HOSTS = (
    "--host --hostname --bind --listen --ip --address --server.address -b -H -h -a --host-ip "
    "--listen-host"
)
#: Servers that listen on every interface unless they are told otherwise.
_OPEN_BY_DEFAULT = frozenset(
    "http.server http-server live-server streamlit waitress-serve next php-fpm json-server".split()
)
_LOOPBACK = ("127.", "localhost", "::1", "[::1]", "unix:", "/", "fd://")
_VALUES = (
    "-p --port -w --workers -k --worker-class -c --config -d --directory --chdir --app --log-level -t -e "
    + _HOSTS
)


def server(invocation: Invocation, context: Context) -> None:
    """Recognise one call of a development server."""
    name = invocation.name
    options = read_options(invocation.args, _VALUES)
    texts = invocation.texts
    shown = " ".join((name, *texts))
    if texts[:1] in (("--version",), ("--help",), ("version",), ("help",)):
        context.add("shell.inert", shown)
        return
    if name in _PLAIN_ACTIONS and options.operands:
        kind = _PLAIN_ACTIONS[name].get(options.operands[0].text, "")
        if kind:
            context.add(kind, shown)
            return
    context.add(
        "code.expose-server" if is_exposed(invocation, context) else "code.open-server", shown
    )


def is_exposed(invocation: Invocation, context: Context) -> bool:
    """Whether a server that is started like this can be reached from other machines."""
    name = invocation.name
    options = read_options(invocation.args, _VALUES)
    hosts = [word.text for word in options.words(*_HOSTS.split())]
    for host in ("HOST", "FLASK_RUN_HOST", "GRADIO_SERVER_NAME", "STREAMLIT_SERVER_ADDRESS"):
        value = invocation.variables.get(host, "")
        hosts += [value] if value else []
    if options.has("--bind_all", "--share", "--tunnel", "--remote"):
        return True
    if name in ("vite", "astro", "ng", "webpack", "nuxt") and options.has("--host") and not hosts:
        return True
    bare = next(
        (word.text for word in options.operands if word.text[:1].isdigit() and ":" in word.text), ""
    )
    hosts += [bare] if bare else []
    if hosts:
        return any(not host.startswith(_LOOPBACK) for host in hosts)
    acts = options.operands[0].text if options.operands else ""
    return name in _OPEN_BY_DEFAULT or (name == "fastapi" and acts == "run")


#: Programs that do more than serve: action -> kind, for the actions that serve nothing.
_BUILDS = {"build": "code.build", "check": "code.test", "lint": "code.test", "test": "code.test"}
_BUILDS.update({"info": "shell.inert", "telemetry": "shell.inert", "export": "code.build"})
_BUILDS.update(
    {
        "sync": "code.build",
        "prepare": "code.build",
        "generate": "code.build",
        "optimize": "code.build",
    }
)
_PLAIN_ACTIONS: dict[str, dict[str, str]] = {
    "flask": {
        "routes": "shell.inert",
        "shell": "code.run",
        "db": "data.write",
        "init-db": "data.write",
    },
    "mkdocs": {
        "build": "code.build",
        "new": "file.write",
        "gh-deploy": "git.push-protected",
        "get-deps": "shell.inert",
    },
    "mike": {
        "list": "shell.inert",
        "deploy": "git.push",
        "delete": "git.push",
        "set-default": "git.push",
    },
    "vite": _BUILDS,
    "next": _BUILDS,
    "nuxt": _BUILDS,
    "nuxi": _BUILDS,
    "astro": {**_BUILDS, "add": "package.install-new"},
    "ng": {
        **_BUILDS,
        "generate": "file.write",
        "add": "package.install-new",
        "deploy": "deploy.run",
    },
    "hugo": {"new": "file.write", "version": "shell.inert", "": "code.build"},
    "jekyll": {"build": "code.build", "new": "file.write", "clean": "file.clean-build"},
    "storybook": {
        "build": "code.build",
        "init": "package.install-new",
        "upgrade": "package.install-new",
    },
    "streamlit": {
        "config": "shell.inert",
        "cache": "file.clean-build",
        "hello": "code.open-server",
    },
}


def jupyter(invocation: Invocation, context: Context) -> None:
    """Recognise jupyter: notebooks are served, executed or converted."""
    options = read_options(
        invocation.args,
        "--to --output --output-dir --template --port --ip --notebook-dir --config --kernel",
    )
    action = options.operands[0].text if options.operands else ""
    action = invocation.name.partition("-")[2] or action
    shown = f"{invocation.name} " + options.target(6)
    if action in ("notebook", "lab", "server", "nbclassic", "labhub", "hub"):
        if any(word.text in ("list", "stop", "password", "extension") for word in options.operands):
            context.add("shell.inert", shown)
        else:
            context.add(
                "code.expose-server" if is_exposed(invocation, context) else "code.open-server",
                shown,
            )
    elif action == "nbconvert":
        runs = options.has("--execute") or any(word.text == "--execute" for word in invocation.args)
        context.add("code.run" if runs else "code.build", shown)
        for word in options.words("--output-dir"):
            touch(context, "write", word)
    elif action in ("execute", "run", "console", "qtconsole"):
        context.add("code.run", shown)
    elif action in ("kernelspec", "labextension", "contrib", "serverextension", "nbextension"):
        looks = any(word.text == "list" for word in options.operands)
        context.add("shell.inert" if looks else "package.install-global", shown)
    elif action in ("trust", "migrate", "troubleshoot", "events", "dejavu"):
        context.add("code.run" if action in ("trust", "dejavu") else "shell.inert", shown)
    elif not action:
        context.add("shell.inert", shown)
    else:
        context.unknown(f"`jupyter {action}` is not known", "unknown.subcommand", shown)


def notebook_runner(invocation: Invocation, context: Context) -> None:
    """papermill and ipython: a notebook or code that is run."""
    if invocation.name.startswith("ipython"):
        run_command(context, [Word("python"), *invocation.args])
        return
    options = read_options(
        invocation.args, "-p -r -f -y -b -k --parameters --kernel --cwd --log-level"
    )
    context.add("code.run", f"{invocation.name} " + options.target())
    for word in options.operands[1:2]:
        touch(context, "write", word)


#: Programs that start another one -> their options with a value before the command.
_CARRIERS = {
    "cross-env": "",
    "cross-env-shell": "",
    "dotenv": "-e -f --file -v -p -c?",
    "dotenvx": "-f --env-file -fk --env-keys-file -e --env --convention",
    "env-cmd": "-f --file -e --environments -r --rc-file",
    "nodemon": "-e --ext -w --watch -i --ignore -d --delay -s --signal -x --exec --cwd --config",
    "c8": "-r --reporter -n --include -x --exclude -e --extension -c --config -o --reports-dir",
    "nyc": "-r --reporter -n --include -x --exclude -e --extension --cwd -i --require --nycrc-path",
    "watchexec": "-w --watch -e --exts -i --ignore -f --filter -s --signal -d --debounce --shell -W -E",
}


def carrier(invocation: Invocation, context: Context) -> None:
    """Recognise a program that starts another one: cross-env, dotenv, nodemon, c8 and their kin."""
    name = invocation.name
    options = read_options(invocation.args, _CARRIERS[name], stop_at_operand=True)
    command = list(options.operands)
    if command and name.startswith("dotenv") and command[0].text in ("list", "get", "set", "unset"):
        touch(context, "write" if command[0].text in ("set", "unset") else "read", Word(".env"))
        return
    if command and name.startswith("dotenv") and command[0].text == "run":
        command = list(read_options(command[1:], _CARRIERS[name], stop_at_operand=True).operands)
    while command and "=" in command[0].text and name.startswith("cross-env"):
        command.pop(0)
    if command and command[0].text == "--":
        command.pop(0)
    if name == "nodemon" and options.has("-x", "--exec"):
        tail = "".join(" " + each.text for each in command)
        for word in options.words("-x", "--exec"):
            run_text(context, word._replace(text=word.text + tail))
    elif (name == "cross-env-shell" and command) or (name == "watchexec" and len(command) == 1):
        line = " ".join(word.text for word in command)
        run_text(context, Word(line, all(word.literal for word in command)))
    elif command and command[0].text.endswith((".js", ".ts", ".mjs", ".cjs", ".json")):
        context.add("code.run", f"{name} {command[0].text}")
    elif command:
        run_command(context, command)
    else:
        context.add("code.run", name)


#: Runners of several scripts -> their options with a value.
_RUNNERS = {
    "concurrently": (
        "-n --names -c --prefix-colors -p --prefix -t --timestamp-format -m --max-processes -s --success "
        "-l --prefix-length --hide --name-separator --restart-tries --restart-after --kill-signal "
        "--default-input-target --teardown"
    ),
    "turbo": "--filter -F --concurrency --cache-dir --cwd --token --team --scope --since --api",
    "nx": (
        "-t --target --targets -p --projects --exclude -c --configuration --base --head --files --runner"
    ),
    "lerna": "--scope --ignore --since --concurrency --loglevel",
    **dict.fromkeys(("run-s", "run-p", "npm-run-all", "npm-run-all2"), "--npm-path --max-parallel"),
}


def several(invocation: Invocation, context: Context) -> None:
    """Concurrently, run-s, run-p, npm-run-all, turbo, nx, lerna: several scripts in one call."""
    name = invocation.name
    options = read_options(invocation.args, _RUNNERS[name])
    words = list(options.operands)
    if not words:
        context.add("shell.inert", name)
    if name == "concurrently":
        for word in (*words, *options.words("--teardown")):
            if word.text.startswith(("npm:", "pnpm:", "yarn:")):
                run_script_or_task(context, word.text.partition(":")[2], (), "code.run")
            else:
                run_text(context, word)
        return
    if name in ("turbo", "nx", "lerna") and words:
        _monorepo(context, name, words, [*options.words("-t", "--target", "--targets")])
        return
    for word in words:
        run_script_or_task(context, word.text, (), "code.run")


def _monorepo(context: Context, name: str, words: Sequence[Word], targets: Sequence[Word]) -> None:
    action = words[0].text
    shown = f"{name} " + " ".join(word.text for word in words)
    looks = "ls list graph show report prune daemon login link info format:check changed diff bin".split()
    if action in looks:
        context.add("shell.inert", shown)
    elif action in ("publish", "release", "version") and name != "turbo":
        context.add("package.publish", shown)
    elif action == "exec":
        run_command(context, [word for word in words[1:] if word.text != "--"])
    else:
        names = words[1:] if action in ("run", "run-many", "affected") else words[:1]
        for word in (*targets, *names):
            run_script_or_task(context, word.text.rpartition(":")[2], (), "code.build")
        if not names and not targets:
            context.add("code.build", shown)


def remover(invocation: Invocation, context: Context) -> None:
    """Rimraf and del-cli delete what they are given, folders included."""
    options = read_options(invocation.args, "--tmp -b --backoff")
    for word in options.operands:
        context.delete_path(word, tree=True)
    if not options.operands:
        context.add("shell.inert", invocation.name)


def publisher(invocation: Invocation, context: Context) -> None:
    """semantic-release, release-it, np, changeset: made to publish; a dry run does not."""
    options = read_options(invocation.args)
    action = options.operands[0].text if options.operands else ""
    local = invocation.name == "changeset" and action in (
        "",
        "add",
        "status",
        "version",
        "init",
        "pre",
    )
    looks = options.relaxed("--dry-run", "--preview") or options.has("--version", "--help")
    kind = "shell.inert" if looks else "file.write" if local else "package.publish"
    context.add(kind, f"{invocation.name} {options.target()}")


def browser_test(invocation: Invocation, context: Context) -> None:
    """Playwright and puppeteer: tests, and the browsers that they download."""
    options = read_options(invocation.args, "-c --config -g --grep --project --browser --reporter")
    action = options.operands[0].text if options.operands else ""
    if action in ("install", "install-deps", "uninstall", "browsers"):
        context.add("package.install-declared", f"{invocation.name} {options.target()}")
    elif action in ("codegen", "open", "screenshot", "pdf", "cr", "ff", "wk"):
        context.add("network.read", f"{invocation.name} {options.target()}")
    else:
        context.add("code.test", f"{invocation.name} {options.target()}")


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(
        (
            "uvicorn gunicorn hypercorn daphne waitress-serve granian flask fastapi streamlit gradio "
            "chainlit http.server http-server live-server json-server mkdocs mike sphinx-autobuild "
            "vite next nuxt nuxi astro ng webpack-dev-server webpack-serve hugo jekyll storybook "
            "start-storybook panel bokeh voila marimo rackup puma browser-sync"
        ).split(),
        server,
    ),
    **dict.fromkeys(("jupyter", "jupyter-notebook", "jupyter-lab", "jupyter-nbconvert"), jupyter),
    **dict.fromkeys(("papermill", "ipython", "ipython3"), notebook_runner),
    **dict.fromkeys(_CARRIERS, carrier),
    **dict.fromkeys(_RUNNERS, several),
    **dict.fromkeys(("rimraf", "del", "del-cli"), remover),
    **dict.fromkeys(("semantic-release", "release-it", "np", "changeset"), publisher),
    **dict.fromkeys(("playwright", "puppeteer"), browser_test),
}
