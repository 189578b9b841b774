#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/json_cursor.h"

namespace quoin {

/// The members of one JSON object, by name. Values point into the text.
class JsonMembers {
public:
    /// Error: invalid.
    static Result<JsonMembers> read(std::string_view text);
    bool has(std::string_view name) const;
    /// Nothing if it is absent or null.
    const JsonCursor::Value* find(std::string_view name) const;
    /// A text, unescaped. Nothing if it is absent or null. Error: invalid, if it is no text.
    Result<std::optional<std::string>> text(std::string_view name) const;
    /// Error: invalid, also if it is missing or empty.
    Result<std::string> required_text(std::string_view name) const;

private:
    std::vector<std::pair<std::string, JsonCursor::Value>> members_;
};

/// RFC 4648 section 4, with padding; nothing if it is not that.
std::optional<std::string> base64_decoded(std::string_view text);
std::string base64_encoded(std::string_view bytes);

/// "Application/JSON; charset=utf-8" → "application/json".
std::string media_type(std::string_view content_type);
/// JSON by its media type: application/json, text/json or anything that ends in +json.
bool is_json(std::string_view content_type);

}  // namespace quoin
