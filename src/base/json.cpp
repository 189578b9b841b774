#include "base/json.h"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include "base/json_writer.h"

namespace quoin {
namespace {

namespace json = boost::json;

/// Builds a value while watching for duplicate keys; forwards everything to Boost's own value_stack.
struct StrictHandler {
    static constexpr std::size_t max_object_size = 1'000'000;
    static constexpr std::size_t max_array_size = 10'000'000;
    static constexpr std::size_t max_key_size = 4096;
    static constexpr std::size_t max_string_size = 8u << 20;

    json::value_stack stack;
    std::string text;                         ///< parts of the string, key or number in progress
    std::vector<std::set<std::string>> keys;  ///< of the objects in progress
    std::string duplicate;

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        keys.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t n, json::error_code&) {
        keys.pop_back();
        stack.push_object(n);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t n, json::error_code&) {
        stack.push_array(n);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code& error) {
        text.append(part.data(), part.size());
        if (!keys.back().insert(text).second) {
            duplicate = text;
            error = json::error::syntax;
            return false;
        }
        stack.push_key(text);
        text.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, std::size_t, json::error_code&) {
        text.append(part.data(), part.size());
        stack.push_string(text);
        text.clear();
        return true;
    }
    bool on_number_part(json::string_view part, json::error_code&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
        text.clear();
        stack.push_int64(value);
        return true;
    }
    bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
        text.clear();
        stack.push_uint64(value);
        return true;
    }
    bool on_double(double value, json::string_view part, json::error_code&) {
        // Boost.JSON 1.81 may be off by the last bit; what json_text wrote must read back as the same double.
        text.append(part.data(), part.size());
        std::from_chars(text.data(), text.data() + text.size(), value);
        text.clear();
        stack.push_double(value);
        return true;
    }
    bool on_bool(bool value, json::error_code&) {
        stack.push_bool(value);
        return true;
    }
    bool on_null(json::error_code&) {
        stack.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

struct Writer {
    std::string& out;
    int indent;

    void line(int depth) const {
        if (indent == 0) return;
        out += '\n';
        out.append(static_cast<std::size_t>(depth * indent), ' ');
    }
    void write(const json::value& value, int depth) const {
        switch (value.kind()) {
            case json::kind::null: out += "null"; break;
            case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
            case json::kind::int64: out += fmt::to_string(value.get_int64()); break;
            case json::kind::uint64: out += fmt::to_string(value.get_uint64()); break;
            case json::kind::double_: append_json_number(out, value.get_double()); break;
            case json::kind::string: append_json_string(out, value.get_string()); break;
            case json::kind::array: write_array(value.get_array(), depth); break;
            case json::kind::object: write_object(value.get_object(), depth); break;
        }
    }
    void write_array(const json::array& array, int depth) const {
        out += '[';
        bool first = true;
        for (const auto& item : array) {
            if (!first) out += ',';
            first = false;
            line(depth + 1);
            write(item, depth + 1);
        }
        if (!array.empty()) line(depth);
        out += ']';
    }
    void write_object(const json::object& object, int depth) const {
        out += '{';
        bool first = true;
        for (const auto& [key, item] : object) {
            if (!first) out += ',';
            first = false;
            line(depth + 1);
            append_json_string(out, key);
            out += indent == 0 ? ":" : ": ";
            write(item, depth + 1);
        }
        if (!object.empty()) line(depth);
        out += '}';
    }
};

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.bytes_max)
        return fail(ErrorKind::too_large, "the JSON text has {} bytes; the limit is {}", text.size(), limits.bytes_max);
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::basic_parser<StrictHandler> parser(options);
    parser.handler().stack.reset();
    json::error_code error;
    std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) {
        if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) error = json::error::extra_data;
    }
    if (!error && !parser.done()) error = json::error::incomplete;
    if (!parser.handler().duplicate.empty())
        return fail(ErrorKind::invalid, "the JSON has the key '{}' twice in one object", parser.handler().duplicate.substr(0, 80));
    if (error == json::error::too_deep) return fail(ErrorKind::invalid, "the JSON is nested deeper than {} levels", limits.depth_max);
    if (error) return fail(ErrorKind::invalid, "the text is not JSON: {} at byte {}", error.message(), used);
    return parser.handler().stack.release();
}

std::string json_text(const json::value& value, int indent) {
    std::string out;
    Writer{out, indent}.write(value, 0);
    return out;
}

}  // namespace quoin
