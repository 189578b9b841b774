#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/telemetry.h"
#include "control/catalog_folder.h"
#include "features/feature_tiers.h"

namespace quoin {

/// A project's features for a process without the log: the catalog in <project>/catalog, and the states that another process publishes to
/// the stores that <project>/catalog/feature_stores.yaml or the environment names (docs/guides/feature-tiers.md). Any number of processes
/// may do so, also on one project folder. Thread-safe.
class SharedFeatures {
public:
    struct Options {
        std::filesystem::path project;
        const Clock& clock = system_clock();
        bool follows_catalog = true;  ///< looks every second for changed files, which need no restart, and at the stores' watermarks
    };
    /// A store that is away is no error. Error: invalid (a declaration, with file and line), not_found (no store is declared), unavailable.
    static Result<std::unique_ptr<SharedFeatures>> open(Options options, Telemetry& telemetry);
    ~SharedFeatures();

    SharedFeatureReader& reader() { return *reader_; }
    std::vector<SharedFeatureReader::TierView> tiers() const { return reader_->tiers(); }
    const std::filesystem::path& catalog_folder() const { return catalog_.path(); }
    const Clock& clock() const { return options_.clock; }
    /// Says where events are to be sent instead: of kind unavailable.
    Error no_events_here() const;

    /// Takes changed declarations in, if there are any; true if it did. A declaration that does not read well leaves everything as it is
    /// and shows in health().
    Result<bool> reload_catalog();
    /// Nothing; or that the catalog on disk cannot be used, that a store fails, was never filled, was filled by a process with another
    /// catalog, or, following the events, is more than a minute old. Asks no store.
    Status health() const;

private:
    explicit SharedFeatures(Options options);
    void follow();

    Options options_;
    CatalogFolder catalog_;  ///< changed with mutex_ only; its path never
    std::string events_url_;
    std::unique_ptr<SharedFeatureReader> reader_;
    mutable std::mutex mutex_;  ///< catalog_, wrong_
    std::string wrong_;
    std::mutex stopping_;
    std::condition_variable stop_signal_;
    bool stops_ = false;
    std::thread follower_;
};

}  // namespace quoin
