"""Programs that make, change, move or remove files: coreutils and their neighbours.

Each handler says which operands are read, written or deleted; what that becomes is decided by `paths`.
Moving a file is judged at both ends, but a moved file is not a destroyed one.

Sources (checked 2026-11-21): https://www.gnu.org/software/coreutils/manual/coreutils.html,
https://man7.org/linux/man-pages/man1/patch.1.html, https://man7.org/linux/man-pages/man8/mount.8.html.
"""

from __future__ import annotations

from agentic.core.paths import folder_of
from agentic.recognize import paths
from agentic.recognize.arguments import (
    by_name,
    carry_written,
    ensure,
    judge_linked,
    judge_path,
    judge_target,
    note_written,
    read_arguments,
)
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_MOVED = {
    "file.delete": "file.write",
    "file.delete-tree": "file.write",
    "file.clean-build": "file.write",
}


# Removing


def rm(invocation: Invocation, context: Context) -> None:
    """`rm`: named files, or with -r whole folders."""
    arguments = read_arguments(
        invocation.args,
        attached="--interactive --preserve-root",
        switches="--recursive --force --verbose --dir --one-file-system --no-preserve-root",
    )
    is_tree = arguments.has("-r -R --recursive")
    count = len(context.operations)
    for word in arguments.operands:
        context.delete_path(word, tree=is_tree)
    ensure(context, count)


def remove_each(invocation: Invocation, context: Context) -> None:
    """`rmdir`, `unlink`, `trash`: each operand is removed."""
    count = len(context.operations)
    for word in read_arguments(invocation.args).operands:
        context.delete_path(word, tree=invocation.name.startswith("trash"))
    ensure(context, count)


def shred(invocation: Invocation, context: Context) -> None:
    """`shred`: the contents are gone, with -u the name too."""
    arguments = read_arguments(
        invocation.args, "-n --iterations -s --size --random-source", "--remove"
    )
    for word in arguments.operands:
        judge_path(context, "write", word)
        context.delete_path(word)


# Copying and moving


def mv(invocation: Invocation, context: Context) -> None:
    """`mv`: every source leaves its place, every target is written."""
    sources, target = _sources_and_target(invocation, "-S --suffix")
    for word in sources:
        for found in paths.operations(
            "delete-tree", word, context.cwd, context.workspace, context.facts, None, context.remote
        ):
            context.add(_MOVED.get(found[0], found[0]), *found[1:])
    if target is not None:
        judge_target(context, sources, target, tree=True)
        for word in sources:
            carry_written(context, word, target)


def cp(invocation: Invocation, context: Context) -> None:
    """`cp`: the sources are read, the target is written; with -l or -s it is a link, see `ln`."""
    sources, target = _sources_and_target(invocation, "-S --suffix")
    options = read_arguments(invocation.args, "-S --suffix -t --target-directory")
    is_tree = options.has("-r -R -a --recursive --archive")
    for word in sources:
        judge_path(context, "read-tree" if is_tree else "read", word)
        if options.has("-l --link -s --symbolic-link"):
            judge_linked(context, word, tree=is_tree)
    if target is not None:
        judge_target(context, sources, target, tree=is_tree)
        if options.has("-T --no-target-directory"):
            judge_path(context, "write-tree", target)
        for word in sources:
            carry_written(context, word, target)


def install(invocation: Invocation, context: Context) -> None:
    """`install`: copies with a mode, or makes folders with -d."""
    values = "-S --suffix -m --mode -o --owner -g --group --strip-program -Z --context"
    arguments = read_arguments(invocation.args, values + " -t --target-directory")
    for word in arguments.values("--strip-program"):
        context.unknown("install starts another program", target=word.text)
    if arguments.has("-d --directory"):
        for word in arguments.operands:
            judge_path(context, "write", word)
        return
    sources, target = _sources_and_target(invocation, values)
    for word in sources:
        judge_path(context, "read", word)
    if target is not None:
        judge_target(context, sources, target)
        for word in sources:
            carry_written(context, word, target)


