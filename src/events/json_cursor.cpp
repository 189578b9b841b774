#include "events/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "events/json_escape.h"

namespace quoin {
namespace {

constexpr std::size_t depth_max = 32;
/// Objects with more keys are looked through by a sorted copy.
constexpr std::size_t keys_compared_max = 32;

/// Bytes that stand for themselves within a string.
constexpr auto is_plain = [] {
    std::array<bool, 256> plain{};
    for (int byte = 0x20; byte < 0x80; ++byte) plain[static_cast<std::size_t>(byte)] = byte != '"' && byte != '\\';
    return plain;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool JsonCursor::fail(std::string_view what) {
    if (error_.empty()) error_ = fmt::format("{} at byte {}", what, at_);
    return false;
}

void JsonCursor::skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
}

bool JsonCursor::take(char expected) {
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
}

bool JsonCursor::enter_object() {
    skip_spaces();
    depth_ = 1;
    return take('{') || fail("expected '{'");
}

bool JsonCursor::enter_array() {
    skip_spaces();
    depth_ = 1;
    return take('[') || fail("expected '['");
}

/// What stands between two members: nothing before the first, a comma, or the end.
bool JsonCursor::separator(char end, bool& ended) {
    skip_spaces();
    ended = take(end);
    if (ended || first_) return true;
    if (!take(',')) return fail(at_ < text_.size() ? "unexpected character" : "unexpected end");
    skip_spaces();
    return true;
}

bool JsonCursor::next_member(std::string_view& key, Value& value) {
    bool ended = false;
    if (failed() || !separator('}', ended)) return false;
    if (ended) {
        keys_differ(0);
        return false;
    }
    first_ = false;
    return read_key(key, 0) && read_value(value);
}

bool JsonCursor::next_item(Value& value) {
    bool ended = false;
    if (failed() || !separator(']', ended) || ended) return false;
    first_ = false;
    return read_value(value);
}

bool JsonCursor::finish() {
    if (failed()) return false;
    skip_spaces();
    return at_ == text_.size() || fail("unexpected text behind the value");
}

bool JsonCursor::read_whole(Value& value) {
    skip_spaces();
    return read_value(value) && finish();
}

bool JsonCursor::read_key(std::string_view& key, std::size_t first_key) {
    Value name;
    if (at_ >= text_.size() || text_[at_] != '"') return fail(at_ < text_.size() ? "expected a key" : "unexpected end");
    if (!read_text(name)) return false;
    key = name.text;
    if (name.has_escapes) {
        append_unescaped(name.text, unescaped_.emplace_back());
        key = unescaped_.back();
    }
    auto others = keys_.from(first_key);
    if (others.size() <= keys_compared_max && std::ranges::find(others, key) != others.end()) return fail("a key stands twice");
    keys_.push(key);
    skip_spaces();
    if (!take(':')) return fail("expected ':'");
    skip_spaces();
    return true;
}

/// At the end of an object: the keys that were too many to compare each with all before it.
bool JsonCursor::keys_differ(std::size_t first_key) {
    auto keys = keys_.from(first_key);
    keys_.shrink(first_key);
    if (keys.size() <= keys_compared_max) return true;
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) == keys.end() || fail("a key stands twice");
}

std::span<std::string_view> JsonCursor::Keys::from(std::size_t first) {
    auto all = far_.empty() ? std::span<std::string_view>(near_) : std::span<std::string_view>(far_);
    return all.subspan(first, size_ - first);
}

void JsonCursor::Keys::push(std::string_view key) {
    if (far_.empty() && size_ < near_.size()) {
        near_[size_++] = key;
        return;
    }
    if (far_.empty()) far_.assign(near_.begin(), near_.end());
    far_.resize(size_++);
    far_.push_back(key);
}

void JsonCursor::Keys::shrink(std::size_t size) { size_ = size; }

bool JsonCursor::read_value(Value& value) {
    if (at_ >= text_.size()) return fail("unexpected end");
    auto start = at_;
    value.has_escapes = false;
    switch (text_[at_]) {
        case '"': value.kind = Kind::text; return read_text(value);
        case '{': value.kind = Kind::object; break;
        case '[': value.kind = Kind::array; break;
        case 't': value.kind = Kind::truth; break;
        case 'f': value.kind = Kind::truth; break;
        case 'n': value.kind = Kind::null; break;
        default: value.kind = Kind::number; break;
    }
    bool read = value.kind == Kind::object || value.kind == Kind::array ? read_nested(value)
                : value.kind == Kind::number                            ? read_number(value)
                : value.kind == Kind::null                              ? read_word("null")
                                                                        : read_word(text_[at_] == 't' ? "true" : "false");
    value.text = text_.substr(start, at_ - start);
    return read;
}

bool JsonCursor::read_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail("unexpected character");
    at_ += word.size();
    return true;
}

bool JsonCursor::skip_digits() {
    auto start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start || fail(at_ < text_.size() ? "unexpected character" : "unexpected end");
}

bool JsonCursor::read_number(Value&) {
    take('-');
    if (take('0')) {
        if (at_ < text_.size() && is_digit(text_[at_])) return fail("a number with a leading zero");
    } else if (!skip_digits()) {
        return false;
    }
    if (take('.') && !skip_digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return skip_digits();
}

bool JsonCursor::read_text(Value& value) {
    auto start = ++at_;
    value.has_escapes = false;
    for (;;) {
        while (at_ < text_.size() && is_plain[static_cast<unsigned char>(text_[at_])]) ++at_;
        if (at_ >= text_.size()) return fail("unexpected end");
        auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte == '"') break;
        if (byte < 0x20) return fail("a control character in a text");
        value.has_escapes |= byte == '\\';
        if (byte == '\\' ? !read_escape() : !skip_utf8()) return false;
    }
    value.text = text_.substr(start, at_ - start);
    ++at_;
    return true;
}

bool JsonCursor::skip_utf8() {
    auto length = utf8_sequence_length(text_.substr(at_, 4));
    if (length == 0) return fail("a text that is not UTF-8");
    at_ += length;
    return true;
}

bool JsonCursor::read_escape() {
    auto length = escape_length(text_.substr(at_, 12));
    if (length == 0) return fail("an unknown or incomplete escape");
    at_ += length;
    return true;
}

/// Reads over an object or array within the one that was entered. Recursion ends at depth_max.
bool JsonCursor::read_nested(Value& value) {
    if (depth_ >= depth_max) return fail("nested too deeply");
    ++depth_;
    bool outer_first = std::exchange(first_, true);
    auto first_key = keys_.size();
    bool is_object = value.kind == Kind::object;
    ++at_;
    for (bool ended = false;;) {
        if (!separator(is_object ? '}' : ']', ended)) return false;
        if (ended) break;
        first_ = false;
        std::string_view key;
        Value inner;
        if (is_object && !read_key(key, first_key)) return false;
        if (!read_value(inner)) return false;
    }
    if (!keys_differ(first_key)) return false;
    first_ = outer_first;
    --depth_;
    return true;
}

}  // namespace quoin
