"""The catalog: event types and feature views that fit their schemas and each other. What an expression means is checked by the program
(`quoin features validate`); here its names are, so that a slip is found without a build."""
import functools
import json
import re

from . import json_schema, yaml_text
from .tree import Problem

EVENTS, FEATURES, PRODUCTS, MODELS = "catalog/events/", "catalog/features/", "catalog/products/", "catalog/models/"
SCHEMAS = "catalog/schema/"
FUNCTIONS = "src/expression/functions.list"
WORDS = {"and", "or", "not", "in", "if", "true", "false", "null", "pi"}
TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[0-9][\w.]*|([A-Za-z_]\w*)(\s*\()?")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LISTS, NUMBERS = ("numbers", "texts"), ("integer", "number", "boolean")

# How many features the documents ask for, by view. 003 promises 83 in its headline and lists 86: the parts of its behavioural features
# add up to 27 and not to the 24 that it says. All 86 are here.
ASKED = {
    "003": {
        "user_documents": 7, "user_email": 6, "user_platform": 6, "user_alerts": 4, "user_search": 4,
        "property_characteristics": 8, "property_financials": 7, "property_market": 5, "property_lifecycle": 3,
        "user_transactions": 5, "user_transaction_mix": 5, "user_agent": 3,
        "market_conditions": 4, "zip_sales": 1, "market_economics": 3, "market_season": 5,
        "user_active_times": 4, "calendar_cycles": 4, "calendar_days": 2,
    },
    "004": {"property_twin": 25, "user_interactions": 7},
}
ASKED_BY_CATEGORY = {"003": {"behavioural": 27, "property": 23, "transactional": 13, "market": 13, "temporal": 10}}


class Catalog:
    """What could be read of the catalog. `events`, `views`, `products` and `models`: name → Map; `problems`: what could not, or does not
    fit its schema."""

    def __init__(self, tree):
        self.events, self.views, self.products, self.models, self.problems, self.paths = {}, {}, {}, {}, [], {}
        for folder, schema, key, found in ((EVENTS, "event", "type", self.events), (FEATURES, "features", "view", self.views),
                                           (PRODUCTS, "product", "product", self.products),
                                           (MODELS, "model", "model", self.models)):
            for path in sorted(p for p in tree.files if p.startswith(folder) and p.endswith(".yaml")):
                value = self._read(tree, path, SCHEMAS + schema + ".schema.json", key)
                if value is not None:
                    found[value[key]] = value
                    self.paths[value[key]] = path

    def _read(self, tree, path, schema_path, key):
        try:
            value = yaml_text.parse(tree.text(path))
            broken = list(json_schema.breaches(value, json.loads(tree.text(schema_path) or "false")))
        except yaml_text.YamlError as error:
            self.problems.append(Problem(path, error.line, str(error)))
            return None
        except ValueError as error:  # of JSON too
            self.problems.append(Problem(schema_path, 0, str(error)))
            return None
        for place, text in broken:
            where = ".".join(str(step) for step in place)
            self.problems.append(Problem(path, line_at(value, place), f"{where}: {text}" if where else text))
        if broken:
            return None
        stem = path.rsplit("/", 1)[-1][:-len(".yaml")]
        if value[key] != stem:
            self.problems.append(Problem(path, value.lines[key], f"declares '{value[key]}'; the file is named after it"))
        return value


@functools.lru_cache(maxsize=1)
def read(tree):
    """The catalog of a tree; read once for all rules."""
    return Catalog(tree)


def line_at(value, place):
    """The line of the innermost key or item of a path that the reader has seen."""
    line = 0
    for step in place:
        if not isinstance(value, (dict, list)):
            break
        line, value = value.lines[step], value[step]
    return line


def fits_schema(tree):
    """Every file of the catalog is YAML that its schema allows, and is named after what it declares."""
    yield from read(tree).problems


def event_types(tree):
    """What an event type says of itself fits together."""
    catalog = read(tree)
    for name, event in catalog.events.items():
        path = catalog.paths[name]
        for entity, field in event["entities"].items():
            if event["fields"].get(field, {}).get("type") != "text":
                yield Problem(path, event["entities"].lines[entity], f"the id of {entity}, '{field}', is no text field")
        for field, declared in event["fields"].items():
            if declared.get("min", 0) > declared.get("max", declared.get("min", 0)):
                yield Problem(path, event["fields"].lines[field], f"'{field}': min is above max")


def references(tree):
    """Names in feature declarations lead to event types, fields, features and functions that there are; windows and ranges are sound."""
    catalog = read(tree)
    functions = set(re.findall(r"^FUNCTION\((\w+)\)", tree.text(FUNCTIONS), re.M))
    for name, view in catalog.views.items():
        features = {feature["name"]: feature for feature in view["features"]}
        for place, feature in enumerate(view["features"]):
            line = view["features"].lines[place]
            problems = [f"the name stands twice in '{name}'"] if features[feature["name"]] is not feature else []
            problems += _range(feature)
            if "from" in feature:
                problems += _aggregate(catalog, view, feature, functions)
            elif "lookup" in feature:
                problems += _lookup(catalog, features, feature)
            else:
                known = {n for n, other in features.items() if other["type"] not in LISTS and other is not feature}
                problems += _names(feature["expression"], known, functions, f"view {name}")
            for text in problems:
                yield Problem(catalog.paths[name], line, f"{feature['name']}: {text}")
        yield from _circles(catalog, name, features)


def _range(feature):
    low, high = feature.get("range", (0, 0))
    if low > high:
        yield "'range' is written [lowest, highest]"
    default = feature.get("default")
    if default is None:
        return
    kind = {"boolean": bool, "text": str, "integer": int, "number": (int, float)}.get(feature["type"])
    if kind is None or not isinstance(default, kind) or (isinstance(default, bool) and kind is not bool):
        yield f"the default {default!r} is no {feature['type']}"
    elif "range" in feature and not low <= default <= high:
        yield f"the default {default} lies outside the range"


def _aggregate(catalog, view, feature, functions):
    for type_name in feature["from"] if isinstance(feature["from"], list) else [feature["from"]]:
        event = catalog.events.get(type_name)
        if event is None:
            yield f"there is no event type '{type_name}' in {EVENTS}"
            continue
        if view["entity"] not in event["entities"]:
            yield f"an event of type '{type_name}' names no {view['entity']}; add it to its 'entities'"
        for key in ("where", "value"):
            if key in feature:
                yield from _names(feature[key], set(event["fields"]) | {"event_time"}, functions - {"now"}, f"event type {type_name}")
    window, tile = feature["window"], feature.get("tile")
    if tile and seconds(window) % seconds(tile):
        yield f"a tile of {tile} does not divide a window of {window}"
    if "edges" in feature and sorted(feature["edges"]) != list(feature["edges"]):
        yield "'edges' must ascend"
    gives_list = feature["transform"] in ("last_k", "histogram") or (feature["transform"] == "top_k" and feature["k"] > 1)
    if gives_list != (feature["type"] in LISTS):
        yield f"{feature['transform']} gives {'a list' if gives_list else 'one value'}, but the type is {feature['type']}"


def _names(expression, known, functions, home):
    for match in TOKEN.finditer(expression):
        name, is_call = match.group(1), bool(match.group(2))
        if name is None or name in WORDS:
            continue
        if is_call and functions and name not in functions:
            is_clock = name == "now"
            yield "an event has event_time; now() is for derived features" if is_clock else f"there is no function '{name}' in {FUNCTIONS}"
        elif not is_call and name not in known:
            yield f"there is no '{name}' in {home}"


def _lookup(catalog, features, feature):
    lookup = feature["lookup"]
    view_name, _, target_name = lookup["feature"].partition(":")
    view = catalog.views.get(view_name)
    target = next((f for f in view["features"] if f["name"] == target_name), None) if view else None
    if target is None:
        yield f"there is no feature '{lookup['feature']}'"
    elif view["entity"] != lookup["entity"]:
        yield f"'{view_name}' is about {view['entity']}, not about {lookup['entity']}"
    elif target["type"] != feature["type"]:
        yield f"'{lookup['feature']}' is of type {target['type']}, not {feature['type']}"
    if features.get(lookup["by"], {}).get("type") != "text":
        yield f"'by: {lookup['by']}' must be a text feature of the same view"


def _circles(catalog, name, features):
    """Features that are made from themselves, within the view or by way of other views."""
    uses = {}

    def visit(view_name, feature_name, trail):
        key = (view_name, feature_name)
        if key in trail:
            return True
        if key not in uses:
            view = catalog.views.get(view_name, {"features": []})
            feature = next((f for f in view["features"] if f["name"] == feature_name), {})
            uses[key] = [(view_name, m.group(1)) for m in TOKEN.finditer(feature.get("expression", "")) if m.group(1) and not m.group(2)]
            if "lookup" in feature:
                uses[key] += [(view_name, feature["lookup"]["by"]), tuple(feature["lookup"]["feature"].split(":"))]
        return any(visit(*used, trail | {key}) for used in uses[key])

    for place, feature_name in enumerate(features):
        if visit(name, feature_name, frozenset()):
            line = catalog.views[name]["features"].lines[place]
            yield Problem(catalog.paths[name], line, f"{feature_name}: is made from itself")
            return


def coverage(tree):
    """Every feature that a document asks for is there, by view and category, and its bare name means no other feature."""
    catalog = read(tree)
    names = [(f["name"], name) for name, view in catalog.views.items() for f in view["features"]]
    for name, view in catalog.views.items():
        for place, feature in enumerate(view["features"]):
            others = [v for n, v in names if n == feature["name"] and v != name]
            if "source_document" in feature and others:
                yield Problem(catalog.paths[name], view["features"].lines[place], f"{feature['name']}: '{others[0]}' has a feature of this "
                              "name too, so that it cannot be asked for by name alone; rename the one that no document names")
    for document, asked in ASKED.items():
        found = {name: sum(f.get("source_document") == document for f in view["features"]) for name, view in catalog.views.items()}
        if not any(found.values()):
            continue
        for name in sorted(set(asked) | {n for n, count in found.items() if count}):
            if found.get(name, 0) != asked.get(name, 0):
                yield Problem(catalog.paths.get(name, FEATURES + name + ".yaml"), 0, f"document {document} asks for {asked.get(name, 0)} "
                              f"features of '{name}', {found.get(name, 0)} carry its number; correct them or scripts/house/catalog.py")
        for category, count in ASKED_BY_CATEGORY.get(document, {}).items():
            there = sum(found[n] for n, view in catalog.views.items() if view["category"] == category)
            if there != count:
                yield Problem(FEATURES.rstrip("/"), 0, f"document {document} asks for {count} {category} features, there are {there}")


def seconds(duration):
    number, unit = re.match(r"^(\d+)(\w+)$", duration).groups()
    return int(number) * SECONDS[unit]
