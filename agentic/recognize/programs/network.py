"""HTTP clients and name lookups: curl, wget, HTTPie, aria2c, dig, ping.

What the request means is `web`'s business; here its method, address, body and output are found. A file
that is sent away is an upload, and one with credentials is an upload of a secret.

Sources (checked 2026-11-21): https://curl.se/docs/manpage.html (and `curl --help all` of 7.88),
https://www.gnu.org/software/wget/manual/wget.html, https://httpie.io/docs/cli,
https://aria2.github.io/manual/en/html/aria2c.html.
"""

from __future__ import annotations

from agentic.recognize import paths
from agentic.recognize.addresses import is_local, is_metadata, parse_address
from agentic.recognize.arguments import (
    by_name,
    ensure,
    judge_path,
    note_written,
    read_arguments,
)
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.web import READS, carries_secret, judge_request, judge_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


#: Writes that need no operation of their own beside the download.
_ORDINARY = ("file.write", "file.write-temporary", "docs.write")

_CURL_VALUES = (
    "--abstract-unix-socket --alt-svc --aws-sigv4 --cacert --capath -E --cert --cert-type --ciphers -K "
    "--config --connect-timeout --connect-to -C --continue-at -b --cookie -c --cookie-jar "
    "--create-file-mode --crlfile --curves -d --data --data-ascii --data-binary --data-raw "
    "--data-urlencode --delegation --dns-interface --dns-ipv4-addr --dns-ipv6-addr --dns-servers "
    "--doh-url -D --dump-header --ech --egd-file --engine --etag-compare --etag-save "
    "--expand-data --expand-url --expand-header --expand-json --expand-output --expand-form "
    "--expect100-timeout -F --form --form-string --ftp-account --ftp-alternative-to-user --ftp-method "
    "-P --ftp-port --ftp-ssl-ccc-mode --happy-eyeballs-timeout-ms --haproxy-clientip -H --header "
    "--hostpubmd5 --hostpubsha256 --hsts --interface --ip-tos --ipfs-gateway --json --keepalive-cnt "
    "--keepalive-time --key --key-type --krb --libcurl --limit-rate --local-port --login-options "
    "--mail-auth --mail-from --mail-rcpt --max-filesize --max-redirs -m --max-time --netrc-file "
    "--noproxy --oauth2-bearer -o --output --output-dir --parallel-max --pass --pinnedpubkey --preproxy "
    "--proto --proto-default --proto-redir -x --proxy --proxy-cacert --proxy-capath --proxy-cert "
    "--proxy-cert-type --proxy-ciphers --proxy-crlfile --proxy-header --proxy-key --proxy-key-type "
    "--proxy-pass --proxy-pinnedpubkey --proxy-service-name --proxy-tls13-ciphers --proxy-tlsauthtype "
    "--proxy-tlspassword --proxy-tlsuser -U --proxy-user --proxy1.0 --pubkey -Q --quote --random-file "
    "-r --range --rate -e --referer -X --request --request-target --resolve --retry --retry-delay "
    "--retry-max-time --sasl-authzid --service-name --sigalgs --socks4 --socks4a --socks5 "
    "--socks5-gssapi-service --socks5-hostname -Y --speed-limit -y --speed-time --stderr -t "
    "--telnet-option --tftp-blksize -z --time-cond --tls-max --tls13-ciphers --tlsauthtype "
    "--tlspassword --tlsuser --trace --trace-ascii --trace-config --unix-socket -T --upload-file "
    "--upload-flags --url --url-query -u --user -A --user-agent --variable --vlan-priority -w "
    "--write-out"
)
_CURL_SWITCHES = (
    "--insecure --proxy-insecure --doh-insecure --head --get --location --location-trusted --fail "
    "--silent --verbose --include --remote-name --remote-name-all --remote-header-name --show-error "
    "--compressed --netrc --netrc-optional --next --version --manual --globoff --basic --digest --ntlm"
)
_CURL_DATA = (
    "-d --data --data-ascii --data-binary --data-urlencode --json --expand-data --expand-json"
)
_CURL_DETOURS = (
    "-x --proxy --preproxy --proxy1.0 --socks4 --socks4a --socks5 --socks5-hostname --resolve "
    "--connect-to"
)
_CURL_FILES = (
    "-o --output -D --dump-header -c --cookie-jar --trace --trace-ascii --libcurl --stderr --etag-save "
    "--expand-output"
)


