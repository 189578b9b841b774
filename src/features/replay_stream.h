#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "features/replay_plan.h"

namespace quoin {

/// First stage of a replay on a cluster: turns events and questions, one JSON object a line, into keyed lines. Not thread-safe.
class ReplayKeys {
public:
    /// `plan` outlives it. `knowledge`: as FeatureReplay::Options has it.
    explicit ReplayKeys(const ReplayPlan& plan, std::optional<EventTime> knowledge = std::nullopt) : plan_(plan), knowledge_(knowledge) {}
    /// Appends the keyed lines to `out`: one per entity that an event is about, one per view that a question asks for. Keyed lines pass
    /// through. Error: invalid.
    Status take(std::string_view line, std::string& out);
    /// Payloads that their type refuses: left out, as by serving.
    std::uint64_t undecodable() const { return undecodable_; }

private:
    Status take_event(const boost::json::object& json, std::string& out);
    Status take_question(const boost::json::object& json, std::string& out);
    const ReplayPlan& plan_;
    std::optional<EventTime> knowledge_;
    Record scratch_;
    std::uint64_t undecodable_ = 0;
};

/// Second stage: takes keyed lines in the order of their bytes and holds one entity at a time. What comes out is either a vector (a JSON
/// object) or a keyed line for the next round, as long as features of other entities are missing. Memory: the states of one entity,
/// and its events if questions tell how far they may look into the log. Not thread-safe.
class ReplayStream {
public:
    static constexpr std::size_t kept_bytes_max = std::size_t{256} << 20;

    /// `plan` outlives it. `as_numbers`: vectors have numbers as JSON numbers, not as bits.
    ReplayStream(const ReplayPlan& plan, bool as_numbers);
    ~ReplayStream();
    /// Error: invalid (not a keyed line, not in order, not what this program wrote), too_large (kept_bytes_max).
    Status take(std::string_view line, std::string& out);
    /// To be called after the last line.
    Status finish(std::string& out);
    std::uint64_t vectors() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
