#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// Reads one JSON text from front to back without building anything: every value is a piece of the text. As strict as parse_json
/// (RFC 8259; duplicate keys in any object, ill-formed UTF-8 and lone surrogates are refused; 32 levels). No allocation for a text
/// of up to 16 keys without escapes in them. Not thread-safe; the text outlives it.
class JsonCursor {
public:
    explicit JsonCursor(std::string_view text) : text_(text) {}

    enum class Kind { null, truth, number, text, array, object };
    struct Value {
        Kind kind = Kind::null;
        std::string_view text;     ///< as it stands there; of a text, what is between the quotation marks
        bool has_escapes = false;  ///< of a text: see append_unescaped
    };

    /// True if the text is an object (array); its members are read next.
    bool enter_object();
    bool enter_array();
    /// The next member of the object that was entered; false at its end, or when the text is broken. The key is unescaped.
    bool next_member(std::string_view& key, Value& value);
    bool next_item(Value& value);
    /// After the last member: true if nothing follows but spaces and nothing was broken.
    bool finish();
    /// Of a text that is one value.
    bool read_whole(Value& value);

    bool failed() const { return !error_.empty(); }
    /// "unexpected character at byte 12".
    const std::string& error() const { return error_; }

private:
    bool fail(std::string_view what);
    void skip_spaces();
    bool take(char expected);
    bool separator(char end, bool& ended);
    bool read_key(std::string_view& key, std::size_t first_key);
    bool keys_differ(std::size_t first_key);
    bool read_value(Value& value);
    bool read_text(Value& value);
    bool read_escape();
    bool read_number(Value& value);
    bool read_word(std::string_view word);
    bool read_nested(Value& value);
    bool skip_digits();
    bool skip_utf8();

    std::string_view text_;
    std::size_t at_ = 0, depth_ = 0;
    bool first_ = true;  ///< no member or item of the entered value was read yet
    std::string error_;

    /// The keys of the objects in progress, to find duplicates: a few beside each other, more in a vector.
    class Keys {
    public:
        std::span<std::string_view> from(std::size_t first);
        std::size_t size() const { return size_; }
        void push(std::string_view key);
        void shrink(std::size_t size);

    private:
        std::array<std::string_view, 16> near_;
        std::vector<std::string_view> far_;  ///< all of them, once they are too many for near_
        std::size_t size_ = 0;
    };
    Keys keys_;
    std::deque<std::string> unescaped_;  ///< keys that had escapes
};

}  // namespace quoin