# curl


def curl(invocation: Invocation, context: Context) -> None:
    """`curl`: each part between `--next` is a request of its own."""
    group: list[Word] = []
    for word in invocation.args:
        if word.text in {"--next", "-:"}:
            _curl_request(group, invocation, context)
            group = []
        else:
            group.append(word)
    _curl_request(group, invocation, context)


def _curl_request(args: Sequence[Word], invocation: Invocation, context: Context) -> None:
    arguments = read_arguments(args, _CURL_VALUES, switches=_CURL_SWITCHES)
    count = len(context.operations)
    for word in arguments.values("-K --config"):
        arguments = _with_config(arguments, word, invocation.stdin, context)
    urls = _expanded([*arguments.operands, *arguments.values("--url --expand-url")])
    if not urls:
        ensure(context, count, "shell.inert", "curl")
        return
    method = _curl_method(arguments)
    body = _curl_body(arguments, invocation.stdin)
    sockets = arguments.values("--unix-socket --abstract-unix-socket")
    detours = arguments.values(_CURL_DETOURS)
    before = len(context.operations)
    for url in urls:
        if sockets:
            judge_socket(context, method, url, sockets[-1], body)
        else:
            judge_request(context, method, url, body, detour=bool(detours))
    _judge_detours(detours, context)
    stays = bool(sockets) or (not detours and all(_stays(url) for url in urls))
    _judge_sent(_curl_sent(arguments), context, stays=stays, stdin=invocation.stdin)
    if arguments.has("-k --insecure --proxy-insecure --doh-insecure"):
        context.add("network.insecure-local" if stays else "network.insecure", urls[0].text)
    _curl_output(arguments, urls, context, before)


def _curl_method(arguments: Arguments) -> str:
    """The method that curl would use, upper case."""
    named = arguments.value("-X --request")
    if named is not None:
        return named.text.upper() if named.literal else "(computed)"
    if arguments.has("-T --upload-file"):
        return "PUT"
    if arguments.has("-G --get"):
        return "GET"
    if arguments.has(_CURL_DATA + " --data-raw -F --form --form-string"):
        return "POST"
    if arguments.has("-Q --quote --mail-from --mail-rcpt -t --telnet-option"):
        return "POST"
    return "HEAD" if arguments.has("-I --head") else "GET"


def _curl_body(arguments: Arguments, stdin: Stdin) -> str:
    """The data that is sent, as far as it stands on the line."""
    pieces = [word.text for word in arguments.values(_CURL_DATA + " --data-raw")]
    pieces = [stdin.text if piece == "@-" and stdin.known else piece for piece in pieces]
    return "&".join(pieces)


def _curl_sent(arguments: Arguments) -> list[Word]:
    """The files whose content is sent; `-` is standard input."""
    found: list[Word] = []
    for option, word in arguments.options:
        if word is None:
            continue
        text = word.text
        if option in {"-T", "--upload-file"}:
            found.append(word)
        elif option in {"--data-urlencode", "--variable"}:
            name, at, rest = text.partition("@")
            if at and "=" not in name:
                found.append(word._replace(text=rest))
        elif option in {"-F", "--form", "--expand-form"}:
            _, equals, rest = text.partition("=")
            if equals and rest[:1] in {"@", "<"}:
                found.extend(
                    word._replace(text=name.partition(";")[0].strip('"'))
                    for name in rest[1:].split(",")
                )
        elif option in _CURL_DATA.split() or option in {"-H", "--header"}:
            if text[:1] == "@":
                found.append(word._replace(text=text[1:]))
        elif option in {"-b", "--cookie"} and "=" not in text and text:
            found.append(word)
    return found


