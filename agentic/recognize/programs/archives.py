"""Archives and compression: what is packed, and where it is unpacked.

Listing reads. Unpacking below a temporary folder or a build folder writes there; unpacking over the
work tree may bring anything, hooks and settings included, and is a kind of its own. Options that make
an archiver run a command are followed.

Sources (checked 2026-11-21): https://www.gnu.org/software/tar/manual/tar.html,
https://infozip.sourceforge.net, https://www.7-zip.org, https://man7.org/linux/man-pages/man1/cpio.1.html.
"""

from __future__ import annotations

from agentic.recognize import paths
from agentic.recognize.arguments import by_name, ensure, judge_linked, judge_path, read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_TAR_VALUES = (
    "-f --file -C --directory -T --files-from -X --exclude-from --exclude -I --use-compress-program "
    "--to-command --checkpoint-action -F --info-script --new-volume-script --rsh-command --rmt-command "
    "-b --blocking-factor -g --listed-incremental -H --format -K --starting-file -L --tape-length "
    "-N --newer --after-date --mtime --owner --group --mode --strip-components --strip --transform "
    "--xform --suffix -V --label --add-file --exclude-tag --exclude-caches-all --index-file --sort "
    "--record-size --volno-file --exclude-ignore --newer-mtime --pax-option --owner-map --group-map "
    "--quoting-style --hole-detection --one-top-level-name --level --set-mtime-command"
)
_TAR_ATTACHED = (
    "--checkpoint --occurrence --totals --one-top-level --backup --warning --atime-preserve"
)
_TAR_SWITCHES = (
    "--extract --get --list --create --append --update --concatenate --catenate --delete --diff --compare "
    "--to-stdout --absolute-names --gzip --bzip2 --xz --zstd --verbose --keep-old-files --overwrite "
    "--remove-files --recursive-unlink --unlink-first --force-local --same-owner --preserve-permissions"
)
#: Letters of the old style that take an argument, in order of appearance.
_TAR_LETTERS = "fbCTXgHKLNVIF"


def tar(invocation: Invocation, context: Context) -> None:
    """`tar`, in the GNU, BSD and old styles (`tar xzf a.tgz`)."""
    args = _modern(invocation.args)
    arguments = read_arguments(args, _TAR_VALUES, _TAR_ATTACHED, _TAR_SWITCHES)
    count = len(context.operations)
    _run_each(
        arguments.values(
            "-I --use-compress-program --to-command -F --info-script --new-volume-script "
            "--rsh-command --rmt-command --set-mtime-command"
        ),
        context,
    )
    for word in arguments.values("--checkpoint-action"):
        if "exec=" in word.text:
            _run_each([word._replace(text=word.text.partition("exec=")[2])], context)
    for word in arguments.values("-T --files-from -X --exclude-from"):
        if word.text != "-":
            judge_path(context, "read", word)
    archives = [word for word in arguments.values("-f --file") if word.text != "-"]
    folder = arguments.value("-C --directory")
    if arguments.has("-x --extract --get"):
        _read_archives(archives, context)
        if not arguments.has("-O --to-stdout --to-command"):
            top = arguments.value("--one-top-level")
            is_absolute = arguments.has("-P --absolute-names")
            unpack(folder or top or Word("."), context, is_absolute=is_absolute)
            if invocation.stdin.fetched:
                context.trail.append("network.download")
    elif arguments.has("-c --create -r --append -u --update -A --concatenate --catenate --delete"):
        for word in arguments.operands:
            judge_path(context, "read-tree", _inside(folder, word))
            if arguments.has("--remove-files"):
                context.delete_path(_inside(folder, word), tree=True)
        _write_archives(archives, context)
    else:
        _read_archives(archives, context)
    ensure(context, count)


def _modern(args: Sequence[Word]) -> list[Word]:
    """The old style (`xzf a.tgz`, with or without a dash) as separate options."""
    if not args or not args[0].literal:
        return list(args)
    first = args[0].text
    if first[:1] == "-" or not first.isalnum():
        return list(args)
    found: list[Word] = []
    rest = list(args[1:])
    for letter in first:
        found.append(Word("-" + letter))
        if letter in _TAR_LETTERS and rest:
            found.append(rest.pop(0))
    return [*found, *rest]


def _inside(folder: Word | None, word: Word) -> Word:
    if folder is None or word.text[:1] in {"/", "~"}:
        return word
    is_literal = folder.literal and word.literal
    return word._replace(text=f"{folder.text.rstrip('/')}/{word.text}", literal=is_literal)


def _run_each(words: Iterable[Word], context: Context) -> None:
    """Recognise commands that an archiver starts; the usual compressors add nothing new."""
    for word in words:
        name = word.text.split(" ", 1)[0].rpartition("/")[2]
        if name in _COMPRESSORS and word.literal and not any(c in word.text for c in ";|&$`><"):
            continue
        if word.literal:
            context.run_script(word.text, Stdin(origin="pipe"))
        else:
            context.unknown("a command to run is computed at run time", target=word.text)


_COMPRESSORS = frozenset("gzip bzip2 xz zstd lz4 pigz pbzip2 lzop lzma brotli zstdmt pixz".split())


