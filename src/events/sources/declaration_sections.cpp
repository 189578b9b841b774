// How a source is fetched: the sections http, files, pushed and freshness of its declaration.

#include "events/sources/declaration_sections.h"

#include <algorithm>
#include <array>

namespace quoin::source_sections {
namespace {

constexpr std::size_t names_max = 256, each_max = 1000;
constexpr std::array<std::string_view, 5> page_names = {"none", "offset", "page", "cursor", "link"};

Status check_positive(const YamlKeys& keys, std::string_view key, Duration length) {
    if (length.value() > 0) return {};
    return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' must be more than nothing", keys.place(key), key);
}

Status read_pages(const Yaml& node, std::string_view where, PageTerms& pages) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    std::string by;
    TRY_VOID(keys.text("by", by, true));
    TRY_VOID(keys.text("parameter", pages.parameter));
    TRY_VOID(keys.text("size_parameter", pages.size_parameter));
    TRY_VOID(read_text(keys, "at", pages.cursor));
    TRY_VOID(read_whole(keys, "size", {1, 1'000'000}, pages.size));
    TRY_VOID(read_whole(keys, "first", {0, 1'000'000}, pages.first));
    TRY_VOID(read_whole(keys, "pages_max", {1, 100'000}, pages.pages_max));
    TRY_VOID(keys.nothing_else());
    auto found = std::ranges::find(page_names, by);
    if (found == page_names.end() || found == page_names.begin())
        return fail_field(ErrorKind::invalid, "by", "{}: '{}' is no way of paging; write offset, page, cursor or link", keys.place("by"),
                          by);
    pages.by = static_cast<PageTerms::By>(found - page_names.begin());
    if (pages.by == PageTerms::By::cursor && pages.cursor.empty())
        return fail_field(ErrorKind::invalid, "at", "{}: paging by cursor needs 'at', the place of the next one in the answer",
                          keys.place());
    if (pages.by != PageTerms::By::link && pages.parameter.empty())
        return fail_field(ErrorKind::invalid, "parameter", "{}: paging by {} needs 'parameter', its name in the query", keys.place(), by);
    return {};
}

Status read_rate_limit(const Yaml& node, std::string_view where, HttpTerms& http) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(read_whole(keys, "requests", {1, 1'000'000}, http.requests));
    TRY_VOID(read_whole(keys, "burst", {1, 1'000'000}, http.burst));
    TRY_VOID(keys.duration("per", http.per));
    TRY_VOID(keys.text("shared", http.shares));
    TRY_VOID(check_positive(keys, "per", http.per));
    return keys.nothing_else();
}

Status read_back_off(const Yaml& node, std::string_view where, HttpTerms& http) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(keys.duration("first", http.back_off_first));
    TRY_VOID(keys.duration("most", http.back_off_most));
    TRY_VOID(check_positive(keys, "first", http.back_off_first));
    if (http.back_off_most < http.back_off_first)
        return fail_field(ErrorKind::invalid, "most", "{}: 'most' is less than 'first'", keys.place("most"));
    return keys.nothing_else();
}

Status read_each(const Yaml& node, std::string_view where, HttpTerms& http) {
    auto refuse = [&](std::size_t line, std::string_view what) -> Status {
        return fail_field(ErrorKind::invalid, "for_each", "{}, line {}: {}", where, line, what);
    };
    if (node.kind != Yaml::Kind::list || node.items.empty())
        return refuse(node.line, "'for_each' must be a list such as [{series: DGS10}, {series: DGS2}]");
    if (node.items.size() > each_max) return refuse(node.line, fmt::format("'for_each' may have {} entries", each_max));
    for (const Yaml& item : node.items) {
        auto& values = http.each.emplace_back();
        if (item.kind != Yaml::Kind::map) return refuse(item.line, "an entry of 'for_each' must be names and their values");
        for (const auto& [name, value] : item.entries) {
            if (value.kind == Yaml::Kind::list || value.kind == Yaml::Kind::map || !is_word(name))
                return refuse(value.line, fmt::format("'{}' must be a word (lower-case letters, digits, _) with a single value", name));
            values.emplace_back(name, value.scalar);
        }
        std::ranges::sort(values);
        if (!std::ranges::equal(values, http.each.front(), {}, &std::pair<std::string, std::string>::first,
                                &std::pair<std::string, std::string>::first))
            return refuse(item.line, "the entries of 'for_each' must have the same names; an empty value is \"\"");
    }
    return {};
}

}  // namespace

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

Status read_text(YamlKeys& keys, std::string_view key, DeclaredText& out, bool required) {
    TRY_VOID(keys.text(key, out.text, required));
    if (const Yaml* node = keys.node(key)) out.line = node->line;
    return {};
}

Status read_texts(YamlKeys& keys, std::string_view key, std::vector<std::pair<std::string, DeclaredText>>& out) {
    const Yaml* node = keys.node(key);
    if (node == nullptr) return {};
    if (node->kind != Yaml::Kind::map || node->entries.size() > names_max)
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' must be at most {} lines 'name: value'", keys.place(key), key,
                          names_max);
    for (const auto& [name, value] : node->entries) {
        if (value.kind == Yaml::Kind::list || value.kind == Yaml::Kind::map)
            return fail_field(ErrorKind::invalid, name, "{}: '{}' in '{}' must be a single value", keys.place(key), name, key);
        out.emplace_back(name, DeclaredText{value.scalar, value.line});
    }
    return {};
}

