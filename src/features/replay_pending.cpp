#include "features/replay_pending.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<const FeatureView*> view_named(const ReplayPlan& plan, std::string_view name) {
    if (auto place = plan.view(name)) return plan.views()[*place].view.get();
    return fail(ErrorKind::invalid, "view '{}' is none of this replay's", name);
}

json::object found_json(const FeatureView& view, const FeatureRow& row, const TextTable& texts) {
    return {{"event_time", row.event_time.value()}, {"row", row_json(view, row, texts, false)}};
}

Result<FeatureRow> read_found(const json::object& object, const FeatureView& view, TextTable& texts) {
    const auto* time = object.if_contains("event_time");
    const auto* values = object.if_contains("row");
    if (!time || !time->is_int64() || !values) return fail(ErrorKind::invalid, "a row needs 'event_time' and 'row'");
    TRY(row, read_row(*values, view, texts));
    row.event_time = EventTime{time->get_int64()};
    return std::move(row);
}

std::string_view text_of(const json::object& object, const char* name) {
    const auto* found = object.if_contains(name);
    return found && found->is_string() ? std::string_view(found->get_string().data(), found->get_string().size()) : std::string_view();
}

}  // namespace

json::object pending_json(const PendingQuestion& pending, const ReplayPlan& plan, const TextTable& texts) {
    json::object object = line_question_json(pending.question);
    object["state"] = found_json(*plan.views()[*plan.view(pending.question.view)].view, pending.row, texts);
    json::array asks;
    for (const auto& ask : pending.asks) {
        json::object one{{"view", ask.view}, {"entity", ask.entity}};
        if (ask.is_found) one["found"] = found_json(*plan.views()[*plan.view(ask.view)].view, ask.row, texts);
        asks.push_back(std::move(one));
    }
    object["asks"] = std::move(asks);
    return object;
}

Result<PendingQuestion> read_pending(const json::object& object, const ReplayPlan& plan, TextTable& texts) {
    PendingQuestion pending;
    TRY(question, read_line_question(object));
    pending.question = std::move(question);
    TRY(view, view_named(plan, pending.question.view));
    const auto* state = object.if_contains("state");
    const auto* asks = object.if_contains("asks");
    if (!state || !state->is_object() || !asks || !asks->is_array())
        return fail(ErrorKind::invalid, "a question that waits needs 'state' and 'asks'");
    TRY(row, read_found(state->get_object(), *view, texts));
    pending.row = std::move(row);
    for (const json::value& one : asks->get_array()) {
        if (!one.is_object()) return fail(ErrorKind::invalid, "'asks' must hold objects");
        PendingQuestion::Ask ask{std::string(text_of(one.get_object(), "view")), std::string(text_of(one.get_object(), "entity"))};
        TRY(asked, view_named(plan, ask.view));
        if (const auto* found = one.get_object().if_contains("found"); found && found->is_object()) {
            TRY(found_row, read_found(found->get_object(), *asked, texts));
            ask.row = std::move(found_row), ask.is_found = true;
        }
        pending.asks.push_back(std::move(ask));
    }
    return pending;
}

std::size_t resolve(PendingQuestion& pending, const ReplayPlan& plan, TextTable& texts) {
    std::size_t before = pending.asks.size();
    auto look_up = [&](const FeatureLookup& lookup, std::string_view id, EventTime at) -> FieldValue {
        auto ask = std::ranges::find_if(pending.asks, [&](const auto& one) { return one.view == lookup.view && one.entity == id; });
        if (ask == pending.asks.end()) {
            pending.asks.push_back({lookup.view, std::string(id)});
            return {};
        }
        const FeatureView& view = *plan.views()[*plan.view(lookup.view)].view;
        if (!ask->is_found || ask->row.event_time.is_missing() || view.is_outside(ask->row.event_time, at)) return {};
        return ask->row.values[*view.slot(lookup.feature)];
    };
    FeatureOperator op(*plan.views()[*plan.view(pending.question.view)].view, texts);
    op.live_derived(pending.question.at, look_up, pending.row);
    return before;
}

}  // namespace quoin
