#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "base/telemetry.h"
#include "events/ingest.h"
#include "events/lake_writer.h"
#include "events/transport_runner.h"

namespace quoin {

/// What flows in and out of a project's log beside HTTP while a server runs: the transports of <project>/catalog/transports, which follow
/// changes of their files without a restart, and the lake that <project>/catalog/lake.yaml declares, if there is one
/// (docs/formats/lake.md). A declaration that does not read well never keeps the server from running: it shows in health, and what ran
/// before goes on. Thread-safe.
class EventInputs {
public:
    struct Options {
        std::filesystem::path project;
        Duration look_every = Duration::seconds(1);  ///< for changed files
        TransportRunner::Options transports = {};
    };
    /// `ingest` and `telemetry` outlive it.
    static std::unique_ptr<EventInputs> start(Options options, Ingest& ingest, Telemetry& telemetry);
    /// Stops all of it; nothing is left half taken in.
    ~EventInputs();

    Status transports_health() const;
    Status lake_health() const;
    std::vector<TransportStatus> transports() const;  ///< sorted by name

private:
    struct State;
    explicit EventInputs(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What <project>/catalog/lake.yaml declares; nothing if there is no such file. A relative folder lies in the project. Error: invalid.
Result<std::optional<LakeWriter::Options>> declared_lake(const std::filesystem::path& project);

}  // namespace quoin
