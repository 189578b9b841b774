"""Documents that agree with the code and with each other."""
import os
import re

from .layers import folder_table
from .tree import Problem, line_of

TABLE = re.compile(r"(<!-- folders: made by scripts/folder_table -->\n).*?(<!-- end of folders -->\n)", re.S)
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.S | re.M)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")


def with_table(tree):
    """ARCHITECTURE.md with its folder table made anew."""
    return TABLE.sub(lambda m: m.group(1) + folder_table(tree) + m.group(2), tree.text("ARCHITECTURE.md"))


def architecture(tree):
    """The folder table in ARCHITECTURE.md is the one that src/LAYERS makes."""
    text = tree.text("ARCHITECTURE.md")
    if not TABLE.search(text):
        yield Problem("ARCHITECTURE.md", 0, "has no folder table; put the two marks of scripts/folder_table into it, run that with --write")
    elif with_table(tree) != text:
        yield Problem("ARCHITECTURE.md", line_of(text, TABLE.search(text).start()), "the folder table differs from src/LAYERS; run "
                      "scripts/folder_table --write")


def decisions(tree):
    """docs/decisions: numbered without gaps, titled with the number, listed in the README."""
    folder, index = "docs/decisions/", tree.text("docs/decisions/README.md")
    names = sorted(p[len(folder):] for p in tree.names if p.startswith(folder) and p != folder + "README.md")
    for expected, name in enumerate(names, 1):
        match = re.match(r"^(\d{4})-[a-z0-9-]+\.md$", name)
        if not match:
            yield Problem(folder + name, 0, "a decision's file is NNNN-what-was-decided.md")
            continue
        if int(match.group(1)) != expected:
            yield Problem(folder + name, 0, f"the next free number is {expected:04}; numbers have no gaps and no twins")
        if not re.match(r"^# %d\. \S" % int(match.group(1)), tree.text(folder + name)):
            yield Problem(folder + name, 1, f"the title is '# {int(match.group(1))}. What was decided'")
        if f"({name})" not in index:
            yield Problem("docs/decisions/README.md", 0, f"does not list {name}; add its line")


def _anchors(text):
    """The anchors that a page's headings get."""
    titles = re.findall(r"^#{1,6}[ \t]+(.+?)[ \t]*$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(tree):
    """Relative links between documents lead somewhere, also to a heading."""
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        plain = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        plain = re.sub(r"`[^`\n]*`", lambda m: " " * len(m.group()), plain)
        for match in LINK.finditer(plain):
            target = match.group(1) or match.group(2)
            if re.match(r"^[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            line = line_of(text, match.start())
            if full not in tree.names and full not in tree.folders:
                yield Problem(path, line, f"the link to {target} leads nowhere; there is no {full}")
            elif anchor and full.endswith(".md") and anchor not in _anchors(tree.text(full)):
                yield Problem(path, line, f"the link to {target} leads nowhere; {full} has no such heading")
