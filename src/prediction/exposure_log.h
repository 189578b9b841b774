#pragma once

#include <memory>

#include "base/result.h"
#include "base/telemetry.h"
#include "prediction/experiment_store.h"

namespace quoin {

namespace limits {
constexpr std::size_t pending_exposures = 65'536;
}  // namespace limits

/// Who took part in experiments, written in batches by one background thread. Adding never touches the disk and never fails: an entity that
/// was written lately is passed over, and one that finds the queue full is dropped, counted, and may take part when it is next asked
/// about. A crash loses what was added in the last moments, of both arms alike. Thread-safe.
class ExposureLog {
public:
    ExposureLog(std::shared_ptr<ExperimentStore> store, Telemetry& telemetry);
    ~ExposureLog();  ///< writes what waits
    void add(Exposure exposure);
    /// Returns when everything added before is on disk. Error: as ExperimentStore.
    Status flush();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
