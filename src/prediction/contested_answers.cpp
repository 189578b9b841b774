#include "prediction/predictor.h"

namespace quoin {
namespace {

Exposure exposure_of(const Challenge& challenge, const Prediction& prediction, const std::string& id) {
    return {challenge.experiment, challenge.share == 0, prediction.entity_id, id, prediction.asked_at, challenge.step};
}

}  // namespace

/// Who is asked about without an id stays with the champion: there is nothing to assign, and no outcome would find it. So do past days:
/// what happened then is known.
bool Predictor::takes_part(const Asking& asking, const PredictionQuery& query) {
    const auto& model = asking.live->model();
    return query.entity && !asking.live->past_of(query, asking.product->valuation_time(model, asking.now));
}

std::vector<Result<Prediction>> Predictor::by_arms(const Asking& asking, const Challenge& challenge,
                                                   std::span<const PredictionQuery* const> queries) {
    std::vector<Result<Prediction>> answers(queries.size(), fail(ErrorKind::internal, "not answered"));
    std::vector<const PredictionQuery*> asked;
    std::vector<std::size_t> places, left;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        bool challenged = takes_part(asking, *queries[i]) && challenge.assignment.is_challenger(*queries[i]->entity, challenge.share);
        (challenged ? places : left).push_back(i);
        if (challenged) asked.push_back(queries[i]);
    }
    if (!asked.empty()) {
        auto made = answered(*records_, {challenge.challenger.get(), asking.product, asking.entities, asking.now}, asked);
        for (std::size_t k = 0; k < made.size(); ++k) {
            if (!made[k]) left.push_back(places[k]);
            answers[places[k]] = std::move(made[k]);
        }
    }
    asked.clear();
    for (auto place : left) asked.push_back(queries[place]);
    auto made = asked.empty() ? std::vector<Result<Prediction>>{} : answered(*records_, asking, asked);
    auto own = queries.size() - places.size();  // of the champion's own arm; what follows are the challenger's failures
    for (std::size_t k = 0; k < made.size(); ++k) {
        if (k >= own && made[k]) challenges_->failures.add();
        answers[left[k]] = std::move(made[k]);
    }
    return answers;
}

/// The silent answers of a challenger, recorded beside those that were given. They may fail as they like.
void Predictor::ask_silently(const Asking& asking, std::shared_ptr<const Challenge> challenge,
                             std::span<const PredictionQuery* const> queries, std::span<const Result<Prediction>> answers) {
    auto asked = std::make_shared<std::vector<PredictionQuery>>();
    auto exposures = std::make_shared<std::vector<Exposure>>();
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!answers[i] || !takes_part(asking, *queries[i])) continue;
        asked->push_back(*queries[i]);
        asked->back().drivers = 0, asked->back().comparables = 0;  // nobody reads them
        exposures->push_back(exposure_of(*challenge, *answers[i], answers[i]->id));
    }
    if (asked->empty()) return;
    auto work = [challenge = std::move(challenge), now = asking.now, asked, exposures, records = records_, source = entities(),
                 to = challenges_.get()] {
        if (records->pending() * 4 > limits::pending_records) return to->shadows.count_dropped(asked->size());  // room for real answers
        std::vector<const PredictionQuery*> pointers;
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < asked->size(); ++i) {
            pointers.push_back(&(*asked)[i]);
            ids.push_back(shadow_id(challenge->experiment, (*exposures)[i].prediction_id));
        }
        auto made = answered(*records, {challenge->challenger.get(), challenge->product.get(), source.get(), now}, pointers, ids);
        for (std::size_t i = 0; i < made.size(); ++i)
            if (made[i]) to->exposures.add(std::move((*exposures)[i]));
    };
    auto predictions = asked->size();
    challenges_->shadows.submit(std::move(work), predictions);
}

std::vector<Result<Prediction>> Predictor::contested(const Asking& asking, const std::shared_ptr<const Challenge>& challenge,
                                                     std::span<const PredictionQuery* const> queries) {
    if (challenge->share == 0) {
        auto answers = answered(*records_, asking, queries);
        ask_silently(asking, challenge, queries, answers);
        return answers;
    }
    auto answers = by_arms(asking, *challenge, queries);
    for (std::size_t i = 0; i < answers.size(); ++i)
        if (answers[i] && takes_part(asking, *queries[i])) challenges_->exposures.add(exposure_of(*challenge, *answers[i], answers[i]->id));
    return answers;
}

}  // namespace quoin
