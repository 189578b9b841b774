#include "events/event_envelope.h"

#include <algorithm>
#include <array>

#include "events/json_escape.h"

namespace quoin {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Result<JsonMembers> JsonMembers::read(std::string_view text) {
    JsonMembers members;
    JsonCursor cursor(text);
    std::string_view name;
    JsonCursor::Value value;
    if (cursor.enter_object()) {
        while (cursor.next_member(name, value)) members.members_.emplace_back(name, value);
    }
    if (!cursor.finish()) return fail(ErrorKind::invalid, "no JSON object: {}", cursor.error());
    return members;
}

bool JsonMembers::has(std::string_view name) const {
    return std::ranges::any_of(members_, [&](const auto& member) { return member.first == name; });
}

const JsonCursor::Value* JsonMembers::find(std::string_view name) const {
    auto found = std::ranges::find(members_, name, [](const auto& member) { return std::string_view(member.first); });
    return found == members_.end() || found->second.kind == JsonCursor::Kind::null ? nullptr : &found->second;
}

Result<std::optional<std::string>> JsonMembers::text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::optional<std::string>();
    if (value->kind != JsonCursor::Kind::text)
        return fail_field(ErrorKind::invalid, std::string(name), "'{}' is '{}'; a text is expected", name, value->text.substr(0, 60));
    std::string text;
    append_unescaped(value->text, text);
    return std::optional(std::move(text));
}

Result<std::string> JsonMembers::required_text(std::string_view name) const {
    TRY(given, text(name));
    if (!given || given->empty()) return fail_field(ErrorKind::invalid, std::string(name), "the event has no '{}'", name);
    return std::move(*given);
}

std::optional<std::string> base64_decoded(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    auto digits = text.substr(0, text.size() - (text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0));
    std::string bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (char c : digits) {
        auto digit = base64_digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xff);
    }
    bool rest_is_zero = (bits & ((1u << held) - 1)) == 0;
    return rest_is_zero ? std::optional(bytes) : std::nullopt;
}

std::string base64_encoded(std::string_view bytes) {
    std::string text;
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
        for (std::size_t i = 0; i < 4; ++i) text += i <= bytes.size() ? base64_digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::string media_type(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    auto first = type.find_first_not_of(" \t"), last = type.find_last_not_of(" \t");
    std::string name(first == std::string_view::npos ? "" : type.substr(first, last - first + 1));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return name;
}

bool is_json(std::string_view content_type) {
    auto type = media_type(content_type);
    return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

}  // namespace quoin
