"""What a Makefile or a justfile runs for a target: rules, prerequisites and variables, read simply.

Goes in: the file's text, the goals and the variables of the line. Comes out: shell lines in the order
they would run. Functions that only the run can answer become a computed word; `$(shell …)` commands
are handed out too, because make runs them.
Sources: https://www.gnu.org/software/make/manual/make.html, https://just.systems/man/en/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: A word that the shell reader takes as computed at run time.
COMPUTED = "$MAKE_COMPUTED"
MAX_EXPANSION = 20
MAX_LINES = 400

_CONDITIONALS = (
    "ifeq",
    "ifneq",
    "ifdef",
    "ifndef",
    "else",
    "endif",
    "vpath",
    "undefine",
    "unexport",
)
_MODIFIERS = ("export ", "override ", "private ")
_DEFAULTS = {
    "MAKE": "make",
    "CC": "cc",
    "CXX": "c++",
    "CPP": "cc -E",
    "AR": "ar",
    "RM": "rm -f",
    "SHELL": "/bin/sh",
    "AS": "as",
    "FC": "f77",
    "INSTALL": "install",
}


class Rule(NamedTuple):
    """One target: what it needs first and its recipe lines, unexpanded."""

    needs: tuple[str, ...] = ()
    recipe: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class Recipes(NamedTuple):
    """A read file: variables by every value they may have, rules by target, files it includes."""

    variables: dict[str, list[str]]
    rules: dict[str, Rule]
    default: str
    includes: tuple[str, ...] = ()
    immediate: tuple[str, ...] = ()


def read_makefile(text: str) -> Recipes:
    """The variables and rules of a Makefile; both branches of a condition count."""
    variables: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    includes: list[str] = []
    immediate: list[str] = []
    default = ""
    current: list[str] = []
    defining = ""
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").split("\n"):
        if defining:
            if line.strip() == "endef":
                defining = ""
            else:
                variables[defining] = [COMPUTED]
            continue
        if line[:1] == "\t" and current:
            for target in current:
                rules[target] = rules[target]._replace(recipe=(*rules[target].recipe, line.strip()))
            continue
        bare = line.partition("#")[0].strip() if "#" in line else line.strip()
        if not bare or bare.split(" ")[0].split("\t")[0] in _CONDITIONALS:
            continue
        for modifier in _MODIFIERS:
            bare = bare.removeprefix(modifier).strip()
        lead = bare.split()[0]
        if lead == "define":
            defining = bare.split()[1] if len(bare.split()) > 1 else "define"
            variables[defining] = [COMPUTED]
        elif lead in ("include", "-include", "sinclude"):
            includes.extend(bare.split()[1:])
        elif _assign(bare, variables, immediate):
            current = []
        elif ":" in bare:
            current, needs, recipe = _rule(bare, variables, immediate)
            for target in current:
                old = rules.get(target, Rule())
                rules[target] = Rule((*old.needs, *needs), (*old.recipe, *recipe))
                if not default and target[:1] != "." and "%" not in target:
                    default = target
    named = variables.get(".DEFAULT_GOAL")
    return Recipes(
        variables, rules, named[-1] if named else default, tuple(includes), tuple(immediate)
    )


def _assign(line: str, variables: dict[str, list[str]], immediate: list[str]) -> bool:
    """Take in `NAME = value` in any of its forms; false when the line is no assignment."""
    name, equals, value = line.partition("=")
    if not equals or ":" in name.rstrip(":?+! \t") or "$(" in name:
        return False
    operator = name[len(name.rstrip(":?+! \t")) :].strip()
    name = name.rstrip(":?+! \t").strip()
    if not name or " " in name:
        return False
    value = value.strip()
    if "!" in operator:
        immediate.append("$(shell " + value + ")")
        value = COMPUTED
    elif ":" in operator and "$(shell" in value:
        immediate.append(value)
    values = variables.setdefault(name, [])
    if operator == "+" and values:
        values[:] = [f"{old} {value}" for old in values]
    elif value not in values:
        values.append(value)
    return True


def _rule(
    line: str, variables: dict[str, list[str]], immediate: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """The targets, needs and first recipe lines of `a b: c d ; cmd` or `a: NAME = value`."""
    left, _, right = line.partition(":")
    right = right.lstrip(":")
    targets = left.replace("&", " ").split()
    if "=" in right and _assign(right.lstrip(), variables, immediate):
        return [], [], []
    needed, semicolon, recipe = right.partition(";")
    needs = needed.replace("|", " ").split()
    return targets, needs, [recipe.strip()] if semicolon and recipe.strip() else []


def recipe_lines(
    recipes: Recipes, goals: Sequence[str], given: Mapping[str, str], folder: str
) -> tuple[list[str], list[str]]:
    """The shell lines that make runs for goals, and the goals that have no rule.

    `given` are the variables of the line; commands of `$(shell …)` come before the lines that use them.
    """
    lines: list[str] = []
    missing: list[str] = []
    seen: set[str] = set()
    expansion = Expansion(recipes.variables, dict(given), folder, lines)
    for text in recipes.immediate:
        expansion.text(text)

    def visit(target: str) -> None:
        if target in seen or len(lines) > MAX_LINES:
            return
        seen.add(target)
        rule, stem = _rule_for(recipes.rules, target)
        if rule is None:
            missing.append(target)
            return
        automatic = {"@": target, "*": stem}
        needs = [
            need.replace("%", stem) for need in " ".join(map(expansion.text, rule.needs)).split()
        ]
        automatic.update(
            {"<": needs[0] if needs else "", "^": " ".join(needs), "+": " ".join(needs)}
        )
        for need in needs:
            if _rule_for(recipes.rules, need)[0] is not None:
                visit(need)
        for line in rule.recipe:
            shown = expansion.text(line, automatic).lstrip("@-+ \t")
            if shown:
                lines.append(shown)

    for goal in goals or ([expansion.text(recipes.default)] if recipes.default else []):
        visit(goal)
    return lines, missing


def immediate_commands(recipes: Recipes, given: Mapping[str, str], folder: str) -> list[str]:
    """The commands that make runs while it only reads the file."""
    commands: list[str] = []
    expansion = Expansion(recipes.variables, given, folder, commands)
    for text in recipes.immediate:
        expansion.text(text)
    return commands


def _rule_for(rules: Mapping[str, Rule], target: str) -> tuple[Rule | None, str]:
    """The rule of a target, by name or by a pattern with `%`, and the pattern's stem."""
    rule = rules.get(target)
    if rule is not None:
        return rule, ""
    for pattern, candidate in rules.items():
        head, percent, tail = pattern.partition("%")
        fits = percent and target.startswith(head) and target.endswith(tail) and candidate.recipe
        if fits and len(target) > len(head) + len(tail):
            return candidate, target[len(head) : len(target) - len(tail)]
    return None, ""


