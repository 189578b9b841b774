#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tenant_id.h"
#include "features/operator.h"

namespace quoin {

/// How a value came to be what it is; the words are Feast's. docs/formats/features.md.
enum class FeatureStatus : std::uint8_t { present, null_value, not_found, outside_max_age };
const char* name_of(FeatureStatus status);  ///< "PRESENT", …

/// What an entity is called inside: its tenant and its id, so that one tenant's row is never found for another.
std::string entity_key(std::string_view tenant, std::string_view id);

/// The entities of one view with their states and a cached row each: an open-addressed index over contiguous rows, in shards with a lock of
/// their own. Memory per entity: sizeof(Cell) per tile in which something happened, 8 bytes per feature, about 100 bytes besides.
/// Thread-safe.
class ViewTable {
public:
    explicit ViewTable(std::shared_ptr<const FeatureView> view, TextTable& texts = TextTable::shared());
    ~ViewTable();
    ViewTable(const ViewTable&) = delete;
    ViewTable& operator=(const ViewTable&) = delete;

    const FeatureView& view() const;
    std::shared_ptr<const FeatureView> shared_view() const;
    const TextTable& texts() const { return operator_.texts(); }

    /// Folds an event into the row of the entity that it names; nothing happens if it names none, or if a loaded shard has it already.
    FeatureOperator::Folded fold(const FeatureView::Binding& binding, const Record& completed, const Event& event, EventTime now);

    struct Question {
        std::string_view key;
        EventTime at;
        bool wants_lists = false;
    };
    /// Fills `row` (whose storage is reused) as of `at`, which is not before the effective time of any event folded in; what is still valid
    /// is not computed again. `lookup` is called without a lock. False: no event of the view was ever seen for the entity; then only the
    /// features that need none have values.
    bool read(const Question& question, const FeatureOperator::Lookup& lookup, FeatureRow& row);
    /// The same for the request path: the values of `slots` without live features, as numbers (NaN null) or ids of texts, into `out`.
    /// Returns the time of the latest event; missing if the entity is not known. Allocates nothing unless the row has to be computed.
    EventTime read_stable(std::string_view key, EventTime at, std::span<const std::uint16_t> slots, std::span<std::uint64_t> out);
    /// For batches: bring nearer what read_stable will touch, first the index of all, then the rows.
    void prefetch_index(std::string_view key) const;
    void prefetch_row(std::string_view key) const;

    /// A copy of the state. Nothing if the entity is not known.
    std::optional<EntityState> state(std::string_view key) const;
    void put(std::string_view key, EntityState state);
    /// Hands out every entity, in no order; writers of one shard wait meanwhile.
    void visit(const std::function<void(std::string_view key, const EntityState& state)>& visitor) const;

    /// From now on the entities whose state has changed are remembered, each once. take_touched() appends their keys and forgets them.
    void remember_touched();
    void take_touched(std::vector<std::string>& keys);
    /// Appends the keys of all entities of a shard.
    void keys_of_shard(std::size_t shard, std::vector<std::string>& keys) const;

    /// How far the log was folded into a shard when it was saved: every event with sequence ≤ `sequence` and effective time ≤ `advanced`.
    struct Position {
        std::uint64_t sequence = 0;
        EventTime advanced = EventTime::missing();
    };
    static constexpr std::size_t shards = 64;
    /// Appends all entities of a shard to `out`; puts them back and leaves out, from then on, events up to `position` for them.
    /// Error: corrupt.
    void save_shard(std::size_t shard, std::string& out) const;
    Status load_shard(std::size_t shard, std::string_view bytes, Position position);

    std::size_t entities() const;
    std::size_t bytes() const;

private:
    struct Shard;
    Shard& shard_of(std::uint64_t hash) const;
    std::uint64_t* valid_row(Shard& shard, std::size_t entry, EventTime at);
    std::shared_ptr<const FeatureView> view_;
    FeatureOperator operator_;
    std::unique_ptr<Shard[]> shards_;
};

}  // namespace quoin
