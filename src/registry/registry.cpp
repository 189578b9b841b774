#include "registry/registry.h"

#include "registry/ledger.h"
#include "registry/ledger_replay.h"
#include "registry/migrations.h"
#include "registry/version_rows.h"

namespace quoin {

Result<Registry> Registry::open(std::shared_ptr<Database> database, std::shared_ptr<BlobStore> blobs, const Clock& clock) {
    TRY_VOID(database->migrate(registry_migrations()));
    Registry registry;
    registry.database_ = std::move(database);
    registry.blobs_ = std::move(blobs);
    registry.clock_ = &clock;
    return registry;
}

Result<std::optional<std::int64_t>> Registry::live_at(const std::string& model, EventTime at) const {
    TRY(lines, read_lines(*database_, model));
    if (lines.empty() || model.empty()) return unknown_version(*database_, model, "");
    TRY(changes, champion_changes(lines));
    std::optional<std::int64_t> live;
    // In the order of writing, so that a machine clock set back does not bring an old champion to life.
    for (const ChampionChange& change : changes)
        if (change.at <= at) live = change.version == 0 ? std::nullopt : std::optional(change.version);
    return live;
}

Result<std::vector<LedgerLine>> Registry::ledger(const std::string& model) const {
    if (model.empty()) return std::vector<LedgerLine>{};
    return read_lines(*database_, model);
}

Status Registry::verify_ledger() const {
    // Inside one transaction, so that no other process can write between reading the lines and reading the tables.
    return database_->transaction([&]() -> Status {
        TRY(lines, read_lines(*database_, ""));
        TRY_VOID(check_chain(lines));
        return check_tables(*database_, lines);
    });
}

}  // namespace quoin
