#include "features/feature_plan.h"

#include <bit>

namespace quoin {
namespace {

constexpr std::size_t features_max = 4096, key_bytes_max = 2048, block = 16;

/// tenant, separator, id, without a heap block of its own.
class Key {
public:
    Key(std::string_view tenant, std::string_view id) {
        if (tenant.size() + 1 + id.size() > sizeof text_) return;
        std::copy(tenant.begin(), tenant.end(), text_);
        text_[tenant.size()] = '\x1f';
        std::copy(id.begin(), id.end(), text_ + tenant.size() + 1);
        size_ = tenant.size() + 1 + id.size();
    }
    std::string_view view() const { return {text_, size_}; }  ///< empty, which no entity is called, if it was too long

private:
    char text_[key_bytes_max];
    std::size_t size_ = 0;
};

FeatureStatus status_of(const FieldValue& value, bool is_known, bool is_outside) {
    if (!is_known) return FeatureStatus::not_found;
    if (is_outside) return FeatureStatus::outside_max_age;
    return value.is_null() ? FeatureStatus::null_value : FeatureStatus::present;
}

}  // namespace

Result<FeaturePlan> FeaturePlan::make(const OnlineView& online, std::span<const std::string> names) {
    FeaturePlan plan;
    plan.tables_ = online.tables_.load();
    if (names.size() > features_max)
        return fail(ErrorKind::too_large, "{} features are asked for; {} is the limit", names.size(), features_max);
    for (std::size_t position = 0; position < names.size(); ++position) {
        TRY(place, plan.tables_->catalog->place(names[position]));
        plan.places_.push_back(place);
        ViewTable* table = plan.tables_->find(place.view->name());
        auto part = std::ranges::find(plan.parts_, table, &Part::table);
        if (part == plan.parts_.end()) {
            auto entity = std::ranges::find(plan.entities_, place.view->entity());
            std::size_t index = static_cast<std::size_t>(entity - plan.entities_.begin());
            if (entity == plan.entities_.end()) plan.entities_.push_back(place.view->entity());
            part = plan.parts_.insert(plan.parts_.end(), Part{.table = table, .entity = index});
        }
        bool is_number = field_kind(place.view->features()[place.slot].declaration->type) == FieldKind::number;
        auto at = static_cast<std::ptrdiff_t>(is_number ? part->numbers++ : part->slots.size());
        part->slots.insert(part->slots.begin() + at, place.slot);
        part->positions.insert(part->positions.begin() + at, position);
        part->is_live = part->is_live || place.view->features()[place.slot].is_live;
    }
    return plan;
}

void FeaturePlan::read(OnlineView& online, const Question& question, const Answer& answer) const {
    online.advance(question.at);
    EventTime at = online.not_before_folded(question.at);
    for (const Part& part : parts_) {
        Key key(question.tenant, question.ids[part.entity]);
        PartQuestion about{part, key.view(), at};
        if (part.is_live || part.table->view().bindings().empty()) read_live(online, about, answer);
        else read_stable(about, answer);
    }
}

void FeaturePlan::read_live(OnlineView& online, const PartQuestion& question, const Answer& answer) const {
    thread_local FeatureRow row;
    const auto& [part, key, at] = question;
    const FeatureView& view = part.table->view();
    std::string_view tenant = key.substr(0, key.find('\x1f'));
    auto further = [&](const FeatureLookup& lookup, std::string_view id, EventTime when) {
        return online.look_up(*tables_, lookup, entity_key(tenant, id), when);
    };
    bool is_known = part.table->read({key, at}, further, row) || view.bindings().empty();
    bool outside = view.is_outside(row.event_time, at);
    for (std::size_t i = 0; i < part.slots.size(); ++i) {
        const FieldValue& value = row.values[part.slots[i]];
        FeatureStatus status = status_of(value, is_known, outside);
        answer.statuses[part.positions[i]] = status;
        answer.values[part.positions[i]] = status == FeatureStatus::present ? value : FieldValue{};
    }
}

void FeaturePlan::read_stable(const PartQuestion& question, const Answer& answer) {
    thread_local std::vector<std::uint64_t> kept;
    const auto& [part, key, at] = question;
    if (kept.size() < part.slots.size()) kept.resize(part.slots.size());
    const std::span bits(kept.data(), part.slots.size());
    EventTime latest = part.table->read_stable(key, at, part.slots, bits);
    const bool is_known = !latest.is_missing(), is_outside = part.table->view().is_outside(latest, at);
    if (!is_known || is_outside) {
        for (std::size_t position : part.positions) {
            answer.statuses[position] = is_known ? FeatureStatus::outside_max_age : FeatureStatus::not_found;
            answer.values[position] = FieldValue{};
        }
        return;
    }
    // Pointers of our own: the compiler cannot know that what is written here does not move the vectors.
    const std::size_t* position = part.positions.data();
    FieldValue* values = answer.values.data();
    FeatureStatus* statuses = answer.statuses.data();
    auto put = [&](std::size_t i, const FieldValue& value) {
        values[position[i]] = value;
        statuses[position[i]] = value.is_null() ? FeatureStatus::null_value : FeatureStatus::present;
    };
    for (std::size_t i = 0; i < part.numbers; ++i) put(i, FieldValue::number(std::bit_cast<double>(bits[i])));
    for (std::size_t i = part.numbers; i < bits.size(); ++i)
        put(i, bits[i] == 0 ? FieldValue{} : FieldValue::text(part.table->texts().find(bits[i])));
}

Status FeaturePlan::read_numbers(OnlineView& online, const Question& question, std::span<double> out) const {
    const auto& [tenant, ids, asked_at] = question;
    for (const FeaturePlace& place : places_) {
        const FeatureDeclaration& declared = *place.view->features()[place.slot].declaration;
        if (parts_.size() != 1 || parts_[0].is_live || is_list(declared.type) || field_kind(declared.type) == FieldKind::text)
            return fail(ErrorKind::unsupported, "'{}' is not a number that stays, or of another view than the others; read it with read()",
                        declared.name);
    }
    if (parts_.empty()) return {};
    online.advance(asked_at);
    EventTime at = online.not_before_folded(asked_at);
    const Part& part = parts_[0];
    std::size_t width = part.slots.size();
    thread_local std::vector<std::uint64_t> bits;
    bits.resize(width);
    for (std::size_t first = 0; first < ids.size(); first += block) {
        auto some = ids.subspan(first, std::min(block, ids.size() - first));
        for (std::string_view id : some) part.table->prefetch_index(Key(tenant, id).view());
        for (std::string_view id : some) part.table->prefetch_row(Key(tenant, id).view());
        for (std::size_t i = 0; i < some.size(); ++i) {
            EventTime latest = part.table->read_stable(Key(tenant, some[i]).view(), at, part.slots, bits);
            bool gives = !latest.is_missing() && !part.table->view().is_outside(latest, at);
            for (std::size_t j = 0; j < width; ++j)
                out[(first + i) * width + part.positions[j]] = gives ? std::bit_cast<double>(bits[j])
                                                                     : std::numeric_limits<double>::quiet_NaN();
        }
    }
    return {};
}

}  // namespace quoin
