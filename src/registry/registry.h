#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/event_time.h"
#include "base/result.h"
#include "store/blobs.h"
#include "store/database.h"

namespace quoin {

/// Where a version stands: None → Staging → Production → Archived; Archived may return to Staging or (roll-back) to Production.
enum class Stage { none, staging, production, archived };
const char* name_of(Stage stage);
Result<Stage> stage_from(std::string_view text);  ///< case-insensitive; Error: invalid, naming the four

struct NamedValue {
    std::string name;
    double value;
};

/// One training run: what was asked, what came out. Parameters are text, metrics numbers, artifacts blobs.
struct Run {
    std::string id;  ///< 32 hexadecimal digits
    std::string model;
    EventTime started, ended = EventTime::missing();
    std::string status;  ///< "running", "finished", "failed"
    std::vector<std::pair<std::string, std::string>> parameters;
    std::vector<NamedValue> metrics;
    std::vector<std::pair<std::string, std::string>> artifacts;  ///< name → blob digest
};

/// The outcome of one gate, kept as evidence with the version.
struct GateOutcome {
    std::string gate;  ///< "mape < 0.12 (time)"
    double measured;
    double limit;
    bool passed;
    std::string message;  ///< in words
};

struct ModelVersion {
    std::string model;
    std::int64_t number = 0;  ///< 1, 2, … per model
    std::string run_id;
    std::string artifact;                  ///< blob digest of the trained model
    std::string card_html, card_markdown;  ///< blob digests; empty until attached
    EventTime created;
    Stage stage = Stage::none;
    std::vector<NamedValue> metrics;
    std::vector<GateOutcome> gates;
    std::string source;                ///< digest of training data and declaration together
    std::string version_text() const;  ///< "v3"
    bool gates_passed() const;
};

/// One line of the append-only ledger. Each line holds the SHA-256 of itself and its predecessor, so an edited line is found.
struct LedgerLine {
    std::int64_t sequence;
    EventTime at;
    std::string model;
    std::string action;  ///< "register", "card", "alias", "stage", "promote", "rollback", "refuse", "experiment"
    std::int64_t version;
    std::string actor, reason, detail;  ///< detail: JSON evidence
    std::string hash;
};

struct Change {
    std::string actor;  ///< who asks: a user name or "quoin train"
    std::string reason;
};

/// Versions, aliases, stages and the ledger, embedded. Every method that changes something is one transaction including its ledger line:
/// after a crash all of it is there or none. Thread-safe and safe across processes.
class Registry {
public:
    static Result<Registry> open(std::shared_ptr<Database> database, std::shared_ptr<BlobStore> blobs, const Clock& clock = system_clock());

    Result<std::string> start_run(const std::string& model, std::vector<std::pair<std::string, std::string>> parameters);
    Status log_metrics(const std::string& run_id, const std::vector<NamedValue>& metrics);
    Result<std::string> log_artifact(const std::string& run_id, const std::string& name, std::span<const std::byte> bytes);
    Status finish_run(const std::string& run_id, bool succeeded);
    Result<Run> run(const std::string& run_id) const;
    Result<std::vector<Run>> runs(const std::string& model) const;

    /// Gives the next number; `draft.number`, `created` and `stage` are ignored. The artifact blob must exist.
    Result<ModelVersion> register_version(ModelVersion draft, const Change& change);
    Status attach_card(const std::string& model, std::int64_t number, std::span<const std::byte> html, std::span<const std::byte> markdown);
    Result<ModelVersion> version(const std::string& model, std::int64_t number) const;
    /// "3", "v3", an alias ("champion"), "latest" or a stage name ("production"). Error: not_found, naming what exists.
    Result<ModelVersion> find(const std::string& model, std::string_view which) const;
    Result<std::vector<ModelVersion>> versions(const std::string& model) const;
    Result<std::vector<std::string>> models() const;

    Status set_alias(const std::string& model, const std::string& alias, std::int64_t number, const Change& change);
    Result<std::vector<std::pair<std::string, std::int64_t>>> aliases(const std::string& model) const;
    /// Moves one version along the stages. Error: conflict, for a step that is not allowed (Production only through promote).
    Status transition(const std::string& model, std::int64_t number, Stage stage, const Change& change);
    /// Makes a version the champion: Production stage, alias "champion", the former one Archived. Error: conflict, if a gate of the version
    /// did not pass (the refusal is written to the ledger) unless `override_gates`, which is recorded too.
    Status promote(const std::string& model, std::int64_t number, const Change& change, bool override_gates = false);
    /// Back to the champion before the current one. Error: conflict, if there was none.
    Result<ModelVersion> roll_back(const std::string& model, const Change& change);
    /// The champion at a time; nothing if there was none. Error: not_found, for an unknown model.
    Result<std::optional<std::int64_t>> live_at(const std::string& model, EventTime at) const;
    /// A line about an experiment in which a version challenges the champion; `detail` is a JSON object that names experiment and event.
    /// One that is there already, with the same detail, is not written again, so that who was cut off may repeat it.
    Status record_experiment(const std::string& model, std::int64_t number, const Change& change, const std::string& detail);
    Result<std::vector<LedgerLine>> ledger(const std::string& model) const;
    /// Recomputes the hash chain. Error: corrupt, naming the first wrong line.
    Status verify_ledger() const;

private:
    std::shared_ptr<Database> database_;
    std::shared_ptr<BlobStore> blobs_;
    const Clock* clock_;
};

/// Metric by metric: name, value of a, value of b, difference.
struct VersionComparison {
    struct Line {
        std::string metric;
        std::optional<double> first, second;
    };
    std::vector<Line> lines;
    std::vector<std::pair<std::string, std::pair<std::string, std::string>>> parameters_that_differ;
};
Result<VersionComparison> compare(const Registry& registry, const ModelVersion& first, const ModelVersion& second);

}  // namespace quoin
