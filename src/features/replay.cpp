#include "features/replay.h"

#include <algorithm>
#include <mutex>

#include "base/parallel.h"
#include "features/replay_gather.h"
#include "features/replay_lookups.h"
#include "features/replay_scatter.h"

namespace quoin {
namespace {

constexpr std::size_t rows_max = 0xffff'fffeu;

Status check_frame(const EntityFrame& frame) {
    if (frame.rows() > rows_max) return fail(ErrorKind::too_large, "{} rows; {} at once are the limit", frame.rows(), rows_max);
    auto check = [&](std::string_view what, std::size_t size) -> Status {
        if (size == frame.rows()) return {};
        return fail(ErrorKind::invalid, "the frame has {} times and {} {}; there must be one per row", frame.rows(), size, what);
    };
    if (!frame.tenants.codes.empty()) TRY_VOID(check("tenants", frame.tenants.codes.size()));
    if (!frame.sequences.empty()) TRY_VOID(check("places of the log", frame.sequences.size()));
    for (const auto& [entity, ids] : frame.ids) TRY_VOID(check(fmt::format("ids of '{}'", entity), ids.codes.size()));
    return {};
}

/// The questions of a frame to one entity type. A row without an id asks for an entity that nobody has ever seen: the one without a name.
class FrameKeys {
public:
    FrameKeys(const EntityFrame& frame, std::uint8_t entity, const Categories* ids) : frame_(frame), entity_(entity), ids_(ids) {}

    void questions(ReplayGroup& group) {
        group.questions.reserve(frame_.rows());
        std::vector<std::uint64_t> hashes;
        for (std::size_t row = 0; row < frame_.rows(); ++row) {
            auto key = key_of(row, group.keys);
            if (key == hashes.size()) hashes.push_back(TextTable::id_of(group.keys.back()));
            std::uint64_t sequence = frame_.sequences.empty() ? std::numeric_limits<std::uint64_t>::max() : frame_.sequences[row];
            group.questions.push_back({hashes[key], frame_.at[row], sequence, key, static_cast<std::uint32_t>(row)});
        }
    }

private:
    std::uint32_t key_of(std::size_t row, std::vector<std::string>& keys) {
        auto id = ids_ ? static_cast<std::uint32_t>(ids_->codes[row]) : static_cast<std::uint32_t>(Categories::missing);
        auto tenant = frame_.tenants.codes.empty() ? 0u : static_cast<std::uint32_t>(frame_.tenants.codes[row]);
        auto [place, is_new] = places_.try_emplace((std::uint64_t{tenant} << 32) | id, static_cast<std::uint32_t>(keys.size()));
        if (is_new) {
            bool has_id = id != static_cast<std::uint32_t>(Categories::missing);
            keys.push_back(replay_key(entity_, frame_.tenant(row), has_id ? std::string_view(ids_->levels[id]) : std::string_view()));
        }
        return place->second;
    }

    const EntityFrame& frame_;
    std::uint8_t entity_;
    const Categories* ids_;
    std::unordered_map<std::uint64_t, std::uint32_t> places_;
};

Result<const Categories*> ids_of(const EntityFrame& frame, const PlannedView& planned) {
    auto found = frame.ids.find(planned.view->entity());
    if (found != frame.ids.end()) return &found->second;
    if (planned.view->bindings().empty()) return nullptr;  // a view that no event feeds is about nobody
    return fail(ErrorKind::invalid, "view '{}' is about '{}', of which the rows have no id", planned.view->name(), planned.view->entity());
}

}  // namespace

EventSource events_of(const EventLog& log, std::uint64_t last_sequence) {
    return [&log, last_sequence](const std::function<Status(const Event&)>& take) {
        return log.read(1, [&](const Event& event) -> Result<bool> {
            if (event.sequence > last_sequence) return false;
            TRY_VOID(take(event));
            return true;
        });
    };
}

struct FeatureReplay::State {
    ReplayPlan plan;
    Options options;
    std::unique_ptr<ReplayRecords> records;
    Counts counts;