def _sources_and_target(
    invocation: Invocation, values: str
) -> tuple[tuple[Word, ...], Word | None]:
    """The operands of copying: the last is the target unless -t names it."""
    arguments = read_arguments(
        invocation.args,
        values + " -t --target-directory",
        "--backup --reflink --sparse --preserve --no-preserve --context --update",
        "--no-target-directory --no-clobber --no-dereference --strip-trailing-slashes --parents",
    )
    folder = arguments.value("-t --target-directory")
    operands = arguments.operands
    if folder is not None:
        return operands, folder._replace(text=folder.text.rstrip("/") + "/")
    if len(operands) < 2:
        return operands, None
    return operands[:-1], operands[-1]


def ln(invocation: Invocation, context: Context) -> None:
    """`ln`: the new name is written; what it leads to is read, and counts when it is governed."""
    sources, target = _sources_and_target(invocation, "-S --suffix")
    if target is None and sources:
        target = Word(".", literal=True)
    is_symbolic = read_arguments(invocation.args, "-S --suffix -t").has("-s --symbolic")
    for word in sources:
        if is_symbolic and word.literal and word.text[:1] not in {"/", "~"} and target is not None:
            base = target.text if target.text.endswith("/") else folder_of("./" + target.text)
            word = word._replace(text=f"{base.rstrip('/')}/{word.text}")
        judge_path(context, "read", word)
        judge_linked(context, word)
    if target is not None:
        judge_target(context, sources, target, tree=is_symbolic)
        for word in sources:
            carry_written(context, word, target)


# Writing


def write_each(invocation: Invocation, context: Context) -> None:
    """`touch`, `mkdir`, `truncate`, `fallocate`…: each operand is made or changed."""
    values = {
        "touch": "-d --date -r --reference -t --time",
        "truncate": "-s --size -r --reference",
        "fallocate": "-l --length -o --offset",
        "mkfifo": "-m --mode",
        "mkdir": "-m --mode",
    }.get(invocation.name, "")
    count = len(context.operations)
    for word in read_arguments(invocation.args, values).operands:
        judge_path(context, "write", word)
    ensure(context, count)


def tee(invocation: Invocation, context: Context) -> None:
    """`tee`, `sponge`: standard input goes to each operand."""
    content = invocation.stdin.text if invocation.stdin.known else None
    count = len(context.operations)
    for word in read_arguments(invocation.args, attached="--output-error").operands:
        judge_path(context, "write", word, content)
        note_written(context, word, content, fetched=invocation.stdin.fetched)
    ensure(context, count)


def dd(invocation: Invocation, context: Context) -> None:
    """`dd if=… of=…`."""
    count = len(context.operations)
    for word in invocation.args:
        key, equals, value = word.text.partition("=")
        if not equals and not word.literal:
            context.unknown("what dd reads or writes is computed at run time", target=word.text)
        elif key in {"if", "of"}:
            judge_path(context, "read" if key == "if" else "write", word._replace(text=value))
            if key == "of":
                target = word._replace(text=value)
                note_written(context, target, fetched=invocation.stdin.fetched)
    ensure(context, count)


def mktemp(invocation: Invocation, context: Context) -> None:
    """`mktemp`: a new temporary file, or one beside a given template."""
    arguments = read_arguments(invocation.args, "-p --suffix", "--tmpdir", "--directory --dry-run")
    template = arguments.operands[0] if arguments.operands else None
    folder = arguments.value("-p --tmpdir")
    if folder is not None:
        judge_path(context, "write", folder._replace(text=folder.text.rstrip("/") + "/x"))
    elif template is not None and not arguments.has("-t --tmpdir"):
        judge_path(context, "write", template)
    else:
        context.add("file.write-temporary", "a new temporary file")


