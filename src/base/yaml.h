#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

struct YamlEntry;

/// One node of a YAML document, as a value of our own. Numbers and truth values stay text until they are asked for.
struct Yaml {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::size_t line = 0;  ///< from 1
    std::string scalar;
    std::vector<Yaml> items;
    std::vector<YamlEntry> entries;  ///< in the order of the file

    const Yaml* find(std::string_view key) const;
};

/// One key of a map and what it has.
struct YamlEntry {
    std::string key;
    Yaml value;
};

/// Parses one document. Anchors, aliases and tags are refused, as are duplicate keys, more than 1 MiB and nesting above 32.
/// `where` names the file in errors. Error: invalid with the line, too_large.
Result<Yaml> parse_yaml(std::string_view text, std::string_view where);
/// Reads and parses a file. Error: as above; not_found, unavailable.
Result<Yaml> read_yaml(const std::string& path);

/// Reads the keys of one map and remembers which it was asked for, so that a misspelt key is an error and not a silence.
/// A key that is absent or null leaves `out` as it is. Errors (invalid) name file, line and key.
class YamlKeys {
public:
    /// Error: invalid, if the node is no map.
    static Result<YamlKeys> of(const Yaml& node, std::string where);

    Status text(std::string_view key, std::string& out, bool required = false);
    Status number(std::string_view key, double& out);
    Status whole(std::string_view key, std::int64_t& out);
    Status truth(std::string_view key, bool& out);
    Status duration(std::string_view key, Duration& out);
    /// A scalar counts as a list of one.
    Status texts(std::string_view key, std::vector<std::string>& out);
    Status numbers(std::string_view key, std::vector<double>& out);
    /// The node itself, or nullptr if absent or null.
    const Yaml* node(std::string_view key);
    bool has(std::string_view key) const;
    /// Error: invalid, if the map has a key that none of the above asked for; names the nearest known ones.
    Status nothing_else() const;
    /// "file, line 3"
    std::string place(std::string_view key = {}) const;

private:
    YamlKeys(const Yaml& map, std::string where) : map_(&map), where_(std::move(where)) {}
    const Yaml* scalar(std::string_view key, Status& status);
    const Yaml* map_;
    std::string where_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace quoin
