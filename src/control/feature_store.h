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
#include "control/catalog_folder.h"
#include "events/event_log.h"
#include "events/ingest.h"
#include "features/feature_tiers.h"
#include "features/live_reader.h"
#include "features/online_view.h"
#include "features/past_reader.h"
#include "features/vector_log.h"

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
        bool logs_vectors = false;                   ///< what reader() serves, in <project>/features/vectors, for `quoin features audit`
        PastFeatureReader::Options past = {};        ///< limits of past()
    };
    /// Error: invalid (a declaration, with file and line), corrupt, unavailable (the log is in use by another process).
    static Result<std::unique_ptr<FeatureStore>> open(Options options, Telemetry& telemetry);
    /// Stops following, saves the states, closes the log.
    ~FeatureStore();

    EventLog& log() { return *log_; }
    Ingest& ingest() { return *ingest_; }
    OnlineView& online() { return *online_; }
    /// Where requests read: the online view, with every answer logged if options say so.
    LiveFeatureReader& reader() { return *reader_; }
    /// Where questions about the past are answered.
    PastFeatureReader past() const { return PastFeatureReader(*log_, options_.past); }
    /// nullptr unless vectors are logged.
    VectorLog* served() { return served_.get(); }
    const std::filesystem::path& catalog_folder() const { return catalog_.path(); }

    /// Takes changed declarations in, if there are any; true if it did. A declaration that does not read well leaves everything as it is
    /// and shows in health().
    Result<bool> reload_catalog();
    /// Writes the states, so that the next start reads less of the log.
    Status save();
    /// What is wrong, if anything: the catalog on disk cannot be used, a shared store is behind, served vectors
    /// are not logged.
    Status health() const;

private:
    explicit FeatureStore(Options options);
    void follow();
    std::filesystem::path states_file() const { return options_.project / "features" / "states.qfs"; }

    Options options_;
    CatalogFolder catalog_;  ///< changed with mutex_ only; its path never
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<Ingest> ingest_;
    std::unique_ptr<OnlineView> online_;
    std::unique_ptr<VectorLog> served_;
    std::unique_ptr<LiveFeatureReader> reader_;
    std::unique_ptr<FeatureTiers> tiers_;
    mutable std::mutex mutex_;  ///< catalog_, wrong_
    std::string wrong_;
    std::mutex stopping_;
    std::condition_variable stop_signal_;
    bool stops_ = false;
    std::thread follower_;
};

}  // namespace quoin
