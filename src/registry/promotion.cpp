#include <boost/json.hpp>
#include <optional>

#include "base/json.h"
#include "registry/ledger.h"
#include "registry/names.h"
#include "registry/registry.h"
#include "registry/version_rows.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::string_view champion = "champion";

Status check_change(const std::string& model, const Change& change) {
    TRY_VOID(check_name("model", model));
    TRY_VOID(check_name("actor", change.actor));
    return check_reason(change.reason);
}

/// An alias must not be mistaken for a number or a stage in `find`, and the champion moves with its evidence only.
Status check_alias(const std::string& alias) {
    TRY_VOID(check_name("alias", alias));
    if (alias == champion)
        return fail_field(ErrorKind::conflict, "alias",
                          "the alias 'champion' moves only with promote and roll-back; promote the version instead");
    std::size_t digits_from = alias[0] == 'v' || alias[0] == 'V' ? 1 : 0;
    bool number = alias.size() > digits_from && alias.find_first_not_of("0123456789", digits_from) == std::string::npos;
    if (number || alias == "latest" || stage_from(alias))
        return fail_field(ErrorKind::invalid, "alias", "'{}' already names a version or stage; choose another alias", alias);
    return {};
}

Status set_stage(Database& database, const ModelVersion& version, Stage stage) {
    return database.execute("UPDATE versions SET stage = ?3 WHERE model = ?1 AND number = ?2",
                            {version.model, version.number, std::string(name_of(stage))});
}

Result<std::optional<std::int64_t>> production_number(Database& database, const std::string& model) {
    TRY(rows, database.query("SELECT number FROM versions WHERE model = ?1 AND stage = 'Production'", {model}));
    return rows.empty() ? std::nullopt : std::optional(rows[0].integer(0));
}

Status point_alias(Database& database, const ModelVersion& version, std::string_view alias) {
    return database.execute("INSERT INTO aliases (model, alias, number) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT (model, alias) DO UPDATE SET number = excluded.number",
                            {version.model, std::string(alias), version.number});
}

/// Former champion to Archived, this one to Production, the alias after it. Returns the former champion.
Result<std::optional<std::int64_t>> make_champion(Database& database, const ModelVersion& version) {
    TRY(former, production_number(database, version.model));
    TRY_VOID(database.execute("UPDATE versions SET stage = 'Archived' WHERE model = ?1 AND stage = 'Production'", {version.model}));
    TRY_VOID(set_stage(database, version, Stage::production));
    TRY_VOID(point_alias(database, version, champion));
    return former;
}

json::value number_or_null(std::optional<std::int64_t> number) { return number ? json::value(*number) : json::value(nullptr); }

json::array failed_gates(const ModelVersion& version) {
    json::array failed;
    for (const GateOutcome& gate : version.gates)
        if (!gate.passed) failed.push_back({{"gate", gate.gate}, {"message", gate.message}});
    return failed;
}

/// The refusal in one sentence, with the first failed gate in words.
Error gate_refusal(const ModelVersion& version, const json::array& failed) {
    std::string first, more;
    for (const GateOutcome& gate : version.gates)
        if (!gate.passed && first.empty()) first = gate.message.empty() ? gate.gate : gate.message;
    if (failed.size() > 1) more = fmt::format(" (and {} more)", failed.size() - 1);
    return {ErrorKind::conflict,
            fmt::format("{} of '{}' is not promoted, because a gate did not pass: {}{}; improve the model or override the gates",
                        version.version_text(), version.model, first, more),
            {}};
}

bool may_move(Stage from, Stage to) {
    return (from == Stage::none && to == Stage::staging) || (from == Stage::production && to == Stage::archived) ||
           (from == Stage::archived && to == Stage::staging);
}

LedgerLine line_of(const ModelVersion& version, std::string action, const Change& change, const json::object& detail) {
    return {.model = version.model,
            .action = std::move(action),
            .version = version.number,
            .actor = change.actor,
            .reason = change.reason,
            .detail = json_text(detail)};
}

}  // namespace

Status Registry::set_alias(const std::string& model, const std::string& alias, std::int64_t number, const Change& change) {
    TRY_VOID(check_change(model, change));
    TRY_VOID(check_alias(alias));
    return database_->transaction([&]() -> Status {
        TRY(target, version(model, number));
        TRY(rows, database_->query("SELECT number FROM aliases WHERE model = ?1 AND alias = ?2", {model, alias}));
        std::optional<std::int64_t> former = rows.empty() ? std::nullopt : std::optional(rows[0].integer(0));
        if (former == number) return {};
        TRY_VOID(point_alias(*database_, target, alias));
        LedgerLine line = line_of(target, "alias", change, {{"alias", alias}, {"previous", number_or_null(former)}});
        line.at = clock_->now();
        return append_line(*database_, std::move(line));
    });
}

