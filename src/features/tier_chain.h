#pragma once

#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "features/shared_reader.h"

namespace quoin {

/// One state to be found, and what was found.
struct SoughtState {
    const StateCodec* codec = nullptr;
    std::string tenant, id;
    std::optional<StateCodec::Versioned> found;
    std::size_t tier = 0;  ///< that gave it
    std::string damage;    ///< what a store had and nobody can read; empty: nothing
};

/// The stores in the order in which they are asked. Thread-safe.
class TierChain {
public:
    TierChain(std::vector<SharedFeatureReader::Tier> tiers, Telemetry& telemetry, const SharedFeatureReader::Options& options);

    /// Looks for all of them. Error: unavailable, corrupt: as SharedFeatureReader says.
    Status find(std::span<SoughtState> sought, TextTable& texts);
    const std::string& name(std::size_t tier) const { return links_[tier].tier.name; }
    std::vector<SharedFeatureReader::TierView> views() const;
    /// Reads the watermarks that are due.
    void refresh() { (void)standings(); }
    /// The moment that the furthest store has come to; missing: none has come anywhere.
    EventTime reached() const;
    /// Some store was filled by a process whose views are those of StateCodecs::digest(). Asks the stores again before it says no.
    bool holds(const std::string& digest);

private:
    struct Link {
        SharedFeatureReader::Tier tier;
        Counter *states, *failures, *damaged;
        std::optional<StateWatermark> watermark;
        EventTime watermark_at = EventTime::missing();  ///< when it was read
        std::string failure;
        std::chrono::steady_clock::time_point rests_until;
    };
    /// What is known of a store while one question is answered.
    struct Standing {
        StateVersion reached;
        bool is_fresh = false;
        bool is_resting = false;
    };
    std::vector<Standing> standings();
    Standing standing(std::size_t tier, EventTime now);
    bool is_settled(const SoughtState& one, std::size_t tier, std::span<const Standing> standings) const;
    Status ask(std::size_t tier, std::span<SoughtState* const> sought, TextTable& texts);
    void note(std::size_t tier, const Error* failure);

    std::vector<Link> links_;
    SharedFeatureReader::Options options_;
    mutable std::mutex mutex_;  ///< watermark, watermark_at, failure of the links
};

}  // namespace quoin
