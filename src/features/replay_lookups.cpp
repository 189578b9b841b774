#include "features/replay_lookups.h"

#include <algorithm>
#include <memory>

#include "base/parallel.h"
#include "features/operator.h"

namespace quoin {
namespace {

constexpr std::size_t block_rows = 8192;

}  // namespace

std::size_t ReplayLookups::QuestionHash::operator()(const Question& question) const {
    std::uint64_t hash = question.key * 0x9e3779b97f4a7c15ull ^ static_cast<std::uint64_t>(question.at);
    hash = (hash ^ (hash >> 32)) * 0xbf58476d1ce4e5b9ull ^ question.sequence;
    return (hash ^ (hash >> 29)) * 0x94d049bb133111ebull;
}

ReplayLookups::ReplayLookups(const ReplayPlan& plan, TextTable& texts, Gather gather, std::size_t threads)
    : plan_(plan), texts_(texts), gather_(std::move(gather)), threads_(threads), targets_(plan.views().size()) {
    for (const PlannedView& planned : plan.views()) {
        for (const CompiledFeature& feature : planned.view->features()) {
            const auto& lookup = feature.declaration->lookup;
            if (!lookup) continue;
            auto view = *plan.view(lookup->view);
            auto slot = *plan.views()[view].view->slot(lookup->feature);
            auto place = std::ranges::lower_bound(plan.views()[view].slots, slot) - plan.views()[view].slots.begin();
            sources_[&*lookup] = {view, static_cast<std::size_t>(place)};
        }
    }
}

FieldValue ReplayLookups::look_up(const FeatureLookup& lookup, std::string_view id, const Asking& asking, std::vector<Miss>& misses) const {
    Source source = sources_.at(&lookup);
    const PlannedView& planned = plan_.views()[source.view];
    const Target& target = targets_[source.view];
    std::string key = replay_key(planned.entity, asking.tenant, id);
    auto place = target.key_places.find(key);
    auto found = place == target.key_places.end() ? target.found.end()
                                                  : target.found.find({place->second, asking.at.value(), asking.sequence});
    if (found == target.found.end()) {
        misses.push_back({source.view, std::move(key), asking.at, asking.sequence});
        return {};
    }
    const ViewAnswers& answers = target.batches[found->second.batch];
    EventTime latest = answers.event_time(found->second.row);
    if (latest.is_missing() || planned.view->is_outside(latest, asking.at)) return {};
    auto bits = answers.bits(found->second.row, source.place);
    if (field_kind(planned.view->features()[planned.slots[source.place]].declaration->type) == FieldKind::number)
        return FieldValue::number(std::bit_cast<double>(bits));
    return bits == 0 ? FieldValue{} : FieldValue::text(texts_.find(bits));
}

/// Computes the live features of all rows of one view, with what has been found; returns what was not, each once.
Result<std::vector<ReplayLookups::Miss>> ReplayLookups::compute(const ReplayGroup& group, std::size_t view) {
    FeatureOperator op(*plan_.views()[group.views[view]].view, texts_);
    ViewAnswers& answers = *group.answers[view];
    std::size_t blocks = (group.questions.size() + block_rows - 1) / block_rows;
    std::vector<std::vector<Miss>> misses(blocks);
    std::vector<Status> outcomes(blocks);
    auto block = [&](std::size_t index) -> Status {
        FeatureRow row;
        std::size_t end = std::min(group.questions.size(), (index + 1) * block_rows);
        for (std::size_t i = index * block_rows; i < end; ++i) {
            const ReplayQuestion& question = group.questions[i];
            std::string_view key = std::string_view(group.keys[question.key]).substr(1);
            Asking asking{key.substr(0, key.find('\x1f')), question.at, question.sequence};
            auto find = [&](const FeatureLookup& lookup, std::string_view id, EventTime) {
                return look_up(lookup, id, asking, misses[index]);
            };
            answers.get(question.row, row, texts_);
            op.live_derived(question.at, find, row);
            TRY_VOID(answers.put(question.row, row, texts_));
        }
        std::ranges::sort(misses[index]);
        misses[index].erase(std::ranges::unique(misses[index]).begin(), misses[index].end());
        return {};
    };
    parallel_for(
        blocks, [&](std::size_t index) { outcomes[index] = block(index); }, threads_);
    for (auto& outcome : outcomes) TRY_VOID(std::move(outcome));
    std::vector<Miss> all;
    for (auto& some : misses) std::ranges::move(some, std::back_inserter(all));
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

Status ReplayLookups::ask(std::uint16_t view, std::vector<Miss> misses) {
    Target& target = targets_[view];
    const PlannedView& planned = plan_.views()[view];
    ViewAnswers& answers = target.batches.emplace_back(planned.view, planned.slots, misses.size(), false);
    ReplayGroup group{.views = {view}, .answers = {&answers}, .keys = {}, .questions = {}};
    std::map<std::string_view, std::uint32_t> places;
    for (std::size_t row = 0; row < misses.size(); ++row) {
        const Miss& miss = misses[row];
        auto [place, is_new] = places.try_emplace(miss.key, static_cast<std::uint32_t>(group.keys.size()));
        if (is_new) group.keys.push_back(miss.key);
        group.questions.push_back({TextTable::id_of(miss.key), miss.at, miss.sequence, place->second, static_cast<std::uint32_t>(row)});
    }
    auto batch = static_cast<std::uint32_t>(target.batches.size() - 1);
    TRY_VOID(gather_(group));
    TRY_VOID(finish(group));
    for (std::size_t row = 0; row < misses.size(); ++row) {
        const Miss& miss = misses[row];
        auto [place, is_new] = target.key_places.try_emplace(miss.key, static_cast<std::uint32_t>(target.key_places.size()));
        target.found.emplace(Question{place->second, miss.at.value(), miss.sequence}, Place{batch, static_cast<std::uint32_t>(row)});
    }
    return {};
}

// A lookup may lead by the result of another one, so that a round can open the next; a view has no more steps than features.
Status ReplayLookups::finish(ReplayGroup& group) {
    for (std::size_t view = 0; view < group.views.size(); ++view) {
        const PlannedView& planned = plan_.views()[group.views[view]];
        if (!planned.looks_up) continue;
        for (std::size_t round = 0;; ++round) {
            TRY(misses, compute(group, view));
            if (misses.empty()) break;
            if (round > planned.view->features().size())
                return fail(ErrorKind::internal, "the lookups of view '{}' come to no end", planned.view->name());
            for (auto first = misses.begin(); first != misses.end();) {
                auto last = std::find_if(first, misses.end(), [&](const Miss& miss) { return miss.view != first->view; });
                TRY_VOID(ask(first->view, std::vector<Miss>(std::move_iterator(first), std::move_iterator(last))));
                first = last;
            }
        }
    }
    return {};
}

}  // namespace quoin
