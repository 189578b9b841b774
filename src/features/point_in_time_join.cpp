#include "features/point_in_time_join.h"

#include <algorithm>
#include <atomic>

#include "base/parallel.h"

namespace quoin {
namespace {

constexpr std::size_t count_max = 0xffff'fffeu;
constexpr std::size_t chunk_questions = 1u << 16;
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
    index.begins_.assign(std::size_t{rows.entity_count} + 1, 0);
    // Stored in order: the rows of each entity together and ascending. One look at each row tells.
    bool in_order = rows.available.empty();
    for (std::size_t row = 0; in_order && row < rows.entities.size(); ++row) {
        std::uint32_t entity = rows.entities[row];
        bool is_first = row == 0 || rows.entities[row - 1] != entity;
        in_order = entity < rows.entity_count && !rows.times[row].is_missing() &&
                   (is_first ? row == 0 || rows.entities[row - 1] < entity : rows.times[row - 1] <= rows.times[row]);
        if (is_first && in_order) index.begins_[entity + 1] = row + 1;  // below: its end
    }
    if (!in_order) {
        index.make_order();
        return index;
    }
    // begins_[e + 1] holds 1 + the first row of entity e, or 0 if it has none.
    std::uint64_t next = rows.entities.size();
    for (std::size_t entity = rows.entity_count; entity-- > 0;) {
        std::uint64_t first = index.begins_[entity + 1];
        index.begins_[entity + 1] = next;
        if (first != 0) next = first - 1;
    }
    index.begins_[0] = 0;
    return index;
}

void PointInTimeIndex::make_order() {
    std::vector<std::int64_t> moments(rows_.entities.size());
    for (std::size_t row = 0; row < moments.size(); ++row) {
        bool counts = !rows_.times[row].is_missing() && (rows_.available.empty() || !rows_.available[row].is_missing());
        moments[row] = counts ? later(rows_.times[row], rows_.lag) : never;
        if (counts && !rows_.available.empty()) moments[row] = std::max(moments[row], rows_.available[row].value());
    }
    auto order = sort_by_entity_and_time(rows_.entities, moments, rows_.entity_count, threads_);
    begins_ = std::move(order.begins);
    moments_.resize(order.entries.size() + 1);  // never empty: that means stored in order
    winners_.resize(order.entries.size());
    auto entity = [&](std::size_t one) {
        std::uint32_t winner = 0;
        for (std::size_t place = begins_[one]; place < begins_[one + 1]; ++place) {
            auto [moment, row] = order.entries[place];
            if (place == begins_[one] || rows_.times[row] >= rows_.times[winner]) winner = row;
            moments_[place] = moment;
            winners_[place] = winner;
        }
    };
    constexpr std::size_t block = 64;
    std::size_t entities = rows_.entity_count;
    parallel_for((entities + block - 1) / block,
                 [&](std::size_t i) {
                     for (std::size_t one = i * block; one < std::min(entities, (i + 1) * block); ++one) entity(one);
                 },
                 threads_);
}

/// Finds places for questions one after the other. It remembers where each entity's last question ended, so that questions in the order
/// of time cost a step each; from there it doubles its steps.
class PointInTimeIndex::Chunk {
public:
    explicit Chunk(const PointInTimeIndex& index) : index_(index), cursors_(index.begins_.begin(), index.begins_.end() - 1) {}

