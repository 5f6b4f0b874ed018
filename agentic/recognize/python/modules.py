"""`python -m NAME`: which program a module is, or what a module of the standard library does.

A module that is a program of its own is judged as that program; one that the workspace holds under the
same name is run in its place, so it is judged as well.

Sources (checked 2026-11-21): https://docs.python.org/3/library/cmdline.html,
https://docs.python.org/3/using/cmdline.html#cmdoption-m.
"""

from __future__ import annotations

from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.programs import REGISTRY
from agentic.recognize.python.scripts import module_file, run_python_file, run_python_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

    Judge = Callable[[Invocation, Context, tuple[Word, ...]], None]

#: Modules that are a program under another name: module -> its first words.
_PROGRAMS = {
    "agentic.cli": "agentic",
    "agentic.cli.main": "agentic",
    "pip._internal": "pip",
    "pip._internal.cli.main": "pip",
    "piptools": "",  # `python -m piptools compile` is pip-compile
    "IPython": "ipython",
    "PyInstaller": "pyinstaller",
    "jupyterlab": "jupyter lab",
    "notebook": "jupyter notebook",
    "nbconvert": "jupyter nbconvert",
    "sphinx": "sphinx-build",
    "sphinx.cmd.build": "sphinx-build",
    "sphinx.ext.apidoc": "sphinx-apidoc",
    "sphinx.ext.autogen": "sphinx-apidoc",
    "torch.distributed.run": "torchrun",
    "torch.distributed.launch": "torchrun",
    "accelerate.commands.launch": "accelerate launch",
    "vllm.entrypoints.openai.api_server": "vllm serve",
    "grpc_tools.protoc": "protoc",
    "Cython.Build.Cythonize": "cythonize",
    "awscli": "aws",
    "ansible": "ansible",
    "ansible.playbook": "ansible-playbook",
    "huggingface_hub.commands.huggingface_cli": "huggingface-cli",
    "http.server": "http.server",
    "gunicorn.app.wsgiapp": "gunicorn",
    "bumpversion": "bumpversion",
    "pytest_watch": "ptw",
    "great_expectations": "great_expectations",
    "detect_secrets": "detect-secrets",
}
#: Modules that only print, check or compute: kind -> names.
_KINDS = {
    "shell.inert": (
        "this antigravity calendar platform sysconfig site help pydoc keyword locale uuid random"
        " getpass mimetypes quopri encodings.rot_13 turtledemo colorama rich rich.color"
        " torch.utils.collect_env sklearn certifi pyperf"
    ),
    "file.read": (
        "ast dis tokenize symtable inspect pyclbr filecmp difflib pickletools tabnanny textwrap"
        " json.tool json plistlib csv netrc xml.dom.minidom tomllib mailcap nm"
    ),
    "code.build": "compileall py_compile zipapp build setuptools wheel cibuildwheel distutils",
    "code.test": "test test.regrtest pyflakes pycodestyle mccabe pylint.pyreverse",
    "code.run-inline": "code idlelib idlelib.idle asyncio pyrepl bpython ptpython",
    "package.install-declared": "ensurepip",
    "package.install-global": "ipykernel ipykernel_launcher",
    "network.read": "webbrowser telnetlib poplib nntplib imaplib ftplib",
    "network.download": "nltk.downloader wget",
    "code.execute-package": "spacy",
    "code.open-server": "smtpd aiosmtpd xmlrpc.server wsgiref.simple_server pydoc_server",
    "code.load-untrusted-model": "pickle shelve marshal",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}

#: Modules that run the script or module that follows: module -> their options with a value.
_CARRIERS = {
    "pdb": "-c",
    "cProfile": "-o -s -m",
    "profile": "-o -s -m",
    "trace": "-C --coverdir -f --file --ignore-module --ignore-dir",
    "runpy": "",
    "viztracer": "-o --output_file -m",
    "memory_profiler": "-o",
    "kernprof": "-o",
    "line_profiler": "-o",
    "scalene": "--outfile",
    "debugpy": "--listen --connect",
    "bdb": "",
    "faulthandler": "",
}


def run_module(invocation: Invocation, context: Context, word: Word, args: Sequence[Word]) -> None:
    """Add what `python -m WORD ARGS` does."""
    name = word.text
    if not word.literal:
        context.unknown("the module that python runs is computed at run time", target=name)
        return
    args = tuple(args)
    judge = _JUDGES.get(name)
    words = _program_words(name, args)
    if judge is None and words is None and name not in _KIND_OF and name not in _CARRIERS:
        run_python_module(context, name, args, invocation.stdin)
        return
    # A file of this name in the working folder is found before any installed module.
    path = module_file(context, name)
    if path:
        run_python_file(context, Word(path), args, invocation.stdin)
    if judge is not None:
        judge(invocation, context, args)
    elif words is not None:
        context.run_words(words, invocation.stdin, invocation.variables)
    elif name in _CARRIERS:
        _carry(invocation, context, name, args)
    else:
        _judge_plain(context, name, args)