def split(invocation: Invocation, context: Context) -> None:
    """`split`, `csplit`: pieces are written beside a prefix; --filter runs a command for each."""
    arguments = read_arguments(
        invocation.args,
        "-a --suffix-length -b --bytes -C --line-bytes -l --lines -n --number --additional-suffix "
        "--filter -t --separator -f --prefix",
        attached="-d --numeric-suffixes -x --hex-suffixes",
    )
    operands = arguments.operands
    for word in operands[:1]:
        judge_path(context, "read", word)
    for word in arguments.values("--filter"):
        if word.literal:
            context.run_script(word.text, Stdin(origin="pipe"))
        else:
            context.unknown("the filter is computed at run time", target=word.text)
    is_plain = invocation.name == "split"
    prefix = operands[1] if is_plain and len(operands) > 1 else arguments.value("-f --prefix")
    judge_path(context, "write", prefix or Word("x"))


def rename(invocation: Invocation, context: Context) -> None:
    """`rename EXPRESSION FILE…`: Perl's takes code, util-linux's takes plain text."""
    operands = read_arguments(invocation.args, "-e --expr -E").operands
    count = len(context.operations)
    if operands and operands[0].text[:2] not in {"s/", "y/", "s|"} and "(" in operands[0].text:
        context.add("code.run-inline", operands[0].text[:80])
    for word in operands[1:] or operands:
        judge_path(context, "write", word)
    ensure(context, count)


# Mode and owner


def chmod(invocation: Invocation, context: Context) -> None:
    """`chmod`: -R and the long options are options, every other `-x` is a mode."""
    _permissions(invocation, context, {"-R", "-c", "-f", "-v", "-h", "-H", "-L", "-P"})


def chown(invocation: Invocation, context: Context) -> None:
    """`chown`, `chgrp`."""
    _permissions(invocation, context, {"-R", "-c", "-f", "-v", "-h", "-H", "-L", "-P", "-n", "-x"})


def _permissions(invocation: Invocation, context: Context, switches: set[str]) -> None:
    operands: list[Word] = []
    is_referring = False
    for position, word in enumerate(invocation.args):
        if word.text == "--":
            operands.extend(invocation.args[position + 1 :])
            break
        if word.text[:2] == "--":
            is_referring = is_referring or word.text.startswith("--ref")
        elif not (word.text in switches or (word.text[:2] == "-R" and len(word.text) < 4)):
            operands.append(word)
    if operands and not is_referring:
        mode = operands.pop(0).text
        if invocation.name == "chmod" and _grants_identity(mode):
            context.add("privilege.change", " ".join(invocation.texts)[:120])
    count = len(context.operations)
    for word in operands:
        context.permissions_path(word)
    ensure(context, count)


def _grants_identity(mode: str) -> bool:
    """Whether a mode sets the set-user or set-group bit."""
    if mode.isdigit():
        return len(mode.lstrip("0")) == 4 and mode.lstrip("0")[0] in "234567"
    return any("s" in part.partition(sign)[2] for part in mode.split(",") for sign in "+=")


def attributes(invocation: Invocation, context: Context) -> None:
    """`chattr`, `setfacl`, `xattr`: attributes and access lists of files."""
    values = {
        "setfacl": "-m --modify -x --remove -M --modify-file -X --remove-file --set --set-file",
        "xattr": "",
        "setfattr": "-n --name -v --value -x --remove",
    }.get(invocation.name, "-v -p")
    count = len(context.operations)
    skipped = 2 if invocation.name == "xattr" else 0
    operands = [
        word
        for word in read_arguments(invocation.args, values).operands
        if word.text[:1] not in {"+", "="}
    ]
    for word in operands[skipped:]:
        context.permissions_path(word)
    ensure(context, count)


# Devices


def make_filesystem(invocation: Invocation, context: Context) -> None:
    """`mkfs`, `wipefs`, `fdisk`, `parted`…: partitions and file systems."""
    arguments = read_arguments(
        invocation.args, "-t --type -L -l --label -U -o --output", single_dash=True
    )
    reads = "-l --list --json --no-act -n"
    if arguments.has(reads) and invocation.name in {
        "fdisk",
        "sfdisk",
        "sgdisk",
        "parted",
        "wipefs",
    }:
        context.add("shell.read-system", " ".join(invocation.texts)[:80])
        return
    if not arguments.operands:
        context.add("shell.read-system", invocation.name)
    for word in arguments.operands:
        if "/" in word.text or not word.literal:
            judge_path(context, "write", word)
    if not any(word.text.startswith("/dev/") for word in arguments.operands):
        return
    context.add("file.destroy-device", " ".join(word.text for word in arguments.operands)[:120])


