#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "features/pipeline_report.h"
#include "features/replay.h"
#include "features/statistics.h"

namespace quoin {

/// The values of a run on their way: computed view by view into a staging folder (<view>.parquet, then <view>.json with its statistics, so
/// that a view with statistics is whole), and moved to their place at the end.
class PipelineValues {
public:
    struct Options {
        std::filesystem::path folder;
        std::vector<FeaturePlace> features;
        EventTime as_of;
        std::size_t block_rows = 2'000'000;
        std::function<Status()> may_go_on;  ///< asked between blocks
    };
    /// What the three computing steps are about; `behavioural` is whatever is neither of the others.
    enum Part { behavioural, property, market, everything };

    explicit PipelineValues(Options options);
    std::vector<std::string> views(Part part) const;
    bool is_computed(Part part) const;
    /// Computes what is not there yet. Returns the rows written.
    Result<std::uint64_t> compute(const FeatureReplay& replay, Part part);
    /// Of all views, in the order of their names and features.
    Result<std::vector<FeatureStatistics>> statistics() const;
    /// Moves the files to `folder`/<view>/day=<day>/values.parquet; a later run of the same day that is there already stays.
    Result<std::vector<PipelineView>> store(const std::filesystem::path& folder, const std::string& day, const std::string& run);

private:
    struct View {
        const FeatureView* view = nullptr;
        std::vector<FeaturePlace> features;
    };
    std::filesystem::path values_file(const std::string& view) const { return options_.folder / (view + ".parquet"); }
    std::filesystem::path statistics_file(const std::string& view) const { return options_.folder / (view + ".json"); }
    Result<EntityFrame> everyone(const FeatureReplay& replay, const std::vector<const View*>& views) const;
    Result<std::uint64_t> compute_views(const FeatureReplay& replay, const std::vector<const View*>& views);

    Options options_;
    std::map<std::string, View> views_;
};

}  // namespace quoin
