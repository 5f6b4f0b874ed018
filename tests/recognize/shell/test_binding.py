"""The parser is loaded without `re`, and what stood in its place is the real one when it is used."""

from __future__ import annotations

import subprocess
import sys


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def test_a_parse_loads_no_regular_expressions() -> None:
    program = (
        "import sys\n"
        "for name in [n for n in sys.modules if n == 're' or n.startswith('re.')]: del sys.modules[name]\n"
        "from agentic.recognize.shell.binding import parse_tree\n"
        "print(parse_tree(b'echo $(date)').root_node.type, 're' in sys.modules)\n"
        "import re; print(re.fullmatch('a+', 'aa') is not None)\n"
    )
    assert run(program).split() == ["program", "False", "True"]


def test_the_stand_in_is_the_real_module_when_it_is_used() -> None:
    program = (
        "import sys\n"
        "for name in [n for n in sys.modules if n == 're' or n.startswith('re.')]: del sys.modules[name]\n"
        "from agentic.recognize.shell.binding import _re_stand_in\n"
        "stand_in = _re_stand_in()\n"
        "print(stand_in.compile('b').search('abc') is not None, stand_in.IGNORECASE.name)\n"
        "print(sys.modules['re'] is not stand_in)\n"
    )
    assert run(program).split() == ["True", "IGNORECASE", "True"]