def _read_archives(archives: Iterable[Word], context: Context) -> None:
    for word in archives:
        host, colon, _ = word.text.partition(":")
        if colon and "/" not in host:
            context.add("network.read", word.text)
        else:
            judge_path(context, "read", word)


def _write_archives(archives: Iterable[Word], context: Context) -> None:
    for word in archives:
        host, colon, _ = word.text.partition(":")
        if colon and "/" not in host:
            context.add("network.upload", word.text)
        else:
            judge_path(context, "write", word)


def unpack(folder: Word, context: Context, *, is_absolute: bool = False) -> None:
    """Add what unpacking an archive into a folder becomes.

    Below a temporary folder or a build folder: a write there. Anywhere else the members decide, which
    nobody has seen: `code.execute-archive`, and the write where the folder is outside.
    """
    found = paths.operations(
        "write-tree", folder, context.cwd, context.workspace, context.facts, None, context.remote
    )
    kinds = {row[0] for row in found}
    is_build = (
        folder.literal
        and not context.remote
        and paths.is_build_folder(context.path(folder.text), context.workspace)
    )
    if not is_absolute and (kinds <= {"file.write-temporary"} or is_build):
        for row in found:
            context.add(*row)
        return
    for row in found:
        if row[0] != "file.write":
            context.add(*row)
    context.add("code.execute-archive", context.path(folder.text))


# zip and its kin


def unzip(invocation: Invocation, context: Context) -> None:
    """`unzip [-d DIR] ARCHIVE`; -l, -t, -v, -Z and -p only read."""
    arguments = read_arguments(invocation.args, "-d -P -x")
    for word in arguments.operands[:1]:
        judge_path(context, "read", word)
    is_read = arguments.has("-l -t -v -Z -p -c -z") or invocation.name != "unzip"
    if not is_read and arguments.operands:
        unpack(arguments.value("-d") or Word("."), context)
    elif not arguments.operands:
        context.add("shell.inert", invocation.name)


def zip_files(invocation: Invocation, context: Context) -> None:
    """`zip ARCHIVE FILE…`: -m removes what was packed, -TT names a command."""
    args: list[Word] = []
    skipping = False
    for word in invocation.args:
        # -x and -i take names up to the next option
        if word.text in {"-x", "-i", "--exclude", "--include"}:
            skipping = True
        elif word.text[:1] == "-" or word.text == "@":
            skipping = False
        if not skipping and word.text != "@":
            args.append(word)
    tests = [
        args[i + 1] for i, word in enumerate(args[:-1]) if word.text in {"-TT", "--unzip-command"}
    ]
    for word in args:
        name, equals, value = word.text.partition("=")
        if equals and name.startswith("--unz") and "--unzip-command".startswith(name):
            tests.append(word._replace(text=value))
    arguments = read_arguments(
        [
            word
            for word in args
            if word not in tests and word.text not in {"-TT", "--unzip-command"}
        ],
        "-b --temp-path -n --suffixes -t --from-date -tt -O --output-file -P --password -s --split-size",
    )
    _run_each(tests, context)
    operands = arguments.operands
    count = len(context.operations)
    for word in operands[1:]:
        judge_path(context, "read-tree", word)
        if arguments.has("-m --move"):
            context.delete_path(word, tree=True)
    for word in arguments.values("-O --output-file") or operands[:1]:
        if word.text != "-":
            judge_path(context, "write", word)
    ensure(context, count)


def seven_zip(invocation: Invocation, context: Context) -> None:
    """`7z`, `rar`, `unrar`, `jar`-like: a letter says what is done, -oDIR where."""
    words = [word for word in invocation.args if word.text[:1] != "-"]
    action = words[0].text if words else ""
    operands = words[1:]
    if action in {"l", "t", "v", "i", "h", "b", "p", "lb", "lt", "vb", "vt"} or not operands:
        count = len(context.operations)
        for word in operands[:1]:
            judge_path(context, "read", word)
        ensure(context, count)
        return
    if action in {"x", "e"}:
        judge_path(context, "read", operands[0])
        target = next(
            (
                w._replace(text=w.text[2:])
                for w in invocation.args
                if w.text[:2] == "-o" and w.text[2:]
            ),
            None,
        )
        if target is None and invocation.name in {"rar", "unrar"} and len(operands) > 1:
            target = operands[-1] if operands[-1].text.endswith("/") else None
        unpack(target or Word("."), context)
        return
    for word in operands[1:]:
        judge_path(context, "read-tree", word)
        if "-sdel" in invocation.texts or action in {"m", "mf"}:
            context.delete_path(word, tree=True)
    judge_path(context, "write", operands[0])


def jar(invocation: Invocation, context: Context) -> None:
    """`jar xf`, `jar cf`, `jar tf`: tar's old style."""
    args = _modern(invocation.args)
    arguments = read_arguments(args, "-f --file -C -e --main-class -m --manifest --dir")
    archives = arguments.values("-f --file")
    if arguments.has("-x --extract"):
        _read_archives(archives, context)
        unpack(arguments.value("-C --dir") or Word("."), context)
    elif arguments.has("-c --create -u --update"):
        for word in arguments.operands:
            judge_path(context, "read-tree", word)
        _write_archives(archives, context)
    else:
        _read_archives(archives, context)
        context.add("file.read", "a jar")


