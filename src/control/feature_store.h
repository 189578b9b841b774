#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/duration.h"
#include "base/telemetry.h"
#include "events/event_log.h"
#include "events/ingest.h"
#include "features/feature_tiers.h"
#include "features/online_view.h"

namespace quoin {

/// A project's events and features, live: the durable log in <project>/events, the door events come in by, the catalog in
/// <project>/catalog, and the online view over them, recovered from <project>/features/states.qfs and the log behind it. States are shared
/// with the stores that <project>/catalog/feature_stores.yaml or the environment names (docs/guides/feature-tiers.md). One process at a
/// time. Thread-safe.
class FeatureStore {
public:
    struct Options {
        std::filesystem::path project;
        const Clock& clock = system_clock();
        Duration save_every = Duration::minutes(5);  ///< of the states; the log is on disk at every acknowledgement
        bool follows_catalog = true;                 ///< looks for changed files every second and changes over without a restart
    };
    /// Error: invalid (a declaration, with file and line), corrupt, unavailable (the log is in use by another process).
    static Result<std::unique_ptr<FeatureStore>> open(Options options, Telemetry& telemetry);
    /// Stops following, saves the states, closes the log.
    ~FeatureStore();

    EventLog& log() { return *log_; }
    Ingest& ingest() { return *ingest_; }
    OnlineView& online() { return *online_; }
    const std::filesystem::path& catalog_folder() const { return catalog_folder_; }

    /// Takes changed declarations in, if there are any; true if it did. A declaration that does not read well leaves everything as it is
    /// and shows in health().
    Result<bool> reload_catalog();
    /// Writes the states, so that the next start reads less of the log.
    Status save();
    /// What is wrong, if anything: the catalog on disk cannot be used, states cannot be saved.
    Status health() const;

private:
    FeatureStore(Options options, std::filesystem::path catalog_folder);
    void follow();
    std::filesystem::path states_file() const { return options_.project / "features" / "states.qfs"; }

    Options options_;
    std::filesystem::path catalog_folder_;
    std::string catalog_stamp_;
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<Ingest> ingest_;
    std::unique_ptr<OnlineView> online_;
    std::unique_ptr<FeatureTiers> tiers_;
    mutable std::mutex mutex_;  ///< catalog_stamp_, wrong_
    std::string wrong_;
    std::mutex stopping_;
    std::condition_variable stop_signal_;
    bool stops_ = false;
    std::thread follower_;
};

}  // namespace quoin
