#include "prediction/explanation.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "prediction/answer_writer.h"
#include "prediction/query_row.h"
#include "prediction/replay.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr std::size_t principal_reasons_max = 4;

/// The recorded question, answered again with all its reasons.
struct Again {
    PredictionQuery query;
    std::vector<double> raw;
    Prediction prediction;
    bool is_identical;
};

Result<Again> answered_again(const PredictionRecord& record, const LiveModel& model) {
    TRY(outcome, replay(record, model));
    TRY(json, parse_json(record.query_json));
    TRY(query, parse_query(json));
    TRY(raw, raw_row(model.model(), query));
    query.drivers = limits::drivers_per_query;
    query.comparables = 0;
    query.what_if.clear();
    TRY(prediction, model.answer(query));
    return Again{std::move(query), std::move(raw), std::move(prediction), outcome.identical};
}

/// Which way the model's own scale runs: the log hazard of a model of times rises as the answer falls.
int score_direction(const TrainedModel& model) { return model.time_to_event ? -1 : 1; }

/// The reason that an input belongs to, still without what it contributed.
PrincipalReason reason_for(const Driver& driver, const ExplanationPolicy& policy, const ExplanationOptions& options) {
    if (const auto* declared = policy.reason_of(driver.feature)) return {declared->code, declared->text, 0, 0, {}};
    auto text = options.description ? options.description(driver.feature) : "";
    return {driver.feature, text.empty() ? driver.label : std::move(text), 0, 0, {}};
}

/// Inputs on the wrong side, joined by their code.
std::vector<PrincipalReason> principal_reasons(const Prediction& prediction, const Product& product, int wrong_way,
                                               const ExplanationOptions& options) {
    std::vector<PrincipalReason> reasons;
    double all = 0;
    for (const auto& driver : prediction.drivers) {
        double wrong = driver.contribution * wrong_way;
        if (!(wrong > 0)) continue;
        all += wrong;
        auto reason = reason_for(driver, product.explanation, options);
        auto found = std::ranges::find(reasons, reason.code, &PrincipalReason::code);
        if (found == reasons.end()) found = reasons.insert(reasons.end(), std::move(reason));
        found->contribution += driver.contribution;
        found->drivers.push_back(driver);
    }
    for (auto& reason : reasons) reason.share = std::abs(reason.contribution) / all;
    std::ranges::stable_sort(reasons, std::greater{}, &PrincipalReason::share);
    if (reasons.size() > principal_reasons_max)
        reasons.erase(reasons.begin() + static_cast<std::ptrdiff_t>(principal_reasons_max), reasons.end());
    return reasons;
}

std::string in_words(const TrainedModel& model, double value) {
    if (model.task == Task::binary || model.task == Task::multiclass) return fmt::format("{:.1f} %", 100 * value);
    if (model.task == Task::survival) return fmt::format("{:.0f} {}", value, model.unit);
    return level_text(value, model.unit);
}

std::string what_of(const TrainedModel& model, const Prediction& prediction) {
    if (model.task == Task::multiclass) return "The probability of " + prediction.predicted_class;
    if (model.task == Task::binary) return "The probability";
    if (model.task == Task::survival) return fmt::format("The expected time until {}", model.time_to_event->event);
    return "The value";
}

std::string change_words(const Counterfactual& change) {
    std::string words;
    for (const auto& one : change.changes) {
        auto text = [](const FeatureValue& value) {
            if (const auto* named = std::get_if<std::string>(&value)) return *named;
            const auto* number = std::get_if<double>(&value);
            return number == nullptr ? std::string("not known") : fmt::format("{:.6g}", *number);
        };
        words += fmt::format("{}{} from {} to {}", words.empty() ? "" : ", ", one.label, text(one.from), text(one.to));
    }
    return words;
}

std::string summary_of(const TrainedModel& model, const Prediction& prediction, const Explanation& explanation) {
    auto text = fmt::format("{} is {}; {} is typical.", what_of(model, prediction), in_words(model, prediction.value),
                            in_words(model, prediction.typical_value));
    if (!explanation.reasons.empty()) {
        text += " What speaks most against a better answer: ";
        for (std::size_t k = 0; k < explanation.reasons.size(); ++k) text += (k == 0 ? "" : "; ") + explanation.reasons[k].text;
        text += ".";
    }
    if (explanation.smallest_change)
        text += fmt::format(" With {}, all else equal, the model would answer {}.", change_words(*explanation.smallest_change),
                            in_words(model, explanation.smallest_change->value));
    return text;
}