    /// How many of the entity's rows could be the answer at `time`, as the place behind the last.
    std::uint64_t place_behind(std::uint32_t entity, std::int64_t time) {
        std::uint64_t begin = index_.begins_[entity], end = index_.begins_[entity + 1], place = cursors_[entity];
        if (place > begin && moment(place - 1) > time) {
            ++jumps_back_;
            place = first_after(begin, place, time);
        } else {
            std::uint64_t step = 1;
            while (place + step <= end && moment(place + step - 1) <= time) place += step, step *= 2;
            if (step > 1 && place < end) place = first_after(place, std::min(end, place + step), time);
        }
        cursors_[entity] = place;
        return place;
    }
    std::size_t jumps_back() const { return jumps_back_; }

private:
    std::int64_t moment(std::uint64_t place) const {
        return index_.moments_.empty() ? later(index_.rows_.times[place], index_.rows_.lag) : index_.moments_[place];
    }
    std::uint64_t first_after(std::uint64_t low, std::uint64_t high, std::int64_t time) const {
        while (low < high) {
            std::uint64_t middle = low + (high - low) / 2;
            if (moment(middle) <= time) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    const PointInTimeIndex& index_;
    std::vector<std::uint64_t> cursors_;
    std::size_t jumps_back_ = 0;
};

Result<PointAnswers> PointInTimeIndex::answer(const PointQuestions& questions, std::optional<Duration> max_age) const {
    TRY_VOID(check_lengths("times", questions.entities.size(), questions.times.size()));
    PointAnswers answers;
    std::size_t count = questions.entities.size();
    answers.rows.resize(count);
    answers.statuses.resize(count);
    // Each thread takes a run of questions, with cursors of its own.
    std::size_t runs = std::max<std::size_t>(1, std::min(threads_, count / chunk_questions));
    std::atomic<bool> is_disorderly{false};
    parallel_for(
        runs,
        [&](std::size_t run) {
            Chunk chunk(*this);
            std::size_t first = count * run / runs, last = count * (run + 1) / runs;
            for (std::size_t i = first; i < last; ++i) {
                std::uint32_t entity = questions.entities[i];
                bool is_asked = entity < rows_.entity_count && !questions.times[i].is_missing();
                std::uint64_t place = is_asked ? chunk.place_behind(entity, questions.times[i].value()) : 0;
                bool has_row = is_asked && place > begins_[entity];
                answers.rows[i] = !has_row           ? PointAnswers::no_row
                                  : winners_.empty() ? static_cast<std::uint32_t>(place - 1)
                                                     : winners_[place - 1];
                answers.statuses[i] = has_row ? FeatureStatus::present : FeatureStatus::not_found;
                if ((i - first) % 4096 == 4095 && chunk.jumps_back() * 8 > i - first && count >= chunk_questions) {
                    is_disorderly = true;  // every other question starts anew: it is cheaper to sort them
                    return;
                }
                if ((i & 4095) == 0 && is_disorderly.load(std::memory_order_relaxed)) return;
            }
        },
        threads_);
    if (is_disorderly) answer_sorted(questions, answers);
    if (max_age) judge_age(questions, *max_age, answers);
    return answers;
}

/// Sorts the questions like the rows and merges both, entity by entity.
void PointInTimeIndex::answer_sorted(const PointQuestions& questions, PointAnswers& answers) const {
    static_assert(sizeof(EventTime) == sizeof(std::int64_t));
    std::vector<std::int64_t> times(questions.times.size());
    for (std::size_t i = 0; i < times.size(); ++i) times[i] = questions.times[i].value();
    auto order = sort_by_entity_and_time(questions.entities, times, rows_.entity_count, threads_);
    std::ranges::fill(answers.rows, PointAnswers::no_row);
    std::ranges::fill(answers.statuses, FeatureStatus::not_found);
    auto merge = [&](std::size_t entity) {
        std::uint64_t place = begins_[entity], begin = place, end = begins_[entity + 1];
        for (std::size_t i = order.begins[entity]; i < order.begins[entity + 1]; ++i) {
            auto [time, question] = order.entries[i];
            while (place < end && (moments_.empty() ? later(rows_.times[place], rows_.lag) : moments_[place]) <= time) ++place;
            if (place == begin) continue;
            answers.rows[question] = winners_.empty() ? static_cast<std::uint32_t>(place - 1) : winners_[place - 1];
            answers.statuses[question] = FeatureStatus::present;
        }
    };
    constexpr std::size_t block = 8;
    std::size_t entities = rows_.entity_count;
    parallel_for((entities + block - 1) / block,
                 [&](std::size_t i) {
                     for (std::size_t entity = i * block; entity < std::min(entities, (i + 1) * block); ++entity) merge(entity);
                 },
                 threads_);
}

void PointInTimeIndex::judge_age(const PointQuestions& questions, Duration max_age, PointAnswers& answers) const {
    for (std::size_t i = 0; i < answers.rows.size(); ++i) {
        if (answers.rows[i] == PointAnswers::no_row || !is_older(rows_.times[answers.rows[i]], questions.times[i], max_age)) continue;
        answers.rows[i] = PointAnswers::no_row;
        answers.statuses[i] = FeatureStatus::outside_max_age;
    }
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
    std::size_t blocks = (keys.size() + chunk_questions - 1) / chunk_questions;
    parallel_for(
        blocks,
        [&](std::size_t block) {
            std::size_t last = std::min(keys.size(), (block + 1) * chunk_questions);
            for (std::size_t i = block * chunk_questions; i < last; ++i) codes[i] = slot(keys[i]).code;
        },
        threads);
    return codes;
}

}  // namespace quoin
