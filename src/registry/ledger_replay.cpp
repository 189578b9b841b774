#include "registry/ledger_replay.h"

#include <boost/json.hpp>
#include <map>

#include "base/json.h"
#include "registry/names.h"
#include "registry/version_rows.h"

namespace quoin {
namespace {

namespace json = boost::json;

using VersionKey = std::pair<std::string, std::int64_t>;

struct VersionState {
    std::string stage, evidence, card_html, card_markdown;
    bool operator==(const VersionState&) const = default;
};

struct RegistryState {
    std::map<VersionKey, VersionState> versions;
    std::map<std::pair<std::string, std::string>, std::int64_t> aliases;
};

std::string text_of(const json::object& detail, const char* key) {
    const json::value* value = detail.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void make_champion(RegistryState& state, const LedgerLine& line) {
    for (auto at = state.versions.lower_bound({line.model, 0}); at != state.versions.end() && at->first.first == line.model; ++at)
        if (at->second.stage == name_of(Stage::production)) at->second.stage = name_of(Stage::archived);
    state.versions[{line.model, line.version}].stage = name_of(Stage::production);
    state.aliases[{line.model, "champion"}] = line.version;
}

void move_stage(RegistryState& state, const LedgerLine& line, const json::object& detail) {
    state.versions[{line.model, line.version}].stage = text_of(detail, "to");
    if (text_of(detail, "from") == name_of(Stage::production)) state.aliases.erase({line.model, "champion"});
}

Status play(RegistryState& state, const LedgerLine& line) {
    if (line.action == "refuse" || line.action == "experiment") return {};
    auto detail = parse_json(line.detail);
    if (!detail || !detail->is_object())
        return fail(ErrorKind::corrupt, "the detail of ledger line {} is not a JSON object", line.sequence);
    const json::object& fields = detail->get_object();
    VersionKey key{line.model, line.version};
    if (line.action == "register") {
        state.versions[key] = {name_of(Stage::none), line.detail, {}, {}};
    } else if (line.action == "card") {
        state.versions[key].card_html = text_of(fields, "html");
        state.versions[key].card_markdown = text_of(fields, "markdown");
    } else if (line.action == "alias") {
        state.aliases[{line.model, text_of(fields, "alias")}] = line.version;
    } else if (line.action == "stage") {
        move_stage(state, line, fields);
    } else if (line.action == "promote" || line.action == "rollback") {
        make_champion(state, line);
    } else {
        return fail(ErrorKind::corrupt, "ledger line {} has the unknown action '{}'", line.sequence, shown_text(line.action));
    }
    return {};
}

Result<RegistryState> read_state(Database& database) {
    RegistryState state;
    TRY(models, read_models(database));
    for (const std::string& model : models) {
        TRY(versions, read_versions(database, model));
        for (const ModelVersion& version : versions)
            state.versions[{model, version.number}] = {name_of(version.stage), version_evidence(version), version.card_html,
                                                       version.card_markdown};
    }
    TRY(aliases, database.query("SELECT model, alias, number FROM aliases"));
    for (const SqlRow& row : aliases) state.aliases[{row.text(0), row.text(1)}] = row.integer(2);
    return state;
}

std::string difference(const VersionState& told, const VersionState& stored) {
    if (told.stage != stored.stage)
        return fmt::format("the ledger says {}, the table {}", shown_text(told.stage), shown_text(stored.stage));
    if (told.evidence != stored.evidence) return "its artifact, metrics or gates are not those that were registered";
    return "its model card is not the one that was attached";
}

Status compare_versions(const RegistryState& told, const RegistryState& stored) {
    for (const auto& [key, version] : stored.versions) {
        auto line = told.versions.find(key);
        if (line == told.versions.end())
            return fail(ErrorKind::corrupt,
                        "v{} of '{}' has no line in the ledger: lines were cut off, or the version was added behind its back", key.second,
                        shown_text(key.first));
        if (!(line->second == version))
            return fail(ErrorKind::corrupt, "v{} of '{}' was changed outside the ledger: {}", key.second, shown_text(key.first),
                        difference(line->second, version));
    }
    for (const auto& [key, version] : told.versions)
        if (!stored.versions.contains(key))
            return fail(ErrorKind::corrupt, "v{} of '{}' is in the ledger but was removed from the registry", key.second,
                        shown_text(key.first));
    return {};
}

}  // namespace

Status check_tables(Database& database, std::span<const LedgerLine> lines) {
    RegistryState told;
    for (const LedgerLine& line : lines) TRY_VOID(play(told, line));
    TRY(stored, read_state(database));
    TRY_VOID(compare_versions(told, stored));
    if (told.aliases != stored.aliases) {
        for (const auto& [key, number] : stored.aliases)
            if (auto line = told.aliases.find(key); line == told.aliases.end() || line->second != number)
                return fail(ErrorKind::corrupt, "the alias '{}' of '{}' was changed outside the ledger: it points to v{}",
                            shown_text(key.second), shown_text(key.first), number);
        return fail(ErrorKind::corrupt, "an alias that the ledger knows was removed outside it");
    }
    return {};
}

}  // namespace quoin
