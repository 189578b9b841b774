#include "events/sources/source_declaration.h"

#include <algorithm>
#include <array>

#include "events/sources/declaration_sections.h"

namespace quoin {
namespace {

using namespace source_sections;

constexpr std::size_t files_max = 1024;
constexpr std::int64_t bytes_most = 64 << 20, records_most = 1'000'000'000;

Status read_way(YamlKeys& keys, SourceDeclaration& source) {
    const Yaml* sections[] = {keys.node("http"), keys.node("files"), keys.node("pushed")};
    if (std::ranges::count_if(sections, [](const Yaml* node) { return node != nullptr; }) != 1)
        return fail(ErrorKind::invalid, "{}: a source has exactly one of 'http', 'files' and 'pushed', the way its data comes",
                    keys.place());
    if (sections[0] != nullptr) source.way = SourceDeclaration::Way::http;
    if (sections[1] != nullptr) source.way = SourceDeclaration::Way::files;
    if (sections[0] != nullptr) {
        source.freshness.counts = FreshnessTerms::Counts::answers;
        return read_http(*sections[0], source.where, source.http);
    }
    if (sections[1] != nullptr) return read_files(*sections[1], source.where, source.files);
    return read_pushed(*sections[2], source.where, source.pushed);
}

Status read_schedule(YamlKeys& keys, SourceDeclaration& source) {
    DeclaredText written;
    TRY_VOID(read_text(keys, "schedule", written, source.way != SourceDeclaration::Way::pushed));
    if (written.empty()) return {};
    if (source.way == SourceDeclaration::Way::pushed)
        return fail_field(ErrorKind::invalid, "schedule", "{}: what is pushed has no schedule", keys.place("schedule"));
    auto schedule = PollSchedule::parse(written.text);
    if (!schedule) return fail_field(ErrorKind::invalid, "schedule", "{}: {}", keys.place("schedule"), schedule.error().message);
    source.schedule = schedule->spread_by(source.name);
    return {};
}

Status read_head(YamlKeys& keys, SourceDeclaration& source) {
    std::string tenant = source.tenant.value();
    TRY_VOID(keys.text("source", source.name, true));
    TRY_VOID(keys.text("description", source.description, true));
    TRY_VOID(keys.text("owner", source.owner, true));
    TRY_VOID(keys.text("licence", source.licence, true));
    TRY_VOID(keys.text("tenant", tenant));
    TRY_VOID(keys.texts("events", source.events));
    source.tenant = TenantId(tenant);
    if (!is_word(source.name))
        return fail_field(ErrorKind::invalid, "source", "{}: the name '{}' must have lower-case letters, digits and _ only",
                          keys.place("source"), source.name);
    if (source.events.empty()) return fail_field(ErrorKind::invalid, "events", "{}: 'events' must name an event type", keys.place());
    return {};
}

/// What only records have: a pushed source has none, the others need all of it.
Status read_mapping(YamlKeys& keys, SourceDeclaration& source) {
    std::array parts = {std::pair{"records", keys.node("records")}, std::pair{"read", keys.node("read")},
                        std::pair{"event", keys.node("event")}};
    bool pushed = source.way == SourceDeclaration::Way::pushed;
    for (auto [key, node] : parts) {
        if (pushed && node != nullptr)
            return fail_field(ErrorKind::invalid, key, "{}: '{}' is of no use where events are pushed as they are", keys.place(key), key);
        if (!pushed && node == nullptr) return fail_field(ErrorKind::invalid, key, "{}: '{}' is missing", keys.place(), key);
    }
    if (pushed) return {};
    if (source.events.size() != 1)
        return fail_field(ErrorKind::invalid, "events", "{}: records become events of one type; declare a source for each type",
                          keys.place("events"));
    TRY_VOID(read_records(*parts[0].second, source.where, source.records));
    TRY_VOID(read_values(*parts[1].second, source.where, source.values));
    TRY_VOID(read_event(*parts[2].second, source.where, source.event));
    if (source.history.value() > 0 && source.event.known.empty())
        return fail_field(
            ErrorKind::invalid, "known",
            "{}: 'history' needs 'known' in 'event': when a past record could have been known, or training would see the future",
            keys.place("history"));
    return {};
}

Status read_limits(YamlKeys& keys, SourceDeclaration& source) {
    const Yaml* node = keys.node("limits");
    if (node == nullptr) return {};
    TRY(limits, YamlKeys::of(*node, source.where));
    TRY_VOID(read_whole(limits, "bytes", {1, bytes_most}, source.bytes_max));
    TRY_VOID(read_whole(limits, "records", {1, records_most}, source.records_max));
    return limits.nothing_else();
}

Result<SourceDeclaration> read_source(const Yaml& document, std::string_view where) {
    TRY(keys, YamlKeys::of(document, std::string(where)));
    SourceDeclaration source;
    source.where = where;
    TRY_VOID(read_head(keys, source));
    TRY_VOID(read_way(keys, source));
    TRY_VOID(read_schedule(keys, source));
    const Yaml* freshness = keys.node("freshness");
    if (freshness == nullptr) return fail_field(ErrorKind::invalid, "freshness", "{}: 'freshness' is missing", keys.place());
    TRY_VOID(read_freshness(*freshness, source.where, source.freshness));
    if (source.freshness.counts == FreshnessTerms::Counts::answers && source.way == SourceDeclaration::Way::pushed)
        return fail_field(ErrorKind::invalid, "counts", "{}: what is pushed gives no answers; count arrivals", keys.place("freshness"));
    Duration overlap{-1};
    TRY_VOID(keys.duration("history", source.history));
    TRY_VOID(keys.duration("overlap", overlap));
    if (overlap.value() >= 0) source.overlap = overlap;
    TRY_VOID(read_limits(keys, source));
    TRY_VOID(read_mapping(keys, source));
    TRY_VOID(keys.nothing_else());
    return source;
}

}  // namespace

Result<SourceDeclaration> SourceDeclaration::parse(std::string_view yaml, std::string_view where) {
    TRY(document, parse_yaml(yaml, where));
    return read_source(document, where);
}

Result<SourceDeclaration> SourceDeclaration::load(const std::filesystem::path& file) {
    TRY(document, read_yaml(file.string()));
    TRY(source, read_source(document, file.string()));
    if (source.name != file.stem())
        return fail(ErrorKind::invalid, "{}: the file declares '{}'; name file and source alike", file.string(), source.name);
    return std::move(source);
}

const char* name_of(SourceDeclaration::Way way) {
    constexpr std::array names = {"http", "files", "pushed"};
    return names[static_cast<std::size_t>(way)];
}

Result<std::vector<std::filesystem::path>> source_files(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    if (error == std::errc::no_such_file_or_directory) return fail(ErrorKind::not_found, "there is no folder '{}'", folder.string());
    if (error) return fail(ErrorKind::unavailable, "the sources in '{}' cannot be read: {}", folder.string(), error.message());
    if (files.size() > files_max)
        return fail(ErrorKind::too_large, "'{}' has {} sources; {} are allowed", folder.string(), files.size(), files_max);
    std::ranges::sort(files);
    return files;
}

}  // namespace quoin
