"""Reads the part of YAML that the catalog is written in: block maps and lists, flow maps and lists, plain and quoted scalars, `>-`.
Anything else (anchors, tags, tabs, other block scalars, several documents) is an error, so that every reader sees the same."""
import re


class YamlError(Exception):
    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


class Map(dict):
    """A map that knows the lines of its keys."""

    def __init__(self, line):
        super().__init__()
        self.line, self.lines = line, {}


class List(list):
    """A list that knows the lines of its items."""

    def __init__(self, line):
        super().__init__()
        self.line, self.lines = line, []


KEY = re.compile(r"^([A-Za-z_][\w.-]*):(?:\s+(.*))?$", re.S)
NUMBER = re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$")
QUOTED = re.compile(r'"((?:[^"\\]|\\["\\/nt])*)"|\'((?:[^\']|\'\')*)\'')
ESCAPES = {"n": "\n", "t": "\t"}
RESERVED = "&*!|>%@`,[]{}#\"'"  # a plain scalar begins with none of these
# What one reader takes for a number, a truth value or a date, and another for a text.
AMBIGUOUS = re.compile(r"^([-+]?(0\d+|0[box]\w+|\d[\d_]*_[\d_.]*|\d+(:\d+)+(\.\d*)?|\.(inf|nan))|\d{4}-\d\d?-\d\d?.*|[-+]?\d[\d.]*[eE]\d+"
                       r"|y|n|yes|no|on|off|=|<<)$", re.I)


def parse(text):
    """The document as Map, List, text, number, truth value or None. Raises YamlError."""
    reader = _Reader(text)
    value = reader.block(reader.indent())
    if reader.lines:
        raise YamlError(reader.lines[0][0], "is indented unlike what it belongs to")
    return value


class _Reader:
    def __init__(self, text):
        self.lines = []  # (number, indent, text) of what is still to be read
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                raise YamlError(number, "has a tab; indent with spaces")
            plain = _without_comment(line).rstrip()
            if plain.strip() in ("---", "...") or line.startswith("%"):
                raise YamlError(number, "a file of the catalog is one document without marks")
            if plain.strip():
                self.lines.append((number, len(plain) - len(plain.lstrip()), plain.strip()))
        if not self.lines:
            raise YamlError(1, "is empty")

    def indent(self):
        return self.lines[0][1] if self.lines else -1

    def block(self, indent):
        number, _, text = self.lines[0]
        if text.startswith("- ") or text == "-":
            return self._list(indent)
        if KEY.match(text):
            return self._map(indent)
        return self._scalar(number, self.lines.pop(0)[2], indent - 1)

    def _list(self, indent):
        items = List(self.lines[0][0])
        while self.indent() == indent and (self.lines[0][2] + " ").startswith("- "):
            number, _, text = self.lines[0]
            rest = text[1:].lstrip()
            items.lines.append(number)
            if rest:
                inner = indent + len(text) - len(rest)
                self.lines[0] = (number, inner, rest)
                items.append(self.block(inner))
            else:
                self.lines.pop(0)
                items.append(self.block(self.indent()) if self.indent() > indent else None)
        return items

    def _map(self, indent):
        entries = Map(self.lines[0][0])
        while self.indent() == indent:
            number, _, text = self.lines[0]
            match = KEY.match(text)
            if not match:
                raise YamlError(number, f"'{text[:40]}' is no 'key: value'")
            key, rest = match.group(1), match.group(2) or ""
            if key in entries:
                raise YamlError(number, f"'{key}' stands twice")
            self.lines.pop(0)
            entries.lines[key] = number
            if rest:
                entries[key] = self._scalar(number, rest, indent)
            else:
                entries[key] = self.block(self.indent()) if self.indent() > indent else None
        return entries

    def _scalar(self, number, text, indent):
        """A value that begins on this line; `>-`, flow collections and plain scalars go on in the deeper lines."""
        parts = [] if text == ">-" else [text]
        goes_on = text == ">-" or text[0] not in "\"'"
        while goes_on and self.indent() > indent:
            parts.append(self.lines.pop(0)[2])
        joined = " ".join(parts)
        if text == ">-":
            return joined
        if text[0] in "[{":
            value, place = _flow(number, joined, 0)
        elif text[0] in "\"'":
            value, place = _quoted(number, joined, 0)
        else:
            return _plain(number, joined, "block")
        if joined[place:].strip():
            raise YamlError(number, f"'{joined[place:].strip()[:40]}' is left over after the value")
        return value


def _without_comment(line):
    for match in re.finditer(QUOTED.pattern + r"|(?:^|(?<=\s))#", line):
        if match.group().startswith("#"):
            return line[:match.start()]
        before = line[:match.start()].rstrip()
        if before and before[-1] not in ":,[{-":  # a quote inside a plain scalar opens nothing
            hash_mark = re.search(r"\s#", line[match.start():])
            return line[:match.start() + hash_mark.start()] if hash_mark else line
    return line


def _quoted(number, text, place):
    match = QUOTED.match(text, place)
    if not match:
        raise YamlError(number, "a quoted text has no end, or an escape other than \\\" \\\\ \\/ \\n \\t")
    if match.group(1) is not None:
        value = re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1)), match.group(1))
    else:
        value = match.group(2).replace("''", "'")
    return value, match.end()


def _plain(number, text, where):
    text = text.strip()
    if text and text[0] in RESERVED or re.match(r"^[-?:](\s|$)", text):
        raise YamlError(number, f"a text may not begin with '{text[0]}'; put it into quotes")
    if re.search(r":(\s|$)", text) or (where == "flow" and re.search(r"[\[\]{}?]|^:", text)):
        raise YamlError(number, f"'{text[:40]}' has a mark that means something here; put it into quotes")
    if AMBIGUOUS.match(text):
        raise YamlError(number, f"'{text[:40]}' is read in more than one way; put it into quotes, or write the number plainly")
    if text in ("", "null", "~"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if NUMBER.match(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    return text


def _flow(number, text, place):
    """The flow value at `place` and the place after it."""
    while place < len(text) and text[place] == " ":
        place += 1
    if place == len(text):
        raise YamlError(number, "a list or map has no end")
    if text[place] in "\"'":
        return _quoted(number, text, place)
    if text[place] not in "[{":
        end = next((i for i in range(place, len(text)) if text[i] in ",]}"), len(text))
        if end == place:
            raise YamlError(number, "a list or map has an empty place; write null")
        return _plain(number, text[place:end], "flow"), end
    close = "]" if text[place] == "[" else "}"
    value, place = (List(number) if close == "]" else Map(number)), place + 1
    while True:
        place += len(text[place:]) - len(text[place:].lstrip())
        if text[place:place + 1] == close:
            return value, place + 1
        if close == "]":
            item, place = _flow(number, text, place)
            value.lines.append(number)
            value.append(item)
        else:
            key = re.compile(r"([A-Za-z_][\w.-]*):\s+").match(text, place)
            if not key:
                raise YamlError(number, f"'{text[place:place + 40]}' is no 'key: value'")
            if key.group(1) in value:
                raise YamlError(number, f"'{key.group(1)}' stands twice")
            value.lines[key.group(1)] = number
            value[key.group(1)], place = _flow(number, text, key.end())
        place += len(text[place:]) - len(text[place:].lstrip())
        if text[place:place + 1] not in (",", close):
            raise YamlError(number, "a list or map has no end")
        if text[place] == ",":
            place += 1
