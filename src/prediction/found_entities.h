#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "prediction/entity_source.h"
#include "prediction/live_model.h"

namespace quoin {

/// The entities of a batch of predictions, found beforehand and together; others are looked up as usual. Thread-safe once it is filled.
class FoundEntities : public EntitySource {
public:
    explicit FoundEntities(std::shared_ptr<const EntitySource> source) : source_(std::move(source)) {}

    /// Looks all of them up for this very version; if that fails, so does find() for each.
    void look_up(std::shared_ptr<const LiveModel> live, std::span<const EntityId> entities);
    /// The same as of past moments, with one read for all.
    void look_up_past(std::shared_ptr<const LiveModel> live, std::span<const Past> asked);
    Result<std::optional<NamedFeatures>> find(const TrainedModel& model, const EntityId& entity) const override;
    Result<std::vector<std::optional<NamedFeatures>>> find_past(const TrainedModel& model, std::span<const Past> asked) const override;

private:
    using Found = Result<std::optional<NamedFeatures>>;
    std::shared_ptr<const EntitySource> source_;
    std::vector<std::shared_ptr<const LiveModel>> kept_;  ///< whose models found_ names
    std::map<std::pair<const TrainedModel*, std::string>, Found> found_;
    std::map<std::tuple<const TrainedModel*, std::string, EventTime>, Found> found_past_;
};

}  // namespace quoin