def _judge_sent(files: Iterable[Word], context: Context, *, stays: bool, stdin: Stdin) -> None:
    """Add what sending files away means: an upload, of a secret where one of them is."""
    for word in files:
        if word.text in {"-", "."}:
            kind = "network.upload-secret" if carries_secret(stdin, context) else "network.upload"
            context.add("network.write-local" if stays else kind, stdin.path or "standard input")
            continue
        is_secret = False
        for found in paths.operations(
            "read", word, context.cwd, context.workspace, context.facts, None, context.remote
        ):
            is_secret = is_secret or found[0] in {"file.read-secret", "unknown.shell"}
            if found[0] != "file.read":
                context.add(*found)
        if stays:
            context.add("network.write-local", word.text)
        elif is_secret and word.literal:
            context.add("network.upload-secret", word.text)
        else:
            context.add("network.upload", word.text)


def _curl_output(arguments: Arguments, urls: Sequence[Word], context: Context, before: int) -> None:
    """Add the files that the answer is written to; reading into a file is a download."""
    folder = arguments.value("--output-dir")
    prefix = folder.text.rstrip("/") + "/" if folder is not None else ""
    files = [word for word in arguments.values(_CURL_FILES) if word.text not in {"-", "%"}]
    targets = [word._replace(text=prefix + word.text) for word in files]
    if arguments.has("-O --remote-name --remote-name-all"):
        for url in urls:
            name = parse_address(url.text).path.rpartition("/")[2]
            targets.append(Word(prefix + (name or "index.html"), literal=url.literal))
    bodies = arguments.has("-o --output -O --remote-name --remote-name-all --expand-output")
    judge_downloads(targets, context, before, is_download=bodies)


def judge_downloads(
    targets: Iterable[Word], context: Context, before: int, *, is_download: bool = True
) -> None:
    """Add the writes of an answer; plain reads since `before` become downloads."""
    wrote = False
    for word in targets:
        note_written(context, word, fetched=True)
        found = paths.operations(
            "write", word, context.cwd, context.workspace, context.facts, None, context.remote
        )
        wrote = wrote or bool(found)
        for row in found:
            if row[0] not in _ORDINARY:
                context.add(*row)
    if not (wrote and is_download):
        return
    for position in range(before, len(context.operations)):
        operation = context.operations[position]
        if operation.kind == "network.read":
            context.operations[position] = operation._replace(kind="network.download")
    context.trail.append("network.download")


def _judge_detours(words: Iterable[Word], context: Context) -> None:
    """Add the metadata service when a proxy or another address for a name leads there."""
    for word in words:
        pieces = {word.text, *word.text.replace(",", ":").split(":")}
        if "::" in word.text:
            pieces.add(word.text.rpartition("::")[2].rpartition(":")[0])
        for piece in pieces:
            if is_metadata(parse_address(piece).host):
                context.add("network.metadata", word.text)


def _stays(url: Word) -> bool:
    return url.literal and is_local(parse_address(url.text).host)


def _expanded(urls: Iterable[Word]) -> list[Word]:
    """URLs with curl's own braces taken apart."""
    found: list[Word] = []
    for url in urls:
        start, end = url.text.find("{"), url.text.find("}")
        if 0 <= start < end and url.text[start - 1 : start] != "$" and len(found) < 50:
            names = url.text[start + 1 : end].split(",")
            head, tail = url.text[:start], url.text[end + 1 :]
            found.extend(url._replace(text=head + name + tail) for name in names)
        else:
            found.append(url)
    return found


