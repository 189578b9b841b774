"""The files of a working copy, and what a rule has to say about them."""
import os
import re
from dataclasses import dataclass

CODE = (".h", ".cpp")
NOT_OURS = re.compile(r"^(\.git|\.deps|\.cache|build(-[^/]*)?|demo|bench/\.work)$")
DATA = re.compile(r"^(tests/(golden|oracles|data|formats)/.*(?<!\.py)|fuzz/corpus/.*|bench/history\.ndjson)$")


@dataclass(frozen=True)
class Problem:
    path: str
    line: int
    text: str  # what is wrong and what to do instead

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class Tree:
    """All text files below `root` that people write, as path → text. Data files of the tests are listed in `names` only."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        self.names = set()
        self.folders = set()
        for folder, folders, names in os.walk(root):
            here = os.path.relpath(folder, root)
            folders[:] = sorted(f for f in folders if f != "__pycache__" and not NOT_OURS.match(os.path.normpath(os.path.join(here, f))))
            self.folders.update(os.path.normpath(os.path.join(here, f)) for f in folders)
            for name in sorted(names):
                self._add(os.path.normpath(os.path.join(here, name)))
        self.plain = {path: without_comments(text) for path, text in self.files.items() if path.endswith(CODE)}

    def _add(self, path):
        self.names.add(path)
        full = os.path.join(self.root, path)
        if DATA.match(path) or os.path.islink(full) or os.path.getsize(full) > 2_000_000:
            return
        with open(full, "rb") as file:
            data = file.read()
        if b"\0" not in data:
            self.files[path] = data.decode("utf-8", "replace")

    def code(self, *folders):
        """Paths of C++ files, in the folders given or everywhere."""
        return [p for p in self.plain if not folders or p.split("/")[0] in folders]

    def text(self, path):
        return self.files.get(path, "")


# One pass over everything in which a brace or a name means nothing: comments, raw strings, strings, characters, preprocessor lines.
_OPAQUE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.[^\']*|[^\'\\\n])\''
                     r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)


def without_comments(text):
    """The text with every opaque part replaced by spaces (strings keep their quotes), line numbers unchanged."""
    def blank(match):
        part = match.group()
        quote = '"' if part[0] in '"R' else ""
        inner = re.sub(r"[^\n]", " ", part)
        return quote + inner[1:-1] + quote if quote and len(part) > 1 else inner
    return _OPAQUE.sub(blank, text)


def line_of(text, place):
    return text.count("\n", 0, place) + 1
