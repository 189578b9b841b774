#include "events/sources/record_mapping.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/digest.h"
#include "base/json.h"
#include "events/sources/cell_value.h"
#include "events/sources/mapping_plan.h"
#include "table/value_text.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t seen_max = 1'000'000;

json::value json_of(FieldValue value, EventField::Type type) {
    if (value.is_text()) return json::string(value.text());
    switch (type) {
        case EventField::Type::boolean: return value.is_true();
        case EventField::Type::time: return json::string(time_text(EventTime{static_cast<std::int64_t>(value.number())}));
        default: break;
    }
    // Whole numbers as such, so that the payload reads as its producer would have written it.
    constexpr double exact_whole_max = 9007199254740992;
    if (value.number() == std::trunc(value.number()) && std::abs(value.number()) < exact_whole_max)
        return static_cast<std::int64_t>(value.number());
    return value.number();
}

Result<EventTime> time_of(const Expression& expression, std::span<const FieldValue> values, EventTime now) {
    constexpr double exact_us_max = 9007199254740992;
    auto value = expression.evaluate(values, now);
    if (!value.is_number()) return EventTime::missing();
    if (std::abs(value.number()) > exact_us_max)
        return fail(ErrorKind::invalid, "'{}' gives {}, which is no time", expression.text(), value.number());
    return EventTime{static_cast<std::int64_t>(std::floor(value.number()))};
}

}  // namespace

RecordMapping::RecordMapping(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
RecordMapping::~RecordMapping() = default;
RecordMapping::RecordMapping(RecordMapping&&) noexcept = default;
RecordMapping& RecordMapping::operator=(RecordMapping&&) noexcept = default;

Result<RecordMapping> RecordMapping::make(const SourceDeclaration& source, std::shared_ptr<const EventTypes> types,
                                          std::vector<TemplateName> parameters) {
    auto plan = std::make_unique<Plan>();
    const EventType* type = types->find(source.events.front());
    if (type == nullptr)
        return fail_field(ErrorKind::invalid, "events", "{}: there is no event type '{}'; declare it in catalog/events/{}.yaml",
                          source.where, source.events.front(), source.events.front());
    plan->event_source = source.event_source();
    plan->type_name = type->name;
    plan->tenant = source.tenant;
    plan->types = std::move(types);
    TRY_VOID(plan_mapping(source, *type, std::move(parameters), *plan));
    return RecordMapping(std::move(plan));
}

bool RecordMapping::compares() const { return plan_->compares; }

namespace {

/// The values of one record, in the slots that templates and expressions read.
class Values {
public:
    Values(const RecordMapping::Plan& plan, RecordMapping::Poll& poll) : plan_(plan), poll_(poll), slots_(poll.parameters) {
        slots_.resize(plan.parameters);
        slots_.reserve(plan.parameters + plan.values.size());
    }
    std::span<const FieldValue> slots() const { return slots_; }

    Status read(const SourceRecord& record) {
        for (const auto& planned : plan_.values) {
            TRY(value, read_one(planned, record));
            slots_.push_back(value);
        }
        return {};
    }

private:
    Result<FieldValue> read_one(const PlannedValue& planned, const SourceRecord& record) {
        const auto& declared = planned.declared;
        if (declared.from == SourceValue::From::path)
            return planned.cell < record.cells.size() ? read_cell(record.cells[planned.cell], declared, arena_) : FieldValue();
        if (planned.expression) return planned.expression->evaluate(slots_, poll_.now);
        auto text = planned.text->render({.values = slots_});
        if (declared.from == SourceValue::From::text) {
            if (!text) return FieldValue();  // a part is missing, so the whole is
            return read_text_value(*text, declared, arena_);
        }
        if (poll_.seen.size() + poll_.previous.size() >= seen_max)
            return fail(ErrorKind::too_large, "'{}' has to remember more than {} texts; take a shorter time in one poll", declared.name,
                        seen_max);
        if (declared.from == SourceValue::From::repeats) return FieldValue::truth(text && !poll_.seen.insert(std::move(*text)).second);
        if (!text) return FieldValue();
        auto found = poll_.previous.find(declared.name + "=" + *text);
        auto before = found == poll_.previous.end() ? FieldValue() : FieldValue::number(found->second);
        auto now = slots_[planned.slot];
        if (now.is_number()) poll_.previous[declared.name + "=" + *text] = now.number();
        return before;
    }

    const RecordMapping::Plan& plan_;
    RecordMapping::Poll& poll_;
    std::vector<FieldValue> slots_;
    TextArena arena_;
};

}  // namespace

Result<std::optional<RecordMapping::Mapped>> RecordMapping::map(const SourceRecord& record, Poll& poll) const {
    const Plan& plan = *plan_;
    Mapped mapped;
    Event& event = mapped.event;
    event.source = plan.event_source;
    event.type = plan.type_name;
    event.tenant = plan.tenant;
    auto refused = [&](std::string why) -> std::optional<Mapped> {
        event.data = record.raw();
        if (event.id.empty()) event.id = "record/" + sha256_hex(event.data).substr(0, 32);
        event.known = EventTime::missing();
        event.is_history = false;
        mapped.refusal = fmt::format("record {}: {}", record.number, why);
        return std::move(mapped);
    };
    if (!record.problem.empty()) return refused(record.problem);
    Values values(plan, poll);
    if (auto read = values.read(record); !read) {
        if (read.error().kind == ErrorKind::too_large) return tl::unexpected(read.error());
        return refused(read.error().message);
    }
    if (plan.where && !plan.where->evaluate(values.slots(), poll.now).is_true()) return std::nullopt;
    auto time = time_of(*plan.time, values.slots(), poll.now);
    if (!time) return refused(time.error().message);
    if (time->is_missing()) return refused(fmt::format("it has no time: '{}' is missing", plan.time->text()));
    event.time = *time;
    if (!poll.since.is_missing() && event.time < poll.since) return std::nullopt;
    auto id = plan.id->render({.values = values.slots()});
    if (!id) return refused(id.error().message);
    if (id->empty()) return refused(fmt::format("its id '{}' is empty", plan.id->text()));
    event.id = std::move(*id);
    if (plan.subject)
        if (auto subject = plan.subject->render({.values = values.slots()})) event.subject = std::move(*subject);
    if (poll.is_history && plan.known) {
        auto known = time_of(*plan.known, values.slots(), poll.now);
        if (!known) return refused(known.error().message);
        if (!known->is_missing() && *known <= poll.now) event.known = *known, event.is_history = true;
    }
    json::object data;
    for (const auto& [field, expression] : plan.fields) {
        auto value = expression.evaluate(values.slots(), poll.now);
        if (!value.is_null()) data[field.name] = json_of(value, field.type);
    }
    event.data = json_text(data);
    return std::optional<Mapped>(std::move(mapped));
}

}  // namespace quoin
