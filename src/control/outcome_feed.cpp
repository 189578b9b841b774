#include "control/outcome_feed.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"
#include "base/log.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t events_at_once = 20'000;

/// The outcome that an event is, or why it is none.
Result<OutcomeReport> report_of(const Event& event, const Experiment& experiment) {
    const auto& declared = *experiment.terms.event;
    TRY(data, parse_json(event.data));
    const auto* object = data.if_object();
    const auto* entity = object == nullptr ? nullptr : object->if_contains(declared.entity_field);
    if (entity == nullptr || !entity->is_string())
        return fail(ErrorKind::invalid, "the event has no text in its field '{}'", declared.entity_field);
    OutcomeReport report{.id = fmt::format("{} {}", event.source, event.id),
                         .prediction_id = "",
                         .product = experiment.product,
                         .entity = std::string(entity->get_string()),
                         .actual = 1.0,
                         .occurred = event.time};
    if (declared.value_field.empty()) return report;
    const auto* value = object->if_contains(declared.value_field);
    if (value != nullptr && value->is_number()) {
        report.actual = value->to_number<double>();
    } else if (value != nullptr && value->is_string()) {
        report.actual = std::string(value->get_string());
    } else {
        return fail(ErrorKind::invalid, "the event has nothing in its field '{}'", declared.value_field);
    }
    return report;
}

Status hand_on(const Event& event, const Experiment& experiment, OutcomeJoin& join) {
    auto report = report_of(event, experiment);
    auto taken = report ? join.take(std::move(*report)).map([](auto&&) {}) : Status(tl::unexpected(report.error()));
    if (taken || taken.error().kind == ErrorKind::unavailable || taken.error().kind == ErrorKind::corrupt) return taken;
    log_event(LogLevel::warning, "event_is_no_outcome",
              {{"source", event.source}, {"id", event.id}, {"type", event.type}, {"reason", taken.error().message}});
    return {};
}

Status feed(const EventLog& log, const Experiment& experiment, ExperimentStore& store, OutcomeJoin& join) {
    auto consumer = "experiment " + experiment.id;
    TRY(done, store.position(consumer));
    auto last = log.last_sequence();
    if (done == 0) return store.set_position(consumer, last + 1);  // the next to read
    if (done > last) return {};
    auto end = std::min(last, done + events_at_once - 1);
    TRY_VOID(log.read(done, [&](const Event& event) -> Result<bool> {
        if (event.sequence > end) return false;
        if (event.type == experiment.terms.event->type) TRY_VOID(hand_on(event, experiment, join));
        return true;
    }));
    return store.set_position(consumer, end + 1);
}

}  // namespace

Status feed_outcomes(const EventLog& log, const std::vector<Experiment>& running, ExperimentStore& store, OutcomeJoin& join) {
    for (const auto& experiment : running)
        if (experiment.is_open() && experiment.terms.event) TRY_VOID(feed(log, experiment, store, join));
    return {};
}

}  // namespace quoin
