#include <boost/json.hpp>

#include "base/json.h"
#include "features/replay_lines.h"
#include "features/replay_stream.h"

namespace quoin {

Status ReplayKeys::take(std::string_view line, std::string& out) {
    if (line.empty()) return {};
    if (line.front() == '[') {
        out.append(line).append(1, '\n');
        return {};
    }
    TRY(parsed, parse_json(line));
    if (!parsed.is_object()) return fail(ErrorKind::invalid, "a line must be a JSON object, an event or a question");
    return parsed.get_object().contains("question") ? take_question(parsed.get_object(), out) : take_event(parsed.get_object(), out);
}

Status ReplayKeys::take_event(const boost::json::object& json, std::string& out) {
    TRY(event, read_line_event(json));
    auto place = plan_.type(event.type);
    if (!place || (knowledge_ && event.known > *knowledge_)) return {};
    const PlannedType& type = plan_.types()[*place];
    if (!type.type->decode(event.data, scratch_)) {
        ++undecodable_;
        return {};
    }
    EventTime order = knowledge_ || event.known < event.time ? event.time : event.known;
    std::string order_key = fmt::format("{}.0.{:020}", order_text(order), event.sequence);
    std::string record = json_text(boost::json::object{
        {"event",
         boost::json::object{{"type", event.type}, {"time", event.time.value()}, {"sequence", event.sequence}, {"data", event.data}}}});
    for (auto target : type.targets) {
        const FieldValue& id = scratch_.fields[target.id_field];
        if (!id.is_text() || id.text().empty()) continue;
        append_keyed_line(out, entity_line_key(plan_.entities()[target.entity], event.tenant, id.text()), order_key, record);
    }
    return {};
}

/// A question without a view asks all views that were asked for; they must be about one type of entity, since it names one.
Status ReplayKeys::take_question(const boost::json::object& json, std::string& out) {
    TRY(question, read_line_question(json));
    std::string_view entity;
    for (const PlannedView& planned : plan_.views()) {
        if (question.view.empty() ? !planned.is_asked : planned.view->name() != question.view) continue;
        if (!entity.empty() && entity != planned.view->entity())
            return fail(ErrorKind::invalid, "question '{}' names no view; is '{}' a {} or a {}?", question.question, question.entity,
                        entity, planned.view->entity());
        entity = planned.view->entity();
        LineQuestion one = question;
        one.view = planned.view->name();
        std::string order = fmt::format("{}.1.{}", order_text(one.at), json_text(boost::json::value(one.question)));
        append_keyed_line(out, entity_line_key(entity, one.tenant, one.entity), order,
                          json_text(boost::json::object{{"question", line_question_json(one)}}));
    }
    if (!entity.empty()) return {};
    return fail(ErrorKind::not_found, "question '{}' asks for view '{}', which is none of this replay's", question.question, question.view);
}

}  // namespace quoin
