#include <charconv>
#include <optional>
#include <set>

#include "registry/ledger.h"
#include "registry/names.h"
#include "registry/registry.h"
#include "registry/version_rows.h"

namespace quoin {
namespace {

/// "3" or "v3"; nothing if the text is no version number.
std::optional<std::int64_t> version_number(std::string_view text) {
    if (!text.empty() && (text[0] == 'v' || text[0] == 'V')) text.remove_prefix(1);
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    std::int64_t number = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Status check_draft(const ModelVersion& draft, const Change& change) {
    TRY_VOID(check_name("model", draft.model));
    TRY_VOID(check_name("actor", change.actor));
    TRY_VOID(check_reason(change.reason));
    std::set<std::string> names;
    for (const NamedValue& metric : draft.metrics) {
        TRY_VOID(check_name("metric", metric.name));
        if (!names.insert(metric.name).second)
            return fail_field(ErrorKind::invalid, "metric", "the metric '{}' is given twice", metric.name);
    }
    for (const GateOutcome& gate : draft.gates) TRY_VOID(check_reason(gate.gate + gate.message));
    return draft.source.empty() ? Status{} : check_name("source", draft.source);
}

Status check_run(Database& database, const ModelVersion& draft) {
    if (draft.run_id.empty()) return {};
    TRY(rows, database.query("SELECT model FROM runs WHERE id = ?1", {draft.run_id}));
    if (rows.empty())
        return fail_field(ErrorKind::invalid, "run", "there is no run '{}'; start it before its version", shown_text(draft.run_id));
    if (rows[0].text(0) != draft.model)
        return fail_field(ErrorKind::invalid, "run", "run '{}' is of model '{}', not '{}'", draft.run_id, shown_text(rows[0].text(0)),
                          draft.model);
    return {};
}

/// `get` reads the blob through and compares its checksum: a version never points to bytes that were lost on the way.
Status check_blob(const BlobStore& blobs, const std::string& digest, std::string_view role) {
    auto blob = blobs.get(digest);
    if (blob) return {};
    return fail_field(blob.error().kind, std::string(role), "the {} cannot be registered: {}", role, blob.error().message);
}

/// The line of a card that was attached; digests are hexadecimal and need no escaping.
LedgerLine card_line(const ModelVersion& version) {
    return {.at = version.created,
            .model = version.model,
            .action = "card",
            .version = version.number,
            .actor = "quoin",
            .reason = "model card attached",
            .detail = fmt::format(R"({{"html":"{}","markdown":"{}"}})", version.card_html, version.card_markdown)};
}

constexpr const char* latest_in_stage = "SELECT max(number) FROM versions WHERE model = ?1 AND stage = ?2";

}  // namespace

Result<ModelVersion> Registry::register_version(ModelVersion draft, const Change& change) {
    TRY_VOID(check_draft(draft, change));
    TRY_VOID(check_blob(*blobs_, draft.artifact, "artifact"));
    if (!draft.card_html.empty()) TRY_VOID(check_blob(*blobs_, draft.card_html, "model card"));
    if (!draft.card_markdown.empty()) TRY_VOID(check_blob(*blobs_, draft.card_markdown, "model card"));
    draft.stage = Stage::none;
    // Negative zero would come back from SQLite as zero and differ from the evidence in the ledger.
    for (NamedValue& metric : draft.metrics) metric.value += 0.0;
    for (GateOutcome& gate : draft.gates) gate.measured += 0.0, gate.limit += 0.0;
    TRY_VOID(database_->transaction([&]() -> Status {
        TRY_VOID(check_run(*database_, draft));
        TRY(rows, database_->query("SELECT coalesce(max(number), 0) + 1 FROM versions WHERE model = ?1", {draft.model}));
        draft.number = rows[0].integer(0);
        draft.created = clock_->now();
        TRY_VOID(insert_version(*database_, draft));
        TRY_VOID(append_line(*database_, {.at = draft.created,
                                          .model = draft.model,
                                          .action = "register",
                                          .version = draft.number,
                                          .actor = change.actor,
                                          .reason = change.reason,
                                          .detail = version_evidence(draft)}));
        return draft.card_html.empty() && draft.card_markdown.empty() ? Status{} : append_line(*database_, card_line(draft));
    }));
    return draft;
}

Status Registry::attach_card(const std::string& model, std::int64_t number, std::span<const std::byte> html,
                             std::span<const std::byte> markdown) {
    TRY(html_digest, blobs_->put(html));
    TRY(markdown_digest, blobs_->put(markdown));
    return database_->transaction([&]() -> Status {
        TRY(present, version(model, number));
        if (present.card_html == html_digest && present.card_markdown == markdown_digest) return {};
        TRY_VOID(database_->execute("UPDATE versions SET card_html = ?3, card_markdown = ?4 WHERE model = ?1 AND number = ?2",
                                    {model, number, html_digest, markdown_digest}));
        present.card_html = html_digest;
        present.card_markdown = markdown_digest;
        LedgerLine line = card_line(present);
        line.at = clock_->now();
        return append_line(*database_, std::move(line));
    });
}

Result<ModelVersion> Registry::version(const std::string& model, std::int64_t number) const {
    TRY(found, read_version(*database_, model, number));
    if (!found) return unknown_version(*database_, model, std::to_string(number));
    return std::move(*found);
}

Result<ModelVersion> Registry::find(const std::string& model, std::string_view which) const {
    if (auto number = version_number(which)) return version(model, *number);
    std::string sql = "SELECT number FROM aliases WHERE model = ?1 AND alias = ?2";
    std::vector<SqlValue> parameters{model, std::string(which)};
    if (which == "latest") {
        sql = "SELECT max(number) FROM versions WHERE model = ?1";
        parameters.pop_back();
    } else if (auto stage = stage_from(which)) {
        sql = latest_in_stage;
        parameters[1] = std::string(name_of(*stage));
    }
    TRY(rows, database_->query(sql, std::move(parameters)));
    if (rows.empty() || rows[0].is_null(0)) return unknown_version(*database_, model, which);
    return version(model, rows[0].integer(0));
}

Result<std::vector<ModelVersion>> Registry::versions(const std::string& model) const { return read_versions(*database_, model); }

Result<std::vector<std::string>> Registry::models() const { return read_models(*database_); }

Result<std::vector<std::pair<std::string, std::int64_t>>> Registry::aliases(const std::string& model) const {
    return read_aliases(*database_, model);
}

}  // namespace quoin