Status Registry::transition(const std::string& model, std::int64_t number, Stage stage, const Change& change) {
    TRY_VOID(check_change(model, change));
    return database_->transaction([&]() -> Status {
        TRY(target, version(model, number));
        if (target.stage == stage) return {};
        if (stage == Stage::production)
            return fail(ErrorKind::conflict, "{} of '{}' reaches Production only through promote, which checks its gates",
                        target.version_text(), model);
        if (!may_move(target.stage, stage))
            return fail(ErrorKind::conflict,
                        "{} of '{}' cannot go from {} to {}; the way is None, Staging, Production, Archived, and from Archived to Staging",
                        target.version_text(), model, name_of(target.stage), name_of(stage));
        TRY_VOID(set_stage(*database_, target, stage));
        if (target.stage == Stage::production)
            TRY_VOID(database_->execute("DELETE FROM aliases WHERE model = ?1 AND alias = ?2", {model, std::string(champion)}));
        LedgerLine line = line_of(target, "stage", change, {{"from", name_of(target.stage)}, {"to", name_of(stage)}});
        line.at = clock_->now();
        return append_line(*database_, std::move(line));
    });
}

Status Registry::promote(const std::string& model, std::int64_t number, const Change& change, bool override_gates) {
    TRY_VOID(check_change(model, change));
    std::optional<Error> refusal;
    TRY_VOID(database_->transaction([&]() -> Status {
        TRY(candidate, version(model, number));
        if (candidate.stage == Stage::production) return {};
        if (candidate.stage == Stage::archived)
            return fail(ErrorKind::conflict, "{} of '{}' is Archived; move it to Staging first, or roll back", candidate.version_text(),
                        model);
        TRY(artifact, blobs_->get(candidate.artifact));
        static_cast<void>(artifact);
        json::array failed = failed_gates(candidate);
        std::string action = "promote";
        json::object detail;
        if (!failed.empty() && !override_gates) {
            // Committed although the promotion is not: the attempt is evidence, too.
            refusal = gate_refusal(candidate, failed);
            action = "refuse";
            detail["failed"] = std::move(failed);
        } else {
            TRY(former, make_champion(*database_, candidate));
            detail["previous"] = number_or_null(former);
            if (!failed.empty()) detail["overridden"] = std::move(failed);
        }
        LedgerLine line = line_of(candidate, action, change, detail);
        line.at = clock_->now();
        return append_line(*database_, std::move(line));
    }));
    if (refusal) return tl::unexpected(std::move(*refusal));
    return {};
}

Status Registry::record_experiment(const std::string& model, std::int64_t number, const Change& change, const std::string& detail) {
    TRY_VOID(check_change(model, change));
    auto parsed = parse_json(detail);
    if (!parsed || !parsed->is_object()) return fail_field(ErrorKind::invalid, "detail", "the detail of a ledger line is a JSON object");
    return database_->transaction([&]() -> Status {
        TRY(target, version(model, number));
        TRY(rows, database_->query("SELECT 1 FROM ledger WHERE model = ?1 AND action = 'experiment' AND detail = ?2", {model, detail}));
        if (!rows.empty()) return {};
        LedgerLine line = line_of(target, "experiment", change, parsed->get_object());
        line.detail = detail;
        line.at = clock_->now();
        return append_line(*database_, std::move(line));
    });
}

Result<ModelVersion> Registry::roll_back(const std::string& model, const Change& change) {
    TRY_VOID(check_change(model, change));
    std::int64_t restored = 0;
    TRY_VOID(database_->transaction([&]() -> Status {
        TRY(lines, read_lines(*database_, model));
        if (lines.empty()) return unknown_version(*database_, model, "");
        TRY(changes, champion_changes(lines));
        auto before = champion_before(changes);
        if (!before)
            return fail(ErrorKind::conflict, "'{}' has no champion before the current one to roll back to; promote a version", model);
        TRY(target, version(model, *before));
        TRY(artifact, blobs_->get(target.artifact));
        static_cast<void>(artifact);
        TRY(former, make_champion(*database_, target));
        LedgerLine line = line_of(target, "rollback", change, {{"previous", number_or_null(former)}});
        line.at = clock_->now();
        restored = target.number;
        return append_line(*database_, std::move(line));
    }));
    return version(model, restored);
}

}  // namespace quoin
