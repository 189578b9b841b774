"""Breaks every rule once in a small tree of its own: a rule that finds nothing there is broken itself."""
import contextlib
import os
import tempfile

from . import catalog_cases
from .catalog_page import PAGE, page
from .documents import with_table
from .layers import folder_table
from .sizes import tightened
from .tree import Tree

LAYERS = """# folder | purpose | may see | third party
base     | words      | -         | fmt boost_json
models   | forests    | base      | fmt
learning | families   | base models | fmt xgboost
serving  | endpoints  | base      | fmt beast
expression | formulas | base      | fmt
"""
CLEAN = {
    "src/LAYERS": LAYERS,
    "src/main.cpp": '#include "serving/server.h"\n\nint main() { return quoin::serve(); }\n',
    "src/base/usd.h": "#pragma once\n\n#include <fmt/format.h>\n\n#include <cmath>\n\nnamespace quoin {\nusing Usd = double;\n}\n",
    "src/models/forest.h": '#pragma once\n\n#include "base/usd.h"\n',
    "src/models/forest.cpp": '#include "models/forest.h"\n',
    "src/models/forest_test.cpp": '#include <gtest/gtest.h>\n\n#include "models/forest.h"\n\nTEST(Forest, Grows) { EXPECT_EQ(1, 1); }\n',
    "src/serving/server.h": "#pragma once\n",
    "src/serving/server.cpp": '#include "serving/server.h"\n\n#include <boost/beast/core.hpp>\n#include <sys/socket.h>\n',
    "src/learning/families.list": "FAMILY(oak)\nFAMILY(pine)\n",
    "src/learning/families/oak.cpp": "FamilyEntry oak() { return {}; }\nFamilyEntry pine() { return {}; }\n",
    "scripts/budgets": "# none\n",
    "README.md": "# Quoin\n\nSee [the design](ARCHITECTURE.md#folders).\n",
    "docs/decisions/README.md": "# Decisions\n\n- [1](0001-stone.md)\n",
    "docs/decisions/0001-stone.md": "# 1. Stone\n",
}
ARCHITECTURE = "# Design\n\n## Folders\n\n<!-- folders: made by scripts/folder_table -->\n%s<!-- end of folders -->\n"


def _function(lines, parameters="int a"):
    return f"int grow({parameters}) {{\n" + "    a += 1;\n" * (lines - 2) + "}\n"


