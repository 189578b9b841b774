"""Names that say nothing, and marks that do not belong in a file."""
import re

from .tree import CODE, Problem, line_of

BANNED = {
    "manager": "what it does with them: a registry, a log, a scheduler", "managers": "what they do",
    "helper": "a free function in the file that needs it", "helpers": "free functions in the file that needs them",
    "util": "the noun it works on", "utils": "the nouns they work on", "utility": "the noun it works on", "utilities": "their nouns",
    "common": "the noun that is shared", "misc": "one file per noun", "impl": "the way it does it (a Loader over CSV is a CsvLoader)",
}
TYPE = re.compile(r"\b(?:class|struct|enum(?:\s+class)?|union|concept|using)\s+(\w+)")
HOST = re.compile(r"https?://[a-z0-9.-]*(npm|pypi|pythonhosted|debian|crates|maven|artifact)[a-z.]*[/:]|\"resolved\":", re.I)
MACHINE_PATH = re.compile(r"(?<![\w./~-])/(work|home|Users|root)/[\w.]")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
WRITTEN = CODE + (".md", ".py", ".cmake", ".txt", ".sh", ".yaml", ".yml", ".list", ".html", ".css", ".js", ".ts", ".json")
WIDE = CODE + (".py", ".cmake", ".list")
COLUMNS = 140


def _words(type_name):
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", type_name)]


def banned(tree):
    """No file or type is named after a drawer."""
    for path in sorted(tree.names | tree.folders):
        name = path.rsplit("/", 1)[-1]
        for word in re.split(r"[._-]", name):
            if word in BANNED and re.match(r"^(src|tests|fuzz|bench|scripts|cmake)/", path):
                yield Problem(path, 0, f"'{word}' names a drawer; name the file after {BANNED[word]}")
    for path, text in tree.plain.items():
        for match in TYPE.finditer(text):
            name = match.group(1)
            word = next((w for w in _words(name) if w in BANNED), None)
            if word:
                yield Problem(path, line_of(text, match.start()), f"type '{name}': '{word}' says nothing; name {BANNED[word]}")
            elif re.match(r"^I[A-Z][a-z]", name):
                yield Problem(path, line_of(text, match.start()), f"type '{name}': no I prefix; call the interface {name[1:]} and name the "
                              "implementations after what they do")


def headers(tree):
    """Headers start with #pragma once, open no namespace to others, and are used."""
    included = {m for text in tree.files.values() for m in re.findall(r'#\s*include\s*"([^"]+)"', text)}
    for path in tree.code("src"):
        if not path.endswith(".h"):
            continue
        if not tree.text(path).startswith("#pragma once\n"):
            yield Problem(path, 1, "a header's first line is '#pragma once'")
        for match in re.finditer(r"\busing\s+namespace\b", tree.plain[path]):
            yield Problem(path, line_of(tree.plain[path], match.start()), "'using namespace' in a header reaches everyone who includes it; "
                          "write the names out")
        if path[4:] not in included and path[:-2] + ".cpp" not in tree.names:
            yield Problem(path, 0, "nothing includes it and no .cpp stands beside it; delete it or include it where it is needed")


def _is_written(path, tree):
    return path.endswith(WRITTEN) or path in ("Makefile", "src/LAYERS") or tree.text(path).startswith("#!")


def marks(tree):
    """No unfinished places, no addresses of registries, no paths of one machine."""
    for path, text in tree.files.items():
        if not _is_written(path, tree):
            continue
        for pattern, remedy in ((UNFINISHED, "finish it, or write the limit down where users read it"),
                                (HOST, "registries come from the clients' configuration; name the package, not the address"),
                                (MACHINE_PATH, "that path exists on one machine; take it from an argument or the environment")):
            for match in pattern.finditer(text):
                yield Problem(path, line_of(text, match.start()), f"'{match.group()}': {remedy}")


def typography(tree):
    """Spaces, not tabs; Unix line ends; nothing at the end of a line; no line beyond the columns."""
    for path, text in tree.files.items():
        if not _is_written(path, tree):
            continue
        if "\r" in text:
            yield Problem(path, line_of(text, text.index("\r")), "carriage return; save with Unix line ends")
        if text and not text.endswith("\n"):
            yield Problem(path, text.count("\n") + 1, "the last line has no end; add a newline")
        wide = path.endswith(WIDE) or text.startswith("#!")
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line and path != "Makefile":
                yield Problem(path, number, "tab; use spaces (in a string: \\t)")
            if line.rstrip("\r") != line.rstrip():
                yield Problem(path, number, "space at the end of the line; remove it")
            if wide and len(line) > COLUMNS:
                yield Problem(path, number, f"{len(line)} columns, {COLUMNS} is the limit; break the line")
