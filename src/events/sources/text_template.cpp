#include "events/sources/text_template.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/event_time.h"
#include "expression/nearest_name.h"
#include "table/value_text.h"

namespace quoin {
namespace {

constexpr std::size_t text_bytes_max = 8192, variable_bytes_min = 4;
constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::array<std::string_view, 6> format_names = {"", "date", "time", "compact", "year", "unix"};

bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_name(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_name_byte); }

std::string json_escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += '\\';
        if (byte < 0x20) out += fmt::format("\\u{:04x}", byte);
        else out += c;
    }
    return out;
}

}  // namespace

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool unreserved = is_name_byte(c) || c == '-' || c == '.' || c == '~';
        if (unreserved) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string without_variables(std::string_view text, const std::vector<std::pair<std::string, std::string>>& variables) {
    std::string out(text);
    for (const auto& [name, value] : variables) {
        if (value.size() < variable_bytes_min) continue;
        for (const auto& written : {value, percent_encoded(value), json_escaped(value)})
            for (auto at = out.find(written); at != std::string::npos; at = out.find(written, at + name.size() + 3))
                out.replace(at, written.size(), "${" + name + "}");
    }
    return out;
}

class TextTemplate::Parser {
public:
    Parser(std::string_view text, std::span<const TemplateName> names, bool environment_allowed)
        : text_(text), names_(names), environment_allowed_(environment_allowed) {}

    Result<std::vector<Part>> parse() {
        while (at_ < text_.size()) {
            auto rest = text_.substr(at_);
            if (rest.starts_with("{{") || rest.starts_with("}}")) {
                literal(rest.substr(0, 1));
                at_ += 2;
            } else if (rest.starts_with("${")) {
                TRY_VOID(variable());
            } else if (rest[0] == '{') {
                TRY_VOID(value());
            } else if (rest[0] == '}') {
                return refuse("'}' has no '{' before it; write }} for a brace");
            } else {
                literal(rest.substr(0, 1));
                ++at_;
            }
        }
        return std::move(parts_);
    }

private:
    tl::unexpected<Error> refuse(std::string_view what) const { return fail(ErrorKind::invalid, "in '{}': {}", text_, what); }

    void literal(std::string_view text) {
        if (parts_.empty() || parts_.back().kind != Part::Kind::literal) parts_.emplace_back();
        parts_.back().text += text;
    }

    Result<std::string_view> inside(std::size_t opening_bytes) {
        auto end = text_.find('}', at_);
        if (end == std::string_view::npos) return refuse("'{' has no '}' after it; write {{ for a brace");
        auto found = text_.substr(at_ + opening_bytes, end - at_ - opening_bytes);
        at_ = end + 1;
        return found;
    }

    Status variable() {
        if (!environment_allowed_) return refuse("${…} stands only in the addresses, headers and folders that a source is fetched from");
        TRY(found, inside(2));
        Part part{.kind = Part::Kind::variable};
        auto mark = found.find(":-");
        part.has_default = mark != std::string_view::npos;
        part.text = found.substr(0, mark);
        if (part.has_default) part.otherwise = found.substr(mark + 2);
        if (!is_name(part.text)) return refuse(fmt::format("'{}' is no name of an environment variable", part.text));
        parts_.push_back(std::move(part));
        return {};
    }

    Status value() {
        TRY(found, inside(1));
        auto colon = found.find(':');
        Part part{.kind = Part::Kind::value, .text = std::string(found.substr(0, colon))};
        auto name = std::ranges::find(names_, part.text, &TemplateName::name);
        if (name == names_.end()) {
            std::vector<std::string_view> known;
            for (const auto& candidate : names_) known.push_back(candidate.name);
            return refuse(fmt::format("there is no '{}'{}; write {{{{ for a brace", part.text, known_names_text(part.text, known)));
        }
        part.slot = static_cast<std::size_t>(name - names_.begin());
        part.is_time = name->is_time;
        auto format = colon == std::string_view::npos ? std::string_view() : found.substr(colon + 1);
        auto known = std::ranges::find(format_names, format);
        if (known == format_names.end() || (colon != std::string_view::npos && format.empty()))
            return refuse(fmt::format("'{}' is no format of a time; write date, time, compact, year or unix", format));
        if (!format.empty() && !part.is_time) return refuse(fmt::format("'{}' is no time, so it has no format", part.text));
        part.format = static_cast<Format>(known - format_names.begin());
        parts_.push_back(std::move(part));
        return {};
    }

    std::string_view text_;
    std::span<const TemplateName> names_;
    bool environment_allowed_;
    std::size_t at_ = 0;
    std::vector<Part> parts_;
};

Result<TextTemplate> TextTemplate::parse(std::string_view text, std::span<const TemplateName> names, bool environment_allowed) {
    if (text.size() > text_bytes_max) return fail(ErrorKind::too_large, "a text of {} bytes; {} are allowed", text.size(), text_bytes_max);
    TRY(parts, Parser(text, names, environment_allowed).parse());
    TextTemplate made;
    made.text_ = text;
    made.parts_ = std::move(parts);
    return made;
}

Result<std::string> TextTemplate::value_text(const Part& part, const Rendering& rendering) const {
    auto value = part.slot < rendering.values.size() ? rendering.values[part.slot] : FieldValue();
    if (value.is_null()) return fail_field(ErrorKind::invalid, part.text, "'{}' needs '{}', which is missing", text_, part.text);
    if (value.is_text()) return std::string(value.text());
    if (!part.is_time) return number_text(value.number());
    EventTime time{static_cast<std::int64_t>(value.number())};
    switch (part.format) {
        case Format::plain: return time.value() % day_us == 0 ? date_text(time) : time_text(time);
        case Format::date: return date_text(time);
        case Format::time: return time_text(time);
        case Format::unix_seconds: return fmt::to_string(time.value() / 1'000'000 - (time.value() % 1'000'000 < 0 ? 1 : 0));
        case Format::year: return fmt::to_string(civil(time).year);
        case Format::compact: break;
    }
    auto date = civil(time);
    return fmt::format("{:04}{:02}{:02}", date.year, date.month, date.day);
}

Result<std::string> TextTemplate::render(const Rendering& rendering) const {
    std::string out;
    bool encodes_all = rendering.escape == Escape::url_text;
    for (const auto& part : parts_) {
        if (part.kind == Part::Kind::literal) {
            out += encodes_all ? percent_encoded(part.text) : part.text;
        } else if (part.kind == Part::Kind::value) {
            TRY(text, value_text(part, rendering));
            bool encodes = encodes_all || rendering.escape == Escape::url_value;
            out += encodes ? percent_encoded(text) : rendering.escape == Escape::json_value ? json_escaped(text) : text;
        } else if (rendering.environment == nullptr) {
            out += "${" + part.text + "}";
        } else {
            auto value = (*rendering.environment)(part.text);
            if (!value && !part.has_default)
                return fail_field(ErrorKind::unsupported, part.text, "the environment variable {} is not set", part.text);
            auto text = value.value_or(part.otherwise);
            out += encodes_all ? percent_encoded(text) : rendering.escape == Escape::json_value ? json_escaped(text) : text;
        }
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> TextTemplate::variables(const Environment& environment) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& part : parts_) {
        if (part.kind != Part::Kind::variable) continue;
        if (auto value = environment(part.text)) found.emplace_back(part.text, std::move(*value));
    }
    return found;
}

bool TextTemplate::uses(std::size_t slot) const {
    return std::ranges::any_of(parts_, [&](const Part& part) { return part.kind == Part::Kind::value && part.slot == slot; });
}

}  // namespace quoin