# What is broken: files that replace or join the clean ones (None: taken away), and a part of the message expected.
BREACHES = {
    "cycle": ({"src/LAYERS": LAYERS.replace("words      | -  ", "words      | models")}, "'base' sees 'models', which is not above it"),
    "folder without a layer": ({"src/cellar/wine.cpp": "\n"}, "src/cellar: is not in src/LAYERS"),
    "layer": ({"src/models/forest.cpp": '#include "learning/x.h"\n', "src/learning/x.h": "#pragma once\n"}, "may not see 'learning'"),
    "layer in a test": ({"src/models/a_test.cpp": '#include "serving/server.h"\n'}, "'models' may not see 'serving'"),
    "unknown include": ({"src/models/forest.cpp": '#include "forest.h"\n'}, "includes name the path below src/"),
    "fence": ({"src/models/forest.cpp": "#include <xgboost/c_api.h>\n"}, "'models' may not use xgboost"),
    "test library outside tests": ({"src/models/forest.cpp": "#include <gtest/gtest.h>\n"}, "'models' may not use gtest"),
    "unknown library": ({"src/models/forest.cpp": "#include <zmq/zmq.h>\n"}, "belongs to no known library"),
    "C header": ({"src/models/forest.cpp": "#include <math.h>\n"}, "include <cmath>"),
    "type in a header": ({"src/serving/server.h": "#pragma once\n#include <boost/beast/core.hpp>\n"}, "shows a third-party type"),
    "file name": ({"src/base/string_utils.cpp": "\n"}, "'utils' names a drawer"),
    "folder name": ({"src/base/common/x.cpp": "\n"}, "'common' names a drawer"),
    "type name": ({"src/base/x.cpp": "class ModelManager {};\n"}, "type 'ModelManager': 'manager' says nothing"),
    "I prefix": ({"src/base/x.cpp": "struct IClock {};\n"}, "call the interface Clock"),
    "pragma": ({"src/serving/server.h": "\n#pragma once\n"}, "a header's first line is '#pragma once'"),
    "namespace": ({"src/serving/server.h": "#pragma once\nusing namespace std;\n"}, "'using namespace' in a header"),
    "orphan header": ({"src/base/lost.h": "#pragma once\n"}, "src/base/lost.h: nothing includes it"),
    "unfinished": ({"src/base/x.cpp": "// TO" "DO later\n"}, "finish it"),
    "registry host": ({"notes.md": "https:" "//registry.npmjs" ".org/x\n"}, "name the package, not the address"),
    "machine path": ({"notes.md": "see `/ho" "me/someone/x`\n"}, "that path exists on one machine"),
    "carriage return": ({"notes.md": "a\r\n"}, "carriage return"),
    "tab": ({"src/base/x.cpp": "\tint x;\n"}, "src/base/x.cpp:1: tab"),
    "trailing space": ({"notes.md": "a \n"}, "space at the end of the line"),
    "no last newline": ({"notes.md": "a"}, "the last line has no end"),
    "wide line": ({"src/base/x.cpp": "// " + "x" * 140 + "\n"}, "143 columns, 140 is the limit"),
    "long file": ({"src/base/x.cpp": "\n" * 301}, "301 lines, 300 allowed"),
    "file beyond its line": ({"src/base/x.cpp": "\n" * 320, "scripts/budgets": "file src/base/x.cpp - 310\n"}, "320 lines, 310 allowed"),
    "file beyond the end": ({"src/base/x.cpp": "\n" * 601, "scripts/budgets": "file src/base/x.cpp - 601\n"}, "601 lines, 600 is the end"),
    "shrunk file": ({"src/base/x.cpp": "\n" * 305, "scripts/budgets": "file src/base/x.cpp - 310\n"}, "has shrunk: 305 is enough"),
    "budget of nothing": ({"scripts/budgets": "file src/base/x.cpp - 310\n"}, "has shrunk: take the line out"),
    "long function": ({"src/base/x.cpp": _function(71)}, "grow: 71 lines, 70 allowed"),
    "long method": ({"src/base/x.cpp": "struct A {\n    A() : x_{1}, y_{2} {\n" + "\n" * 70 + "    }\n};\n"}, "A: 72 lines, 70 allowed"),
    "braces in text": ({"src/base/x.cpp": 'auto t = R"({{)"; char c = \'{\'; // }\n' + _function(71)}, "grow: 71 lines, 70 allowed"),
    "parameters": ({"src/base/x.cpp": _function(3, "int a, int b, std::map<int, int> c, int d, int e")}, "grow: 5 parameters, 4 allowed"),
    "includes": ({f"src/base/h{i}.h": "#pragma once\n" for i in range(13)} |
                 {"src/base/x.cpp": "".join(f'#include "base/h{i}.h"\n' for i in range(13))}, "13 includes of ours and of libraries"),
    "file without a line":
        ({"src/learning/families/elm.cpp": "FamilyEntry elm() { return {}; }\n"}, "add FAMILY(elm) to src/learning/families.list"),
    "line without a file": ({"src/learning/families.list": "FAMILY(ash)\nFAMILY(oak)\n"}, "families defines '…Entry ash()'"),
    "line twice": ({"src/learning/families.list": "FAMILY(oak)\nFAMILY(oak)\n"}, "'oak' is there twice"),
    "strange line": ({"src/learning/families.list": "FAMILIES(oak)\n"}, "a line is FAMILY(name)"),
    "unsorted list": ({"src/learning/families.list": "FAMILY(pine)\nFAMILY(oak)\n"}, "not sorted from 'pine' on"),
    "no list": ({"src/learning/families.list": None}, "families.list: is missing"),
    "stale table": ({"ARCHITECTURE.md": ARCHITECTURE % "| old |\n"}, "the folder table differs from src/LAYERS"),
    "no table": ({"ARCHITECTURE.md": "# Design\n\n## Folders\n"}, "has no folder table"),
    "unlisted decision": ({"docs/decisions/0002-wood.md": "# 2. Wood\n"}, "does not list 0002-wood.md"),
    "gap in decisions": ({"docs/decisions/0003-wood.md": "# 3. Wood\n"}, "the next free number is 0002"),
    "decision's title": ({"docs/decisions/0001-stone.md": "# Stone\n"}, "the title is '# 1. What was decided'"),
    "decision's name": ({"docs/decisions/wood.md": "# Wood\n"}, "a decision's file is NNNN-what-was-decided.md"),
    "dead link": ({"notes.md": "[x](nowhere.md)\n"}, "the link to nowhere.md leads nowhere"),
    "dead anchor": ({"notes.md": "[x](README.md#gone)\n"}, "README.md has no such heading"),
}
# What must not be taken for a breach.
SOUND = {
    "a catalog": catalog_cases.CATALOG,
    "text in code": {"src/base/x.cpp": '// #include "serving/server.h"\nconst char* text = "class ModelManager {";\n'},
    "shared code of a listed folder": {"src/learning/families/bark.cpp": "int bark() { return 1; }\n"},
    "an order that is meant": {"src/learning/families.list": "// The order is that of the help.\nFAMILY(pine)\nFAMILY(oak)\n"},
    "a budget in use": {"src/base/x.cpp": _function(80), "scripts/budgets": "function src/base/x.cpp grow 80\n"},
    "a link in code": {"notes.md": "```\n[x](nowhere.md)\n```\n`[x](nowhere.md)`\n"},
    "golden files": {"tests/golden/card.md": "trailing \n"},
}


