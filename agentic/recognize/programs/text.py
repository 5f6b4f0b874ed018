"""Programs that only read and print: listing, paging, searching, counting, comparing, checksums.

`TOOLS` says for each what its operands are and which options take values, read files, write files or
run programs. The few with a grammar of their own have a function. Writing in place is `files`' business.

Sources (checked 2026-11-21): https://www.gnu.org/software/coreutils/manual/coreutils.html,
https://www.gnu.org/software/grep/manual/grep.html, https://github.com/BurntSushi/ripgrep
(crates/core/flags/defs.rs), https://github.com/sharkdp/fd, https://jqlang.org/manual,
https://mikefarah.gitbook.io/yq.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.arguments import ensure, judge_path, read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


class Tool(NamedTuple):
    """What a reading program's command line means.

    operands  `read` (files to read), `pattern` (a pattern, then files), `look` (only names and sizes are
              shown), `inert` (no files), `system` (asks about the machine)
    values    options that take a value
    attached  options whose value can only be attached
    reads     options whose value is a file that is read
    writes    options whose value is a file that is written
    patterns  options that give the pattern, so that every operand is a file
    trees     options that read whole folders
    runs      options whose value is a program that is run
    """

    operands: str
    values: str = ""
    attached: str = ""
    reads: str = ""
    writes: str = ""
    patterns: str = ""
    trees: str = ""
    runs: str = ""


_LOOK = Tool("look", values="-I --ignore -w --width -T --tabsize -L -P --block-size -d -B -t -X")
_READ = Tool("read")
_INERT = Tool("inert")
_SYSTEM = Tool("system")
_SUM = Tool("read", values="-a --algorithm -l --length -w --wrap")
_GREP = Tool(
    "pattern",
    values="-e --regexp -f --file -m --max-count -A --after-context -B --before-context -C --context "
    "-d --directories -D --devices --include --exclude --exclude-from --exclude-dir --label "
    "--binary-files --group-separator",
    attached="--color --colour",
    reads="-f --file --exclude-from",
    patterns="-e --regexp -f --file",
    trees="-r -R --recursive --dereference-recursive",
)
_RIPGREP = Tool(
    "pattern",
    values="-e --regexp -f --file -g --glob --iglob -t --type -T --type-not --type-add --type-clear -m "
    "--max-count -A --after-context -B --before-context -C --context -d --max-depth --maxdepth -j "
    "--threads -M --max-columns -r --replace --sort --sortr --ignore-file -E --encoding --engine "
    "--colors --color --pre --pre-glob --hostname-bin --max-filesize --path-separator "
    "--context-separator --field-match-separator --field-context-separator --dfa-size-limit "
    "--regex-size-limit --hyperlink-format --generate",
    reads="-f --file --ignore-file",
    patterns="-e --regexp -f --file --files --type-list --generate",
    trees="-. --hidden -u --unrestricted -uu -uuu",
    runs="--pre --hostname-bin",
)
_SILVER = Tool(
    "pattern",
    values="-A --after -B --before -C --context -G --file-search-regex -m --max-count --ignore -p "
    "--path-to-ignore --ignore-dir --depth --pager -W --width --color-match --type --ignore-file",
    attached="--color",
    patterns="-g",
    trees="--hidden -u --unrestricted",
    runs="--pager",
)
_DIFF = Tool(
    "read",
    values="-U --unified -C --context -W --width -I --ignore-matching-lines -x --exclude -X "
    "--exclude-from --label -L -F --show-function-line -S --starting-file --from-file --to-file -D "
    "--ifdef -o --output -n --bytes -i --ignore-initial --diff-program",
    attached="--color",
    reads="-X --exclude-from --from-file --to-file",
    writes="-o --output",
    trees="-r --recursive",
    runs="--diff-program",
)

TOOLS: dict[str, Tool] = {
    "ls": _LOOK,
    "dir": _LOOK,
    "vdir": _LOOK,
    "exa": _LOOK,
    "eza": _LOOK,
    "lsd": _LOOK,
    "stat": Tool("look", values="-c --format -f -t"),
    "file": Tool("look", values="-m --magic-file -F --separator -e -P -f", reads="-f"),
    "du": Tool("look", values="-d --max-depth -t --threshold -B --block-size --exclude -X"),
    "df": Tool("system", values="-B --block-size -t --type -x --exclude-type"),
    "tree": Tool(
        "look",
        values="-L -P -I -o -H -T --charset --filelimit --timefmt --gitfile --infofile --sort",
        writes="-o",
    ),
    "realpath": Tool("look", values="--relative-to --relative-base"),
    "readlink": _LOOK,
    "cloc": Tool(
        "look", values="--exclude-dir --include-lang --exclude-lang --not-match-d", writes="--out"
    ),
    "tokei": Tool("look", values="-e --exclude -t --types -s --sort -o --output -c"),
    "scc": Tool(
        "look", values="-i --include-ext -x --exclude-ext -f --format -s -o", writes="-o --output"
    ),
    "cat": _READ,
    "tac": Tool("read", values="-s --separator"),
    "nl": Tool("read", values="-b -d -f -h -i -l -n -s -v -w"),
    "rev": _READ,
    "head": Tool("read", values="-n --lines -c --bytes"),
    "tail": Tool(
        "read", values="-n --lines -c --bytes -s --sleep-interval --pid --max-unchanged-stats"
    ),
    "less": Tool("read", values="-b -h -j -k -o -O -p -P -t -T -x -y -z -D", writes="-o -O"),
    "more": Tool("read", values="-n --lines"),
    "most": _READ,
    "zcat": _READ,
    "bzcat": _READ,
    "xzcat": _READ,
    "zstdcat": _READ,
    "zless": _READ,
    "bat": Tool(
        "read",
        values="-l --language -H --highlight-line -r --line-range -m --map-syntax --theme --style "
        "--tabs --wrap --color --paging --pager --file-name --terminal-width --diff-context",
        runs="--pager",
    ),
    "wc": Tool("look", values="--files0-from", reads="--files0-from"),  # it tells sizes only
    "cut": Tool(
        "read", values="-b --bytes -c --characters -d --delimiter -f --fields --output-delimiter"
    ),
    "paste": Tool("read", values="-d --delimiters"),
    "comm": Tool("read", values="--output-delimiter"),
    "join": Tool("read", values="-1 -2 -a -e -j -o -t -v"),
    "column": Tool("read", values="-c -s -N -R -o -O -H -T -l -W -E -n -r -p -i -d -M"),
    "fold": Tool("read", values="-w --width"),
    "fmt": Tool("read", values="-w --width -g --goal -p --prefix"),
    "expand": Tool("read", values="-t --tabs"),
    "unexpand": Tool("read", values="-t --tabs"),
    "pr": Tool("read", values="-h -l -o -w -W -D"),
    "od": Tool("read", values="-A -j -N -t -S", attached="-w"),
    "hexdump": Tool("read", values="-e -f -n -s", reads="-f"),
    "hd": Tool("read", values="-e -f -n -s", reads="-f"),
    "strings": Tool("read", values="-n --bytes -t --radix -e --encoding -T --target"),
    "base64": Tool("read", values="-w --wrap -i -o", writes="-o"),
    "base32": _SUM,
    "md5sum": _SUM,
    "sha1sum": _SUM,
    "sha224sum": _SUM,
    "sha256sum": _SUM,
    "sha384sum": _SUM,
    "sha512sum": _SUM,
    "b2sum": _SUM,
    "cksum": _SUM,
    "sum": _SUM,
    "shasum": _SUM,
    "md5": Tool("read", values="-s"),
    "diff": _DIFF,
    "sdiff": _DIFF,
    "diff3": _DIFF,
    "colordiff": _DIFF,
    "cmp": _DIFF,
    "grep": _GREP,
    "egrep": _GREP,
    "fgrep": _GREP,
    "zgrep": _GREP,
    "rg": _RIPGREP,
    "ag": _SILVER,
    "ack": _SILVER,
    "iconv": Tool("read", values="-f --from-code -t --to-code -o --output", writes="-o --output"),
    "shuf": Tool(
        "read",
        values="-n --head-count -o --output -i --input-range --random-source",
        writes="-o --output",
    ),
    "nm": _READ,
    "objdump": _READ,
    "readelf": _READ,
    "ldd": _READ,
    "pv": _READ,
    "xmllint": Tool(
        "read", values="--xpath --schema --format-pretty --encode -o --output", writes="-o --output"
    ),
    "gron": _READ,
    "bc": _READ,
    "tr": _INERT,
    "echo": _INERT,
    "printf": _INERT,
    "true": _INERT,
    "false": _INERT,
    ":": _INERT,
    "test": _INERT,
    "[": _INERT,
    "[[": _INERT,
    "sleep": _INERT,
    "seq": _INERT,
    "yes": _INERT,
    "pwd": _INERT,
    "basename": _INERT,
    "dirname": _INERT,
    "expr": _INERT,
    "factor": _INERT,
    "numfmt": _INERT,
    "envsubst": _INERT,
    "clear": _INERT,
    "tput": _INERT,
    "reset": _INERT,
    "stty": _INERT,
    "cal": _INERT,
    "ts": _INERT,
    "man": Tool("system", values="-P --pager -H -M -S -s -L -m -p -r", runs="-P --pager -H"),
    "tldr": _INERT,
    "apropos": _INERT,
    "whatis": _INERT,
    "which": _SYSTEM,
    "whereis": _SYSTEM,
    "tty": _SYSTEM,
    "nproc": _SYSTEM,
    "arch": _SYSTEM,
    "getconf": _SYSTEM,
    "locale": _SYSTEM,
    "pbpaste": _SYSTEM,
}


def text_tool(invocation: Invocation, context: Context) -> None:
    """Recognise a program of the `TOOLS` table."""
    tool = TOOLS[invocation.name]
    if tool.operands == "inert":
        context.add("shell.inert", " ".join(invocation.texts)[:80])
        return
    arguments = read_arguments(invocation.args, tool.values, tool.attached, tool.trees)
    _judge_tool(tool, arguments, context)


def _judge_tool(tool: Tool, arguments: Arguments, context: Context) -> None:
    count = len(context.operations)
    for option in tool.reads.split() if tool.reads else ():
        for word in arguments.values(option):
            judge_path(context, "read", word)
    for option in tool.writes.split() if tool.writes else ():
        for word in arguments.values(option):
            judge_path(context, "write", word)
    for option in tool.runs.split() if tool.runs else ():
        for word in arguments.values(option):
            run_text(word, context)
    operands = arguments.operands
    if tool.operands == "read":
        for word in operands:
            if word.text[:1] == "+" and "!" in word.text:  # a pager's first command
                run_text(word._replace(text=word.text.partition("!")[2]), context)
    if tool.operands == "pattern":
        has_pattern = bool(tool.patterns) and arguments.has(tool.patterns)
        operands = operands if has_pattern else operands[1:]
    if tool.operands == "look":
        context.add("file.read", " ".join(word.text for word in operands[:3]) or ".")
    elif tool.operands == "system":
        context.add("shell.read-system", " ".join(word.text for word in operands[:3]))
    else:
        is_tree = bool(tool.trees) and arguments.has(tool.trees)
        for word in operands:
            if word.text != "-":
                judge_path(context, "read-tree" if is_tree else "read", word)
    ensure(context, count)


def run_text(word: Word, context: Context) -> None:
    """Recognise a command that an option hands to a shell or starts."""
    if not word.text:
        return
    if word.literal:
        context.run_script(word.text, Stdin())
    else:
        context.unknown("a command to run is computed at run time", target=word.text)


# Programs with a grammar of their own


def sort(invocation: Invocation, context: Context) -> None:
    """`sort`: -o writes, --compress-program runs."""
    tool = Tool(
        "read",
        values="-k --key -o --output -S --buffer-size -t --field-separator -T --temporary-directory "
        "--batch-size --parallel --compress-program --files0-from --random-source --sort",
        reads="--files0-from --random-source",
        writes="-o --output",
        runs="--compress-program",
    )
    _judge_tool(tool, read_arguments(invocation.args, tool.values), context)


def uniq(invocation: Invocation, context: Context) -> None:
    """`uniq [IN [OUT]]`: the second operand is written."""
    arguments = read_arguments(
        invocation.args,
        "-f --skip-fields -s --skip-chars -w --check-chars",
        "--all-repeated --group",
    )
    _read_then_write(arguments, context)


def xxd(invocation: Invocation, context: Context) -> None:
    """`xxd [-r] [IN [OUT]]`."""
    arguments = read_arguments(
        invocation.args, "-c -cols -g -groupsize -l -len -n -name -o -s -seek -R", single_dash=True
    )
    _read_then_write(arguments, context)


def _read_then_write(arguments: Arguments, context: Context) -> None:
    count = len(context.operations)
    for position, word in enumerate(arguments.operands):
        if word.text != "-":
            judge_path(context, "write" if position == 1 else "read", word)
    ensure(context, count)


def fd(invocation: Invocation, context: Context) -> None:
    """`fd PATTERN PATH… [-x COMMAND…]`: the command is run for every hit."""
    args = list(invocation.args)
    for position, word in enumerate(args):
        if word.text in {"-x", "--exec", "-X", "--exec-batch"}:
            command = args[position + 1 :]
            for end, part in enumerate(command):
                if part.text == ";":
                    command = command[:end]
                    break
            args = args[:position]
            hit = _hit_of(args)
            holders = {"{}", "{/}", "{//}", "{.}", "{/.}"}
            filled = [hit if part.text in holders else part for part in command]
            if not any(part.text in holders for part in command):
                filled.append(hit)
            context.run_words(filled, Stdin())
            break
    context.add(
        "file.read", " ".join(word.text for word in args if word.text[:1] != "-")[:80] or "."
    )


def _hit_of(args: list[Word]) -> Word:
    """What fd hands to its command: files with an extension where one is given, else anything."""
    for position, word in enumerate(args[:-1]):
        if word.text in {"-e", "--extension"}:
            ending = args[position + 1].text.lstrip(".")
            return Word("*." + ending, literal=False, glob=True)
    return Word("{}", literal=False)


def jq(invocation: Invocation, context: Context) -> None:
    """`jq FILTER FILE…`; `--slurpfile` and `--rawfile` read, `env` and `$ENV` show the environment."""
    args = invocation.args
    operands: list[Word] = []
    is_filter_given, only_text = False, False
    index = 0
    count = len(context.operations)
    while index < len(args):
        text = args[index].text
        index += 1
        if text in {"--arg", "--argjson"}:
            index += 2
        elif text in {"--slurpfile", "--rawfile"}:
            for word in args[index + 1 : index + 2]:
                judge_path(context, "read", word)
            index += 2
        elif text in {"-f", "--from-file"}:
            is_filter_given = True
            for word in args[index : index + 1]:
                judge_path(context, "read", word)
            index += 1
        elif text in {"--indent", "-L", "--library-path"}:
            index += 1
        elif text in {"--args", "--jsonargs"}:
            only_text = True
        elif (text[:1] != "-" or text == "-") and not (only_text and operands):
            operands.append(args[index - 1])
    if operands and not is_filter_given:
        filter_text = operands.pop(0).text
        if _shows_environment(filter_text):
            context.add("shell.environment-dump", filter_text)
    for word in operands:
        judge_path(context, "read", word)
    ensure(context, count)


def _shows_environment(text: str) -> bool:
    """Whether a jq filter reads the environment as a whole or by name."""
    if "$ENV" in text:
        return True
    at = text.find("env")
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + 3 : at + 4]
        if not (before.isalnum() or before in {".", "_", '"', "-", "$"}) and not (
            after.isalnum() or after in {"_", '"', "-", ":"}
        ):
            return True
        at = text.find("env", at + 1)
    return False


def yq(invocation: Invocation, context: Context) -> None:
    """`yq [eval] EXPRESSION FILE…`: -i writes the files, `env(…)` and `load(…)` read."""
    arguments = read_arguments(
        invocation.args,
        "-o --output-format -p --input-format -I --indent --arg --from-file --expression -s --split-exp",
        attached="--tojson --colors",
        switches="--inplace --null-input",
    )
    operands = list(arguments.operands)
    if operands and operands[0].text in {"eval", "e", "eval-all", "ea", "r", "read"}:
        operands.pop(0)
    is_writing = arguments.has("-i --inplace --in-place")
    count = len(context.operations)
    for word in arguments.values("--from-file"):
        judge_path(context, "read", word)
    if operands and not arguments.has("--from-file --expression"):
        expression = operands.pop(0).text
        if "env" in expression and _shows_environment(expression):
            context.add("shell.environment-dump", expression[:80])
        at = expression.find('load("')
        if at >= 0:
            judge_path(context, "read", Word(expression[at + 6 :].partition('"')[0]))
    for word in operands:
        judge_path(context, "write" if is_writing else "read", word)
    ensure(context, count)


def printenv(invocation: Invocation, context: Context) -> None:
    """`printenv`: the whole environment, or the named variables."""
    names = [word for word in invocation.args if word.text[:1] != "-"]
    if not names:
        context.add("shell.environment-dump")
        return
    from agentic.recognize.shell.variables import names_secret

    for word in names:
        kind = "shell.read-system" if word.literal else "shell.environment-dump"
        context.add("shell.environment-dump" if names_secret(word.text) else kind, word.text)


def date(invocation: Invocation, context: Context) -> None:
    """`date`: printing it, or setting the machine's clock."""
    arguments = read_arguments(
        invocation.args,
        "-d --date -f --file -r --reference -s --set -v -j",
        "-I --iso-8601 --rfc-3339",
        "--utc --universal",
    )
    is_set = arguments.has("-s --set")
    plain = [word.text for word in arguments.operands if word.text[:1] != "+"]
    if is_set or (plain and plain[0].isdigit()):
        context.add("privilege.change", " ".join(invocation.texts)[:80], because="sets the clock")
        return
    for word in arguments.values("-f --file"):
        judge_path(context, "read", word)
    context.add("shell.inert", "date")


PROGRAMS = {
    **dict.fromkeys(TOOLS, text_tool),
    "batcat": text_tool,
    "sort": sort,
    "uniq": uniq,
    "xxd": xxd,
    "fd": fd,
    "fdfind": fd,
    "gdate": date,
    "gsort": sort,
    "jq": jq,
    "yq": yq,
    "printenv": printenv,
    "date": date,
}
TOOLS["batcat"] = TOOLS["bat"]