def mount(invocation: Invocation, context: Context) -> None:
    """`mount`, `umount`, `losetup`, `swapon`: without operands they list."""
    arguments = read_arguments(invocation.args, "-t --types -o --options -O --test-opts -L -U")
    if not arguments.operands and not arguments.has("-a --all"):
        context.add("shell.read-system", invocation.name)
        return
    context.add("privilege.change", f"{invocation.name} {' '.join(invocation.texts)}"[:120])


# Patches and editors


def patch(invocation: Invocation, context: Context) -> None:
    """`patch`: the files that the patch names are written."""
    arguments = read_arguments(
        invocation.args,
        "-B --prefix -d --directory -D --ifdef -F --fuzz -g --get -i --input -o --output -p --strip -r "
        "--reject-file -V --version-control -Y --basename-prefix -z --suffix",
        switches="--dry-run --reverse --forward --backup --binary --batch --force --quiet --silent",
    )
    operands = arguments.operands
    source = arguments.value("-i --input") or (operands[1] if len(operands) > 1 else None)
    if arguments.has("--dry-run"):
        context.add("file.read", " ".join(word.text for word in operands[:2]) or "a patch")
        return
    base = arguments.value("-d --directory")
    folder = base.text.rstrip("/") + "/" if base is not None else ""
    targets = arguments.values("-o --output") or list(operands[:1])
    if not targets:
        text = _patch_text(invocation, source, context)
        strip = arguments.value("-p --strip")
        names = patched_files(text, int(strip.text) if strip and strip.text.isdigit() else -1)
        targets = [Word(folder + name) for name in names]
    if not targets:
        context.unknown("the patch cannot be read, so the files it changes are not known")
        targets = [Word(folder or ".")]
    for word in targets:
        judge_path(context, "write", word)
        note_written(context, word)


def _patch_text(invocation: Invocation, source: Word | None, context: Context) -> str:
    """The patch as far as it can be seen."""
    path = source.text if source is not None and source.literal else invocation.stdin.path
    if invocation.stdin.known and source is None:
        return invocation.stdin.text
    data = context.workspace.read(context.path(path)) if path and not context.remote else None
    return data.decode("utf-8", "replace") if data else ""


def patched_files(text: str, strip: int = 1) -> list[str]:
    """The files that a unified diff changes; `strip` components are cut off, -1 takes a/ and b/ away."""
    found: list[str] = []
    for line in text.split("\n"):
        if not line.startswith(("+++ ", "--- ", "rename to ", "copy to ")):
            continue
        name = line.split(" to ", 1)[1] if line[0] in "rc" else line[4:]
        name = name.partition("\t")[0].strip().strip('"')
        if name in {"/dev/null", ""}:
            continue
        if line[0] in "+-":
            cut = strip if strip >= 0 else int(name.startswith(("a/", "b/")))
            name = name.split("/", cut)[-1]
        if name not in found:
            found.append(name)
    return found


def editor(invocation: Invocation, context: Context) -> None:
    """`vim`, `nano`, `ed`…: the operands are edited; `-c '!cmd'` and `+cmd` run commands."""
    commands: list[Word] = []
    count = len(context.operations)
    is_silent = any(word.text in _EX_MODES for word in invocation.args) or invocation.name == "ex"
    given = [
        word._replace(text="-c") if word.text in {"-sc", "-esc", "-Esc", "-nc"} else word
        for word in invocation.args
        if word.text not in _EX_MODES and not (is_silent and word.text == "-s")
    ]
    arguments = read_arguments(
        given, "-c --cmd -S -s -u -U -i -W -T -p --eval -l --load -f --funcall"
    )
    commands.extend(arguments.values("-c --cmd --eval -f --funcall"))
    for word in arguments.operands:
        if word.text[:1] == "+":
            commands.append(word._replace(text=word.text[1:]))
        else:
            judge_path(context, "write", word)
    for word in arguments.values("-S -s -u -l --load"):
        written = context.written.get(
            word.text if word.text[:2] == "<(" else context.path(word.text)
        )
        if word.fetched or (written is not None and written.fetched):
            context.add("code.execute-remote", word.text)
        elif word.literal or invocation.name not in {"nano", "ed"}:
            context.add("code.run", word.text)
    for word in commands:
        _editor_command(word, context)
    if invocation.stdin.origin not in {"inherit", "closed"}:
        _editor_script(invocation.stdin, context)
    ensure(context, count)