def ar(invocation: Invocation, context: Context) -> None:
    """`ar` and `ranlib`: x unpacks, t and p read, the rest writes the archive."""
    operands = [word for word in invocation.args if word.text[:2] != "--"]
    action = operands[0].text.lstrip("-") if operands else ""
    count = len(context.operations)
    for word in operands[1:2]:
        judge_path(context, "read" if action[:1] in {"t", "p", "x"} else "write", word)
    if action[:1] == "x":
        unpack(Word("."), context)
    elif action[:1] in {"r", "q"}:
        for word in operands[2:]:
            judge_path(context, "read", word)
    ensure(context, count)


def cpio(invocation: Invocation, context: Context) -> None:
    """`cpio -i` unpacks, -o packs, -p copies, -t lists."""
    arguments = read_arguments(
        invocation.args,
        "-F --file -O -I -D --directory -E --pattern-file -H --format -R --owner -C --io-size "
        "--rsh-command -M --message",
        switches="--extract --create --list --pass-through --to-stdout --no-absolute-filenames",
    )
    _run_each(arguments.values("--rsh-command"), context)
    archives = arguments.values("-F --file -I -O")
    if arguments.has("-t --list --to-stdout"):
        _read_archives(archives, context)
        context.add("file.read", "an archive")
    elif arguments.has("-i --extract"):
        _read_archives(archives, context)
        unpack(arguments.value("-D --directory") or Word("."), context, is_absolute=True)
    elif arguments.has("-p --pass-through"):
        for word in arguments.operands:
            judge_path(context, "write-tree", word)
        if arguments.has("-l --link"):
            for name in invocation.stdin.text.split() if invocation.stdin.known else ("/",):
                judge_linked(context, Word(name), tree=True)
    else:
        _write_archives(archives, context)
        stdin = invocation.stdin
        for name in stdin.text.split() if stdin.known else ():
            judge_path(context, "read-tree", Word(name))
        context.add("file.read", "files named on standard input")


def pax(invocation: Invocation, context: Context) -> None:
    """`pax -r` unpacks, -w packs, both copy, neither lists."""
    arguments = read_arguments(invocation.args, "-f -b -s -o -x -B -E -G -T -U -p")
    archives = arguments.values("-f")
    if arguments.has("-r") and not arguments.has("-w"):
        _read_archives(archives, context)
        unpack(Word("."), context, is_absolute=True)
        return
    for word in arguments.operands[:-1] if arguments.has("-r") else arguments.operands:
        judge_path(context, "read-tree", word)
        if arguments.has("-l"):
            judge_linked(context, word, tree=True)
    if arguments.has("-r") and arguments.operands:
        judge_path(context, "write-tree", arguments.operands[-1])
    if arguments.has("-w"):
        _write_archives(archives, context)
    else:
        _read_archives(archives, context)


# One file at a time


def compress(invocation: Invocation, context: Context) -> None:
    """`gzip`, `xz`, `zstd`…: each file becomes another beside it; -c, -t and -l only read."""
    arguments = read_arguments(
        invocation.args,
        "-S --suffix -o -D -M --memory --memlimit -B --block-size -F --format --flush-timeout -p "
        "--processes --output-dir-flat",
        attached="-T --threads -b -w",
        switches="--stdout --to-stdout --decompress --keep --list --test --force --rm",
    )
    is_read = arguments.has("-c --stdout --to-stdout -t --test -l --list")
    count = len(context.operations)
    for word in arguments.operands:
        judge_path(context, "read", word)
        if not is_read:
            judge_path(context, "write", word)
    for word in arguments.values("-o --output-dir-flat"):
        judge_path(context, "write", word)
    ensure(context, count)


def unpacker(invocation: Invocation, context: Context) -> None:
    """`unar`, `unsquashfs`, `uncompress`…: archives unpacked into a folder."""
    arguments = read_arguments(invocation.args, "-o -output-directory -d -dest -p -password -e")
    for word in arguments.operands[:1]:
        judge_path(context, "read", word)
    if invocation.name == "lsar" or arguments.has("-l -ll -s"):
        context.add("file.read", "an archive")
    else:
        unpack(arguments.value("-o -output-directory -d -dest") or Word("."), context)


PROGRAMS = by_name(
    (
        (tar, "tar gtar bsdtar"),
        (unzip, "unzip zipinfo funzip"),
        (zip_files, "zip"),
        (seven_zip, "7z 7za 7zr 7zz rar unrar"),
        (jar, "jar"),
        (ar, "ar"),
        (cpio, "cpio"),
        (pax, "pax"),
        (
            compress,
            """gzip gunzip pigz unpigz bzip2 bunzip2 pbzip2 xz unxz lzma unlzma zstd unzstd lz4
            unlz4 brotli compress uncompress lzop""",
        ),
        (unpacker, "unar lsar unsquashfs"),
    )
)
