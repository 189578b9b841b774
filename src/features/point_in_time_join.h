#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/duration.h"
#include "base/event_time.h"
#include "base/result.h"
#include "features/entity_time_sort.h"
#include "features/view_table.h"

namespace quoin {

/// What holds of entities from which moment on, and when that became known. One value per row in each column.
struct BitemporalRows {
    std::span<const std::uint32_t> entities;  ///< dense codes, below entity_count; no_entity: a row about nobody
    std::span<const EventTime> times;         ///< from when on the row holds; missing: never
    std::span<const EventTime> available;     ///< when it became known, missing: never; empty: `lag` after `times`
    Duration lag{};                           ///< not negative
    std::uint32_t entity_count = 0;
};

/// Who is asked about, as of when.
struct PointQuestions {
    std::span<const std::uint32_t> entities;  ///< codes of the same kind; no_entity: nobody
    std::span<const EventTime> times;
};

/// By question: the row of the answer, or why there is none.
struct PointAnswers {
    static constexpr std::uint32_t no_row = 0xffff'fffeu;   ///< nothing was available: NOT_FOUND
    static constexpr std::uint32_t too_old = 0xffff'ffffu;  ///< OUTSIDE_MAX_AGE
    std::unique_ptr<std::uint32_t[]> rows;
    std::size_t size = 0;

    bool has_row(std::size_t question) const { return rows[question] < no_row; }
    FeatureStatus status(std::size_t question) const {
        if (has_row(question)) return FeatureStatus::present;
        return rows[question] == too_old ? FeatureStatus::outside_max_age : FeatureStatus::not_found;
    }
};

/// The point-in-time join: for each question the row with the latest time among those of its entity that were available at the question's
/// time (time + lag and `available` both not after it); of equal times the one that became available last, of those the one that stands
/// last. It takes O(rows + questions) after sorting by distribution, which is left out where rows or questions are in order already.
/// `rows` outlive it. At most 2^32 − 3 rows, questions and entities. Immutable; thread-safe.
class PointInTimeIndex {
public:
    /// Error: invalid (columns of different lengths, a negative lag), too_large.
    static Result<PointInTimeIndex> make(const BitemporalRows& rows, std::size_t threads = 0);

    /// `max_age`: a row whose time is longer ago is OUTSIDE_MAX_AGE. Error: invalid, too_large.
    Result<PointAnswers> answer(const PointQuestions& questions, std::optional<Duration> max_age = std::nullopt) const;

    bool is_stored_in_order() const { return is_stored_in_order_; }

private:
    class Run;
    bool find_begins();
    void make_order();
    const std::int64_t* moments() const;
    /// What a question's time is compared as.
    std::int64_t compared(EventTime time) const;
    std::uint32_t row_at(std::uint64_t place) const { return winners_.empty() ? static_cast<std::uint32_t>(place) : winners_[place]; }
    void answer_sorted(const PointQuestions& questions, PointAnswers& answers) const;
    void judge_age(const PointQuestions& questions, Duration max_age, PointAnswers& answers) const;

    BitemporalRows rows_;
    std::size_t threads_ = 1;
    bool is_stored_in_order_ = false;
    std::vector<std::uint64_t> begins_;   ///< by entity, and the end: where its rows begin in the order
    std::vector<std::int64_t> moments_;   ///< in the order: from when on a row can be the answer; stored in order: rows_.times
    std::vector<std::uint32_t> winners_;  ///< in the order: the answer from then on; stored in order: the row itself
};

/// Dense codes for keys of 64 bits, in the order in which they first appear. Not thread-safe.
class DenseCodes {
public:
    /// The codes of the keys; new keys get new codes.
    std::vector<std::uint32_t> add(std::span<const std::int64_t> keys);
    /// The codes of the keys; no_entity for those that are not there.
    std::vector<std::uint32_t> find(std::span<const std::int64_t> keys, std::size_t threads = 1) const;
    std::uint32_t size() const { return size_; }

private:
    struct Slot {
        std::int64_t key;
        std::uint32_t code = no_entity;
    };
    const Slot& slot(std::int64_t key) const;
    void grow();
    std::vector<Slot> slots_ = std::vector<Slot>(64);  ///< power of two, at most half full
    std::uint32_t size_ = 0;
};

}  // namespace quoin
