"""What in the options of `docker run` lets a container take over the machine it runs on.

Source: https://docs.docker.com/engine/security/.
"""

from __future__ import annotations

from agentic.core.paths import is_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context

_DANGEROUS_MOUNTS = (
    "/",
    "/etc",
    "/root",
    "/boot",
    "/dev",
    "/proc",
    "/sys",
    "/usr",
    "/var",
    "/lib",
    "/bin",
)
_DANGEROUS_CAPABILITIES = ("all", "sys_admin", "sys_ptrace", "sys_module", "net_admin", "dac_read_search",
                           "sys_rawio", "bpf", "dac_override", "mknod", "setfcap")  # fmt: skip
_HOST = ("host",)


def takes_over(context: Context, pairs: Sequence[tuple[str, str]]) -> str:
    """Why a container can take over the host, else empty."""
    for name, value in pairs:
        lowered = value.lower()
        if name == "--privileged" and lowered not in ("false", "0"):
            return "--privileged"
        if name in ("-v", "--volume", "--mount"):
            source = mount_source(value)
            if source.endswith(("docker.sock", "podman.sock", "containerd.sock")):
                return "docker socket"
            if source and opens_host(context, source):
                return f"mounts {source}"
        if name == "--cap-add" and lowered.removeprefix("cap_") in _DANGEROUS_CAPABILITIES:
            return f"--cap-add {value}"
        if name in ("--pid", "--userns", "--cgroupns") and lowered in _HOST:
            return f"{name} host"
        if name in ("--network", "--net") and lowered in _HOST:
            return f"{name} host"
        if name == "--security-opt" and "unconfined" in lowered:
            return f"--security-opt {value}"
        if name == "--device" and value.startswith(
            ("/dev/sd", "/dev/nvme", "/dev/mem", "/dev/kmsg")
        ):
            return f"--device {value}"
    return ""


def mount_source(value: str) -> str:
    """The host's side of a mount: `-v /x:/y`, `type=bind,source=/x,target=/y`."""
    if "=" in value and "," in value:
        pairs = dict(part.partition("=")[::2] for part in value.split(","))
        is_bind = pairs.get("type", "bind") == "bind"
        return (pairs.get("source") or pairs.get("src") or "") if is_bind else ""
    source, colon, _ = value.partition(":")
    return source if colon and source.startswith(("/", "~", ".", "$", "`")) else ""


def opens_host(context: Context, source: str) -> bool:
    """Whether a mounted folder is the system's, the home itself, or holds keys."""
    path = context.path(source)
    home = context.workspace.home
    if path in _DANGEROUS_MOUNTS or (home and path == home) or is_below(home or "/-", path):
        return True
    if path.startswith(("/etc/", "/root/", "/proc/", "/sys/", "/var/run", "/run/")):
        return True
    return any(
        part in path.split("/") for part in (".ssh", ".aws", ".kube", ".gnupg", ".docker", ".azure")
    )
