"""Exit codes of the command line. A flag never changes what a number means.

Low numbers say that agentic could not do its work; from 10 up it did, and this is the verdict.
The hook answers in its host's protocol instead.
"""

OK = 0
BUG = 1
USAGE = 2
INVALID_DOCUMENT = 3
CHECK_FAILED = 4
UNAVAILABLE = 5
CONSULT = 10
STOP = 20
