#include "prediction/outcome_join.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"

namespace quoin {
namespace {

constexpr Duration joining_takes = Duration::seconds(10);  ///< what is not joined then was cut off
constexpr Duration clock_differs = Duration::minutes(5);   ///< how far an outcome may lie ahead of our clock
constexpr std::size_t settled_at_once = 1000;

std::string text_in(const boost::json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string made_id(const OutcomeReport& report) {
    boost::json::array parts{report.prediction_id, report.product, report.entity, to_json(report.actual)};
    // Of one prediction there is one outcome, whenever it is told; of an entity one at a time.
    if (report.prediction_id.empty()) parts.emplace_back(report.occurred.value());
    return "out_" + sha256_hex(json_text(parts)).substr(0, 32);
}

}  // namespace

OutcomeLoss usual_loss(const TrainedModel& model) {
    if (model.task == Task::binary || model.task == Task::multiclass) return OutcomeLoss::brier;
    return model.quantiles ? OutcomeLoss::pinball : OutcomeLoss::absolute_percentage_error;
}

/// A record is on disk some milliseconds after its answer; who comes at once waits for that.
Result<PredictionRecord> OutcomeJoin::record_of(const std::string& id) {
    auto& records = predictor_.records();
    bool may_wait = records.pending() > 0;
    auto record = records.find(id);
    if (record || record.error().kind != ErrorKind::not_found || !may_wait) return record;
    TRY_VOID(records.flush());
    return records.find(id);
}

/// Product and entity of the prediction that a report names, and its own loss.
Status OutcomeJoin::name_entity(OutcomeReport& report, OutcomeReceipt& receipt) {
    TRY(record, record_of(report.prediction_id));
    TRY(answer, parse_json(record.answer_json));
    if (!answer.is_object()) return fail(ErrorKind::corrupt, "the record of '{}' is damaged", report.prediction_id);
    TRY(product, predictor_.products().of_type(text_in(answer.get_object(), "prediction_type")));
    report.product = product->name;
    report.entity = text_in(answer.get_object(), "entity_id");
    if (report.occurred + clock_differs < record.asked_at)
        return fail_field(ErrorKind::invalid, "/occurred_at", "the outcome of {} is said to be of before the prediction",
                          report.prediction_id);
    auto live = predictor_.live(record.model);
    auto loss_name = live ? usual_loss(live->model()) : OutcomeLoss::absolute_percentage_error;
    TRY(loss, loss_of(loss_name, record.answer_json, report.actual));
    receipt.loss = loss, receipt.loss_name = name_of(loss_name), receipt.model_version = record.model_version;
    return {};
}

Result<OutcomeReceipt> OutcomeJoin::take(OutcomeReport report) {
    auto now = clock_->now();
    if (report.occurred.is_missing()) report.occurred = now;
    if (report.occurred > now + clock_differs)
        return fail_field(ErrorKind::invalid, "/occurred_at", "{} is in the future; only what happened is an outcome",
                          to_text(report.occurred));
    OutcomeReceipt receipt;
    if (!report.prediction_id.empty()) TRY_VOID(name_entity(report, receipt));
    TRY(product, predictor_.products().find(report.product));
    receipt.product = product->name, receipt.entity = report.entity, receipt.prediction_id = report.prediction_id;
    receipt.id = report.id.empty() ? made_id(report) : report.id;
    Outcome outcome{receipt.id, product->name, report.entity, report.prediction_id, report.actual, report.occurred, now};
    TRY(is_new, store_->add_outcome(outcome));
    receipt.duplicate = !is_new;
    if (receipt.loss) {
        TRY(record, record_of(report.prediction_id));
        TRY_VOID(store_->observe(report.prediction_id, {record.model, record.model_version, receipt.loss_name, 1, *receipt.loss}));
    }
    if (exposures_ != nullptr) TRY_VOID(exposures_->flush());
    TRY(running, store_->unfinished());
    TRY(counted, join(outcome, running));
    receipt.counted = counted;
    return receipt;
}

Result<std::size_t> OutcomeJoin::join(const Outcome& outcome, const std::vector<Experiment>& running) {
    std::size_t counted = 0;
    for (const auto& experiment : running) {
        if (!experiment.is_open() || experiment.product != outcome.product || outcome.entity.empty()) continue;
        if (experiment.terms.absent_outcome) continue;  // counted at the end of the horizon, whatever happens
        TRY(exposures, store_->open_exposures(experiment.id, outcome.entity));
        for (const auto& exposure : exposures) {
            if (outcome.occurred < exposure.asked_at) continue;
            if (experiment.terms.horizon && outcome.occurred > exposure.asked_at + *experiment.terms.horizon) continue;
            TRY(is_counted, count(experiment, exposure, outcome));
            counted += is_counted;
        }
    }
    TRY_VOID(store_->mark_joined(outcome.id));
    return counted;
}

/// The losses of what was answered then. Nothing, where the loss cannot be told: the value does not fit, or no silent answer was recorded.
Result<std::optional<CountedLoss>> OutcomeJoin::losses(const Experiment& experiment, const Exposure& exposure, const Outcome& outcome) {
    TRY(record, record_of(exposure.prediction_id));
    CountedLoss counted{.outcome_id = outcome.id, .share = experiment.terms.steps.at(exposure.step), .at = clock_->now()};
    bool by_challenger = record.model_version == experiment.challenger_text();
    TRY(loss, loss_of(experiment.terms.loss, record.answer_json, outcome.actual));
    (by_challenger ? counted.challenger : counted.champion) = loss;
    if (!exposure.is_shadow) return counted;
    TRY(silent, record_of(shadow_id(experiment.id, exposure.prediction_id)));
    TRY(silent_loss, loss_of(experiment.terms.loss, silent.answer_json, outcome.actual));
    counted.challenger = silent_loss;
    return counted;
}

Result<bool> OutcomeJoin::count(const Experiment& experiment, const Exposure& exposure, const Outcome& outcome) {
    auto loss = losses(experiment, exposure, outcome);
    if (!loss && loss.error().kind != ErrorKind::not_found && loss.error().kind != ErrorKind::invalid) return tl::unexpected(loss.error());
    if (!loss)
        log_event(LogLevel::warning, "outcome_not_counted",
                  {{"experiment", experiment.id}, {"entity", exposure.entity}, {"reason", loss.error().message}});
    TRY_VOID(store_->count(exposure, loss ? *loss : std::nullopt));
    return loss.has_value();
}

/// Exposures at the end of their horizon: the first outcome within it, or what counts as absence.
Status OutcomeJoin::settle_absent(const Experiment& experiment) {
    const auto& terms = experiment.terms;
    auto until = clock_->now() - *terms.horizon - terms.lateness;
    TRY(exposures, store_->open_exposures_before(experiment.id, until, settled_at_once));
    for (const auto& exposure : exposures) {
        TRY(outcome, store_->outcome_between(exposure, experiment.product, exposure.asked_at + *terms.horizon));
        Outcome absent{.id = "",
                       .product = experiment.product,
                       .entity = exposure.entity,
                       .prediction_id = "",
                       .actual = *terms.absent_outcome,
                       .occurred = until,
                       .received = until};
        TRY(counted, count(experiment, exposure, outcome ? *outcome : absent));
        static_cast<void>(counted);
    }
    return {};
}

Status OutcomeJoin::settle(const std::vector<Experiment>& running) {
    TRY(unjoined, store_->unjoined(clock_->now() - joining_takes));
    for (const auto& outcome : unjoined) {
        TRY(counted, join(outcome, running));
        static_cast<void>(counted);
    }
    for (const auto& experiment : running)
        if (experiment.is_open() && experiment.terms.absent_outcome) TRY_VOID(settle_absent(experiment));
    return {};
}

}  // namespace quoin
