"""Budgets: lines of a file, lines and parameters of a function, includes of a file. What is over its budget stands in scripts/budgets
with the size it has now: it may shrink, never grow."""
import re
from dataclasses import dataclass

from .layers import SYSTEM, includes
from .tree import Problem, line_of

FILE_LINES, FILE_LINES_HARD = 300, 600
FUNCTION_LINES, PARAMETERS, INCLUDES = 70, 4, 12
REMEDY = {
    "file": "find the second noun in it and give it its own file",
    "function": "name its parts and make them functions",
    "parameters": "put them into an options struct with initialisers",
    "includes": "split the file, or include less (standard headers do not count)",
}
LIMIT = {"file": FILE_LINES, "function": FUNCTION_LINES, "parameters": PARAMETERS, "includes": INCLUDES}


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int
    parameters: int


_CONTROL = re.compile(r"^(if|for|while|switch|catch|do|else|return|try)\b")
_CLASS = re.compile(r"^(?:template\s*<.*>\s*)?(?:class|struct|union|enum)\b[^()]*$", re.S)
_NAME = re.compile(r"((?:[\w~]+(?:<[^()]*>)?::)*(?:operator\s*(?:\(\)|\[\]|[^\s\w(]+|[\w:<>&* ]+?)|~?\w+))\s*\(")

_NOT_A_NAME = ("requires", "decltype", "alignas", "noexcept", "explicit")


def functions(text):
    """The functions defined in a text without comments. Found by matching braces; code inside functions is not looked into."""
    found, scopes, head_start = [], [], 0
    for match in re.finditer(r"[{};]", text):
        place, mark = match.start(), match.group()
        inside = bool(scopes) and scopes[-1][0] in ("function", "other")
        if mark == "{":
            kind, start = ("other", place) if inside else _classify(text, head_start, place)
            scopes.append((kind, start))
            if kind in ("scope", "function", "other"):
                head_start = place + 1
            continue
        if mark == ";":
            if not scopes or scopes[-1][0] == "scope":
                head_start = place + 1
            continue
        if not scopes:
            continue
        kind, start = scopes.pop()
        if kind == "function":
            found.append(_function(text, start, place))
        if kind != "braces":  # after the braces of a member initialiser the head goes on
            head_start = place + 1
    return found


def _classify(text, start, place):
    """What the brace at `place` opens, given the text since the last statement: (kind, where its head starts)."""
    head = re.sub(r"\b(public|private|protected)\s*:(?!:)", lambda m: " " * len(m.group()), text[start:place])
    start += len(head) - len(head.lstrip())
    head = head.strip()
    if re.search(r"\bnamespace\b[\w\s:]*$", head) or re.match(r'^extern\s*"\s*"$', head) or _CLASS.match(head):
        return "scope", start
    if "(" not in head or _CONTROL.match(head) or re.search(r"=\s*(\[.*)?$", head, re.S):
        return "other", start
    if _depth_zero_colon(head) and not re.search(r"[)}]\s*$", head):
        return "braces", start
    return "function", start


def _depth_zero_colon(head):
    depth = 0
    for match in re.finditer(r"[()]|(?<!:):(?!:)", head):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if match.group() == ":" and depth == 0:
            return True
    return False


def _function(text, start, end):
    named = next((m for m in _NAME.finditer(text, start, end) if m.group(1) not in _NOT_A_NAME), None)
    head_end = named.end() - 1 if named else text.index("(", start)
    name = re.sub(r"\s+", " ", named.group(1)) if named else text[start:head_end].split()[-1]
    depth, commas, angle, close = 0, 0, 0, head_end
    for place in range(head_end, end):
        char = text[place]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                close = place
                break
        elif char == "<":
            angle += 1
        elif char == ">" and text[place - 1] != "-":
            angle -= 1
        elif char == "," and depth == 1 and angle == 0:
            commas += 1
    inner = text[head_end + 1:close].strip()
    if re.match(r"^(TEST|TEST_F|TEST_P|TYPED_TEST|BENCHMARK\w*)$", name):
        return Function(re.sub(r"\W+", ".", inner), line_of(text, start), line_of(text, end) - line_of(text, start) + 1, 0)
    parameters = 0 if inner in ("", "void") else commas + 1
    return Function(name, line_of(text, start), line_of(text, end) - line_of(text, start) + 1, parameters)


def measure(tree):
    """(kind, path, name or '-') → (size, line) of everything over its limit, and over the hard limit of a file."""
    sizes = {}
    for path in tree.code("src", "fuzz", "bench", "tests"):
        sizes["file", path, "-"] = (tree.text(path).count("\n"), 0)
        if path != "src/main.cpp":  # it connects everything and may know everything
            project = {t for _, quote, t in includes(tree, path) if quote == '"' or (re.search(r"[./]", t) and not SYSTEM.match(t))}
            sizes["includes", path, "-"] = (len(project), 1)
        for f in functions(tree.plain[path]):
            for kind, size in (("function", f.lines), ("parameters", f.parameters)):
                if size > sizes.get((kind, path, f.name), (0, 0))[0]:  # overloads: the largest counts
                    sizes[kind, path, f.name] = (size, f.line)
    return {key: value for key, value in sizes.items() if value[0] > LIMIT[key[0]]}


def read_budgets(tree):
    """(kind, path, name) → (allowed, line in scripts/budgets)."""
    budgets = {}
    for number, line in enumerate(tree.text("scripts/budgets").splitlines(), 1):
        cells = line.split()
        if cells and not line.startswith("#"):
            budgets[cells[0], cells[1], " ".join(cells[2:-1])] = (int(cells[-1]), number)
    return budgets


def ratchet(tree):
    """Nothing over a budget that is not in scripts/budgets, and nothing larger than its line there."""
    over, budgets = measure(tree), read_budgets(tree)
    for key, (size, line) in sorted(over.items()):
        kind, path, name = key
        what = {"file": f"{size} lines", "function": f"{name}: {size} lines", "parameters": f"{name}: {size} parameters",
                "includes": f"{size} includes of ours and of libraries"}[kind]
        allowed = budgets.get(key, (LIMIT[kind], 0))[0]
        if kind == "file" and size > FILE_LINES_HARD:
            yield Problem(path, 0, f"{what}, {FILE_LINES_HARD} is the end; {REMEDY[kind]}")
        elif size > allowed:
            yield Problem(path, line, f"{what}, {allowed} allowed; {REMEDY[kind]}")
    for key, (allowed, number) in budgets.items():
        size = over.get(key, (0, 0))[0]
        if size < allowed:
            yield Problem("scripts/budgets", number, f"{key[1]} has shrunk: "
                          f"{'take the line out' if not size else f'{size} is enough'} (scripts/check --tighten does it)")


def tightened(tree):
    """scripts/budgets with every line lowered to the size of today, and the lines taken out that nothing needs."""
    over, lines = measure(tree), []
    for line in tree.text("scripts/budgets").splitlines():
        cells = line.split()
        if not cells or line.startswith("#"):
            lines.append(line)
            continue
        size = over.get((cells[0], cells[1], " ".join(cells[2:-1])), (0, 0))[0]
        if size:
            lines.append(" ".join(cells[:-1] + [str(min(size, int(cells[-1])))]))
    return "\n".join(lines) + "\n"
