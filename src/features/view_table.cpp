#include "features/view_table.h"

#include <array>
#include <bit>
#include <cstring>

#include "features/view_table_shard.h"

namespace quoin {
namespace {

FieldValue value_of(std::uint64_t bits, FieldKind kind, const TextTable& texts) {
    if (kind == FieldKind::number) return FieldValue::number(std::bit_cast<double>(bits));
    return bits == 0 ? FieldValue{} : FieldValue::text(texts.find(bits));
}

std::uint64_t bits_of(const FieldValue& value, FieldKind kind) {
    if (kind == FieldKind::text) return value.is_null() ? 0 : TextTable::id_of(value.text());
    return std::bit_cast<std::uint64_t>(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.number());
}

}  // namespace

const char* name_of(FeatureStatus status) {
    constexpr std::array names = {"PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"};
    return names[static_cast<std::size_t>(status)];
}

std::string entity_key(std::string_view tenant, std::string_view id) {
    std::string key;
    key.reserve(tenant.size() + 1 + id.size());
    return key.append(tenant).append(1, '\x1f').append(id);
}

ViewTable::ViewTable(std::shared_ptr<const FeatureView> view, TextTable& texts)
    : view_(std::move(view)), operator_(*view_, texts), shards_(std::make_unique<Shard[]>(shards)) {
    for (std::size_t i = 0; i < shards; ++i) shards_[i].stride = Shard::stride_for(view_->features().size());
}
ViewTable::~ViewTable() = default;

const FeatureView& ViewTable::view() const { return *view_; }
std::shared_ptr<const FeatureView> ViewTable::shared_view() const { return view_; }
ViewTable::Shard& ViewTable::shard_of(std::uint64_t hash) const { return shards_[(hash >> 26) % shards]; }

FeatureOperator::Folded ViewTable::fold(const FeatureView::Binding& binding, const Record& completed, const Event& event, EventTime now) {
    const FieldValue& id = completed.fields[binding.entity_field];
    if (!id.is_text() || id.text().empty()) return {};
    thread_local std::string key;
    key.assign(event.tenant.value()).append(1, '\x1f').append(id.text());
    std::uint64_t hash = TextTable::id_of(key);
    Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    if (event.sequence <= shard.position.sequence && event.sequence != 0 && event.effective() <= shard.position.advanced) return {};
    std::size_t entry = shard.find_or_add(hash, key);
    auto folded = operator_.fold({binding, completed, event.time, now}, shard.states[entry]);
    shard.touch(entry);
    return folded;
}

std::uint64_t* ViewTable::valid_row(Shard& shard, std::size_t entry, EventTime at) {
    std::uint64_t* bits = shard.values(entry);
    if (shard.is_valid(entry, at)) return bits;
    thread_local FeatureRow scratch;
    operator_.stable_values(shard.states[entry], at, scratch);
    for (std::size_t slot = 0; slot < scratch.values.size(); ++slot)
        bits[slot] = bits_of(scratch.values[slot], field_kind(view_->features()[slot].declaration->type));
    shard.head(entry).computed_at = at.value(), shard.head(entry).stable_until = scratch.stable_until.value();
    return bits;
}

bool ViewTable::read(const Question& question, const FeatureOperator::Lookup& lookup, FeatureRow& row) {
    std::uint64_t hash = TextTable::id_of(question.key);
    Shard& shard = shard_of(hash);
    bool is_known = false;
    {
        std::scoped_lock lock(shard.guard);
        auto entry = shard.find(hash, question.key);
        is_known = entry.has_value();
        static const EntityState nothing;
        const EntityState& state = entry ? shard.states[*entry] : nothing;
        if (!entry || question.wants_lists) {
            operator_.stable_values(state, question.at, row, question.wants_lists);
        } else {
            const std::uint64_t* bits = valid_row(shard, *entry, question.at);
            row.values.resize(view_->features().size());
            row.lists.clear();
            for (std::size_t slot = 0; slot < row.values.size(); ++slot)
                row.values[slot] = value_of(bits[slot], field_kind(view_->features()[slot].declaration->type), operator_.texts());
            row.event_time = state.latest();
        }
        operator_.live_aggregates(state, question.at, row);
    }
    operator_.live_derived(question.at, lookup, row);
    return is_known;
}

EventTime ViewTable::read_stable(std::string_view key, EventTime at, std::span<const std::uint16_t> slots, std::span<std::uint64_t> out) {
    std::uint64_t hash = TextTable::id_of(key);
    Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    auto entry = shard.find_row(hash, key);
    if (!entry) return EventTime::missing();
    const std::uint64_t* bits = valid_row(shard, *entry, at);
    const std::uint16_t* slot = slots.data();
    std::uint64_t* to = out.data();
    for (std::size_t i = 0, count = slots.size(); i < count; ++i) to[i] = bits[slot[i]];
    return EventTime{shard.head(*entry).latest};
}

void ViewTable::prefetch_index(std::string_view key) const {
    std::uint64_t hash = TextTable::id_of(key);
    const Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    shard.index.prefetch(hash);
}

void ViewTable::prefetch_row(std::string_view key) const {
    std::uint64_t hash = TextTable::id_of(key);
    const Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    // The first with the tag is nearly always the one; its key lies in the row that is being fetched.
    shard.index.find(hash, [&](std::size_t entry) { return shard.prefetch_row(entry), true; });
}

std::optional<EntityState> ViewTable::state(std::string_view key) const {
    std::uint64_t hash = TextTable::id_of(key);
    Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    auto entry = shard.find(hash, key);
    if (!entry) return std::nullopt;
    return shard.states[*entry];
}

void ViewTable::put(std::string_view key, EntityState state) {
    std::uint64_t hash = TextTable::id_of(key);
    Shard& shard = shard_of(hash);
    std::scoped_lock lock(shard.guard);
    std::size_t entry = shard.find_or_add(hash, key);
    shard.states[entry] = std::move(state);
    shard.touch(entry);
}

void ViewTable::visit(const std::function<void(std::string_view key, const EntityState& state)>& visitor) const {
    for (std::size_t i = 0; i < shards; ++i) {
        std::scoped_lock lock(shards_[i].guard);
        for (std::size_t entry = 0; entry < shards_[i].states.size(); ++entry) visitor(shards_[i].key(entry), shards_[i].states[entry]);
    }
}

void ViewTable::remember_touched() {
    for (std::size_t i = 0; i < shards; ++i) {
        std::scoped_lock lock(shards_[i].guard);
        shards_[i].remembers_touched = true;
    }
}

void ViewTable::take_touched(std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < shards; ++i) {
        Shard& shard = shards_[i];
        std::scoped_lock lock(shard.guard);
        for (auto entry : shard.touched) {
            keys.emplace_back(shard.key(entry));
            shard.is_touched[entry] = false;
        }
        shard.touched.clear();
    }
}