def _with_config(arguments: Arguments, word: Word, stdin: Stdin, context: Context) -> Arguments:
    """The arguments with those of a config file added; unknown when it cannot be read."""
    text = stdin.text if word.text == "-" and stdin.known else ""
    if word.text != "-":
        judge_path(context, "read", word)
        data = context.workspace.read(context.path(word.text)) if word.literal else None
        text = data.decode("utf-8", "replace") if data else ""
    if not text:
        context.unknown(
            "curl takes further options from a file that cannot be read", target=word.text
        )
        return arguments
    args: list[Word] = []
    for line in text.split("\n"):
        name, value = _config_line(line.strip())
        if name:
            args.append(Word(name))
        if value:
            args.append(Word(value))
    further = read_arguments(args, _CURL_VALUES, switches=_CURL_SWITCHES)
    return arguments._replace(
        options=(*arguments.options, *further.options),
        operands=(*arguments.operands, *further.operands),
    )


def _config_line(line: str) -> tuple[str, str]:
    """`url = "https://x"` as (`--url`, `https://x`); two empty texts for a comment."""
    if not line or line[0] == "#":
        return "", ""
    end = 0
    while end < len(line) and line[end] not in " \t=:":
        end += 1
    name = line[:end]
    value = line[end:].lstrip(" \t=:").strip()
    if value[:1] == '"':
        value = value[1:].partition('"')[0]
    return (name if name[0] == "-" else "--" + name), value


# wget and others

_WGET_VALUES = (
    "-e --execute -o --output-file -a --append-output -i --input-file -B --base --config --rejected-log "
    "-t --tries --retry-on-http-error -O --output-document --start-pos --progress -T --timeout "
    "--dns-timeout --connect-timeout --read-timeout -w --wait --waitretry -Q --quota --bind-address "
    "--limit-rate --restrict-file-names --prefer-family --user --password --use-askpass "
    "--local-encoding --remote-encoding -P --directory-prefix --cut-dirs --http-user --http-password "
    "--default-page --header --compression --max-redirect --proxy-user --proxy-password --referer -U "
    "--user-agent --load-cookies --save-cookies --post-data --post-file --method --body-data "
    "--body-file --secure-protocol --certificate --certificate-type --private-key --private-key-type "
    "--ca-certificate --ca-directory --crl-file --pinnedpubkey --ciphers --ftp-user --ftp-password "
    "--warc-file -l --level --backups -A --accept -R --reject --accept-regex --reject-regex "
    "--regex-type -D --domains --exclude-domains --follow-tags --ignore-tags -I "
    "--include-directories -X --exclude-directories --report-speed --hsts-file"
)


def wget(invocation: Invocation, context: Context) -> None:
    """`wget`: downloads beside us unless -O says where; --post-file and --body-file send."""
    arguments = read_arguments(
        invocation.args,
        _WGET_VALUES,
        switches="--no-check-certificate --spider --recursive --mirror --quiet --continue --no-hsts "
        "--delete-after --content-disposition --no-verbose",
    )
    count = len(context.operations)
    method = arguments.value("--method")
    has_body = arguments.has("--post-data --post-file --body-data --body-file")
    verb = method.text.upper() if method is not None else "POST" if has_body else "GET"
    body = "&".join(word.text for word in arguments.values("--post-data --body-data"))
    urls = [*arguments.operands, *_listed_urls(arguments, invocation.stdin, context)]
    for url in urls:
        judge_request(context, "HEAD" if arguments.has("--spider") else verb, url, body)
    stays = bool(urls) and all(_stays(url) for url in urls)
    _judge_sent(
        arguments.values("--post-file --body-file --load-cookies"),
        context,
        stays=stays,
        stdin=invocation.stdin,
    )
    commands = [word.text.replace(" ", "").lower() for word in arguments.values("-e --execute")]
    careless = any(
        text.startswith(("check_certificate=off", "check-certificate=off")) for text in commands
    )
    if arguments.has("--no-check-certificate") or careless:
        context.add("network.insecure-local" if stays else "network.insecure", invocation.name)
    _judge_detours([Word(text.partition("=")[2]) for text in commands if "proxy" in text], context)
    for word in arguments.values("--use-askpass"):
        context.run_script(word.text, Stdin())
    targets = arguments.values("-o --output-file -a --append-output --save-cookies")
    document = arguments.value("-O --output-document")
    if urls and verb in READS and not arguments.has("--spider"):
        if document is None:
            folder = arguments.value("-P --directory-prefix")
            prefix = folder.text.rstrip("/") + "/" if folder is not None else ""
            for url in urls:
                name = parse_address(url.text).path.rpartition("/")[2]
                targets.append(Word(prefix + (name or "index.html"), literal=url.literal))
        elif document.text != "-":
            targets.append(document)
    judge_downloads(targets, context, count)
    ensure(context, count)


