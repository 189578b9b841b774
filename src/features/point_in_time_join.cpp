#include "features/point_in_time_join.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <type_traits>

#include "base/parallel.h"

namespace quoin {
namespace {

constexpr std::size_t count_max = 0xffff'fffdu;
constexpr std::size_t block_rows = 1u << 16;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

/// Without running over: a moment later than all others stays that.
std::int64_t later(EventTime time, Duration lag) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(time.value(), lag.value(), &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

bool is_older(EventTime time, EventTime now, Duration max_age) {
    std::int64_t age = 0;
    return __builtin_sub_overflow(now.value(), time.value(), &age) || age > max_age.value();
}

/// A few entities at a time where there are many, one at a time where each may be large.
void for_each_entity(std::size_t entities, std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::size_t step = entities <= 16 * threads ? 1 : 64;
    auto some = [&](std::size_t block) {
        for (std::size_t entity = block * step; entity < std::min(entities, (block + 1) * step); ++entity) work(entity);
    };
    parallel_for((entities + step - 1) / step, some, threads);
}

Status check_lengths(const char* what, std::size_t a, std::size_t b) {
    if (a != b) return fail(ErrorKind::invalid, "a join needs as many {} as entities, not {} and {}", what, b, a);
    if (a > count_max) return fail(ErrorKind::too_large, "{} rows or questions; a join takes at most {}", a, count_max);
    return {};
}

}  // namespace

Result<PointInTimeIndex> PointInTimeIndex::make(const BitemporalRows& rows, std::size_t threads) {
    TRY_VOID(check_lengths("times", rows.entities.size(), rows.times.size()));
    if (!rows.available.empty()) TRY_VOID(check_lengths("moments of availability", rows.entities.size(), rows.available.size()));
    if (rows.lag.value() < 0) return fail(ErrorKind::invalid, "the lag of a join must not be negative, it is {}", to_text(rows.lag));
    if (rows.entity_count > count_max)
        return fail(ErrorKind::too_large, "{} entities; a join takes at most {}", rows.entity_count, count_max);
    PointInTimeIndex index;
    index.rows_ = rows;
    index.threads_ = threads == 0 ? thread_count() : threads;
    index.is_stored_in_order_ = rows.available.empty() && index.find_begins();
    if (!index.is_stored_in_order_) index.make_order();
    return index;
}

/// Looks once at every row: true if the rows of each entity stand together and ascend. Then their beginnings are known.
bool PointInTimeIndex::find_begins() {
    std::size_t count = rows_.entities.size(), blocks = (count + block_rows - 1) / block_rows;
    std::atomic<bool> in_order{true};
    std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> firsts(blocks);  // entity, its first row
    parallel_for(
        blocks,
        [&](std::size_t block) {
            const std::uint32_t* entities = rows_.entities.data();
            const EventTime* times = rows_.times.data();
            std::size_t row = block * block_rows, end = std::min(count, row + block_rows);
            if (row == 0) firsts[block].emplace_back(entities[0], row++);
            bool good = entities[0] != no_entity && !times[0].is_missing();
            for (; row < end && good; ++row) {
                if (entities[row] == entities[row - 1]) [[likely]] {
                    good = times[row - 1] <= times[row];
                } else {
                    good = entities[row - 1] < entities[row] && !times[row].is_missing();
                    firsts[block].emplace_back(entities[row], row);
                }
            }
            if (!good) in_order.store(false, std::memory_order_relaxed);
        },
        threads_);
    if (!in_order || (count > 0 && rows_.entities[count - 1] >= rows_.entity_count)) return false;
    begins_.assign(std::size_t{rows_.entity_count} + 1, 0);
    std::size_t entity = 0;
    for (const auto& block : firsts)
        for (auto [one, row] : block)
            while (entity <= one) begins_[entity++] = row;
    while (entity <= rows_.entity_count) begins_[entity++] = count;
    return true;
}

void PointInTimeIndex::make_order() {
    std::vector<std::int64_t> since(rows_.entities.size());
    for (std::size_t row = 0; row < since.size(); ++row) {
        bool counts = !rows_.times[row].is_missing() && (rows_.available.empty() || !rows_.available[row].is_missing());
        since[row] = counts ? later(rows_.times[row], rows_.lag) : never;
        if (counts && !rows_.available.empty()) since[row] = std::max(since[row], rows_.available[row].value());
    }
    auto order = sort_by_entity_and_time(rows_.entities, since, rows_.entity_count, threads_);
    begins_ = std::move(order.begins);
    moments_.resize(order.entries.size());
    winners_.resize(order.entries.size() + 1);  // never empty: that means stored in order
    auto settle = [&](std::size_t entity) {
        std::uint32_t winner = 0;
        for (std::size_t place = begins_[entity]; place < begins_[entity + 1]; ++place) {
            auto [moment, row] = order.entries[place];
            // Without moments of availability the last in the order is the last in time.
            if (rows_.available.empty() || place == begins_[entity] || rows_.times[row] >= rows_.times[winner]) winner = row;
            moments_[place] = moment;
            winners_[place] = winner;
        }
    };
    for_each_entity(rows_.entity_count, threads_, settle);
}

const std::int64_t* PointInTimeIndex::moments() const {
    static_assert(sizeof(EventTime) == sizeof(std::int64_t) && std::is_standard_layout_v<EventTime>);
    return is_stored_in_order_ ? reinterpret_cast<const std::int64_t*>(rows_.times.data()) : moments_.data();
}

std::int64_t PointInTimeIndex::compared(EventTime time) const {
    std::int64_t earlier = 0;
    if (!is_stored_in_order_) return time.value();
    return __builtin_sub_overflow(time.value(), rows_.lag.value(), &earlier) ? never : earlier;
}

/// Answers questions one after the other. It remembers where each entity's last question ended, so that questions in the order of time
/// cost a step each; further steps double.
class PointInTimeIndex::Run {
public:
    explicit Run(const PointInTimeIndex& index) : index_(index), cursors_(index.begins_.begin(), index.begins_.end() - 1) {}

