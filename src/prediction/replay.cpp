#include "prediction/replay.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {

Result<ReplayOutcome> replay(const PredictionRecord& record, const LiveModel& model) {
    if (model.artifact() != record.artifact)
        return fail(ErrorKind::conflict, "prediction '{}' was made by artifact {}, not {}", record.id, record.artifact, model.artifact());
    TRY(query_json, parse_json(record.query_json));
    TRY(query, parse_query(query_json));
    TRY(recorded_json, parse_json(record.answer_json, {.bytes_max = 64u << 20}));
    TRY(prediction, model.answer(query));
    const auto& recorded = recorded_json.as_object();
    auto text = [&](const char* key) {
        return recorded.contains(key) && recorded.at(key).is_string() ? std::string(recorded.at(key).as_string()) : "";
    };
    prediction.prediction_type = text("prediction_type");
    prediction.entity_type = text("entity_type");
    auto recomputed = replayable_text(prediction);
    return ReplayOutcome{recomputed == record.answer_json, record.answer_json, std::move(recomputed)};
}

}  // namespace quoin