void ViewTable::keys_of_shard(std::size_t index, std::vector<std::string>& keys) const {
    const Shard& shard = shards_[index];
    std::scoped_lock lock(shard.guard);
    for (std::size_t entry = 0; entry < shard.states.size(); ++entry) keys.emplace_back(shard.key(entry));
}

namespace {

void append_block(std::string& out, std::string_view bytes) {
    auto size = static_cast<std::uint32_t>(bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size).append(bytes);
}

/// Cuts the next block off; nothing if it is cut short.
std::optional<std::string_view> take_block(std::string_view& bytes) {
    std::uint32_t size = 0;
    if (bytes.size() < sizeof size) return std::nullopt;
    std::memcpy(&size, bytes.data(), sizeof size);
    if (bytes.size() - sizeof size < size) return std::nullopt;
    auto block = bytes.substr(sizeof size, size);
    bytes.remove_prefix(sizeof size + size);
    return block;
}

}  // namespace

void ViewTable::save_shard(std::size_t index, std::string& out) const {
    const Shard& shard = shards_[index];
    std::scoped_lock lock(shard.guard);
    std::string state;
    for (std::size_t entry = 0; entry < shard.states.size(); ++entry) {
        append_block(out, shard.key(entry));
        state.clear();
        shard.states[entry].save(state);
        append_block(out, state);
    }
}

Status ViewTable::load_shard(std::size_t index, std::string_view bytes, Position position) {
    Shard& shard = shards_[index];
    std::scoped_lock lock(shard.guard);
    shard.position = position;
    while (!bytes.empty()) {
        auto key = take_block(bytes), saved = take_block(bytes);
        if (!key || !saved) return fail(ErrorKind::corrupt, "the saved states of view '{}' are cut short", view_->name());
        TRY(state, EntityState::load(*saved));
        for (const Cell& cell : state.cells())
            if (cell.component >= view_->components().size())
                return fail(ErrorKind::corrupt, "a saved state of view '{}' has component {}", view_->name(), cell.component);
        std::uint64_t hash = TextTable::id_of(*key);
        if (&shard_of(hash) != &shard) return fail(ErrorKind::corrupt, "a saved state of view '{}' is in the wrong shard", view_->name());
        std::size_t entry = shard.find_or_add(hash, *key);
        shard.states[entry] = std::move(state);
        shard.touch(entry);
    }
    return {};
}

std::size_t ViewTable::entities() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < shards; ++i) {
        std::scoped_lock lock(shards_[i].guard);
        count += shards_[i].states.size();
    }
    return count;
}

std::size_t ViewTable::bytes() const {
    std::size_t bytes = sizeof *this + shards * sizeof(Shard);
    for (std::size_t i = 0; i < shards; ++i) {
        std::scoped_lock lock(shards_[i].guard);
        const Shard& shard = shards_[i];
        bytes += shard.index.bytes() + shard.rows.capacity() * 8;
        for (const auto& [entry, key] : shard.long_keys) bytes += sizeof key + key.capacity() + 32;
        for (const EntityState& state : shard.states) bytes += state.bytes();
        bytes += (shard.states.capacity() - shard.states.size()) * sizeof(EntityState);
    }
    return bytes;
}

}  // namespace quoin