def _listed_urls(arguments: Arguments, stdin: Stdin, context: Context) -> list[Word]:
    """The URLs that `-i FILE` lists."""
    found: list[Word] = []
    for word in arguments.values("-i --input-file"):
        text = stdin.text if word.text == "-" and stdin.known else ""
        if word.text != "-" and "://" in word.text:
            found.append(word)
            continue
        if word.text != "-":
            judge_path(context, "read", word)
            data = context.workspace.read(context.path(word.text)) if word.literal else None
            text = data.decode("utf-8", "replace") if data else ""
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if not lines:
            context.unknown("the list of addresses cannot be read", target=word.text)
        found.extend(Word(line) for line in lines[:100])
    return found


def httpie(invocation: Invocation, context: Context) -> None:
    """`http [METHOD] URL [ITEM…]`: `name=value` sends, `name@file` uploads, `name==value` asks."""
    arguments = read_arguments(
        invocation.args,
        "-o --output -a --auth -A --auth-type --session --session-read-only --verify --cert --cert-key "
        "--ssl --ciphers --proxy --timeout --max-redirects --raw -p --print -s --style --format-options "
        "--boundary --default-scheme --response-charset --response-mime --pretty --max-headers --path-as-is "
        "--http-version",
        switches="--download --offline --form --json --multipart --follow --check-status --stream",
    )
    count = len(context.operations)
    operands = list(arguments.operands)
    verb = ""
    if operands and operands[0].text.isalpha() and operands[0].text.isupper():
        verb = operands.pop(0).text
    if not operands or arguments.has("--offline --help --version"):
        context.add("shell.inert", invocation.name)
        return
    url = operands.pop(0)
    if url.text[:1] == ":":
        url = url._replace(
            text="localhost" + (url.text if url.text[1:2].isdigit() else url.text[1:])
        )
    sent = [
        word._replace(text=word.text.partition("@")[2]) for word in operands if _is_upload(word)
    ]
    sent += [
        word._replace(text=word.text.partition("=@")[2]) for word in operands if "=@" in word.text
    ]
    has_data = bool(sent) or arguments.has("--raw") or any(_is_data(word) for word in operands)
    has_data = has_data or invocation.stdin.origin not in {"inherit", "closed"}
    body = "&".join(word.text for word in operands if _is_data(word))
    judge_request(context, verb or ("POST" if has_data else "GET"), url, body)
    stays = _stays(url)
    _judge_sent(sent, context, stays=stays, stdin=invocation.stdin)
    verify = arguments.value("--verify")
    if verify is not None and verify.text.lower() in {"no", "false"}:
        context.add("network.insecure-local" if stays else "network.insecure", url.text)
    _judge_detours(arguments.values("--proxy"), context)
    targets = arguments.values("-o --output")
    if arguments.has("-d --download") and not targets:
        targets = [Word(parse_address(url.text).path.rpartition("/")[2] or "index.html")]
    judge_downloads(targets, context, count)


def _is_upload(word: Word) -> bool:
    name, at, _ = word.text.partition("@")
    return bool(at) and not any(mark in name for mark in "=:")