void add_changes(const TrainedModel& model, const Again& again, const ExplanationPolicy& policy, Explanation& explanation) {
    Changed changed{model, again.raw};
    for (std::size_t k = 0; k < model.classes.size(); ++k)
        if (model.classes[k].level == again.prediction.predicted_class) changed.class_index = k;
    const auto& goal = *explanation.goal;
    if (explanation.is_adverse) explanation.smallest_change = smallest_change(changed, goal);
    explanation.single_changes = best_single_changes(changed, policy.better);
    bool is_movable = std::ranges::any_of(model.encoder.inputs(), [](const auto& input) { return input.movable.has_value(); });
    if (!is_movable)
        explanation.notes.push_back(fmt::format("{} declares no input that somebody can move, so there is no change to name", model.name));
    else if (explanation.is_adverse && !explanation.smallest_change)
        explanation.notes.push_back(
            fmt::format("no change of the inputs that can be moved brings the answer to {}", in_words(model, goal.target)));
}

}  // namespace

Result<const Product*> product_of(const PredictionRecord& record, const ProductCatalog& products) {
    TRY(answer, parse_json(record.answer_json, {.bytes_max = 64u << 20}));
    const auto* type = answer.is_object() ? answer.get_object().if_contains("prediction_type") : nullptr;
    if (type == nullptr || !type->is_string()) return fail(ErrorKind::corrupt, "the record of '{}' names no type of prediction", record.id);
    return products.of_type(std::string(type->get_string()));
}

std::function<std::string(const std::string& input)> descriptions_of(std::shared_ptr<const FeatureCatalog> catalog) {
    return [catalog = std::move(catalog)](const std::string& input) -> std::string {
        if (input.find(':') == std::string::npos) return "";
        auto place = catalog->place(input);
        if (!place) return "";
        const auto& description = place->view->features()[place->slot].declaration->description;
        return description.substr(0, description.find(';'));
    };
}

Result<Explanation> explain_record(const PredictionRecord& record, const LiveModel& live, const Product& product,
                                   const ExplanationOptions& options) {
    const auto& model = live.model();
    const auto& target = options.target;
    if (model.task == Task::timing)
        return fail(ErrorKind::unsupported, "prediction '{}' is a time to contact: it counts past actions and weighs no inputs", record.id);
    if (target && !std::isfinite(*target)) return fail_field(ErrorKind::invalid, "/target", "the target is no number");
    TRY(again, answered_again(record, live));
    const auto& policy = product.explanation;
    Explanation explanation{.is_identical = again.is_identical};
    explanation.goal = Goal{target ? *target : policy.target.value_or(again.prediction.typical_value), policy.better};
    explanation.is_adverse = (again.prediction.value - explanation.goal->target) * policy.better < 0;
    explanation.reasons = principal_reasons(again.prediction, product, -policy.better * score_direction(model), options);
    explanation.notes = again.prediction.notes;
    add_changes(model, again, policy, explanation);
    explanation.summary = summary_of(model, again.prediction, explanation);
    explanation.drivers = std::move(again.prediction.drivers);
    return explanation;
}

namespace {

void write_reason(const PrincipalReason& reason, AnswerWriter& answer) {
    answer.key("code").text(reason.code);
    answer.key("text").text(reason.text);
    answer.key("share"), answer.share(reason.share);
    answer.key("contribution"), answer.share(reason.contribution);
    answer.list("drivers", reason.drivers);
}

}  // namespace

std::string explanation_json(const PredictionRecord& record, const Explanation& explanation) {
    std::string text;
    JsonWriter json(text);
    AnswerWriter answer(json);
    json.begin_object();
    json.key("prediction_id").text(record.id);
    json.key("prediction_date").text(to_text(record.asked_at));
    json.key("model_name").text(record.model);
    json.key("model_version").text(record.model_version);
    json.key("artifact").text(record.artifact);
    json.key("is_reproduced").boolean(explanation.is_identical);
    json.key("summary").text(explanation.summary);
    json.key("is_adverse").boolean(explanation.is_adverse);
    json.key("target"), answer.money(explanation.goal->target);
    json.key("better").text(explanation.goal->direction > 0 ? "higher" : "lower");
    json.key("principal_reasons").begin_array();
    for (const auto& reason : explanation.reasons) {
        json.begin_object();
        write_reason(reason, answer);
        json.end_object();
    }
    json.end_array();
    answer.list("drivers", explanation.drivers);
    json.key("counterfactual");
    if (explanation.smallest_change) {
        json.begin_object();
        answer.add(*explanation.smallest_change);
        json.end_object();
    } else {
        json.null();
    }
    answer.list("single_changes", explanation.single_changes);
    answer.texts("notes", explanation.notes);
    json.end_object();
    return text;
}

}  // namespace quoin