class Expansion(NamedTuple):
    """Variable expansion; commands of `$(shell …)` are appended to `commands` as they are met."""

    variables: Mapping[str, list[str]]
    given: Mapping[str, str]
    folder: str
    commands: list[str]

    def text(self, text: str, automatic: Mapping[str, str] | None = None, depth: int = 0) -> str:
        """A text with every `$(…)` put in; what only the run can tell becomes a computed word."""
        if "$" not in text:
            return text
        if depth > MAX_EXPANSION:
            return COMPUTED
        out: list[str] = []
        at, count = 0, len(text)
        while at < count:
            if text[at] != "$" or at + 1 >= count:
                out.append(text[at])
                at += 1
                continue
            opening = text[at + 1]
            if opening == "$":
                out.append("$")
                at += 2
            elif opening in "({":
                end = _closing(text, at + 1)
                out.append(self._reference(text[at + 2 : end], automatic or {}, depth))
                at = end + 1
            else:
                out.append(
                    (automatic or {}).get(opening, self._variable(opening, automatic, depth))
                )
                at += 2
        return "".join(out)

    def _reference(self, inner: str, automatic: Mapping[str, str], depth: int) -> str:
        name, blank, rest = inner.partition(" ")
        if blank and name == "shell":
            command = self.text(rest, automatic, depth + 1).strip()
            if command == "pwd":
                return self.folder
            self.commands.append(command)
            return COMPUTED
        if blank and name in ("info", "warning", "error"):
            return ""
        if blank and name in ("wildcard", "abspath", "realpath", "strip", "sort"):
            return self.text(rest, automatic, depth + 1)
        if blank or "," in inner or ":" in inner:
            self.text(rest, automatic, depth + 1)
            return COMPUTED
        if len(inner) > 1 and inner[0] in automatic and inner[1] in "DF":
            return COMPUTED
        if inner in automatic:
            return automatic[inner]
        return self._variable(self.text(inner, automatic, depth + 1), automatic, depth)

    def _variable(self, name: str, automatic: Mapping[str, str] | None, depth: int) -> str:
        if name in self.given:
            return self.given[name]
        if name in ("CURDIR", "PWD"):
            return self.folder
        values = self.variables.get(name)
        if not values:
            return _DEFAULTS.get(name, "")
        if len(values) > 1:
            return COMPUTED
        return self.text(values[0], automatic, depth + 1)


def _closing(text: str, at: int) -> int:
    """The position of the bracket that closes the one at `at`, or the end of the text."""
    opening = text[at]
    closing = ")" if opening == "(" else "}"
    depth = 0
    for position in range(at, len(text)):
        if text[position] == opening:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if not depth:
                return position
    return len(text)


def read_justfile(text: str) -> Recipes:
    """The variables and recipes of a justfile; `{{name}}` becomes `$(name)`."""
    variables: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    current = default = ""
    for line in text.replace("\\\n", " ").split("\n"):
        if line[:1] in (" ", "\t") and current:
            if line.strip():
                rule = rules[current]
                body = line.strip().replace("$", "$$").replace("{{", "$(").replace("}}", ")")
                rules[current] = rule._replace(
                    recipe=(*rule.recipe, body.replace("$( ", "$(").replace(" )", ")"))
                )
            continue
        bare = line.strip()
        if not bare or bare[0] in "#[" or bare.startswith(("set ", "import ", "mod ")):
            continue
        if bare.startswith("alias "):
            short, _, recipe = bare[6:].partition(":=")
            rules[short.strip()] = Rule((recipe.strip(),))
            continue
        name, assigned, value = bare.removeprefix("export ").partition(":=")
        if assigned:
            value = value.strip()
            plain = value[:1] in "\"'" and value[-1:] == value[:1] and value.count(value[0]) == 2
            variables[name.strip()] = [value[1:-1] if plain else COMPUTED]
        elif ":" in bare:
            head, _, needs = bare.lstrip("@").partition(":")
            words = head.split()
            current = words[0]
            default = default or current
            needed = tuple(need.strip("()") for need in needs.replace("&&", " ").split())
            rules[current] = Rule(needed, (), tuple(words[1:]))
    return Recipes(variables, rules, default)
