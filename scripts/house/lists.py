"""The lists that register families, metrics, functions of expressions, endpoints and commands: a line for each file, a file for each
line. A line x means a function `…Entry x()`, in x.cpp or, where a few entries are one thing, in a file that defines them together."""
import re

from .tree import Problem

LISTS = {
    "src/learning/families.list": ("FAMILY", "src/learning/families"),
    "src/evaluation/metrics.list": ("METRIC", "src/evaluation/metrics"),
    "src/expression/functions.list": ("FUNCTION", "src/expression/functions"),
    "src/serving/endpoints.list": ("ENDPOINT", "src/serving/endpoints"),
    "src/commands/commands.list": ("COMMAND", "src/commands"),
    "src/events/transports.list": ("TRANSPORT", "src/events/transports"),
}
ENTRY = re.compile(r"^\w+Entry (\w+)\(\) *\{", re.M)


def _entries(text, macro):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"^%s\((\w+)\)$" % macro, line)
        if match:
            yield number, match.group(1)
        elif line.strip() and not line.startswith("//"):
            yield number, None


def registration(tree):
    """Each entry that a file of a listed folder defines has its line, and each line its entry. Files without one are shared code."""
    for path, (macro, folder) in LISTS.items():
        files = {p[len(folder) + 1:-4] for p in tree.code("src") if p.rsplit("/", 1)[0] == folder and p.endswith(".cpp")
                 and not p.endswith("_test.cpp")}
        if path not in tree.files:
            if files:
                yield Problem(path, 0, f"is missing; write one line {macro}(name) for each file of {folder}")
            continue
        text, seen = tree.text(path), []
        defined = {file: set(ENTRY.findall(tree.plain[f"{folder}/{file}.cpp"])) for file in files}
        known = set().union(*defined.values())
        for number, name in _entries(text, macro):
            if name is None:
                yield Problem(path, number, f"a line is {macro}(name) or a comment starting with //")
            elif name in seen:
                yield Problem(path, number, f"'{name}' is there twice; take one out")
            elif name not in known:
                yield Problem(path, number, f"no file of {folder} defines '…Entry {name}()'; write {name}.cpp or take the line out")
            if name:
                seen.append(name)
        for file in sorted(files):
            for name in sorted(defined[file] - set(seen)):
                yield Problem(f"{folder}/{file}.cpp", 0, f"'{name}' is in no list, so nobody can use it; add {macro}({name}) to {path}")
        # A list whose order is seen by users says so in its first comment; all others are sorted, so that merges do not collide.
        if "order" not in text.split("\n", 1)[0] and seen != sorted(seen):
            first = next(a for a, b in zip(seen, sorted(seen)) if a != b)
            yield Problem(path, 0, f"not sorted from '{first}' on; sort it (or say in the first line, a comment, what the order is)")
