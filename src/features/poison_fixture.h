#pragma once

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "features/replay.h"

namespace quoin {

/// Random events of every type of a catalog, and poison beside them: events of the same entities that count only after a cut, because they
/// are dated behind it or became known behind it, with values that no honest event has.
class PoisonedEvents {
public:
    PoisonedEvents(const FeatureCatalog& catalog, std::uint64_t seed, std::uint64_t ids_per_entity)
        : catalog_(catalog), rng_(seed), ids_(ids_per_entity) {
        for (const auto& type : catalog.types().all())
            for (const auto& [entity, field] : type->entities) entities_.insert(entity);
    }

    /// `per_type` honest events of each type between two moments; some became known late.
    std::vector<Event> honest(std::size_t per_type, EventTime from, EventTime to) {
        std::vector<Event> events;
        for (std::size_t i = 0; i < per_type; ++i)
            for (const auto& type : catalog_.types().all()) {
                Event event = make(*type, between(from, to), false);
                if (rng_.below(4) == 0) event.known = event.time + Duration{static_cast<std::int64_t>(rng_.below(864'000'000'000ull))};
                events.push_back(std::move(event));
            }
        return number(std::move(events));
    }

    /// Poison in every type: nothing of it counts at `cut`, much of it a microsecond later.
    std::vector<Event> poison(std::size_t per_type, EventTime cut) {
        std::vector<Event> events;
        for (std::size_t i = 0; i < per_type; ++i)
            for (const auto& type : catalog_.types().all()) {
                EventTime later{cut.value() + 1 + static_cast<std::int64_t>(rng_.below(2) * rng_.below(864'000'000'000ull))};
                EventTime before{cut.value() - static_cast<std::int64_t>(rng_.below(5'000'000'000'000ull))};
                bool is_dated_ahead = rng_.below(2) == 0;  // known long before it happens; else known only afterwards
                Event event = make(*type, is_dated_ahead ? later : before, true);
                event.known = is_dated_ahead ? before : later;
                events.push_back(std::move(event));
            }
        return number(std::move(events));
    }

    /// Rows that name an entity of every type, between two moments; every tenth exactly at the second.
    EntityFrame frame(std::size_t rows, EventTime from, EventTime to) {
        EntityFrame frame;
        for (std::size_t row = 0; row < rows; ++row) frame.at.push_back(row % 10 == 0 ? to : between(from, to));
        for (const auto& entity : entities_) {
            Categories& ids = frame.ids[entity];
            for (std::uint64_t id = 0; id <= ids_; ++id) ids.levels.push_back(fmt::format("{}_{}", entity, id));
            for (std::size_t row = 0; row < rows; ++row) ids.codes.push_back(static_cast<std::int32_t>(rng_.below(ids_ + 1)));
        }
        return frame;
    }

private:
    EventTime between(EventTime from, EventTime to) {
        return EventTime{from.value() + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(to.value() - from.value())))};
    }

    std::vector<Event> number(std::vector<Event> events) {
        rng_.shuffle(std::span(events));
        for (Event& event : events) {
            event.sequence = ++made_;
            event.id = fmt::to_string(made_);
        }
        return events;
    }

    Event make(const EventType& type, EventTime time, bool is_poison) {
        Event event{.source = "/probe", .type = type.name, .time = time, .known = time};
        std::set<std::string> id_fields;
        for (const auto& [entity, field] : type.entities) id_fields.insert(field);
        std::string data;
        for (const EventField& field : type.fields) {
            bool is_id = id_fields.contains(field.name);
            if (!is_id && !field.required && !is_poison && rng_.below(6) == 0) continue;
            data += fmt::format("{}\"{}\": {}", data.empty() ? "" : ", ", field.name,
                                is_id ? id_text(type, field.name) : value_text(field, is_poison));
        }
        event.data = "{" + data + "}";
        return event;
    }

    std::string id_text(const EventType& type, const std::string& field) {
        for (const auto& [entity, name] : type.entities)
            if (name == field) return fmt::format("\"{}_{}\"", entity, rng_.below(ids_));
        return "null";
    }

    std::string value_text(const EventField& field, bool is_poison) {
        if (field.type == EventField::Type::boolean) return rng_.below(2) == 0 ? "true" : "false";
        if (field.type == EventField::Type::time) return "\"2021-05-05T05:05:05Z\"";
        if (field.type == EventField::Type::text) {
            if (!field.one_of.empty()) return "\"" + field.one_of[rng_.below(field.one_of.size())] + "\"";
            // Texts are ids of other entities too, so that lookups lead somewhere.
            auto entity = std::next(entities_.begin(), static_cast<std::ptrdiff_t>(rng_.below(entities_.size())));
            return is_poison ? "\"POISON\"" : fmt::format("\"{}_{}\"", *entity, rng_.below(ids_));
        }
        double lowest = field.lowest.value_or(is_poison ? -7e8 : 0), highest = field.highest.value_or(is_poison ? 9e8 : lowest + 1000);
        double value = is_poison ? (rng_.below(2) == 0 ? lowest : highest)
                                 : lowest + (std::min(highest, lowest + 1000) - lowest) * rng_.uniform();
        return field.type == EventField::Type::integer ? fmt::format("{}", static_cast<std::int64_t>(value)) : fmt::format("{}", value);
    }

    const FeatureCatalog& catalog_;
    Rng rng_;
    std::uint64_t ids_, made_ = 0;
    std::set<std::string> entities_;
};

inline EventSource source_of(const std::vector<Event>& events) {
    return [&events](const std::function<Status(const Event&)>& take) -> Status {
        for (const Event& event : events) TRY_VOID(take(event));
        return {};
    };
}

/// Values in which two sets of answers differ; `compared` and `present` are counted up.
struct AnswerDifference {
    std::uint64_t different = 0, compared = 0, present = 0;
};
inline AnswerDifference compare_answers(const FeatureAnswers& a, const FeatureAnswers& b, const EntityFrame& frame) {
    AnswerDifference found;
    for (std::size_t view = 0; view < a.views.size(); ++view)
        for (std::size_t row = 0; row < frame.rows(); ++row) {
            found.different += a.views[view].event_time(row) != b.views[view].event_time(row);
            for (std::size_t place = 0; place < a.views[view].slots().size(); ++place) {
                ++found.compared;
                found.present += a.views[view].status(row, place, frame.at[row]) == FeatureStatus::present;
                found.different += a.views[view].bits(row, place) != b.views[view].bits(row, place) ||
                                   !std::ranges::equal(a.views[view].list(row, place), b.views[view].list(row, place));
            }
        }
    return found;
}

}  // namespace quoin
