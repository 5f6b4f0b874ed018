"""What calls of Python code do to files: open, os, shutil, pathlib, glob, archives.

Sources (checked 2026-11-21): https://docs.python.org/3/library/os.html,
https://docs.python.org/3/library/shutil.html, https://docs.python.org/3/library/pathlib.html.
"""

from __future__ import annotations

from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.values import (
    FETCHED,
    FILE,
    GLOB,
    SECRET,
    UNKNOWN,
    Value,
    below,
    computed,
    constant,
    is_text,
    joined_path,
    joined_text,
    known_text,
    taints,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler


def _path(call: Call) -> Value:
    return joined_path(call.args) if call.args else Value("path", ".")


#: Methods of a path that give the same place.
_SAME_PLACE = frozenset("resolve absolute expanduser as_posix __str__ as_uri relative_to".split())


def _path_method(call: Call) -> Value | None:
    """A method of a pathlib path: one that gives another path, one that reads, one that changes."""
    path = call.receiver
    if path is None:
        return None
    method = call.method
    if method in _SAME_PLACE:
        return path
    if method in {"read_text", "read_bytes"}:
        return _file_read(call, path)
    if method == "open":
        return _opened(call, path, call.text(0, "mode") or "r")
    found = _other_path(call, method, path)
    if found is None:
        _change_path(call, method, path)
    return found or UNKNOWN


def _other_path(call: Call, method: str, path: Value) -> Value | None:
    """The path, or the pattern of paths, that a method gives."""
    if method == "joinpath":
        return joined_path((path, *call.args))
    if method in {"with_name", "with_stem", "with_suffix"}:
        folder, _, name = word_of(path).text.rpartition("/")
        part = call.args[0] if call.args else UNKNOWN
        if method == "with_suffix":
            part = joined_text((constant(name.rpartition(".")[0] or name), part))
        elif method == "with_stem":
            part = joined_text((part, constant("." + name.rpartition(".")[2])))
        return joined_path((Value("path", folder or ".", traits=path.traits), part))
    if method in {"glob", "rglob"}:
        pattern = joined_path((path, *call.args[:1]))
        return Value("path", word_of(pattern).text, traits=frozenset((GLOB,)) | pattern.traits)
    if method in {"iterdir", "walk"}:
        return below(path)._replace(sort="path")
    return None


def _change_path(call: Call, method: str, path: Value) -> None:
    """A method that changes the file behind a path."""
    context, word = call.context, word_of(path)
    other = word_of(call.args[0]) if call.args else None
    if method in {"write_text", "write_bytes"}:
        write_file(call, word, call.arg(0, "data"))
    elif method in {"unlink", "rmdir"}:
        context.delete_path(word)
    elif method in {"mkdir", "touch"}:
        context.write_path(word)
    elif method in {"chmod", "lchmod"}:
        context.permissions_path(word)
    elif other is not None:
        texts, is_link = _PATH_PROGRAMS[method]
        words = [Word(text) for text in texts.split()]
        context.run_words([*words, *((other, word) if is_link else (word, other))], Stdin())


#: Methods that do what a program does: its words, and whether the receiver is the new link.
_PATH_PROGRAMS = {
    **dict.fromkeys(("rename", "replace", "move", "move_into"), ("mv --", False)),
    **dict.fromkeys(("copy", "copy_into"), ("cp -r --", False)),
    "symlink_to": ("ln -s --", True),
    "hardlink_to": ("ln --", True),
}


# Files


def _file_read(call: Call, path: Value) -> Value:
    """The contents of a file that is read."""
    from agentic.recognize import paths

    word = word_of(path)
    call.context.read_path(word)
    known = call.context.written.get(call.context.path(word.text)) if word.literal else None
    if known is not None and known.text is not None:
        return constant(known.text)
    is_secret = word.literal and paths.is_secret(call.context.path(word.text))
    traits = {SECRET if is_secret else FILE} | (
        {FETCHED} if known is not None and known.fetched else set()
    )
    return Value(
        "name",
        "open().read()",
        (path,),
        traits=frozenset(traits),
        base=Value("name", "open()", (path,)),
    )


def write_file(call: Call, word: Word, content: Value | None) -> None:
    """Add the writing of a file, and remember what is put into it."""
    from agentic.recognize.arguments import note_written

    text = known_text(content) if content is not None else None
    call.context.write_path(word, text)
    fetched = content is not None and FETCHED in taints((content,))
    note_written(call.context, word, text, fetched=fetched)


def _opened(call: Call, path: Value, mode: str) -> Value:
    """`open(path, mode)`: a file that is read or written."""
    if path.sort == "constant" and isinstance(path.data, int):
        return UNKNOWN
    if not mode.strip("rtbU"):
        found = _file_read(call, path)
        return (
            found._replace(data="open()", base=None)
            if found.sort == "name"
            else Value("name", "open()", (path,), base=None, traits=found.traits)
        )
    call.context.write_path(word_of(path))
    if "r" in mode:
        call.context.read_path(word_of(path))
    return Value("name", "open()", (path,), (("mode", constant(mode)),))


def _open(call: Call) -> Value | None:
    path = call.arg(0, "file", "filename", "path")
    if path is None:
        return None
    mode = call.arg(1, "mode")
    if mode is None:
        return _opened(call, path, "r")
    return _opened(call, path, known_text(mode) or "w")


def _os_open(call: Call) -> Value | None:
    path, flags = call.arg(0, "path"), call.arg(1, "flags")
    if path is None:
        return None
    reads = flags is not None and flags.sort == "name" and flags.data == "os.O_RDONLY"
    return _opened(call, path, "r" if reads else "w")


def _handle_read(call: Call) -> Value | None:
    """`f.read()` and its like on an opened file."""
    handle = call.receiver
    if handle is None or handle.data != "open()":
        return None
    path = handle.items[0]
    word = word_of(path)
    known = call.context.written.get(call.context.path(word.text)) if word.literal else None
    if known is not None and known.text is not None:
        return constant(known.text)
    return Value("name", "open().read()", (path,), base=handle, traits=handle.traits)


def _handle_write(call: Call) -> Value | None:
    """`f.write(text)` on an opened file."""
    handle = call.receiver
    if handle is not None and handle.data == "open()" and call.args:
        write_file(call, word_of(handle.items[0]), call.args[0])
    return None


def _is_path(value: Value | None) -> bool:
    """Whether a value can be a path: a number or None is another way of calling."""
    return value is not None and (value.sort != "constant" or isinstance(value.data, str | bytes))


def _delete(call: Call) -> None:
    path = call.arg(0, "path", "name", "folder")
    if path is not None and _is_path(path):
        call.context.delete_path(word_of(path), tree=call.method in {"rmtree", "removedirs"})


def _write_target(call: Call) -> None:
    path = call.arg(0, "path", "name", "filename")
    if path is not None and _is_path(path):
        call.context.write_path(word_of(path))


def read_target(call: Call) -> None:
    """A file that is read as a whole by the function that names it."""
    path = call.arg(0, "path", "filename")
    if path is not None and is_text(path):
        call.context.read_path(word_of(path))


def _permissions(call: Call) -> None:
    path = call.arg(0, "path")
    if path is not None and _is_path(path):
        call.context.permissions_path(word_of(path))


def _by_program(*command: str) -> Handler:
    """A handler that judges the first two arguments as operands of a program."""

    def judge(call: Call) -> None:
        source, target = call.arg(0, "src", "source"), call.arg(1, "dst", "destination")
        if source is not None and target is not None:
            words = [Word(text) for text in command]
            call.context.run_words([*words, Word("--"), word_of(source), word_of(target)], Stdin())

    return judge


def _unpack(call: Call) -> None:
    """`shutil.unpack_archive` and `extractall`."""
    source = call.arg(0, "filename") if call.method == "unpack_archive" else None
    if call.receiver is not None and call.receiver.items:
        source = call.receiver.items[0]
    if source is None and call.method != "unpack_archive":
        return
    name = word_of(source).text if source is not None else ""
    program = "unzip" if ".zip" in name or "ZipFile" in call.name else "tar"
    target = call.arg(1 if call.method == "unpack_archive" else 0, "path", "extract_dir")
    words = [Word("unzip"), word_of(source or UNKNOWN)]
    if program == "tar":
        words = [Word("tar"), Word("-xf"), word_of(source or UNKNOWN)]
    if target is not None:
        words += [Word("-d" if program == "unzip" else "-C"), word_of(target)]
    call.context.run_words(words, Stdin())


def _chdir(call: Call) -> None:
    path = call.arg(0, "path")
    word = word_of(path) if path is not None else Word("$x", literal=False)
    if word.literal:
        call.context.cwd = call.context.path(word.text)
        call.context.is_cwd_computed = False
    elif not call.walk.is_kept:
        call.context.is_cwd_computed = True


def _glob(call: Call) -> Value:
    pattern = call.arg(0, "pathname")
    if pattern is None or not is_text(pattern):
        return computed(*call.args)
    root = call.arg(-1, "root_dir")
    pattern = joined_path((root, pattern), "text") if root is not None else pattern
    return Value("text", word_of(pattern).text, traits=frozenset((GLOB,)) | pattern.traits)


def _listing(call: Call) -> Value:
    """`os.listdir`: names, of which nothing more is known; `os.scandir`: paths below the folder."""
    if call.method == "listdir":
        return Value("text", "*", traits=frozenset((GLOB,)))
    return below(call.args[0] if call.args else constant("."))


def _path_join(call: Call) -> Value:
    return joined_path(call.args, "text")


def _dirname(call: Call) -> Value:
    from agentic.recognize.python.values import path_attribute

    if not call.args or not is_text(call.args[0]):
        return computed(*call.args)
    found = path_attribute(call.args[0], "parent" if call.method == "dirname" else "name")
    if found is None:
        return computed(*call.args)
    return constant(found.data) if call.args[0].sort == "constant" else found


def _path_like(call: Call) -> Value | None:
    """A method whose name only paths have, on a value of which nothing is known."""
    receiver = call.receiver
    if call.walk.is_kept or (
        receiver is not None and receiver.sort == "name" and receiver.data != "?"
    ):
        return None
    return _path_method(call)


def _extract(call: Call) -> Value | None:
    if call.name.startswith(("tarfile.", "zipfile.")):
        _unpack(call)
    return None


_PATH_METHODS = (
    "resolve absolute expanduser as_posix __str__ as_uri relative_to joinpath with_suffix with_name"
    " with_stem glob rglob iterdir walk read_text read_bytes write_text write_bytes open unlink rmdir"
    " mkdir touch chmod lchmod rename replace move move_into copy copy_into symlink_to hardlink_to"
).split()


def _unbound(call: Call) -> Value | None:
    """`Path.unlink(path)`: the method, given its path as the first argument."""
    if not call.args:
        return None
    function = call.function._replace(base=call.args[0])
    return _path_method(call._replace(function=function, args=call.args[1:]))


FILE_CALLS: dict[str, Handler] = {
    **dict.fromkeys(["pathlib.Path." + name for name in _PATH_METHODS], _unbound),
    **dict.fromkeys(["Path()." + name for name in _PATH_METHODS], _path_method),
    **dict.fromkeys(
        "open io.open codecs.open io.FileIO gzip.open bz2.open lzma.open".split(), _open
    ),
    "os.open": _os_open,
    **dict.fromkeys(
        "os.remove os.unlink os.rmdir os.removedirs shutil.rmtree send2trash.send2trash".split(),
        _delete,
    ),
    **dict.fromkeys("os.rename os.renames os.replace shutil.move".split(), _by_program("mv")),
    **dict.fromkeys("shutil.copy shutil.copy2 shutil.copyfile".split(), _by_program("cp")),
    "shutil.copytree": _by_program("cp", "-r"),
    "os.symlink": _by_program("ln", "-s"),
    "os.link": _by_program("ln"),
    **dict.fromkeys(
        "os.mkdir os.makedirs os.mkfifo os.mknod os.truncate os.utime".split(), _write_target
    ),
    **dict.fromkeys(
        "numpy.loadtxt linecache.getlines dotenv.dotenv_values fileinput.input".split(),
        read_target,
    ),
    **dict.fromkeys("os.chmod os.chown os.lchown shutil.chown".split(), _permissions),
    "shutil.unpack_archive": _unpack,
    "os.chdir": _chdir,
    **dict.fromkeys(("glob.glob", "glob.iglob"), _glob),
    **dict.fromkeys(("os.listdir", "os.scandir"), _listing),
    **dict.fromkeys("pathlib.Path pathlib.PosixPath pathlib.PurePath Path".split(), _path),
    "pathlib.Path.home": lambda call: Value("path", "~"),
    "pathlib.Path.cwd": lambda call: Value("path", "."),
    "os.getcwd": lambda call: constant("."),
    "os.path.join": _path_join,
    **dict.fromkeys(("os.path.dirname", "os.path.basename"), _dirname),
}
FILE_METHODS: dict[str, Handler] = {
    **dict.fromkeys("read readlines readline".split(), _handle_read),
    **dict.fromkeys("write writelines".split(), _handle_write),
    **dict.fromkeys("unlink rmdir write_text write_bytes read_text read_bytes".split(), _path_like),
    **dict.fromkeys(("extractall", "extract"), _extract),
}
