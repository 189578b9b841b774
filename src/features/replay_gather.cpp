#include "features/replay_gather.h"

#include <algorithm>
#include <array>

#include "base/parallel.h"
#include "features/replay_entity.h"

namespace quoin {
namespace {

/// Where a record lies in its partition, with what it is sorted by.
struct RecordPlace {
    std::uint64_t key_hash;
    std::int64_t order;
    std::uint64_t sequence;
    std::uint32_t offset;

    auto rank() const { return std::tie(key_hash, order, sequence, offset); }
};

std::vector<RecordPlace> places_of(const std::string& bytes) {
    std::vector<RecordPlace> places;
    for (std::size_t offset = 0; offset < bytes.size();) {
        ReplayRecord head = record_head(bytes.data() + offset);
        places.push_back({head.key_hash, head.order, head.sequence, static_cast<std::uint32_t>(offset)});
        offset += head.bytes;
    }
    std::ranges::sort(places, {}, &RecordPlace::rank);
    return places;
}

/// The questions of one group by partition.
class SortedQuestions {
public:
    explicit SortedQuestions(std::vector<ReplayQuestion>& questions) {
        for (const auto& question : questions) ++begins_[ReplayRecords::partition_of(question.key_hash) + 1];
        for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
        std::vector<ReplayQuestion> sorted(questions.size());
        auto next = begins_;
        for (const auto& question : questions) sorted[next[ReplayRecords::partition_of(question.key_hash)]++] = question;
        questions = std::move(sorted);
        questions_ = questions;
    }
    /// Sorted by entity, then time, once this was called.
    std::span<ReplayQuestion> of(std::size_t partition) {
        auto mine = questions_.subspan(begins_[partition], begins_[partition + 1] - begins_[partition]);
        std::ranges::sort(mine, {}, [](const auto& one) { return std::tuple(one.key_hash, one.key, one.at, one.sequence, one.row); });
        return mine;
    }

private:
    std::array<std::size_t, ReplayRecords::partitions + 1> begins_{};
    std::span<ReplayQuestion> questions_;
};

/// Answers one group's questions in one partition.
class GroupPass {
public:
    GroupPass(const ReplayPlan& plan, const ReplayGroup& group, const std::string& bytes, const GatherOptions& options)
        : plan_(plan), group_(group), bytes_(bytes), options_(options), running_(plan, group.views, texts_),
          apart_(plan, group.views, texts_) {}

    Status run(std::span<const RecordPlace> records, std::span<const ReplayQuestion> questions) {
        auto record = records.begin();
        while (!questions.empty()) {
            std::uint64_t hash = questions.front().key_hash;
            auto last = std::ranges::find_if(questions, [&](const auto& one) { return one.key != questions.front().key; });
            auto count = static_cast<std::size_t>(last - questions.begin());
            // Two keys of one hash share the records; hence they stay where they are.
            record = std::find_if(record, records.end(), [&](const auto& place) { return place.key_hash >= hash; });
            auto end = std::find_if(record, records.end(), [&](const auto& place) { return place.key_hash != hash; });
            TRY_VOID(answer_entity({record, end}, questions.first(count)));
            questions = questions.subspan(count);
        }
        return {};
    }

private:
    /// One pass over an entity's events and its questions. A question may look less far into the log than the events before its time
    /// (history was imported later): those wait until a question looks as far. Questions that were served one after the other look
    /// ever further, so what they see only grows; one that looks back is answered apart, from the beginning.
    Status answer_entity(std::span<const RecordPlace> records, std::span<const ReplayQuestion> questions) {
        const std::string& key = group_.keys[questions.front().key];
        running_.begin();
        waiting_.clear();
        std::size_t next = 0;
        std::uint64_t folded = 0;
        for (const ReplayQuestion& question : questions) {
            auto take = [&](const RecordPlace& record) {
                if (fold(record, key, running_)) folded = std::max(folded, record.sequence);
            };
            for (; next < records.size() && records[next].order <= question.at.value(); ++next) {
                if (records[next].sequence <= question.sequence) {
                    take(records[next]);
                } else {
                    waiting_.push_back(&records[next]);
                    std::ranges::push_heap(waiting_, later_in_log);
                }
            }
            for (; !waiting_.empty() && waiting_.front()->sequence <= question.sequence; waiting_.pop_back()) {
                take(*waiting_.front());
                std::ranges::pop_heap(waiting_, later_in_log);
            }
            if (folded <= question.sequence) {
                TRY_VOID(answer(running_, question));
                continue;
            }
            apart_.begin();
            for (const auto& record : records.first(next))
                if (record.sequence <= question.sequence) fold(record, key, apart_);
            TRY_VOID(answer(apart_, question));
        }
        return {};
    }

    static bool later_in_log(const RecordPlace* a, const RecordPlace* b) { return a->sequence > b->sequence; }

    bool fold(const RecordPlace& place, const std::string& key, EntityReplay& entity) {
        const char* record = bytes_.data() + place.offset;
        ReplayRecord head = record_head(record);
        if (!entity.takes(head.type) || record_key(record) != key) return false;
        read_fields(plan_.types()[head.type], record, scratch_);
        entity.fold(head.type, scratch_, EventTime{head.time}, EventTime{head.order});
        return true;
    }

    Status answer(EntityReplay& entity, const ReplayQuestion& question) {
        for (std::size_t view = 0; view < group_.views.size(); ++view) {
            const FeatureRow& row = entity.values(view, question.at, options_.wants_lists);
            TRY_VOID(group_.answers[view]->put(question.row, row, *options_.texts));
            if (options_.wants_lists) TRY_VOID(group_.answers[view]->put_lists(question.row, row, texts_, *options_.texts));
        }
        return {};
    }

    const ReplayPlan& plan_;
    const ReplayGroup& group_;
    const std::string& bytes_;
    const GatherOptions& options_;
    TextTable texts_;  ///< what the states hold; forgotten with them
    EntityReplay running_, apart_;
    std::vector<const RecordPlace*> waiting_;  ///< a heap, the first in the log on top
    Record scratch_;
};

}  // namespace

Status gather_answers(const ReplayPlan& plan, const ReplayRecords& records, std::span<ReplayGroup> groups, const GatherOptions& options) {
    std::vector<SortedQuestions> sorted;
    for (ReplayGroup& group : groups) sorted.emplace_back(group.questions);
    std::vector<Status> outcomes(ReplayRecords::partitions);
    auto pass = [&](std::size_t partition) -> Status {
        std::vector<std::span<ReplayQuestion>> questions;
        bool is_asked = false;
        for (auto& group : sorted) is_asked = !questions.emplace_back(group.of(partition)).empty() || is_asked;
        if (!is_asked) return {};
        TRY(bytes, records.load(partition));
        auto places = places_of(bytes);
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (questions[i].empty()) continue;
            GroupPass one(plan, groups[i], bytes, options);
            TRY_VOID(one.run(places, questions[i]));
        }
        return {};
    };
    parallel_for(
        outcomes.size(), [&](std::size_t partition) { outcomes[partition] = pass(partition); }, options.threads);
    for (auto& outcome : outcomes) TRY_VOID(std::move(outcome));
    return {};
}

}  // namespace quoin
