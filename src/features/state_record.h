#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/catalog.h"
#include "features/entity_state.h"
#include "features/text_table.h"

namespace quoin {

/// Whose state it is: one entity of one tenant in one view, as one computation (FeatureCatalog::computation_digest) has it. Views of one
/// name that compute differently have states side by side, so that an old and a new process read their own. Points into the caller's texts.
struct StateKey {
    std::string_view view, computation, tenant, id;
    friend auto operator<=>(const StateKey&, const StateKey&) = default;
};

/// Which events are in a state: those with sequence ≤ `sequence` in the log that have taken effect by `advanced`. The greater is the newer.
struct StateVersion {
    std::uint64_t sequence = 0;
    EventTime advanced = EventTime::missing();
    friend auto operator<=>(const StateVersion&, const StateVersion&) = default;
};

/// An entity's state as other processes may read it: its version, its cells, and the texts that the cells name by id, so that whoever
/// reads it computes every feature as of any later moment with the one operator. Layout: docs/formats/feature-state.md. Immutable;
/// thread-safe.
class StateCodec {
public:
    static constexpr std::size_t version_size = 16;  ///< at the beginning of a record, in an order in which newer is greater

    /// `computation`: 64 hexadecimal digits.
    StateCodec(std::shared_ptr<const FeatureView> view, std::string computation);

    const FeatureView& view() const { return *view_; }
    const std::shared_ptr<const FeatureView>& shared_view() const { return view_; }
    const std::string& computation() const { return computation_; }
    StateKey key(std::string_view tenant, std::string_view id) const { return {view_->name(), computation_, tenant, id}; }

    struct Versioned {
        StateVersion version;
        EntityState state;
    };
    /// Appends a record. The same key, version and state give the same bytes.
    void encode(const StateKey& key, const Versioned& entity, const TextTable& texts, std::string& out) const;
    /// The texts go into `texts`. Error: corrupt (cut short, changed, of another key or computation, cells that the view cannot have);
    /// too_large (`texts` is full).
    Result<Versioned> decode(const StateKey& key, std::string_view record, TextTable& texts) const;

private:
    enum class TextPlace : std::uint8_t { none, key, a, b };
    std::uint64_t text_of(const Cell& cell) const;
    std::vector<std::uint64_t> text_ids(const EntityState& state) const;
    Status check(const EntityState& state) const;
    Status take_texts(std::string_view bytes, const EntityState& state, TextTable& texts) const;

    std::shared_ptr<const FeatureView> view_;
    std::string computation_;
    std::vector<TextPlace> text_places_;  ///< by component: where a cell holds the id of a text that some feature shows
};

/// The codecs of a catalog's views; those that no event feeds have no states. Immutable; thread-safe.
class StateCodecs {
public:
    explicit StateCodecs(std::shared_ptr<const FeatureCatalog> catalog);
    const std::shared_ptr<const FeatureCatalog>& catalog() const { return catalog_; }
    /// nullptr: there is no such view, or no event feeds it.
    const StateCodec* find(std::string_view view) const;
    std::span<const StateCodec> all() const { return codecs_; }  ///< sorted by view
    /// Names all views with what they compute.
    const std::string& digest() const { return digest_; }

private:
    std::shared_ptr<const FeatureCatalog> catalog_;
    std::vector<StateCodec> codecs_;
    std::string digest_;
};

/// The version that a record begins with; the lowest of all if it is cut short.
StateVersion version_of(std::string_view record);
/// The bytes that a record of this version begins with.
std::string version_bytes(const StateVersion& version);

}  // namespace quoin
