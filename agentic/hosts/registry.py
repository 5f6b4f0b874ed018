"""The hosts of this machine that agentic can be installed for, by name: the only list of them."""

from __future__ import annotations

from agentic.hosts import claude_code, codex, cursor, opencode, windsurf
from agentic.hosts.interface import Host

#: host name -> the module that knows it; the names are those of agentic.adapters.ADAPTERS
HOSTS: dict[str, Host] = {
    claude_code.HOST: claude_code,
    codex.HOST: codex,
    opencode.HOST: opencode,
    cursor.HOST: cursor,
    windsurf.HOST: windsurf,
}
