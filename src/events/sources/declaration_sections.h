#pragma once

#include <string_view>

#include "base/yaml.h"
#include "events/sources/source_declaration.h"

namespace quoin::source_sections {

/// The sections of a declaration, each from the node under its key. `where` names the file. Errors: invalid, with file and line.
Status read_http(const Yaml& node, std::string_view where, HttpTerms& http);
Status read_files(const Yaml& node, std::string_view where, FileTerms& files);
Status read_pushed(const Yaml& node, std::string_view where, PushTerms& pushed);
Status read_freshness(const Yaml& node, std::string_view where, FreshnessTerms& freshness);
Status read_records(const Yaml& node, std::string_view where, RecordTerms& records);
Status read_values(const Yaml& node, std::string_view where, std::vector<SourceValue>& values);
Status read_event(const Yaml& node, std::string_view where, EventTerms& event);

/// A scalar of a map with its line; leaves `out` as it is if the key is absent.
Status read_text(YamlKeys& keys, std::string_view key, DeclaredText& out, bool required = false);
/// A map of names to scalars. Error also for more than 256 of them.
Status read_texts(YamlKeys& keys, std::string_view key, std::vector<std::pair<std::string, DeclaredText>>& out);
/// A whole number between two.
struct WholeRange {
    std::int64_t lower = 0, upper = 0;
};
Status read_whole(YamlKeys& keys, std::string_view key, WholeRange range, std::int64_t& out);
/// Lower-case letters, digits and _, starting with a letter; at most 64 bytes.
bool is_word(std::string_view text);

}  // namespace quoin::source_sections
