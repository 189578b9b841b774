// How the inputs of predictions as of past days are found: by one replay of the log for all who are asked about together.

#include <map>

#include "control/entity_feed.h"

namespace quoin {
namespace {

EntityFrame frame_of(const std::string& entity, std::span<const EntitySource::Past> asked) {
    EntityFrame frame;
    std::map<std::string, std::int32_t> codes;
    Categories ids;
    for (const auto& one : asked) {
        auto [known, added] = codes.emplace(one.entity.value(), static_cast<std::int32_t>(codes.size()));
        if (added) ids.levels.push_back(one.entity.value());
        ids.codes.push_back(known->second);
        frame.at.push_back(one.at);
    }
    frame.ids[entity] = std::move(ids);
    frame.tenants = {std::vector<std::int32_t>(asked.size(), 0), {"default"}};
    return frame;
}

}  // namespace

Result<std::vector<std::optional<NamedFeatures>>> EntityFeed::find_past(const TrainedModel& model, std::span<const Past> asked) const {
    auto catalog = store_.online().catalog();
    ModelInputs inputs(model);
    std::vector<FeaturePlace> places;
    for (const auto& input : inputs.all()) {
        TRY(place, catalog->place(input.view + ":" + input.feature));
        places.push_back(place);
    }
    auto frame = frame_of(model.entity, asked);
    std::scoped_lock lock(past_mutex_);
    TRY(answers, store_.past().read_all(catalog, places, frame));
    std::vector<std::optional<NamedFeatures>> found(asked.size());
    for (std::size_t row = 0; row < asked.size(); ++row) {
        NamedFeatures named;
        bool is_known = false;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const ViewAnswers* view = answers.find(places[i].view->name());
            auto place = *view->place_of(places[i].slot);
            auto status = view->status(row, place, asked[row].at);
            is_known = is_known || (status != FeatureStatus::not_found && !view->view().bindings().empty());
            auto value = status == FeatureStatus::present ? answers.value(*view, row, place) : FieldValue{};
            const auto& column = *inputs.all()[i].column;
            named.emplace_back(column.name, ModelInputs::value(value, column.kind));
        }
        if (is_known) found[row] = std::move(named);
    }
    return found;
}

}  // namespace quoin