    /// False if more than an eighth of the questions went back in time: then it is cheaper to sort them first.
    bool answer(const PointQuestions& questions, std::size_t first, std::size_t last, std::uint32_t* out) {
        const std::int64_t* moments = index_.moments();
        std::uint32_t entity = no_entity;
        std::uint64_t begin = 0, end = 0, place = 0;
        for (std::size_t i = first; i < last; ++i) {
            if (questions.entities[i] != entity) {
                if (entity < cursors_.size()) cursors_[entity] = place;
                entity = questions.entities[i];
                bool is_known = entity < cursors_.size();
                begin = is_known ? index_.begins_[entity] : 0, end = is_known ? index_.begins_[entity + 1] : 0;
                place = is_known ? cursors_[entity] : 0;
            }
            if (questions.times[i].is_missing()) {
                out[i] = PointAnswers::no_row;
                continue;
            }
            std::int64_t time = index_.compared(questions.times[i]);
            if (place > begin && moments[place - 1] > time) {
                place = first_after({begin, place}, time);
                ++jumps_back_;
            } else if (place < end && moments[place] <= time) {
                ++place;
                if (place < end && moments[place] <= time) place = leap({place, end}, time);
            }
            out[i] = place > begin ? index_.row_at(place - 1) : PointAnswers::no_row;
            if ((i & 8191) == 0 && i - first > block_rows / 2 && jumps_back_ * 8 > i - first) return false;
        }
        if (entity < cursors_.size()) cursors_[entity] = place;
        return true;
    }

private:
    struct Range {
        std::uint64_t low, high;
    };
    /// From a place that is not after `time`: in doubling steps, then by halves.
    std::uint64_t leap(Range range, std::int64_t time) const {
        const std::int64_t* moments = index_.moments();
        std::uint64_t step = 1;
        while (step < range.high - range.low && moments[range.low + step] <= time) range.low += step, step *= 2;
        return first_after({range.low, std::min(range.high, range.low + step)}, time);
    }
    std::uint64_t first_after(Range range, std::int64_t time) const {
        const std::int64_t* moments = index_.moments();
        while (range.low < range.high) {
            std::uint64_t middle = range.low + (range.high - range.low) / 2;
            if (moments[middle] <= time) range.low = middle + 1;
            else range.high = middle;
        }
        return range.low;
    }