def _is_data(word: Word) -> bool:
    head, equals, rest = word.text.partition("=")
    return bool(equals) and rest[:1] != "=" and (":" not in head or head.endswith(":"))


def aria2c(invocation: Invocation, context: Context) -> None:
    """`aria2c`, `axel`: downloads; hooks of aria2c run programs."""
    arguments = read_arguments(
        invocation.args,
        "-d --dir -o --out -i --input-file -l --log -j -s -x -k -t -m -n -S --header --referer -U "
        "--on-download-complete --on-download-start --on-download-stop --on-download-error "
        "--on-bt-download-complete --check-certificate --all-proxy --load-cookies --save-session",
    )
    count = len(context.operations)
    for option, word in arguments.options:
        if option.startswith("--on-") and word is not None:
            context.run_script(word.text, Stdin())
    urls = [*arguments.operands, *_listed_urls(arguments, invocation.stdin, context)]
    for url in urls:
        judge_request(context, "GET", url)
    verify = arguments.value("--check-certificate")
    if verify is not None and verify.text == "false":
        context.add("network.insecure", invocation.name)
    folder = arguments.value("-d --dir")
    prefix = folder.text.rstrip("/") + "/" if folder is not None else ""
    name = arguments.value("-o --out")
    targets = [Word(prefix + (name.text if name is not None else "download"))]
    judge_downloads(targets, context, count)
    ensure(context, count)


# Looking at the network


def lookup(invocation: Invocation, context: Context) -> None:
    """`dig`, `ping`, `traceroute`…: questions to the network."""
    arguments = read_arguments(invocation.args, "-c -i -w -W -s -t -p -m -n -q -f -b -k -y -x")
    operands = arguments.operands
    if invocation.name == "dig":
        for word in arguments.values("-f -k"):  # names or a key from a file
            judge_path(context, "read", word)
    stays = bool(operands) and all(is_local(parse_address(word.text).host) for word in operands)
    shown = " ".join(word.text for word in operands)[:120]
    context.add("network.read-local" if stays else "network.read", shown)


def scan(invocation: Invocation, context: Context) -> None:
    """`nmap` and its kin: many connections that the other side did not ask for."""
    arguments = read_arguments(
        invocation.args,
        "-p -oN -oX -oG -oA -iL -e -S -D -g --script --script-args",
        single_dash=True,
    )
    for word in arguments.values("-oN -oX -oG -oA"):
        judge_path(context, "write", word)
    operands = arguments.operands
    stays = bool(operands) and all(is_local(parse_address(word.text).host) for word in operands)
    context.add(
        "network.read-local" if stays else "network.write", " ".join(invocation.texts)[:120]
    )


def grpcurl(invocation: Invocation, context: Context) -> None:
    """`grpcurl HOST list|describe|METHOD`."""
    arguments = read_arguments(
        invocation.args,
        "-d -H -rpc-header -reflect-header -import-path -proto -protoset -cacert -cert -key -authority "
        "-servername -max-time -connect-timeout -max-msg-sz -expand-headers -user-agent -format",
        single_dash=True,
    )
    operands = arguments.operands
    is_read = any(word.text in {"list", "describe"} for word in operands)
    stays = bool(operands) and is_local(parse_address(operands[0].text).host)
    kind = "network.read" if is_read else "network.write"
    context.add(kind + "-local" if stays else kind, " ".join(word.text for word in operands)[:120])
    if arguments.has("-insecure"):
        context.add("network.insecure-local" if stays else "network.insecure", "-insecure")


PROGRAMS = by_name(
    (
        (curl, "curl curlie"),
        (wget, "wget wget2"),
        (httpie, "http https xh xhs"),
        (aria2c, "aria2c axel"),
        (
            lookup,
            "dig nslookup host ping ping6 traceroute tracepath mtr whois drill lynx w3m links ssh-keyscan",
        ),
        (scan, "nmap masscan nikto"),
        (grpcurl, "grpcurl"),
    )
)
