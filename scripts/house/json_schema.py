"""Validates values against the part of JSON Schema (draft 2020-12) that the schemas of the catalog use. A keyword that is not known here
is an error and not a silence."""
import re

ANNOTATIONS = {"$schema", "$defs", "title", "description", "default", "examples"}


def breaches(value, schema, root=None, path=()):
    """Yields (path of keys and indices, what is wrong)."""
    root = schema if root is None else root
    if schema is True:
        return
    if schema is False:
        yield path, "may not be there"
        return
    for keyword, asked in schema.items():
        if keyword in ANNOTATIONS or keyword in ("then", "else") or (keyword == "additionalProperties" and "properties" in schema):
            continue
        check = KEYWORDS.get(keyword)
        if check is None:
            raise ValueError(f"the schema uses '{keyword}', which scripts/house/json_schema.py does not know")
        yield from check(value, asked, schema, root, path)


def _holds(value, schema, root):
    return next(breaches(value, schema, root), None) is None


def _is(value, kind):
    if kind in ("number", "integer"):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and (kind == "number" or value == int(value))
    return isinstance(value, {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}[kind])


def _equal(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _type(value, asked, schema, root, path):
    kinds = asked if isinstance(asked, list) else [asked]
    if not any(_is(value, kind) for kind in kinds):
        yield path, f"must be {' or '.join(kinds)}, not {value!r}"


def _enum(value, asked, schema, root, path):
    if not any(_equal(value, one) for one in asked):
        yield path, f"is {value!r}; it may be {', '.join(map(str, asked))}"


def _pattern(value, asked, schema, root, path):
    if isinstance(value, str) and not re.search(asked, value):
        yield path, f"'{value}' does not match {asked}"


def _limit(kind, measure, is_broken, words):
    def check(value, asked, schema, root, path):
        if _is(value, kind) and is_broken(measure(value), asked):
            yield path, words.format(asked)
    return check


def _required(value, asked, schema, root, path):
    if isinstance(value, dict):
        for key in asked:
            if key not in value:
                yield path, f"'{key}' is missing"


def _properties(value, asked, schema, root, path):
    if isinstance(value, dict):
        for key, inner in asked.items():
            if key in value:
                yield from breaches(value[key], inner, root, path + (key,))
        rest = schema.get("additionalProperties", True)
        for key in value:
            if key not in asked:
                yield from _additional(value, key, rest, asked, root, path)


def _additional(value, key, rest, known, root, path):
    if rest is False:
        yield path + (key,), f"there is no '{key}' here; known are {', '.join(known)}"
    elif rest is not True:
        yield from breaches(value[key], rest, root, path + (key,))


def _property_names(value, asked, schema, root, path):
    if isinstance(value, dict):
        for key in value:
            yield from breaches(key, asked, root, path + (key,))


def _items(value, asked, schema, root, path):
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from breaches(item, asked, root, path + (place,))


def _unique(value, asked, schema, root, path):
    if isinstance(value, list) and asked and any(_equal(a, b) for i, a in enumerate(value) for b in value[:i]):
        yield path, "holds the same twice"


def _all_of(value, asked, schema, root, path):
    for inner in asked:
        yield from breaches(value, inner, root, path)


def _any_of(value, asked, schema, root, path):
    if not any(_holds(value, inner, root) for inner in asked):
        yield path, f"is none of: {_outline(asked)}"


def _one_of(value, asked, schema, root, path):
    count = sum(_holds(value, inner, root) for inner in asked)
    if count != 1:
        yield path, f"must be exactly one of: {_outline(asked)}"


def _not(value, asked, schema, root, path):
    if _holds(value, asked, root):
        yield path, f"may not have: {_outline([asked])}"


def _if(value, asked, schema, root, path):
    branch = "then" if _holds(value, asked, root) else "else"
    yield from breaches(value, schema.get(branch, True), root, path)


def _ref(value, asked, schema, root, path):
    target = root
    for key in asked.lstrip("#/").split("/"):
        target = target[key]
    yield from breaches(value, target, root, path)


def _outline(schemas):
    """What a group of schemas asks for, in a few words."""
    words = []
    for one in schemas:
        if "anyOf" in one:
            words.append(_outline(one["anyOf"]))
        else:
            words.append(", ".join(one.get("required", [])) or str({k: v for k, v in one.items() if k != "description"}))
    return "; ".join(words)


KEYWORDS = {
    "type": _type,
    "enum": _enum,
    "const": lambda value, asked, schema, root, path: _enum(value, [asked], schema, root, path),
    "pattern": _pattern,
    "minLength": _limit("string", len, lambda a, b: a < b, "is shorter than {} letters"),
    "maxLength": _limit("string", len, lambda a, b: a > b, "is longer than {} letters"),
    "exclusiveMinimum": _limit("number", lambda v: v, lambda a, b: a <= b, "is not more than {}"),
    "exclusiveMaximum": _limit("number", lambda v: v, lambda a, b: a >= b, "is not less than {}"),
    "minimum": _limit("number", lambda v: v, lambda a, b: a < b, "is less than {}"),
    "maximum": _limit("number", lambda v: v, lambda a, b: a > b, "is more than {}"),
    "minItems": _limit("array", len, lambda a, b: a < b, "has fewer than {} items"),
    "maxItems": _limit("array", len, lambda a, b: a > b, "has more than {} items"),
    "minProperties": _limit("object", len, lambda a, b: a < b, "has fewer than {} keys"),
    "uniqueItems": _unique,
    "required": _required,
    "properties": _properties,
    "additionalProperties": lambda value, asked, schema, root, path: _properties(value, {}, schema, root, path),
    "propertyNames": _property_names,
    "items": _items,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "$ref": _ref,
}