Status read_whole(YamlKeys& keys, std::string_view key, WholeRange range, std::int64_t& out) {
    TRY_VOID(keys.whole(key, out));
    if (out >= range.lower && out <= range.upper) return {};
    return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is {}; it may be {} to {}", keys.place(key), key, out, range.lower,
                      range.upper);
}

Status read_http(const Yaml& node, std::string_view where, HttpTerms& http) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(keys.text("method", http.method));
    TRY_VOID(read_text(keys, "url", http.url, true));
    TRY_VOID(read_text(keys, "body", http.body));
    TRY_VOID(read_texts(keys, "query", http.query));
    TRY_VOID(read_texts(keys, "headers", http.headers));
    TRY_VOID(keys.duration("timeout", http.timeout));
    if (const Yaml* each = keys.node("for_each")) TRY_VOID(read_each(*each, where, http));
    if (const Yaml* pages = keys.node("pages")) TRY_VOID(read_pages(*pages, where, http.pages));
    if (const Yaml* limit = keys.node("rate_limit")) TRY_VOID(read_rate_limit(*limit, where, http));
    if (const Yaml* back_off = keys.node("back_off")) TRY_VOID(read_back_off(*back_off, where, http));
    http.conditional = http.pages.by == PageTerms::By::none;
    TRY_VOID(keys.truth("conditional", http.conditional));
    TRY_VOID(keys.nothing_else());
    TRY_VOID(check_positive(keys, "timeout", http.timeout));
    if (http.method != "GET" && http.method != "POST")
        return fail_field(ErrorKind::invalid, "method", "{}: '{}' is no way of asking; write GET or POST", keys.place("method"),
                          http.method);
    if (http.method == "GET" && !http.body.empty())
        return fail_field(ErrorKind::invalid, "body", "{}: a GET request has no body; write method: POST", keys.place("body"));
    if (http.conditional && http.pages.by != PageTerms::By::none)
        return fail_field(ErrorKind::invalid, "conditional",
                          "{}: the first page may be as it was while a later one is not; conditional requests are for single answers",
                          keys.place("conditional"));
    return {};
}

Status read_files(const Yaml& node, std::string_view where, FileTerms& files) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(read_text(keys, "folder", files.folder, true));
    TRY_VOID(keys.text("pattern", files.pattern, true));
    TRY_VOID(keys.duration("settles", files.settles));
    TRY_VOID(keys.nothing_else());
    if (files.pattern.empty() || files.pattern.find('/') != std::string::npos)
        return fail_field(ErrorKind::invalid, "pattern", "{}: '{}' must be the name of files in the folder, with * and ?, such as *.csv.gz",
                          keys.place("pattern"), files.pattern);
    return {};
}

Status read_pushed(const Yaml& node, std::string_view where, PushTerms& pushed) {
    TRY(keys, YamlKeys::of(node, std::string(where)));
    TRY_VOID(keys.text("from", pushed.from));
    return keys.nothing_else();
}

Status read_freshness(const Yaml& node, std::string_view where, FreshnessTerms& freshness) {
    if (node.kind == Yaml::Kind::scalar) {  // freshness: 15m
        auto within = parse_duration(node.scalar);
        if (!within) return fail_field(ErrorKind::invalid, "freshness", "{}, line {}: {}", where, node.line, within.error().message);
        freshness.within = *within;
        return {};
    }
    TRY(keys, YamlKeys::of(node, std::string(where)));
    DeclaredText within;
    std::string counts;
    TRY_VOID(read_text(keys, "within", within, true));
    TRY_VOID(keys.duration("within", freshness.within));
    TRY_VOID(keys.duration("silent_after", freshness.silent_after));
    TRY_VOID(keys.truth("alarm", freshness.alarm));
    TRY_VOID(keys.text("counts", counts));
    TRY_VOID(keys.nothing_else());
    if (counts == "answers") freshness.counts = FreshnessTerms::Counts::answers;
    else if (counts == "arrivals") freshness.counts = FreshnessTerms::Counts::arrivals;
    else if (!counts.empty())
        return fail_field(ErrorKind::invalid, "counts", "{}: '{}' does not say what is counted; write answers or arrivals",
                          keys.place("counts"), counts);
    return check_positive(keys, "within", freshness.within);
}

}  // namespace quoin::source_sections