    const PointInTimeIndex& index_;
    std::vector<std::uint64_t> cursors_;
    std::size_t jumps_back_ = 0;
};

Result<PointAnswers> PointInTimeIndex::answer(const PointQuestions& questions, std::optional<Duration> max_age) const {
    TRY_VOID(check_lengths("times", questions.entities.size(), questions.times.size()));
    std::size_t count = questions.entities.size();
    PointAnswers answers{.rows = std::make_unique_for_overwrite<std::uint32_t[]>(count), .size = count};
    // Each thread takes a run of questions, with cursors of its own.
    std::size_t runs = std::max<std::size_t>(1, std::min(threads_, count / block_rows));
    std::atomic<bool> is_orderly{true};
    parallel_for(
        runs,
        [&](std::size_t run) {
            if (!Run(*this).answer(questions, count * run / runs, count * (run + 1) / runs, answers.rows.get())) is_orderly = false;
        },
        threads_);
    if (!is_orderly) answer_sorted(questions, answers);
    if (max_age) judge_age(questions, *max_age, answers);
    return answers;
}

/// Sorts the questions like the rows and merges both, entity by entity.
void PointInTimeIndex::answer_sorted(const PointQuestions& questions, PointAnswers& answers) const {
    std::span times(reinterpret_cast<const std::int64_t*>(questions.times.data()), questions.times.size());
    auto order = sort_by_entity_and_time(questions.entities, times, rows_.entity_count, threads_);
    if (order.entries.size() < answers.size) std::fill_n(answers.rows.get(), answers.size, PointAnswers::no_row);
    const std::int64_t* moments = this->moments();
    auto merge = [&](std::size_t entity) {
        std::uint64_t begin = begins_[entity], place = begin, end = begins_[entity + 1];
        for (std::size_t i = order.begins[entity]; i < order.begins[entity + 1]; ++i) {
            auto [time, question] = order.entries[i];
            std::int64_t until = compared(EventTime{time});
            while (place < end && moments[place] <= until) ++place;
            answers.rows[question] = place > begin ? row_at(place - 1) : PointAnswers::no_row;
        }
    };
    for_each_entity(rows_.entity_count, threads_, merge);
}

void PointInTimeIndex::judge_age(const PointQuestions& questions, Duration max_age, PointAnswers& answers) const {
    for (std::size_t i = 0; i < answers.size; ++i)
        if (answers.has_row(i) && is_older(rows_.times[answers.rows[i]], questions.times[i], max_age))
            answers.rows[i] = PointAnswers::too_old;
}

const DenseCodes::Slot& DenseCodes::slot(std::int64_t key) const {
    std::uint64_t hash = static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15ull;
    std::size_t i = (hash ^ (hash >> 32)) & (slots_.size() - 1);
    while (slots_[i].code != no_entity && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
}

void DenseCodes::grow() {
    auto former = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& one : former)
        if (one.code != no_entity) const_cast<Slot&>(slot(one.key)) = one;
}

std::vector<std::uint32_t> DenseCodes::add(std::span<const std::int64_t> keys) {
    std::vector<std::uint32_t> codes(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i > 0 && keys[i] == keys[i - 1]) {
            codes[i] = codes[i - 1];
            continue;
        }
        if ((size_ + 1) * 2 > slots_.size()) grow();
        auto& found = const_cast<Slot&>(slot(keys[i]));
        if (found.code == no_entity) found = {keys[i], size_++};
        codes[i] = found.code;
    }
    return codes;
}

std::vector<std::uint32_t> DenseCodes::find(std::span<const std::int64_t> keys, std::size_t threads) const {
    std::vector<std::uint32_t> codes(keys.size());
    auto find_block = [&](std::size_t block) {
        std::size_t first = block * block_rows, last = std::min(keys.size(), first + block_rows);
        for (std::size_t i = first; i < last; ++i) codes[i] = i > first && keys[i] == keys[i - 1] ? codes[i - 1] : slot(keys[i]).code;
    };
    parallel_for((keys.size() + block_rows - 1) / block_rows, find_block, threads);
    return codes;
}

}  // namespace quoin
