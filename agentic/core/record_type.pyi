# What type checkers see of record_type: the standard NamedTuple, with all its rules.
from typing import NamedTuple as NamedTuple
