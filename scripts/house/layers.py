"""Which folder may include what: the order and the fences of src/LAYERS."""
import re
from dataclasses import dataclass

from .tree import Problem, line_of

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)

# Beginning of an include path → the library's word in src/LAYERS; the first that fits counts.
LIBRARIES = (
    ("fmt/", "fmt"), ("tl/", "expected"), ("spdlog/", "spdlog"), ("boost/json", "boost_json"), ("boost/math/", "boost_math"),
    ("boost/", "beast"), ("openssl/", "openssl"), ("duckdb.h", "duckdb"), ("sqlite3.h", "sqlite"), ("Eigen/", "eigen"),
    ("yaml-cpp/", "yaml"), ("xgboost/", "xgboost"), ("LightGBM/", "lightgbm"), ("torch/", "torch"), ("c10/", "torch"),
    ("ATen/", "torch"), ("CLI/", "cli11"), ("lz4", "lz4"), ("rocksdb/", "rocksdb"), ("librdkafka/", "rdkafka"), ("hiredis/", "hiredis"),
    ("libpq-fe.h", "libpq"), ("hwy/", "highway"),
    ("curl/", "curl"), ("gtest/", "gtest"), ("gmock/", "gtest"), ("benchmark/", "benchmark"),
)
# The operating system's own headers; the C++ standard's have neither a dot nor a slash.
SYSTEM = re.compile(
    r"^((sys|netinet|arpa|linux|bits)/[\w/]+\.h|(unistd|fcntl|signal|poll|dlfcn|pthread|sched|immintrin|netdb|fenv|elf|link|malloc)\.h)$")
IN_HEADERS = re.compile(r"^(fmt/|tl/expected\.hpp$|boost/json/fwd\.hpp$)")


@dataclass(frozen=True)
class Layer:
    folder: str
    purpose: str
    sees: tuple
    libraries: tuple
    line: int


def read_layers(tree):
    """The layers in order, folder → Layer."""
    layers = {}
    for number, line in enumerate(tree.text("src/LAYERS").splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("#") or len(cells) != 4:
            continue
        words = [tuple(w for w in cell.split() if w != "-") for cell in cells[2:]]
        layers[cells[0]] = Layer(cells[0], cells[1], *words, number)
    return layers


def folder_table(tree):
    rows = ["| folder | what lives there | may see |", "|---|---|---|"]
    rows += [f"| `src/{l.folder}` | {l.purpose} | {' '.join(l.sees) or 'nothing'} |" for l in read_layers(tree).values()]
    return "\n".join(rows) + "\n"


def order(tree):
    """src/LAYERS names each folder after those that it sees, and every folder of src/."""
    layers, known = read_layers(tree), set()
    if not layers:
        yield Problem("src/LAYERS", 0, "no layer found; write 'folder | what lives there | may see | third party'")
    for layer in layers.values():
        for seen in layer.sees:
            if seen not in known:
                yield Problem("src/LAYERS", layer.line, f"'{layer.folder}' sees '{seen}', which is not above it; move the shared part down "
                              "into a folder above both")
        known.add(layer.folder)
    for folder in sorted(f for f in tree.folders if re.match(r"^src/[^/]+$", f)):
        if folder[4:] not in layers:
            yield Problem(folder, 0, "is not in src/LAYERS; give it a line there with its purpose and what it may see")


def includes(tree, path):
    """(line, quote, target) of each include in a file, comments left out."""
    text = tree.text(path)
    for match in INCLUDE.finditer(text):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def _allowed(layers, path):
    """The folders and libraries a file may include, None for all, and the folder's name for messages."""
    parts = path.split("/")
    layer = layers.get(parts[1]) if parts[0] == "src" and len(parts) > 2 else None
    if layer is None:
        return None, None, path
    folders, libraries = {layer.folder, *layer.sees}, set(layer.libraries)
    if path.endswith("_test.cpp"):  # a test may use every folder above its own to build its case
        folders = set(list(layers)[:list(layers).index(layer.folder) + 1])
        libraries |= {"gtest"}
    return folders, libraries, layer.folder


def fences(tree):
    """Every include leads to a folder and a library that src/LAYERS allows."""
    layers = read_layers(tree)
    for path in tree.code():
        folders, libraries, name = _allowed(layers, path)
        for line, quote, target in includes(tree, path):
            check = _project_include if quote == '"' else _library_include
            text = check(tree, path, target, folders if quote == '"' else libraries, name)
            if text:
                yield Problem(path, line, text)


def _project_include(tree, path, target, folders, name):
    if path.startswith("bench/") and target.startswith("bench/") and target in tree.names:
        return None  # benchmarks share what they race against
    if "src/" + target not in tree.names:
        return f'there is no src/{target}; includes name the path below src/: #include "models/forest/forest.h", and libraries use <>'
    folder = target.split("/")[0]
    if folders is not None and folder not in folders:
        return (f"'{name}' may not see '{folder}' (src/LAYERS); move what is needed into a folder that both see, or pass it in as an "
                "argument")
    return None


def _library_include(tree, path, target, libraries, name):
    if re.match(r"^[a-z_0-9]+$", target) or SYSTEM.match(target):
        return None
    if re.match(r"^(math|string|stdlib|stdio|stdint|stddef|time|errno|limits|assert|float|ctype)\.h$", target):
        return f"<{target}> is C's; include <c{target[:-2]}>"
    word = next((word for start, word in LIBRARIES if target.startswith(start)), None)
    if word is None:
        return f"<{target}> belongs to no known library; add it to LIBRARIES in scripts/house/layers.py and to src/LAYERS with a decision"
    if libraries is not None and word not in libraries:
        return f"'{name}' may not use {word} (src/LAYERS); call the folder whose line names it"
    if path.endswith(".h") and path.startswith("src/") and not IN_HEADERS.match(target):
        return (f"<{target}> in a header shows a third-party type to everyone; include it in the .cpp (headers: fmt, tl/expected and "
                "boost/json/fwd.hpp)")
    return None
