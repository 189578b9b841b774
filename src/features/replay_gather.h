#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "features/replay.h"
#include "features/replay_plan.h"
#include "features/replay_records.h"

namespace quoin {

/// One question: an entity as of a moment, as far as a place of the log.
struct ReplayQuestion {
    std::uint64_t key_hash = 0;
    EventTime at;
    std::uint64_t sequence = 0;
    std::uint32_t key = 0;  ///< in ReplayGroup::keys
    std::uint32_t row = 0;  ///< of the answers
};

/// Questions to some views of one entity type.
struct ReplayGroup {
    std::vector<std::uint16_t> views;       ///< in ReplayPlan::views
    std::vector<ViewAnswers*> answers;      ///< by `views`
    std::vector<std::string> keys;          ///< replay_key()
    std::vector<ReplayQuestion> questions;  ///< in any order; sorted by gathering
};

struct GatherOptions {
    TextTable* texts = nullptr;  ///< takes the texts of the answers in
    bool wants_lists = false;
    std::size_t threads = 1;
};

/// Answers all questions from the records, except what features of other entities need; those values are null. Error: too_large,
/// unavailable.
Status gather_answers(const ReplayPlan& plan, const ReplayRecords& records, std::span<ReplayGroup> groups, const GatherOptions& options);

}  // namespace quoin
