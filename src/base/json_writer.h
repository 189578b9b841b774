#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quoin {

/// Writes JSON text piece by piece, with the numbers and escapes of json_text() and without a tree of values: an answer of the server is
/// rendered in microseconds. Keys and values are given in order; commas come by themselves. Not thread-safe.
class JsonWriter {
public:
    /// Appends to `out`, which outlives it.
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);

    /// NaN and infinities become null.
    JsonWriter& number(double value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& text(std::string_view value);
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    /// A value that is JSON text already.
    JsonWriter& raw(std::string_view json);
    /// Members of an object that are JSON text already, without its braces; not empty.
    JsonWriter& members(std::string_view json) { return raw(json); }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string& out_;
    bool needs_comma_ = false;
};

/// Appends a JSON string, quoted and escaped. Bytes from 0x80 on are kept: the text should be UTF-8.
void append_json_string(std::string& out, std::string_view text);
/// Appends a number: the shortest that reads back as the same double; null for NaN and infinities.
void append_json_number(std::string& out, double value);

}  // namespace quoin
