"""What the self-test breaks in a small catalog of one event type and two views, whose schemas are those of the house."""
import os

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../catalog/schema/")


def _schema(name):
    with open(SCHEMAS + name, encoding="utf-8") as file:
        return file.read()


EVENT = """type: door.opened
description: A user opened a door
entities: {user: user_id}
fields:
  user_id: {type: text, required: true}
  seconds: {type: number, min: 0, max: 60}
"""
VIEW = """view: user_doors
entity: user
description: Which doors a user opens
owner: porters
category: behavioural
ttl: 90d
features:
  - name: doors_7d
    description: Doors of a week
    type: integer
    range: [0, 1000]
    default: 0
    from: door.opened
    where: seconds > 1   # a slam is none
    transform: count
    window: 7d
  - {name: doors_a_day, description: "Doors a day: of a week", type: number, expression: doors_7d / 7}
"""
DOORS = "catalog/features/user_doors.yaml"
CATALOG = {
    "catalog/schema/event.schema.json": _schema("event.schema.json"),
    "catalog/schema/features.schema.json": _schema("features.schema.json"),
    "docs/formats/features.md": "# Declarations\n",
    "src/expression/functions.list": "FUNCTION(abs)\n",
    "src/expression/functions/numbers.cpp": "FunctionEntry abs() { return {}; }\n",
    "catalog/events/door.opened.yaml": EVENT,
    DOORS: VIEW,
    "catalog/features/house_doors.yaml": """view: house_doors
entity: house
description: Whose doors they are
owner: porters
category: property
features:
  - {name: owner_id, description: The owner, type: text, expression: '"user_1"'}
  - name: owner_doors
    description: Doors that the owner opened
    type: integer
    lookup: {entity: user, by: owner_id, feature: user_doors:doors_7d}
""",
}


# What is broken: the file, a part of it and what comes in its place (None: the whole file), and a part of the message expected.
_EVENT, _HOUSE = "catalog/events/door.opened.yaml", "catalog/features/house_doors.yaml"
_CASES = {
    "no YAML": (DOORS, "name: doors_7d", "name: &doors doors_7d", "user_doors.yaml:8: a text may not begin with '&'"),
    "key twice": (DOORS, "window: 7d", "window: 7d\n    window: 8d", "user_doors.yaml:17: 'window' stands twice"),
    "unknown key": (DOORS, "range:", "rnage:", "user_doors.yaml:11: features.0.rnage: there is no 'rnage' here"),
    "missing key": (DOORS, "    window: 7d\n", "", "user_doors.yaml:8: features.0: 'window' is missing"),
    "two kinds of feature": (DOORS, "window: 7d", "window: 7d\n    expression: doors_a_day", "must be exactly one of: from; expression"),
    "file of another name": (DOORS, "view: user_doors", "view: user_gates", "declares 'user_gates'; the file is named after it"),
    "id that is no text": (_EVENT, "user: user_id", "user: seconds", "the id of user, 'seconds', is no text"),
    "min above max": (_EVENT, "min: 0", "min: 61", "'seconds': min is above max"),
    "unknown event type": (DOORS, "from: door.opened", "from: gate.opened", "there is no event type 'gate.opened'"),
    "event about another": (DOORS, "entity: user", "entity: porter", "an event of type 'door.opened' names no porter"),
    "unknown field": (DOORS, "where: seconds", "where: minutes", "there is no 'minutes' in event type door.opened"),
    "unknown feature": (DOORS, "expression: doors_7d", "expression: doors_8d", "there is no 'doors_8d' in view user_doors"),
    "unknown function": (DOORS, "doors_7d / 7", "abc(doors_7d)", "there is no function 'abc'"),
    "clock in an aggregate": (DOORS, "where: seconds > 1", "where: now() > 1", "an event has event_time"),
    "feature twice": (DOORS, "name: doors_a_day", "name: doors_7d", "the name stands twice in 'user_doors'"),
    "made from itself":
        (DOORS, "doors_7d / 7}", "ring}\n  - {name: ring, description: x, type: number, expression: doors_a_day}", "is made from itself"),
    "range upside down": (DOORS, "[0, 1000]", "[1000, 0]", "'range' is written [lowest, highest]"),
    "default outside": (DOORS, "default: 0", "default: -1", "the default -1 lies outside the range"),
    "default of another type": (DOORS, "default: 0", "default: none", "the default 'none' is no integer"),
    "tile that does not fit": (DOORS, "window: 7d", "window: 7d\n    tile: 2d", "a tile of 2d does not divide a window of 7d"),
    "number for a list":
        (DOORS, "transform: count", "value: seconds\n    transform: last_k\n    k: 3", "gives a list, but the type is integer"),
    "lookup of nothing": (DOORS, "name: doors_7d", "name: doors_1w", "there is no feature 'user_doors:doors_7d'"),
    "lookup of another entity": (_HOUSE, "{entity: user", "{entity: cat", "'user_doors' is about user, not about cat"),
    "lookup by a number": (_HOUSE, "by: owner_id", "by: owner_doors", "'by: owner_doors' must be a text feature"),
    "features not asked for":
        (DOORS, "default: 0", "default: 0\n    source_document: \"003\"", "document 003 asks for 0 features of 'user_doors', 1 carry"),
    "name that a document uses, twice":
        (_HOUSE, "owner_doors\n", "doors_a_day\n    source_document: \"001\"\n", "'user_doors' has a feature of this name too"),
    "stale catalog page": ("docs/feature-catalog.md", None, "# Old\n", "differs from catalog/features"),
}


def _broken(path, old, new):
    assert old is None or old in CATALOG[path], old
    return {**CATALOG, path: new if old is None else CATALOG[path].replace(old, new)}


BREACHES = {name: (_broken(path, old, new), expected) for name, (path, old, new, expected) in _CASES.items()}
