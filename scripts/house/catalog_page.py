"""docs/feature-catalog.md: every feature of the catalog in words, made from the declarations."""
import re

from .catalog import read
from .tree import Problem

PAGE = "docs/feature-catalog.md"
DOCUMENTS = {
    "000": "capital markets and property pricing",
    "001": "leads, values, closings, investors",
    "002": "forecasting, tails, anomalies, safety",
    "003": "features, registry, pipelines",
    "004": "portfolio twin",
}
CATEGORIES = ("behavioural", "property", "transactional", "market", "temporal", "lead", "investor", "deal", "operations")
UNITS = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
HEAD = """# Feature catalog

<!-- Made by scripts/feature_catalog --write from catalog/features; change the declarations, not this page. -->

{features} features in {views} views of {entities} kinds of entity, made from {events} types of event. How they are declared and what the
transforms mean is in [formats/features.md](formats/features.md).

A feature is read as `view:feature`. `null` as default: there is no value that could stand for one. A feature is **for** the document that
asks for it; those for none are what others are made from, or more than was asked.

## What the documents ask for

| document | about | features | views |
|---|---|---|---|
{documents}

Document 003 by category: {categories}. It promises 83: the parts of its behavioural
features add up to 27 and not to the 24 that it says, so that it lists 86. All of them are here.

## Views

| category | view | entity | features | what it is |
|---|---|---|---|---|
{index}
"""


def page(tree):
    catalog = read(tree)
    views = sorted(catalog.views.values(), key=lambda v: (_place(v["category"]), v["view"]))
    text = HEAD.format(features=sum(len(v["features"]) for v in views), views=len(views), entities=len({v["entity"] for v in views}),
                       events=len(_event_types(views)), documents="\n".join(_documents(views)), categories=_categories(views),
                       index="\n".join(_index_row(v) for v in views))
    for category in dict.fromkeys(v["category"] for v in views):
        text += f"\n## {category.capitalize()} features\n"
        for view in views:
            if view["category"] == category:
                text += _section(view)
    return text


def up_to_date(tree):
    """docs/feature-catalog.md is what scripts/feature_catalog makes of the catalog."""
    catalog = read(tree)
    if catalog.views and not catalog.problems and tree.text(PAGE) != page(tree):
        yield Problem(PAGE, 0, "differs from catalog/features; run scripts/feature_catalog --write")


def _place(category):
    return (CATEGORIES.index(category), "") if category in CATEGORIES else (len(CATEGORIES), category)


def _from(feature):
    types = feature.get("from", [])
    return types if isinstance(types, list) else [types]


def _event_types(views):
    return {t for view in views for feature in view["features"] for t in _from(feature)}


def _asked(view, document):
    return [f for f in view["features"] if f.get("source_document") == document]


def _documents(views):
    for document in sorted({f["source_document"] for v in views for f in v["features"] if "source_document" in f}):
        names = {f["name"] for v in views for f in _asked(v, document)}
        places = [f"[{v['view']}](#{v['view']}) {len(_asked(v, document))}" for v in views if _asked(v, document)]
        count = sum(len(_asked(v, document)) for v in views)
        twice = f", {count - len(names)} of them in two views" if len(names) != count else ""
        yield f"| {document} | {DOCUMENTS.get(document, '')} | {count}{twice} | {', '.join(places)} |"


def _categories(views):
    counts = {}
    for view in views:
        counts[view["category"]] = counts.get(view["category"], 0) + len(_asked(view, "003"))
    return ", ".join(f"{category} {count}" for category, count in counts.items() if count)


def _index_row(view):
    name = view["view"]
    return f"| {view['category']} | [{name}](#{name}) | {view['entity']} | {len(view['features'])} | {_cell(view['description'])} |"


def _section(view):
    facts = [f"Entity `{view['entity']}`", f"owner {view['owner']}"]
    facts += [f"a value is too old {_duration(view['ttl'])} after the last event"] if "ttl" in view else []
    rows = "\n".join(_row(feature) for feature in view["features"])
    return (f"\n### {view['view']}\n\n{view['description']}. {', '.join(facts)}.\n\n"
            f"| feature | type | unit | range | default | description | definition | for |\n|---|---|---|---|---|---|---|---|\n{rows}\n")


def _row(feature):
    low, high = feature.get("range", (None, None))
    span = "" if low is None else f"{_number(low)} to {_number(high)}"
    cells = (f"`{feature['name']}`", feature["type"], feature.get("unit", ""), span, _default(feature), feature["description"],
             definition(feature), feature.get("source_document", ""))
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text):
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def _number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _default(feature):
    value = feature.get("default")
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _duration(text):
    number, unit = re.match(r"^(\d+)(\w+)$", text).groups()
    return f"{number} {UNITS[unit]}{'s' if number != '1' else ''}"


def definition(feature):
    """What the feature is computed from, in words and the expressions as declared."""
    if "expression" in feature:
        return f"= `{feature['expression']}`"
    if "lookup" in feature:
        lookup = feature["lookup"]
        return f"`{lookup['feature']}` of the {lookup['entity']} in `{lookup['by']}`"
    words = _aggregate(feature) + " `" + "`, `".join(_from(feature)) + "`"
    if "where" in feature:
        words += f" where `{feature['where']}`"
    words += ", ever" if feature["window"] == "lifetime" else f", last {_duration(feature['window'])}"
    return words + (f" in tiles of {_duration(feature['tile'])}" if "tile" in feature else "")


def _aggregate(feature):
    value, k = f"`{feature.get('value')}`", feature.get("k")
    return {
        "count": "number of",
        "sum": f"sum of {value} of",
        "mean": f"mean of {value} of",
        "min": f"least {value} of",
        "max": f"greatest {value} of",
        "std": f"standard deviation of {value} of",
        "first": f"{value} of the earliest",
        "last": f"{value} of the latest",
        "last_k": f"{value} of the {k} latest",
        "distinct": f"number of different {value} of",
        "quantile": f"{feature.get('q', 0):g} quantile of {value} of",
        "ratio": f"share with {value} of",
        "recency": f"{feature.get('unit', 'days')} since the latest",
        "rate": f"number per {_duration(feature.get('per', '1d'))} of",
        "slope": f"slope of {'the number' if feature.get('value') is None else value} per day of",
        "streak": "days in a row with",
        "top_k": f"most frequent {value} of" if k == 1 else f"{k} most frequent {value} of",
        "entropy": f"entropy of {value} of",
        "histogram": f"histogram of {value} of",
    }[feature["transform"]]