@contextlib.contextmanager
def _tree(changes):
    with tempfile.TemporaryDirectory(prefix="quoin-house-") as root:
        files = {**CLEAN, **changes}
        for path, text in files.items():
            if text is not None:
                _write(root, path, text)
        tree = Tree(root)
        if "ARCHITECTURE.md" not in files:
            _write(root, "ARCHITECTURE.md", ARCHITECTURE % folder_table(tree))
        if PAGE not in files and catalog_cases.DOORS in files:
            _write(root, PAGE, page(tree))
        yield root


def _write(root, path, text):
    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
    with open(os.path.join(root, path), "w", encoding="utf-8", newline="") as file:
        file.write(text)


def run(problems, rules):
    failures, fired = [], set()
    for name, changes in {"the clean tree": {}, **SOUND}.items():
        with _tree(changes) as root:
            failures += [f"{name}: found '{problem}'" for problem in problems(root)]
    for name, (changes, expected) in {**BREACHES, **catalog_cases.BREACHES}.items():
        with _tree(changes) as root:
            tree = Tree(root)
            found = {rule.__name__: [str(problem) for problem in rule(tree)] for rule in rules}
        hits = {rule for rule, texts in found.items() if any(expected in text for text in texts)}
        fired |= hits
        if not hits:
            failures.append(f"{name}: expected '{expected}', found {[t for texts in found.values() for t in texts] or 'nothing'}")
    failures += [f"no case makes the rule '{rule.__name__}' speak" for rule in rules if rule.__name__ not in fired]
    with _tree(BREACHES["shrunk file"][0]) as root:
        if tightened(Tree(root)) != "file src/base/x.cpp - 305\n":
            failures.append("--tighten does not lower a budget to what is needed")
    for stale in ("", "| old |\n"):
        with _tree({"ARCHITECTURE.md": ARCHITECTURE % stale}) as root:
            tree = Tree(root)
            if with_table(tree) != ARCHITECTURE % folder_table(tree):
                failures.append("folder_table --write does not put the table in place")
    for failure in failures:
        print(failure)
    print(f"check: {len(BREACHES) + len(catalog_cases.BREACHES)} breaches tried, {len(failures)} failures")
    return 1 if failures else 0
