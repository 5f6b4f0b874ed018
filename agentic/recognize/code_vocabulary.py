"""The names that matter in languages that are not parsed: what runs, deletes, writes, reads, fetches.

One table per language; a name that is missing here is taken for computing. See `code_words` for how the
calls are found and judged.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple


class Vocabulary(NamedTuple):
    """The names of one language, separated by blanks.

    commands   the first text is a shell command; further texts are its arguments
    programs   the first text is a program, further texts or a list its arguments
    deletes, trees, writes, reads, moves   the first text is a path (of `moves` two)
    requests   the first text is an address
    codes      the first text is code
    needs      a word without which `commands` and `programs` mean something else
    marks      text -> kind, or a reason for `unknown.shell`, wherever it stands
    variables  how the whole environment is written
    argument   how an argument of the command line is written: what stands before its number
    comments   how a line of comment begins
    interpolations  what makes a text in double quotes computed
    backticks  whether text in backticks is a command
    sockets    how a connection to the network is written
    """

    commands: str = ""
    programs: str = ""
    deletes: str = ""
    trees: str = ""
    writes: str = ""
    reads: str = ""
    moves: str = ""
    requests: str = ""
    codes: str = ""
    needs: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    variables: tuple[str, ...] = ()
    argument: tuple[str, int] = ("", 0)
    comments: str = "#"
    interpolations: str = "$"
    backticks: bool = False
    sockets: tuple[str, ...] = ()


UNTRUSTED = "code.load-untrusted-model"
VOCABULARIES: dict[str, Vocabulary] = {
    "javascript": Vocabulary(
        commands="exec execSync",
        programs="spawn spawnSync execFile execFileSync fork Deno.Command Bun.spawn Bun.spawnSync",
        deletes="unlink unlinkSync rmdir rmdirSync Deno.remove Deno.removeSync",
        trees="rm rmSync rimraf rimrafSync emptyDir emptyDirSync removeSync",
        writes="writeFile writeFileSync appendFile appendFileSync createWriteStream mkdir mkdirSync chmod"
        " chmodSync truncateSync outputFile outputFileSync Deno.writeTextFile Deno.writeTextFileSync"
        " Deno.writeFile Deno.mkdir Bun.write",
        reads="readFile readFileSync createReadStream readJson readJsonSync Deno.readTextFile"
        " Deno.readTextFileSync Deno.readFile Bun.file",
        moves="rename renameSync copyFile copyFileSync cpSync symlink symlinkSync Deno.rename Deno.copyFile",
        requests="fetch axios axios.get axios.post axios.put axios.delete axios.patch http.get https.get"
        " http.request https.request got got.post request superagent.get",
        codes="eval Function vm.runInThisContext vm.runInNewContext runInThisContext",
        needs="child_process Deno. Bun. execa shelljs zx",
        marks=(
            ("process.kill", "process.signal"),
            ("process.binding", "the code reaches into the interpreter itself"),
            ("process.mainModule", "the code reaches into the interpreter itself"),
            ("constructor.constructor", "the code reaches into the interpreter itself"),
            ("process.dlopen", "native code is loaded and called"),
            ("fromCharCode", "a text is put together from numbers"),
            ("child_process')[", "a function is looked up under a name made at run time"),
            ('child_process")[', "a function is looked up under a name made at run time"),
            ("require('child_'", "a function is looked up under a name made at run time"),
            ("module.constructor", "the code reaches into the interpreter itself"),
            ("globalThis[", "a function is looked up under a name made at run time"),
            ("global[", "a function is looked up under a name made at run time"),
            ("NODE_TLS_REJECT_UNAUTHORIZED", "network.insecure"),
            ("rejectUnauthorized:false", "network.insecure"),
            ("rejectUnauthorized: false", "network.insecure"),
        ),
        variables=("process.env", "Deno.env.toObject()", "Bun.env"),
        argument=("process.argv[", 1),
        comments="//",
        interpolations="${",
        sockets=("net.connect", "net.Socket", "createConnection", "net.createServer"),
    ),
    "ruby": Vocabulary(
        commands="system exec spawn IO.popen Open3.capture2 Open3.capture2e Open3.capture3 Open3.popen3"
        " Open3.pipeline Kernel.system Kernel.exec Process.spawn",
        deletes="File.delete File.unlink FileUtils.rm FileUtils.rm_f Dir.rmdir Dir.delete Dir.unlink",
        trees="FileUtils.rm_rf FileUtils.rm_r FileUtils.remove_dir FileUtils.rmtree FileUtils.remove_entry"
        " FileUtils.remove_entry_secure",
        writes="File.write IO.write File.binwrite FileUtils.mkdir_p FileUtils.touch Dir.mkdir File.chmod",
        reads="File.read IO.read File.readlines IO.readlines File.foreach IO.foreach File.binread File.open"
        " CSV.read CSV.foreach YAML.load_file JSON.load_file",
        moves="File.rename FileUtils.mv FileUtils.cp FileUtils.cp_r File.symlink FileUtils.ln_s",
        requests="URI.open Net::HTTP.get Net::HTTP.get_response Net::HTTP.post HTTParty.get HTTParty.post"
        " Faraday.get Faraday.post RestClient.get RestClient.post open",
        codes="eval instance_eval class_eval module_eval load",
        marks=(
            ("Marshal.load", UNTRUSTED),
            ("YAML.unsafe_load", UNTRUSTED),
            ("Process.kill", "process.signal"),
            ("Fiddle", "native code is loaded and called"),
            ("const_get", "a function is looked up under a name made at run time"),
            ("VERIFY_NONE", "network.insecure"),
            ("send(", "a method is called by its name"),
            ("send :", "a method is called by its name"),
            ("method(:", "a method is called by its name"),
            (".unpack", "a text is decoded"),
            ("Base64.decode", "a text is decoded"),
        ),
        variables=(
            "ENV.to_h", "ENV.inspect", "ENV.each", "ENV.to_a", "ENV.map", "p ENV", "puts ENV.", "pp ENV",
        ),
        argument=("ARGV[", 0),
        interpolations="#{",
        backticks=True,
        sockets=("TCPSocket", "TCPServer", "UNIXSocket"),
    ),
    "perl": Vocabulary(
        commands="system exec",
        deletes="unlink rmdir",
        trees="rmtree remove_tree File::Path::rmtree File::Path::remove_tree",
        writes="mkdir make_path mkpath chmod",
        moves="rename move copy symlink File::Copy::move File::Copy::copy",
        requests="get getstore LWP::Simple::get mirror",
        codes="eval do",
        marks=(
            ("Storable", UNTRUSTED),
            ("DynaLoader", "native code is loaded and called"),
            ("CORE::", "a function is called by another name"),
            ("&{", "a function is called by another name"),
            ("/ee", "a text made at run time is run as code"),
            ("syscall", "native code is loaded and called"),
            ("unpack", "a text is decoded"),
            ("decode_base64", "a text is decoded"),
            ("verify_hostname", "network.insecure"),
            ("SSL_VERIFY_NONE", "network.insecure"),
        ),
        variables=("%ENV", "Dumper(\\%ENV)", "Dumper \\%ENV"),
        argument=("$ARGV[", 0),
        interpolations="$",
        backticks=True,
        sockets=("use Socket", "IO::Socket", "socket("),
    ),
    "php": Vocabulary(
        commands="system exec shell_exec passthru popen proc_open pcntl_exec",
        deletes="unlink rmdir",
        writes="file_put_contents mkdir touch chmod tempnam",
        reads="file_get_contents file readfile fopen parse_ini_file include require include_once"
        " require_once",
        moves="rename copy symlink link move_uploaded_file",
        requests="curl_init",
        codes="eval assert create_function",
        marks=(
            ("unserialize", UNTRUSTED),
            ("phpinfo", "shell.environment-dump"),
            ("base64_decode", "a text is decoded"),
            ("gzinflate", "a text is decoded"),
            ("str_rot13", "a text is decoded"),
            ("CURLOPT_SSL_VERIFYPEER", "network.insecure"),
            ("posix_kill", "process.signal"),
            ("FFI::", "native code is loaded and called"),
            ("call_user_func", "a function is called by its name"),
        ),
        variables=("getenv()", "print_r($_ENV", "var_dump($_ENV", "print_r($_SERVER", "var_dump($_SERVER"),
        argument=("$argv[", 0),
        comments="//",
        backticks=True,
        sockets=("fsockopen", "stream_socket_client", "socket_create"),
    ),
    "r": Vocabulary(
        commands="system shell shell.exec",
        programs="system2 processx::run callr::rcmd",
        deletes="file.remove",
        trees="unlink fs::dir_delete fs::file_delete",
        writes="dir.create file.create sink pdf png fs::dir_create",
        reads="readLines read.csv read.table readRDS scan read_csv fread source load",
        moves="file.rename file.copy file.symlink",
        requests="download.file url GET POST httr::GET httr::POST curl_download",
        codes="eval parse",
        marks=(
            ("install.packages", "package.install-new"),
            ("install_github", "package.install-untrusted-source"),
            ("do.call", "a function is called by its name"),
            ("match.fun", "a function is called by its name"),
            ("dyn.load", "native code is loaded and called"),
        ),
        variables=("Sys.getenv()",),
        interpolations="\0",
    ),
    "lua": Vocabulary(
        commands="os.execute io.popen",
        deletes="os.remove",
        reads="io.open io.lines dofile loadfile",
        moves="os.rename",
        codes="load loadstring",
        marks=(
            ("package.loadlib", "native code is loaded and called"),
            ("ffi.", "native code is loaded and called"),
        ),
        argument=("arg[", 0),
        comments="--",
        interpolations="\0",
        sockets=("socket.tcp", "require('socket')"),
    ),
    "julia": Vocabulary(
        commands="run pipeline",
        trees="rm",
        writes="write mkpath mkdir touch chmod",
        reads="read readlines readline eachline include open",
        moves="mv cp symlink",
        requests="download HTTP.get HTTP.post HTTP.request Downloads.download",
        codes="eval Meta.parse include_string",
        marks=(
            ("ccall", "native code is loaded and called"),
            ("@ccall", "native code is loaded and called"),
            ("Pkg.add", "package.install-new"),
            ("deserialize", UNTRUSTED),
        ),
        variables=("println(ENV)", "show(ENV)", "print(ENV)", "display(ENV)"),
        argument=("ARGS[", 0),
        backticks=True,
    ),
    "applescript": Vocabulary(
        commands="do shell script",
        codes="run script",
        marks=(
            ("tell application", "another application is driven"),
            ("tell app", "another application is driven"),
            ("keystroke", "another application is driven"),
            ("load script", "a script is loaded"),
        ),
        comments="--",
        interpolations="\0",
    ),
}  # fmt: skip