def _editor_command(word: Word, context: Context) -> None:
    """One command of an editor: `!cmd` runs, `w name` writes, `e name` reads, `%s/a/b/` edits."""
    text = word.text.lstrip(": ")
    name, _, rest = text.partition(" ")
    rest = rest.strip()
    plain = name.rstrip("!").lstrip("%0123456789,.$'")
    if text.isdigit() or not text:
        return
    if not word.literal:
        context.unknown("an editor's command is computed at run time", target=text)
    elif plain in _EDITOR_FILES and rest and rest[0] not in "!|":
        judge_path(context, _EDITOR_FILES[plain], Word(rest))
    elif "!" in text and (plain in _EDITOR_FILES or not plain[:1].isalpha()):
        context.run_script(text.partition("!")[2].strip(), Stdin())
    elif plain in _EDITOR_CODE or "(" in name:
        context.unknown("an editor runs code of its own language", target=text)
    elif "|" in text:
        for piece in text.split("|"):
            _editor_command(word._replace(text=piece), context)
    else:
        context.add("code.run-inline", text[:120])


#: Switches that make vi read commands instead of keys; `-s` then means that it is silent.
_EX_MODES = frozenset(("-e", "-E", "-es", "-Es", "-ens", "-nes", "-esn"))
#: Editor command -> what it does with the file that it names.
_EDITOR_FILES = {
    **dict.fromkeys("w wq write up update sav saveas x xit wa W".split(), "write"),
    **dict.fromkeys("e edit r read sp split vs view tabe tabedit badd ar".split(), "read"),
}
#: Editor commands that run code.
_EDITOR_CODE = frozenset(
    """call cal lua luafile py py3 python python3 pyfile perl ruby tcl mz exe execute eval let so source
    ru runtime term terminal make grep autocmd au silent sil""".split()
)


def _editor_script(stdin: Stdin, context: Context) -> None:
    """Commands that an editor reads from standard input, a line each."""
    if not stdin.known:
        context.unknown("the editor's commands cannot be read")
        return
    for line in stdin.text.split("\n"):
        if "!" in line or line.partition(" ")[0] in _EDITOR_FILES:
            _editor_command(Word(line), context)


def multicall(invocation: Invocation, context: Context) -> None:
    """`busybox rm …`: the first operand is the program."""
    if invocation.args:
        context.run_words(invocation.args, invocation.stdin, invocation.variables)
    else:
        context.add("shell.inert", invocation.name)


PROGRAMS = by_name(
    (
        (rm, "rm grm"),
        (remove_each, "rmdir unlink trash trash-put"),
        (shred, "shred"),
        (mv, "mv gmv"),
        (cp, "cp gcp"),
        (install, "install ginstall"),
        (ln, "ln gln link"),
        (write_each, "touch mkdir truncate fallocate mkfifo mknod dos2unix unix2dos"),
        (tee, "tee sponge"),
        (dd, "dd"),
        (mktemp, "mktemp"),
        (split, "split csplit"),
        (rename, "rename prename"),
        (chmod, "chmod"),
        (chown, "chown chgrp"),
        (attributes, "chattr setfacl setfattr xattr"),
        (
            make_filesystem,
            """mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mke2fs mkswap
            wipefs fdisk sfdisk sgdisk gdisk parted blkdiscard""",
        ),
        (mount, "mount umount losetup swapon swapoff"),
        (patch, "patch"),
        (editor, "ed ex vi vim nvim view nano emacs micro"),
        (multicall, "busybox toybox"),
    )
)
