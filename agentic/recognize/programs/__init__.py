"""The registry of programs: name -> module of this package that holds its entry.

Explicit on purpose: a module is loaded only when one of its programs appears, and one that fails to
import is an error, not a gap. Each module has a `PROGRAMS` table: name -> `Spec` or handler function
`(invocation, context) -> None`.
"""

from __future__ import annotations

#: module -> the programs in its PROGRAMS table, separated by blanks (checked by a test).
MODULES: dict[str, str] = {
    "agents": (
        "agentic claude codex gemini qwen opencode copilot cursor-agent aider goose amp droid "
        "crush q kiro-cli cline auggie openhands kimi vibe"
    ),
    "archives": (
        "tar gtar bsdtar unzip zipinfo funzip zip 7z 7za 7zr 7zz rar unrar jar ar cpio pax gzip "
        "gunzip pigz unpigz bzip2 bunzip2 pbzip2 xz unxz lzma unlzma zstd unzstd lz4 unlz4 brotli "
        "compress uncompress lzop unar lsar unsquashfs"
    ),
    "build": (
        "make gmake remake just task go-task tox nox invoke inv doit rake mage ant act pytest "
        "py.test unittest doctest nose2 black isort flake8 pylint pyflakes pycodestyle "
        "pydocstyle mypy dmypy pyright basedpyright pyre pytype bandit vulture radon xenon "
        "interrogate pyupgrade autoflake autopep8 yapf docformatter djlint codespell typos "
        "eslint prettier stylelint jshint standard xo biome oxlint markdownlint "
        "markdownlint-cli2 mdformat vale jest vitest mocha ava karma jasmine tap cypress "
        "shellcheck shfmt yamllint actionlint jsonlint taplo dprint sqlfluff sqlfmt gofmt "
        "goimports golangci-lint staticcheck gofumpt govulncheck rustfmt clang-format "
        "clang-tidy cppcheck cpplint ktlint detekt checkstyle rubocop rspec phpunit phpstan "
        "psalm pint swiftlint commitlint pydeps import-linter lint-imports deptry pip-audit "
        "safety pyroma check-manifest validate-pyproject pandera spectral tsd size-limit knip "
        "depcheck ts-prune attw publint ctest gtest nextest hypothesis mutmut cosmic-ray "
        "pytest-watch ptw lint-staged axe pa11y lighthouse lhci zizmor oasdiff gcc g++ cc c++ clang "
        "clang++ ld as ranlib rustc javac kotlinc scalac swiftc tsc tsup swc babel esbuild "
        "rollup webpack parcel sass postcss tailwindcss sphinx-build sphinx-apidoc "
        "sphinx-quickstart typedoc jsdoc pdoc doxygen pandoc latexmk pdflatex xelatex protoc "
        "buf flatc cython cythonize maturin nuitka pyinstaller f2py scons meson ninja samu "
        "autoconf automake autoreconf configure ccache sccache nvcc dot plantuml mmdc antlr4 "
        "bison flex yacc lex setuptools-scm bumpversion bump2version bump-my-version towncrier "
        "git-cliff cz commitizen npm-check-updates ncu patch-package gitleaks trufflehog "
        "detect-secrets detect-secrets-hook ggshield secretlint talisman git-secrets lychee ruff "
        "coverage pre-commit prek lefthook husky cookiecutter copier cruft direnv nbstripout"
    ),
    "clouds": "aws awslocal eksctl sam",
    "files": (
        "rm grm rmdir unlink trash trash-put shred mv gmv cp gcp install ginstall ln gln link "
        "touch mkdir truncate fallocate mkfifo mknod dos2unix unix2dos tee sponge dd mktemp split "
        "csplit rename prename chmod chown chgrp chattr setfacl setfattr xattr mkfs mkfs.ext2 "
        "mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mke2fs mkswap wipefs fdisk "
        "sfdisk sgdisk gdisk parted blkdiscard mount umount losetup swapon swapoff patch ed ex vi "
        "vim nvim view nano emacs micro busybox toybox"
    ),
    "git": "git gitk tig",
    "languages": (
        "cargo go mvn mvnw mvnd gradle gradlew bazel bazelisk cmake bundle bundler composer gem "
        "dotnet"
    ),
    "node_packages": "npm pnpm yarn bun cnpm npx bunx pnpx",
    "packages": (
        "pip pip3 pip2 uv uvx pipx twine flit virtualenv venv pip-compile pip-sync build "
        "pyproject-build"
    ),
    "python_projects": "poetry pdm hatch pipenv rye poe conda mamba micromamba pixi",
    "github": "gh glab hub",
    "gitops": "helm helmfile argocd flux skaffold tilt",
    "infrastructure": (
        "terraform tofu terragrunt tflocal pulumi cdk ansible-playbook ansible ansible-vault "
        "ansible-galaxy ansible-inventory ansible-doc ansible-config ansible-pull "
        "ansible-console ansible-lint tflint tfsec checkov terrascan terraform-docs driftctl "
        "packer infracost crossplane"
    ),
    "interpreters": (
        "python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 "
        "python3.14 python3.15 pypy pypy3 node nodejs deno ruby perl php Rscript R lua luajit "
        "julia osascript"
    ),
    "kubernetes": "kubectl oc kubecolor",
    "mcp_installers": (
        "mcp fastmcp smithery add-mcp install-mcp code code-insiders codium cursor windsurf"
    ),
    "secrets": "vault bao sops kubeseal op bw pass gopass security secret-tool keyring doppler",
    "servers": (
        "uvicorn gunicorn hypercorn daphne waitress-serve granian flask fastapi streamlit "
        "gradio chainlit http.server http-server live-server json-server mkdocs mike "
        "sphinx-autobuild vite next nuxt nuxi astro ng webpack-dev-server webpack-serve hugo "
        "jekyll storybook start-storybook panel bokeh voila marimo rackup puma browser-sync "
        "jupyter jupyter-notebook jupyter-lab jupyter-nbconvert papermill ipython ipython3 "
        "cross-env cross-env-shell dotenv dotenvx env-cmd nodemon c8 nyc watchexec concurrently "
        "npm-run-all npm-run-all2 run-s run-p turbo nx lerna rimraf del del-cli "
        "semantic-release release-it np changeset playwright puppeteer"
    ),
    "stream_editors": "sed gsed awk gawk mawk nawk original-awk",
    "system": (
        "top htop btop atop vmstat iostat mpstat sar uname id whoami who w users groups last "
        "lastlog uptime free lsof ss netstat lscpu lsblk lspci lsusb lsmod lsb_release hostid "
        "logname pgrep pidof pstree pmap findmnt blkid getent sw_vers system_profiler nvidia-smi "
        "rocm-smi sensors atq lsattr getfacl vm_stat lshw dmidecode getenforce sestatus aa-status "
        "dpkg-query apt-cache history loginctl timedatectl hostnamectl localectl networkctl "
        "resolvectl apt-mark ldconfig ps kill pkill killall skill renice fuser service rc-service "
        "crontab at batch atrm useradd adduser usermod userdel deluser groupadd groupmod groupdel "
        "gpasswd passwd chpasswd chage chsh chfn visudo vipw vigr faillock setcap newgrp dscl "
        "setenforce semanage aa-disable aa-complain spctl csrutil pam-auth-update "
        "update-alternatives hostname domainname nisdomainname ip ifconfig iwconfig route arp "
        "iptables ip6tables iptables-save iptables-restore nft ufw pfctl firewall-cmd ebtables "
        "ipset tc shutdown reboot halt poweroff init telinit sysctl modprobe insmod rmmod depmod "
        "kexec dmesg journalctl tmux screen pacman yay paru dpkg rpm installer systemctl "
        "launchctl apt apt-get aptitude brew yum dnf zypper apk snap flatpak"
    ),
    "text": (
        "ls dir vdir exa eza lsd stat file du df tree realpath readlink cloc tokei scc cat tac nl "
        "rev head tail less more most zcat bzcat xzcat zstdcat zless bat wc cut paste comm join "
        "column fold fmt expand unexpand pr od hexdump hd strings base64 base32 md5sum sha1sum "
        "sha224sum sha256sum sha384sum sha512sum b2sum cksum sum shasum md5 diff sdiff diff3 "
        "colordiff cmp grep egrep fgrep zgrep rg ag ack iconv shuf nm objdump readelf ldd pv "
        "xmllint gron bc tr echo printf true false : test [ [[ sleep seq yes pwd basename dirname "
        "expr factor numfmt envsubst clear tput reset stty cal ts man tldr apropos whatis which "
        "whereis tty nproc arch getconf locale pbpaste batcat sort uniq xxd fd fdfind gdate gsort "
        "jq yq printenv date"
    ),
    "clouds_google": "gcloud gsutil",
    "clouds_other": "az doctl",
    "containers": "docker podman nerdctl buildah docker-compose podman-compose",
    "network": (
        "curl curlie wget wget2 http https xh xhs aria2c axel dig nslookup host ping ping6 "
        "traceroute tracepath mtr whois drill lynx w3m links ssh-keyscan nmap masscan nikto "
        "grpcurl"
    ),
    "supply_chain": (
        "cosign slsa-verifier notation gitsign syft grype trivy snyk hadolint dockle dive "
        "osv-scanner kyverno conftest opa kubeconform kubeval kube-linter kube-score polaris "
        "pluto"
    ),
    "models": (
        "mlflow dvc wandb clearml-data huggingface-cli hf feast bentoml seldon ollama vllm "
        "torchrun deepspeed horovodrun accelerate great_expectations evidently optuna "
        "tensorboard"
    ),
    "transfer": (
        "scp sftp rsync ftp lftp tftp ncftp mail mailx mutt sendmail msmtp swaks nc ncat netcat "
        "socat telnet websocat wscat ngrok cloudflared lt localtunnel bore frpc zrok tailscale "
        "ssh-keygen ssh-add ssh-agent ssh-copy-id openssl gpg gpg2 age age-keygen rage"
    ),
    "pipelines": (
        "airflow argo kfp prefect zenml dagster kedro ray serve sky spark-submit pyspark "
        "spark-sql spark-shell databricks snow lakectl clearml-task clearml-agent"
    ),
    "observability": (
        "amtool promtool logcli grafana-cli grafana grafanactl grr pd opsgenie datadog-ci "
        "sentry-cli telemetrygen kubetail locust k6 vegeta artillery hey ab wrk wrk2 "
        "bombardier oha siege autocannon schemathesis"
    ),
    "clusters": "kubectx kubens kustomize stern k9s kind minikube k3d istioctl linkerd velero",
    "images": "skopeo crane gcrane oras regctl ko",
    "deployers": "vercel vc netlify ntl fly flyctl heroku railway serverless sls wrangler",
    "databases": (
        "psql mysql mariadb mycli pgcli clickhouse-client snowsql sqlcmd cqlsh trino beeline "
        "sqlite3 duckdb redis-cli valkey-cli mongosh mongo"
    ),
    "wrappers": (
        "nohup setsid nice ionice chrt taskset numactl prlimit timeout gtimeout stdbuf time gtime "
        "unbuffer chronic ifne eatmydata caffeinate catchsegv coproc builtin exec noglob "
        "nocorrect fakeroot xvfb-run dbus-run-session strace ltrace valgrind rlwrap sshpass "
        "firejail bwrap unshare nsenter gosu su-exec setpriv pkexec run0 systemd-run systemd-inhibit "
        "proxychains proxychains4 torsocks sudo doas sudoedit su runuser chroot env genv "
        "watch viddy hyperfine flock script command entr pyenv rbenv nodenv goenv asdf mise rtx "
        "fnm volta nvm"
    ),
    "finders": ("find gfind xargs gxargs parallel"),
    "remote_shells": ("ssh autossh mosh slogin rsh pssh parallel-ssh pdsh"),
    "shells": "sh bash dash zsh ksh mksh ash fish rbash csh tcsh",
    "migrations": (
        "alembic flyway liquibase migrate dbmate atlas sqlx dbt pg_dump pg_dumpall mysqldump "
        "mariadb-dump mongodump mongoexport pg_restore mongorestore mongoimport mysqlimport "
        "dropdb createdb createuser dropuser vacuumdb reindexdb clusterdb pgbench redis-benchmark "
        "mysqlslap pg_isready pg_amcheck mysqladmin mariadb-admin pg_ctl initdb postgres mysqld "
        "mariadbd mongod redis-server clickhouse-server bq"
    ),
}


class Registry:
    """Program name -> module, found in the texts above: a hook asks for two of nine hundred names."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def get(self, name: str, default: str = "") -> str:
        """The module of a program, else the default."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = _module_of(name)
        return found or default

    def __contains__(self, name: str) -> bool:
        return bool(self.get(name))


def _module_of(name: str) -> str:
    if not name or not name.isprintable() or " " in name:
        return ""
    wanted = f" {name} "
    for module, names in MODULES.items():
        if wanted in f" {names} ":
            return module
    return ""


REGISTRY = Registry()
