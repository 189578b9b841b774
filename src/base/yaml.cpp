#include "base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace quoin {
namespace {

constexpr std::size_t bytes_max = 1u << 20;
constexpr std::size_t depth_max = 32;

/// What ends the parsing early; it never leaves this file.
struct Refusal {
    Error error;
};

/// Builds our tree from the parser's events. Aliases let a kilobyte grow to gigabytes, so none is resolved.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string_view where) : where_(where) {}
    Yaml take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { place(mark, anchor, Yaml::Kind::null); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases (*) are not read; write the value out"); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        bool plain = tag == "?";  // quoted texts have the tag "!"
        if (open_.size() && open_.back()->kind == Yaml::Kind::map && !key_) return take_key(mark, value);
        Yaml& node = place(mark, anchor, plain && (value == "~" || value == "null") ? Yaml::Kind::null : Yaml::Kind::scalar);
        if (node.kind == Yaml::Kind::scalar) node.scalar = value;
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, place(mark, anchor, Yaml::Kind::list));
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(mark, place(mark, anchor, Yaml::Kind::map));
    }
    void OnMapEnd() override { open_.pop_back(); }

private:
    [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view reason) {
        throw Refusal{Error{ErrorKind::invalid, fmt::format("{}, line {}: {}", where_, mark.line + 1, reason), {}}};
    }
    void take_key(const YAML::Mark& mark, const std::string& key) {
        if (open_.back()->find(key)) refuse(mark, "'" + key + "' stands twice");
        open_.back()->entries.push_back({key, Yaml{}});
        key_ = true;
    }
    Yaml& place(const YAML::Mark& mark, YAML::anchor_t anchor, Yaml::Kind kind) {
        if (anchor != 0) refuse(mark, "anchors (&) are not read; write the value out");
        Yaml* node = &root_;
        if (!open_.empty() && open_.back()->kind == Yaml::Kind::list) node = &open_.back()->items.emplace_back();
        else if (!open_.empty() && !key_) refuse(mark, "a key must be a word");
        else if (!open_.empty()) node = &open_.back()->entries.back().value;
        key_ = false;
        node->kind = kind, node->line = static_cast<std::size_t>(mark.line) + 1;
        return *node;
    }
    void open(const YAML::Mark& mark, Yaml& node) {
        if (open_.size() >= depth_max) refuse(mark, fmt::format("nested deeper than {}", depth_max));
        open_.push_back(&node);
    }

    std::string where_;
    Yaml root_;
    std::vector<Yaml*> open_;  // a parent's vector does not grow while a child is open
    bool key_ = false;
};

template <class Number>
bool parse_whole_text(const std::string& text, Number& out) {
    auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && rest == text.data() + text.size();
}

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
    for (const auto& [name, value] : entries)
        if (name == key) return &value;
    return nullptr;
}

Result<Yaml> parse_yaml(std::string_view text, std::string_view where) {
    if (text.size() > bytes_max)
        return fail(ErrorKind::too_large, "{} has {} bytes; a declaration may have {}", where, text.size(), bytes_max);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Builder builder(where);
        parser.HandleNextDocument(builder);
        return builder.take();
    } catch (const Refusal& refusal) {
        return tl::unexpected(refusal.error);
    } catch (const YAML::Exception& error) {
        return fail(ErrorKind::invalid, "{}, line {}: {}", where, error.mark.is_null() ? 1 : error.mark.line + 1, error.msg);
    }
}

Result<Yaml> read_yaml(const std::string& path) {
    std::error_code missing;
    if (!std::filesystem::exists(path, missing)) return fail(ErrorKind::not_found, "there is no file '{}'", path);
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::unavailable, "cannot read '{}'", path);
    return parse_yaml(text.str(), path);
}

Result<YamlKeys> YamlKeys::of(const Yaml& node, std::string where) {
    if (node.kind != Yaml::Kind::map)
        return fail(ErrorKind::invalid, "{}, line {}: expected 'key: value' lines", where, std::max<std::size_t>(node.line, 1));
    return YamlKeys(node, std::move(where));
}

std::string YamlKeys::place(std::string_view key) const {
    const Yaml* value = map_->find(key);
    return fmt::format("{}, line {}", where_, value ? value->line : map_->line);
}

const Yaml* YamlKeys::node(std::string_view key) {
    known_.emplace(key);
    const Yaml* value = map_->find(key);
    return value && value->kind != Yaml::Kind::null ? value : nullptr;
}

bool YamlKeys::has(std::string_view key) const { return map_->find(key) != nullptr; }

const Yaml* YamlKeys::scalar(std::string_view key, Status& status) {
    const Yaml* value = node(key);
    if (value && value->kind != Yaml::Kind::scalar) {
        status = fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' must be a single value", place(key), key);
        return nullptr;
    }
    return value;
}

Status YamlKeys::text(std::string_view key, std::string& out, bool required) {
    Status status;
    if (const Yaml* value = scalar(key, status)) out = value->scalar;
    else if (status && required) return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is missing", place(), key);
    return status;
}

Status YamlKeys::number(std::string_view key, double& out) {
    Status status;
    const Yaml* value = scalar(key, status);
    if (value && (!parse_whole_text(value->scalar, out) || !std::isfinite(out)))
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is '{}', which is no number", place(key), key, value->scalar);
    return status;
}

Status YamlKeys::whole(std::string_view key, std::int64_t& out) {
    Status status;
    const Yaml* value = scalar(key, status);
    if (value && !parse_whole_text(value->scalar, out))
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is '{}', which is no whole number", place(key), key,
                          value->scalar);
    return status;
}

Status YamlKeys::truth(std::string_view key, bool& out) {
    Status status;
    const Yaml* value = scalar(key, status);
    if (!value) return status;
    if (value->scalar != "true" && value->scalar != "false")
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is '{}'; write true or false", place(key), key, value->scalar);
    out = value->scalar == "true";
    return {};
}

Status YamlKeys::duration(std::string_view key, Duration& out) {
    Status status;
    const Yaml* value = scalar(key, status);
    if (!value) return status;
    auto parsed = parse_duration(value->scalar);
    if (!parsed) return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}': {}", place(key), key, parsed.error().message);
    out = *parsed;
    return {};
}

Status YamlKeys::texts(std::string_view key, std::vector<std::string>& out) {
    const Yaml* value = node(key);
    if (!value) return {};
    out.clear();
    if (value->kind == Yaml::Kind::scalar) out.push_back(value->scalar);
    for (const Yaml& item : value->items) {
        if (item.kind != Yaml::Kind::scalar)
            return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' must be a list of words", place(key), key);
        out.push_back(item.scalar);
    }
    if (value->kind == Yaml::Kind::map)
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' must be a list of words", place(key), key);
    return {};
}

Status YamlKeys::numbers(std::string_view key, std::vector<double>& out) {
    std::vector<std::string> words;
    if (!node(key)) return {};
    TRY_VOID(texts(key, words));
    out.clear();
    for (const std::string& word : words)
        if (!parse_whole_text(word, out.emplace_back()) || !std::isfinite(out.back()))
            return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' in '{}' is no number", place(key), word, key);
    return {};
}

Status YamlKeys::nothing_else() const {
    for (const auto& [key, value] : map_->entries)
        if (!known_.contains(key))
            return fail_field(ErrorKind::invalid, key, "{}, line {}: unknown key '{}'; known are {}", where_, value.line, key,
                              fmt::join(known_, ", "));
    return {};
}

}  // namespace quoin
