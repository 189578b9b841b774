#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "features/replay.h"
#include "features/training_set.h"
#include "table/read.h"

namespace quoin {

/// Which columns of an entity frame say who is asked about, and as of when.
class FrameColumns {
public:
    /// `options` outlives it.
    FrameColumns(const TrainingSetOptions& options, std::span<const FeaturePlace> features);

    /// Ids are read as text: 007 is not 7.
    ReadOptions read_options() const;
    /// Finds the columns by the first chunk. Error: invalid, not_found, naming what was looked for and what is there.
    Status resolve(const Table& chunk);
    /// Error: invalid, naming the row, if a time is missing.
    Result<EntityFrame> frame(const Table& chunk) const;

private:
    Status resolve_time(const Table& chunk);
    const TrainingSetOptions& options_;
    std::set<std::string> entities_;  ///< that the features are about, and that need ids
    std::string time_column_;
    std::map<std::string, std::string> columns_;  ///< by entity type
};

/// All different entities of a frame and its last time, so that a replay keeps only what will be asked for.
class FrameSurvey {
public:
    static constexpr std::size_t entities_max = 20'000'000;
    void add(const EntityFrame& frame);
    /// False if there were more than entities_max; then everything has to be kept.
    bool is_complete() const { return is_complete_; }
    EntityFrame release();

private:
    std::map<std::string, std::unordered_set<std::string>> seen_;  ///< entity type → entity_key()
    EventTime last_ = EventTime::missing();
    std::size_t size_ = 0;
    bool is_complete_ = true;
};

}  // namespace quoin