def _program_words(name: str, args: tuple[Word, ...]) -> list[Word] | None:
    """The command that a module stands for, or None when it is no program."""
    if name == "piptools":
        action = args[0].text if args else "compile"
        return [Word(f"pip-{action}"), *args[1:]]
    known = _PROGRAMS.get(name)
    if known is None:
        for program in (name, name.replace("_", "-")):
            if program in REGISTRY and program not in _NOT_MODULES:
                known = program
                break
    if known is None:
        return None
    return [*[Word(text) for text in known.split()], *args]


#: Programs whose name a module of the workspace may well have, and which are no Python modules.
_NOT_MODULES = frozenset(
    "test false true install link split join build.py service task act watch serve run deploy age"
    " at init batch patch view find time file code go node sort cut head tail w x http date".split()
)


def _carry(invocation: Invocation, context: Context, name: str, args: tuple[Word, ...]) -> None:
    """`python -m pdb script.py`, `python -m cProfile -m module`."""
    read = read_arguments(args, _CARRIERS[name], stops=True)
    words = [Word("python")]
    if read.has("-m"):
        module = read.value("-m")
        words += [Word("-m"), *([module] if module is not None else [])]
    for option in read.values("-o --outfile --output_file"):
        context.write_path(option)
    for option in read.values("-c") if name == "pdb" else ():
        context.unknown("commands for the debugger", target=option.text)
    if read.operands or len(words) > 2:
        context.run_words([*words, *read.operands], invocation.stdin, invocation.variables)
    else:
        context.add("shell.inert", f"python -m {name}")


def _judge_plain(context: Context, name: str, args: tuple[Word, ...]) -> None:
    """A module of the table of kinds; the files that it is given are read."""
    kind = _KIND_OF[name]
    shown = " ".join(["python -m", name, *[word.text for word in args]])[:200]
    if kind != "file.read":
        context.add(kind, shown)
        return
    operands = read_arguments(args, "--indent --mode -m --encoding -e --name").operands
    files = [word for word in operands if word.text != "-"]
    if not files:
        context.add("shell.inert", shown)
    for position, word in enumerate(files):
        if name in {"json.tool", "json"} and position == 1:
            context.write_path(word)
        else:
            context.read_path(word)


def _timeit(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
    """`timeit -s SETUP STATEMENT…`: code."""
    from agentic.recognize.python.walk import judge_code

    read = read_arguments(args, "-n --number -r --repeat -s --setup -u --unit", stops=True)
    texts = [*read.values("-s --setup"), *read.operands]
    context.add("code.run-inline", "timeit")
    if any(not word.literal for word in texts):
        context.unknown("the code is computed at run time", target="timeit")
    judge_code(context, "\n".join([word.text for word in texts]), stdin=invocation.stdin)


def _archive(program: str) -> Judge:
    """`python -m zipfile -e a.zip target`, `python -m tarfile -c a.tar files`."""

    def judge(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
        action = args[0].text if args else ""
        rest = list(args[1:])
        if action in {"-l", "--list", "-t", "--test"}:
            for word in rest[:1]:
                context.read_path(word)
        elif action in {"-e", "--extract"} and rest:
            target = rest[1:2]
            if program == "unzip":
                words = [Word("unzip"), rest[0], *([Word("-d"), *target] if target else [])]
            else:
                words = [
                    Word("tar"),
                    Word("-xf"),
                    rest[0],
                    *([Word("-C"), *target] if target else []),
                ]
            context.run_words(words, Stdin())
        elif action in {"-c", "--create"} and rest:
            context.write_path(rest[0])
            for word in rest[1:]:
                context.read_path(word)
        else:
            context.add("shell.inert", f"python -m {program}")

    return judge


def _compress(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
    """`python -m gzip FILE`, `python -m base64 FILE`."""
    for word in args:
        if not word.text.startswith("-"):
            context.read_path(word)
    context.add("shell.inert", "python -m gzip or base64")


def _sqlite(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
    context.run_words([Word("sqlite3"), *args], invocation.stdin)


def _lib2to3(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
    """2to3 shows changes, and writes them with `-w`."""
    read = read_arguments(args, "-f --fix -j --processes -x --nofix -o --output-dir")
    for word in read.operands:
        if read.has("-w --write"):
            context.write_path(word)
        else:
            context.read_path(word)
    context.add("code.test", "2to3")


def _venv(invocation: Invocation, context: Context, args: tuple[Word, ...]) -> None:
    context.run_words([Word("venv"), *args], Stdin())


_JUDGES: dict[str, Judge] = {
    "timeit": _timeit,
    "zipfile": _archive("unzip"),
    "tarfile": _archive("tar"),
    "gzip": _compress,
    "base64": _compress,
    "sqlite3": _sqlite,
    "lib2to3": _lib2to3,
    "venv": _venv,
}
