#include "registry/version_rows.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"
#include "registry/metric_column.h"
#include "registry/names.h"

namespace quoin {
namespace {

constexpr const char* version_columns = "number, run_id, artifact, card_html, card_markdown, created, stage, source";

Result<ModelVersion> from_row(const std::string& model, const SqlRow& row) {
    auto stage = stage_from(row.text(6));
    if (!stage)
        return fail(ErrorKind::corrupt, "version {} of '{}' is in no known stage: '{}'", row.integer(0), model, shown_text(row.text(6)));
    ModelVersion version;
    version.model = model;
    version.number = row.integer(0);
    version.run_id = row.text(1);
    version.artifact = row.text(2);
    version.card_html = row.text(3);
    version.card_markdown = row.text(4);
    version.created = EventTime{row.integer(5)};
    version.stage = *stage;
    version.source = row.text(7);
    return version;
}

/// Adds metrics and gates to `versions`, which are of one model and sorted by number. `filter` and `parameters` choose the rows.
Status add_evidence(Database& database, std::vector<ModelVersion>& versions, const std::string& filter, std::vector<SqlValue> parameters) {
    auto owner = [&](std::int64_t number) -> ModelVersion* {
        auto found = std::lower_bound(versions.begin(), versions.end(), number, [](const auto& v, std::int64_t n) { return v.number < n; });
        // A version registered by another process between two statements has evidence already but is not in our list.
        return found != versions.end() && found->number == number ? &*found : nullptr;
    };
    TRY(metrics,
        database.query("SELECT number, name, value FROM version_metrics WHERE " + filter + " ORDER BY number, position", parameters));
    for (const SqlRow& row : metrics)
        if (auto* version = owner(row.integer(0))) version->metrics.push_back({row.text(1), metric_value(row, 2)});
    TRY(gates, database.query("SELECT number, gate, measured, bound, passed, message FROM version_gates WHERE " + filter +
                                  " ORDER BY number, position",
                              parameters));
    for (const SqlRow& row : gates)
        if (auto* version = owner(row.integer(0)))
            version->gates.push_back({row.text(1), metric_value(row, 2), metric_value(row, 3), row.integer(4) != 0, row.text(5)});
    return {};
}

Result<std::vector<ModelVersion>> read_filtered(Database& database, const std::string& filter, std::vector<SqlValue> parameters) {
    std::string model = std::get<std::string>(parameters[0]);
    TRY(rows, database.query(fmt::format("SELECT {} FROM versions WHERE {} ORDER BY number", version_columns, filter), parameters));
    std::vector<ModelVersion> versions;
    versions.reserve(rows.size());
    for (const SqlRow& row : rows) {
        TRY(version, from_row(model, row));
        versions.push_back(std::move(version));
    }
    TRY_VOID(add_evidence(database, versions, filter, std::move(parameters)));
    return versions;
}

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t shown_max = 12;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < shown_max; ++i) text += (i == 0 ? "" : ", ") + shown_text(names[i]);
    return names.size() > shown_max ? text + fmt::format(" and {} more", names.size() - shown_max) : text;
}

}  // namespace

Result<std::vector<ModelVersion>> read_versions(Database& database, const std::string& model) {
    return read_filtered(database, "model = ?1", {model});
}

Result<std::optional<ModelVersion>> read_version(Database& database, const std::string& model, std::int64_t number) {
    TRY(versions, read_filtered(database, "model = ?1 AND number = ?2", {model, number}));
    return versions.empty() ? std::nullopt : std::optional(std::move(versions[0]));
}

Status insert_version(Database& database, const ModelVersion& version) {
    SqlValue run = version.run_id.empty() ? SqlValue(nullptr) : SqlValue(version.run_id);
    TRY_VOID(database.execute("INSERT INTO versions (model, number, run_id, artifact, card_html, card_markdown, created, stage, source) "
                              "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                              {version.model, version.number, run, version.artifact, version.card_html, version.card_markdown,
                               version.created.value(), std::string(name_of(version.stage)), version.source}));
    std::int64_t position = 0;
    for (const NamedValue& metric : version.metrics)
        TRY_VOID(database.execute("INSERT INTO version_metrics (model, number, position, name, value) VALUES (?1,?2,?3,?4,?5)",
                                  {version.model, version.number, position++, metric.name, metric_column(metric.value)}));
    position = 0;
    for (const GateOutcome& gate : version.gates)
        TRY_VOID(database.execute(
            "INSERT INTO version_gates (model, number, position, gate, measured, bound, passed, message) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            {version.model, version.number, position++, gate.gate, metric_column(gate.measured), metric_column(gate.limit),
             std::int64_t{gate.passed}, gate.message}));
    return {};
}

std::string version_evidence(const ModelVersion& version) {
    boost::json::object evidence;
    evidence["artifact"] = version.artifact;
    evidence["run"] = version.run_id;
    evidence["source"] = version.source;
    boost::json::object& metrics = evidence["metrics"].emplace_object();
    for (const NamedValue& metric : version.metrics) metrics[metric.name] = metric.value;
    boost::json::array& gates = evidence["gates"].emplace_array();
    for (const GateOutcome& gate : version.gates)
        gates.push_back(
            {{"gate", gate.gate}, {"measured", gate.measured}, {"limit", gate.limit}, {"passed", gate.passed}, {"message", gate.message}});
    return json_text(evidence);
}

Result<std::vector<std::string>> read_models(Database& database) {
    TRY(rows, database.query("SELECT DISTINCT model FROM versions ORDER BY model"));
    std::vector<std::string> models;
    for (const SqlRow& row : rows) models.push_back(row.text(0));
    return models;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> read_aliases(Database& database, const std::string& model) {
    TRY(rows, database.query("SELECT alias, number FROM aliases WHERE model = ?1 ORDER BY alias", {model}));
    std::vector<std::pair<std::string, std::int64_t>> aliases;
    for (const SqlRow& row : rows) aliases.emplace_back(row.text(0), row.integer(1));
    return aliases;
}

tl::unexpected<Error> unknown_version(Database& database, const std::string& model, std::string_view which) {
    auto numbers = database.query("SELECT count(*), max(number) FROM versions WHERE model = ?1", {model});
    if (!numbers) return tl::unexpected(std::move(numbers).error());
    if ((*numbers)[0].integer(0) == 0) {
        auto models = read_models(database);
        if (!models) return tl::unexpected(std::move(models).error());
        if (models->empty()) return fail(ErrorKind::not_found, "there is no model '{}'; the registry is still empty", shown_text(model));
        return fail(ErrorKind::not_found, "there is no model '{}'; there are: {}", shown_text(model), joined(*models));
    }
    auto aliases = read_aliases(database, model);
    if (!aliases) return tl::unexpected(std::move(aliases).error());
    std::vector<std::string> names;
    for (const auto& [alias, number] : *aliases) names.push_back(alias);
    std::int64_t last = (*numbers)[0].integer(1);
    return fail(ErrorKind::not_found, "model '{}' has no version '{}'; it has {} and {}", shown_text(model), shown_text(which),
                last == 1 ? std::string("v1") : fmt::format("v1 to v{}", last),
                names.empty() ? std::string("no aliases") : "the aliases " + joined(names));
}

}  // namespace quoin
