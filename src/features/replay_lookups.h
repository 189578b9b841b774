#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "features/replay_gather.h"

namespace quoin {

/// Features of other entities, as of the same moments. What a row looks up is known only when its own values are, so this goes in rounds:
/// every row is computed with what has been found so far, what it still misses is asked for all rows together, until nothing is missing.
/// An entity asked for by many rows as of one moment is computed once.
class ReplayLookups {
public:
    /// Answers a group without its lookups.
    using Gather = std::function<Status(ReplayGroup& group)>;
    /// `plan` and `texts` outlive it.
    ReplayLookups(const ReplayPlan& plan, TextTable& texts, Gather gather, std::size_t threads);

    /// Fills in what the group's views look up. `group` has been gathered.
    Status finish(ReplayGroup& group);

private:
    struct Question {
        std::uint32_t key;
        std::int64_t at;
        std::uint64_t sequence;
        bool operator==(const Question&) const = default;
    };
    struct QuestionHash {
        std::size_t operator()(const Question& question) const;
    };
    struct Place {
        std::uint32_t batch, row;
    };
    /// What is known of one view that others look up.
    struct Target {
        std::unordered_map<std::string, std::uint32_t> key_places;
        std::unordered_map<Question, Place, QuestionHash> found;
        std::deque<ViewAnswers> batches;
    };
    /// What a row misses: view, key, and as of when.
    struct Miss {
        std::uint16_t view;
        std::string key;
        EventTime at;
        std::uint64_t sequence;
        auto operator<=>(const Miss&) const = default;
    };
    struct Source {
        std::uint16_t view;  ///< in plan.views()
        std::size_t place;   ///< in its slots
    };
    /// The row that looks up.
    struct Asking {
        std::string_view tenant;
        EventTime at;
        std::uint64_t sequence;
    };
    FieldValue look_up(const FeatureLookup& lookup, std::string_view id, const Asking& asking, std::vector<Miss>& misses) const;
    Result<std::vector<Miss>> compute(const ReplayGroup& group, std::size_t view);
    Status ask(std::uint16_t view, std::vector<Miss> misses);

    const ReplayPlan& plan_;
    TextTable& texts_;
    Gather gather_;
    std::size_t threads_;
    std::vector<Target> targets_;  ///< by view of the plan
    std::unordered_map<const FeatureLookup*, Source> sources_;
};

}  // namespace quoin
