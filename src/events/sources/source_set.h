#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "events/sources/freshness.h"
#include "events/sources/source_poller.h"

namespace quoin {

/// All sources of a project, polled in the background. The folder is looked at every second: a file that is new, changed or gone starts,
/// replaces or stops its source, without a restart; a file that does not read well leaves the source as it was and is named in health().
/// Exports, by source: quoin_source_freshness_seconds, quoin_source_freshness_sla_seconds, quoin_source_newest_event_age_seconds,
/// quoin_source_up, quoin_source_requests_total, quoin_source_failures_total. Thread-safe.
class SourceSet {
public:
    struct Options {
        std::filesystem::path catalog;  ///< the folder of the sources, such as <project>/catalog/sources
        std::filesystem::path project;  ///< what folders of files are relative to
        const Clock& clock = system_clock();
        SourceTransport transport = {};  ///< none: HTTP
        Environment environment = process_environment();
        std::size_t threads = 2;  ///< that poll; 0: nobody does but advance(), for tests
        std::uint64_t seed = 1;   ///< of the waits after failures
    };
    /// `ingest` and `telemetry` outlive it. A folder that is not there is a set without sources. Never fails for a file in it: what is
    /// wrong shows in health().
    static std::unique_ptr<SourceSet> start(Ingest& ingest, Telemetry& telemetry, Options options);
    /// Stops within a second; a request on its way is given up.
    ~SourceSet();

    /// Looks at the folder now. True if anything changed.
    bool rescan();
    /// Does all that is due now, in the order of the names, until nothing is; for tests that move the clock.
    void advance();

    struct Entry {
        SourceDeclaration declaration;
        SourceStatus status;  ///< of a pushed source: only the name
        SourceFreshness freshness;
    };
    std::vector<Entry> entries() const;  ///< sorted by name
    /// Nothing, or which sources are stale: the check `data_freshness` of /health.
    Status freshness() const;
    /// Nothing, or which files cannot be used and why: the check `sources` of /health.
    Status health() const;

private:
    struct State;
    explicit SourceSet(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
