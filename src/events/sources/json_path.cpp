#include "events/sources/json_path.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <optional>

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t tokens_max = 32, stars_max = 4, path_bytes_max = 1024, up_max = 32;

/// The tokens of a JSON pointer, unescaped. Precondition: empty, or starts with '/'.
Result<std::vector<std::string>> tokens_of(std::string_view pointer) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < pointer.size();) {
        auto end = std::min(pointer.find('/', at + 1), pointer.size());
        auto& token = tokens.emplace_back();
        for (auto i = at + 1; i < end; ++i) {
            if (pointer[i] != '~') {
                token += pointer[i];
                continue;
            }
            char escaped = ++i < end ? pointer[i] : ' ';
            if (escaped != '0' && escaped != '1') return fail(ErrorKind::invalid, "'{}': after ~ comes 0 (for ~) or 1 (for /)", pointer);
            token += escaped == '0' ? '~' : '/';
        }
        at = end;
    }
    if (tokens.size() > tokens_max) return fail(ErrorKind::invalid, "'{}' is deeper than {}", pointer, tokens_max);
    return tokens;
}

std::optional<std::size_t> number_of(std::string_view token) {
    std::size_t number = 0;
    auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (code != std::errc{} || end != token.data() + token.size() || (token.size() > 1 && token[0] == '0')) return {};
    return number;
}

/// The member or item of that name; nothing if it is not there.
std::optional<JsonStep> child(const json::value& parent, std::string_view token) {
    if (const auto* object = parent.if_object()) {
        auto found = object->find(token);
        if (found == object->end()) return {};
        return JsonStep{&found->value(), found->key(), 0};
    }
    auto number = number_of(token);
    const auto* array = parent.if_array();
    if (array == nullptr || !number || *number >= array->size()) return {};
    return JsonStep{&(*array)[*number], {}, *number};
}

}  // namespace

struct RecordPath::Walk {
    const RecordPath& path;
    const std::function<Result<bool>(std::span<const JsonStep>)>& visit;
    std::vector<JsonStep> way = {};

    Result<bool> go(std::size_t token) {
        if (token == path.tokens_.size()) return visit(way);
        const auto& name = path.tokens_[token];
        if (name == "*") return all(token);
        auto next = child(*way.back().value, name);
        if (next) return enter(*next, token);
        if (std::find(path.tokens_.begin(), path.tokens_.begin() + static_cast<std::ptrdiff_t>(token), "*") !=
            path.tokens_.begin() + static_cast<std::ptrdiff_t>(token))
            return true;
        return fail(ErrorKind::invalid, "the answer has no '{}', where '{}' says that the records are", name, path.text_);
    }

    Result<bool> enter(const JsonStep& step, std::size_t token) {
        way.push_back(step);
        TRY(goes_on, go(token + 1));
        way.pop_back();
        return goes_on;
    }

    Result<bool> all(std::size_t token) {
        const json::value& parent = *way.back().value;
        if (parent.is_null()) return true;
        if (const auto* array = parent.if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i) {
                TRY(goes_on, enter({&(*array)[i], {}, i}, token));
                if (!goes_on) return false;
            }
            return true;
        }
        const auto* object = parent.if_object();
        if (object == nullptr)
            return fail(ErrorKind::invalid, "the answer has no list where '{}' expects one: is it an error message of the provider?",
                        path.text_);
        std::size_t number = 0;
        for (const auto& member : *object) {
            TRY(goes_on, enter({&member.value(), member.key(), number++}, token));
            if (!goes_on) return false;
        }
        return true;
    }
};

Result<RecordPath> RecordPath::parse(std::string_view text) {
    if (text.size() > path_bytes_max || (!text.empty() && text[0] != '/'))
        return fail(ErrorKind::invalid, "'{}' is no place in JSON; write /observations/* for each item of the list 'observations'", text);
    RecordPath path;
    path.text_ = text;
    TRY(tokens, tokens_of(text));
    path.tokens_ = std::move(tokens);
    if (std::ranges::count(path.tokens_, "*") > static_cast<std::ptrdiff_t>(stars_max))
        return fail(ErrorKind::invalid, "'{}' has more than {} times *", text, stars_max);
    return path;
}

Status RecordPath::visit(const json::value& document, const std::function<Result<bool>(std::span<const JsonStep>)>& visit) const {
    Walk walk{*this, visit};
    walk.way.push_back({&document, {}, 0});
    if (tokens_.empty() && document.is_array()) {
        RecordPath items = *this;
        items.tokens_ = {"*"};
        return items.visit(document, visit);
    }
    TRY_VOID(walk.go(0));
    return {};
}

Result<ValuePath> ValuePath::parse(std::string_view text) {
    ValuePath path;
    auto refuse = [&] {
        return fail(ErrorKind::invalid, "'{}' is no place of a value; write /date, 2/ticker (two values further up) or 0# (the own key)",
                    text);
    };
    if (text.empty() || text.size() > path_bytes_max) return refuse();
    auto rest = text;
    if (rest[0] != '/') {
        auto end = std::min(rest.find_first_of("/#"), rest.size());
        auto up = number_of(rest.substr(0, end));
        if (!up || *up > up_max) return refuse();
        path.up_ = *up;
        rest.remove_prefix(end);
        path.names_ = rest == "#";
        if (path.names_) return path;
        if (!rest.empty() && rest[0] == '#') return refuse();
    }
    TRY(tokens, tokens_of(rest));
    path.tokens_ = std::move(tokens);
    return path;
}

ValuePath::Found ValuePath::find(std::span<const JsonStep> way) const {
    if (up_ >= way.size()) return {};
    const JsonStep& start = way[way.size() - 1 - up_];
    if (names_) return {nullptr, up_ + 1 == way.size() ? nullptr : &start};  // the root has no name
    const json::value* value = start.value;
    for (const auto& token : tokens_) {
        auto next = child(*value, token);
        if (!next) return {};
        value = next->value;
    }
    return {value, nullptr};
}

}  // namespace quoin
