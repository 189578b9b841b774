#include <bit>

#include "features/replay.h"

namespace quoin {
namespace {

constexpr std::uint64_t null_number = 0x7ff8'0000'0000'0000ull;

FieldKind kind_of(const FeatureView& view, std::uint16_t slot) { return field_kind(view.features()[slot].declaration->type); }

FieldValue value_of(std::uint64_t bits, FieldKind kind, const TextTable& texts) {
    if (kind == FieldKind::number) return FieldValue::number(std::bit_cast<double>(bits));
    return bits == 0 ? FieldValue{} : FieldValue::text(texts.find(bits));
}

}  // namespace

std::string_view EntityFrame::tenant(std::size_t row) const {
    if (tenants.codes.empty() || tenants.codes[row] == Categories::missing) return "default";
    return tenants.levels[static_cast<std::size_t>(tenants.codes[row])];
}

ViewAnswers::ViewAnswers(std::shared_ptr<const FeatureView> view, std::vector<std::uint16_t> slots, std::size_t rows, bool wants_lists)
    : view_(std::move(view)), slots_(std::move(slots)), bits_(rows * slots_.size()), event_times_(rows, EventTime::missing()) {
    bool has_list = false;
    for (auto slot : slots_) has_list = has_list || is_list(view_->features()[slot].declaration->type);
    if (has_list && wants_lists) lists_.resize(rows * slots_.size());
}

std::span<const std::uint64_t> ViewAnswers::list(std::size_t row, std::size_t place) const {
    if (lists_.empty()) return {};
    return lists_[row * slots_.size() + place];
}

std::optional<std::size_t> ViewAnswers::place_of(std::uint16_t slot) const {
    auto found = std::ranges::lower_bound(slots_, slot);
    return found == slots_.end() || *found != slot ? std::nullopt : std::optional(static_cast<std::size_t>(found - slots_.begin()));
}

FeatureStatus ViewAnswers::status(std::size_t row, std::size_t place, EventTime at) const {
    bool is_known = !event_times_[row].is_missing();
    if (!is_known && !view_->bindings().empty()) return FeatureStatus::not_found;
    if (view_->is_outside(event_times_[row], at)) return FeatureStatus::outside_max_age;
    auto slot = slots_[place];
    auto bits = this->bits(row, place);
    bool is_null = is_list(view_->features()[slot].declaration->type) ? list(row, place).empty()
                   : kind_of(*view_, slot) == FieldKind::number       ? bits == null_number
                                                                      : bits == 0;
    return is_null ? FeatureStatus::null_value : FeatureStatus::present;
}

Status ViewAnswers::put(std::size_t row, const FeatureRow& values, TextTable& texts) {
    auto intern = [&](std::string_view text) -> Result<std::uint64_t> {
        if (auto id = texts.intern(text); id != 0) return id;
        return fail(ErrorKind::too_large, "the answers hold more than {} different texts; ask for fewer rows at once",
                    TextTable::texts_max);
    };
    event_times_[row] = values.event_time;
    for (std::size_t place = 0; place < slots_.size(); ++place) {
        const FieldValue& value = values.values[slots_[place]];
        std::uint64_t& bits = bits_[row * slots_.size() + place];
        if (is_list(view_->features()[slots_[place]].declaration->type)) {
            bits = 0;
        } else if (kind_of(*view_, slots_[place]) == FieldKind::number) {
            bits = value.is_null() ? null_number : std::bit_cast<std::uint64_t>(value.number());
        } else {
            bits = 0;
            if (value.is_null()) continue;
            TRY(id, intern(value.text()));
            bits = id;
        }
    }
    return {};
}

Status ViewAnswers::put_lists(std::size_t row, const FeatureRow& values, const TextTable& from, TextTable& texts) {
    if (lists_.empty()) return {};
    for (std::size_t place = 0; place < slots_.size(); ++place) {
        auto type = view_->features()[slots_[place]].declaration->type;
        if (!is_list(type)) continue;
        auto& list = lists_[row * slots_.size() + place];
        list = values.lists[slots_[place]];
        if (type == FeatureType::texts)
            for (auto id : list)
                if (texts.intern(from.find(id)) == 0)
                    return fail(ErrorKind::too_large, "the answers hold more than {} different texts; ask for fewer rows at once",
                                TextTable::texts_max);
    }
    return {};
}

void ViewAnswers::get(std::size_t row, FeatureRow& values, const TextTable& texts) const {
    values.values.assign(view_->features().size(), FieldValue{});
    values.event_time = event_times_[row];
    for (std::size_t place = 0; place < slots_.size(); ++place)
        if (!is_list(view_->features()[slots_[place]].declaration->type))
            values.values[slots_[place]] = value_of(bits(row, place), kind_of(*view_, slots_[place]), texts);
}

const ViewAnswers* FeatureAnswers::find(std::string_view view) const {
    for (const ViewAnswers& answers : views)
        if (answers.view().name() == view) return &answers;
    return nullptr;
}

FieldValue FeatureAnswers::value(const ViewAnswers& view, std::size_t row, std::size_t place) const {
    auto slot = view.slots()[place];
    if (is_list(view.view().features()[slot].declaration->type)) return {};
    return value_of(view.bits(row, place), kind_of(view.view(), slot), *texts);
}

}  // namespace quoin