    Result<KeySet> keys_of(const EntityFrame& frame) const {
        KeySet keys;
        TRY_VOID(check_frame(frame));
        for (std::uint8_t entity = 0; entity < plan.entities().size(); ++entity) {
            auto ids = frame.ids.find(plan.entities()[entity]);
            if (ids == frame.ids.end()) continue;
            ReplayGroup group;
            FrameKeys(frame, entity, &ids->second).questions(group);
            for (const auto& question : group.questions) keys.insert(question.key_hash);
        }
        return keys;
    }
};

FeatureReplay::FeatureReplay(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureReplay::FeatureReplay(FeatureReplay&&) noexcept = default;
FeatureReplay& FeatureReplay::operator=(FeatureReplay&&) noexcept = default;
FeatureReplay::~FeatureReplay() = default;

Result<FeatureReplay> FeatureReplay::read(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                          const EventSource& events, Options options) {
    TRY(plan, ReplayPlan::make(std::move(catalog), features));
    if (options.threads == 0) options.threads = thread_count();
    auto state = std::make_unique<State>();
    state->plan = std::move(plan);
    state->records = std::make_unique<ReplayRecords>(options.folder, options.memory_bytes_max);
    ScatterOptions scatter_options{.knowledge = options.knowledge, .threads = options.threads};
    KeySet only;
    if (options.only) {
        TRY(keys, state->keys_of(*options.only));
        only = std::move(keys);
        scatter_options.only = &only;
        scatter_options.last = options.only->at.empty() ? EventTime::missing() : *std::ranges::max_element(options.only->at);
    }
    options.only = nullptr;
    state->options = std::move(options);
    ReplayScatter scatter(state->plan, scatter_options, *state->records);
    TRY_VOID(events([&](const Event& event) { return scatter.take(event); }));
    TRY_VOID(scatter.finish());
    state->counts = {scatter.events(), scatter.kept(), scatter.undecodable(), state->records->spilled_bytes()};
    return FeatureReplay(std::move(state));
}

namespace {

/// The places in the plan of the views that an ask is about.
Result<std::vector<std::uint16_t>> asked_views(const ReplayPlan& plan, const ReplayAsk& ask) {
    std::vector<std::uint16_t> views;
    if (ask.views.empty()) {
        for (std::uint16_t view = 0; view < plan.views().size(); ++view)
            if (plan.views()[view].is_asked) views.push_back(view);
        return views;
    }
    for (const std::string& name : ask.views) {
        auto view = plan.view(name);
        if (!view || !plan.views()[*view].is_asked) return fail(ErrorKind::not_found, "view '{}' is not one of this replay's", name);
        views.push_back(*view);
    }
    return views;
}

}  // namespace

Result<std::vector<FeatureAnswers>> FeatureReplay::answer_all(std::span<const ReplayAsk> asks) const {
    const ReplayPlan& plan = state_->plan;
    auto texts = std::make_shared<TextTable>();
    std::vector<FeatureAnswers> answers(asks.size());
    std::vector<ReplayGroup> groups;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        const EntityFrame& frame = *asks[i].frame;
        TRY_VOID(check_frame(frame));
        TRY(views, asked_views(plan, asks[i]));
        answers[i].texts = texts;
        answers[i].views.reserve(views.size());  // the groups point to them
        std::map<std::uint8_t, std::size_t> group_places;
        for (auto view : views) {
            const PlannedView& planned = plan.views()[view];
            answers[i].views.emplace_back(planned.view, planned.slots, frame.rows(), state_->options.wants_lists);
            TRY(ids, ids_of(frame, planned));
            auto [place, is_new] = group_places.try_emplace(planned.entity, groups.size());
            if (is_new) FrameKeys(frame, planned.entity, ids).questions(groups.emplace_back());
            groups[place->second].views.push_back(view);
            groups[place->second].answers.push_back(&answers[i].views.back());
        }
    }
    GatherOptions options{.texts = texts.get(), .wants_lists = state_->options.wants_lists, .threads = state_->options.threads};
    TRY_VOID(gather_answers(plan, *state_->records, groups, options));
    options.wants_lists = false;
    auto gather = [&](ReplayGroup& group) { return gather_answers(plan, *state_->records, {&group, 1}, options); };
    ReplayLookups lookups(plan, *texts, gather, options.threads);
    for (ReplayGroup& group : groups) TRY_VOID(lookups.finish(group));
    return answers;
}

Result<FeatureAnswers> FeatureReplay::answer(const EntityFrame& frame) const {
    ReplayAsk ask{.frame = &frame, .views = {}};
    TRY(answers, answer_all({&ask, 1}));
    return std::move(answers[0]);
}

Result<EntityFrame> FeatureReplay::everyone(std::string_view entity, EventTime at) const {
    auto place = state_->plan.entity(entity);
    if (!place) return fail(ErrorKind::not_found, "none of the features is about a '{}'", entity);
    std::vector<std::vector<std::string>> keys(ReplayRecords::partitions);
    std::vector<Status> outcomes(keys.size());
    auto collect = [&](std::size_t partition) -> Status {
        TRY(bytes, state_->records->load(partition));
        auto& mine = keys[partition];
        for (std::size_t offset = 0; offset < bytes.size();) {
            ReplayRecord head = record_head(bytes.data() + offset);
            auto key = record_key(bytes.data() + offset);
            if (head.order <= at.value() && static_cast<std::uint8_t>(key[0]) == *place) mine.emplace_back(key.substr(1));
            offset += head.bytes;
        }
        std::ranges::sort(mine);
        mine.erase(std::ranges::unique(mine).begin(), mine.end());
        return {};
    };
    parallel_for(
        keys.size(), [&](std::size_t partition) { outcomes[partition] = collect(partition); }, state_->options.threads);
    for (auto& outcome : outcomes) TRY_VOID(std::move(outcome));
    std::vector<std::string> all;
    for (auto& some : keys) std::ranges::move(some, std::back_inserter(all));
    std::ranges::sort(all);
    EntityFrame frame;
    Categories& ids = frame.ids[std::string(entity)];
    std::unordered_map<std::string, std::int32_t> id_codes, tenant_codes;
    auto code_of = [](std::unordered_map<std::string, std::int32_t>& codes, Categories& column, std::string_view text) {
        auto [found, is_new] = codes.try_emplace(std::string(text), static_cast<std::int32_t>(column.levels.size()));
        if (is_new) column.levels.emplace_back(text);
        column.codes.push_back(found->second);
    };
    for (const std::string& key : all) {
        auto cut = key.find('\x1f');
        code_of(tenant_codes, frame.tenants, std::string_view(key).substr(0, cut));
        code_of(id_codes, ids, std::string_view(key).substr(cut + 1));
    }
    frame.at.assign(all.size(), at);
    return frame;
}

FeatureReplay::Counts FeatureReplay::counts() const { return state_->counts; }

}  // namespace quoin
