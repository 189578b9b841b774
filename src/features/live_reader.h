#pragma once

#include "events/event_log.h"
#include "features/feature_reader.h"
#include "features/vector_log.h"

namespace quoin {

/// Reads from the memory of the process with the log. All answers of a read are of one moment; where vectors are logged, each is of its
/// own, since only so it can be proven which events it has seen. Thread-safe.
class LiveFeatureReader : public FeatureReader {
public:
    static constexpr std::string_view tier = "memory";

    /// All outlive it. `served`: what is read is logged there; nullptr: it is not.
    LiveFeatureReader(OnlineView& online, EventLog& log, VectorLog* served = nullptr) : online_(online), log_(log), served_(served) {}

    std::shared_ptr<const FeatureCatalog> catalog() const override { return online_.catalog(); }
    EventTime now() override { return log_.now(); }
    Status read(std::span<const Question> questions, const Visit& visit) override;

private:
    OnlineView& online_;
    EventLog& log_;
    VectorLog* served_;
};

}  // namespace quoin
