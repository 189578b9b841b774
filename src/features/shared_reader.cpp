#include "features/shared_reader.h"

#include <atomic>
#include <unordered_map>

#include "features/tier_chain.h"

namespace quoin {
namespace {

constexpr std::size_t rounds_max = 16;  // lookups lead through at most four views, each by an id that the one before gives

/// One call of read(): the states it needs, found round by round, since who is looked up shows only when the first states are there.
class SharedReading {
public:
    struct Moment {
        EventTime at;
        bool is_least = false;  ///< a state that is newer moves it on
    };
    SharedReading(const StateCodecs& codecs, TierChain& chain, std::shared_ptr<TextTable> texts, Moment moment)
        : codecs_(codecs), chain_(chain), texts_(std::move(texts)), at_(moment.at), is_least_(moment.is_least) {}

    Result<std::vector<SharedAnswer>> answer(std::span<const FeatureQuestion> questions) {
        for (const auto& question : questions)
            if (const StateCodec* codec = codecs_.find(question.view)) (void)find(*codec, question.tenant, question.id);
        std::vector<SharedAnswer> answers(questions.size());
        std::vector<bool> is_answered(questions.size());
        for (std::size_t round = 0; round < rounds_max; ++round) {
            if (!wanted_.empty()) TRY_VOID(fetch());
            rows_.clear();
            for (std::size_t i = 0; i < questions.size(); ++i) {
                if (is_answered[i]) continue;
                is_complete_ = true;
                TRY(one, answer_one(questions[i]));
                answers[i] = std::move(one), is_answered[i] = is_complete_;
            }
            if (!wanted_.empty()) continue;
            if (!moves_on()) return answers;
            is_answered.assign(questions.size(), false);
        }
        return fail(ErrorKind::internal, "lookups go on after {} rounds", rounds_max);
    }

private:
    /// Values are of no moment before that of the states they are made from.
    bool moves_on() {
        EventTime newest = at_;
        for (const auto& [name, state] : states_)
            if (is_least_ && state.found) newest = std::max(newest, state.found->version.advanced);
        return std::exchange(at_, newest) < newest;
    }

    Result<SharedAnswer> answer_one(const FeatureQuestion& question) {
        auto views = codecs_.catalog()->views();
        auto place = std::ranges::lower_bound(views, question.view, {}, [](const auto& view) -> std::string_view { return view->name(); });
        if (place == views.end() || (*place)->name() != question.view)
            return fail(ErrorKind::not_found, "there is no feature view '{}'", question.view);
        SharedAnswer answer{.features = {.view = *place, .row = {}, .at = at_}, .tier = {}, .version = {}, .texts = texts_};
        const StateCodec* codec = codecs_.find(question.view);
        const SoughtState* held = codec ? find(*codec, question.tenant, question.id) : nullptr;
        static const EntityState nothing;
        bool is_found = held && held->found;
        const EntityState& state = is_found ? held->found->state : nothing;
        auto& row = answer.features.row;
        FeatureOperator values(**place, *texts_);
        values.stable_values(state, at_, row, question.wants_lists);
        values.live_aggregates(state, at_, row);
        values.live_derived(at_, lookup_for(question.tenant), row);
        answer.features.is_known = is_found || codec == nullptr;
        answer.features.is_outside = (*place)->is_outside(answer.features.row.event_time, at_);
        if (is_found) answer.tier = chain_.name(held->tier), answer.version = held->found->version;
        return answer;
    }

    FeatureOperator::Lookup lookup_for(std::string_view tenant) {
        return [this, tenant](const FeatureLookup& lookup, std::string_view id, EventTime) { return look_up(lookup, tenant, id); };
    }

    /// Null also while the state is not there yet; it is wanted then.
    FieldValue look_up(const FeatureLookup& lookup, std::string_view tenant, std::string_view id) {
        const StateCodec* codec = codecs_.find(lookup.view);
        auto slot = codec ? codec->view().slot(lookup.feature) : std::nullopt;
        const SoughtState* held = slot ? find(*codec, tenant, id) : nullptr;
        if (!held || !held->found) return {};
        auto row = rows_.find(held);
        if (row == rows_.end()) {
            FeatureRow made;
            FeatureOperator(codec->view(), *texts_).values(held->found->state, at_, lookup_for(tenant), made);
            row = rows_.emplace(held, std::move(made)).first;
        }
        return codec->view().is_outside(row->second.event_time, at_) ? FieldValue{} : row->second.values[*slot];
    }

    /// nullptr: it was not asked for yet; the next round has it.
    const SoughtState* find(const StateCodec& codec, std::string_view tenant, std::string_view id) {
        std::string name = codec.view().name() + '\x1f' + entity_key(tenant, id);
        if (auto found = states_.find(name); found != states_.end()) return &found->second;
        is_complete_ = false;
        wanted_.try_emplace(std::move(name), SoughtState{.codec = &codec, .tenant = std::string(tenant), .id = std::string(id)});
        return nullptr;
    }

    Status fetch() {
        std::vector<SoughtState> sought;
        for (auto& [name, state] : wanted_) sought.push_back(std::move(state));
        TRY_VOID(chain_.find(sought, *texts_));
        for (const SoughtState& one : sought)
            if (!one.found && !chain_.holds(codecs_.digest()))
                return fail(ErrorKind::unavailable,
                            "whether '{}' of view '{}' is known cannot be told: no store was filled by a process with this catalog",
                            one.id.substr(0, 80), one.codec->view().name());
        std::size_t place = 0;
        for (const auto& [name, state] : wanted_) states_.emplace(name, std::move(sought[place++]));
        wanted_.clear();
        return {};
    }

    const StateCodecs& codecs_;
    TierChain& chain_;
    std::shared_ptr<TextTable> texts_;
    EventTime at_;
    bool is_least_;
    bool is_complete_ = true;                                       ///< of the answer being made: every state was there
    std::unordered_map<std::string, SoughtState> states_, wanted_;  ///< by view, tenant and id
    std::unordered_map<const SoughtState*, FeatureRow> rows_;       ///< of entities that were looked up, in this round
};

tl::unexpected<Error> too_many(std::size_t questions) {
    return fail(ErrorKind::too_large, "{} entities are asked for at once; {} is the limit", questions, FeatureReader::questions_max);
}

}  // namespace

struct SharedFeatureReader::State {
    std::atomic<std::shared_ptr<const StateCodecs>> codecs;
    TierChain chain;
    Options options;
    std::atomic<std::shared_ptr<TextTable>> texts;

    /// Readers that still hold the former table keep it alive.
    std::shared_ptr<TextTable> roomy_texts() {
        auto table = texts.load();
        if (table->size() < options.texts_max) return table;
        auto fresh = std::make_shared<TextTable>();
        return texts.compare_exchange_strong(table, fresh) ? fresh : table;
    }
};

SharedFeatureReader::SharedFeatureReader(std::shared_ptr<const FeatureCatalog> catalog, std::vector<Tier> tiers, Telemetry& telemetry,
                                         Options options)
    : state_(new State{.codecs = std::make_shared<const StateCodecs>(std::move(catalog)),
                       .chain = TierChain(std::move(tiers), telemetry, options),
                       .options = options,
                       .texts = std::make_shared<TextTable>()}) {}
SharedFeatureReader::~SharedFeatureReader() = default;

Result<std::vector<SharedAnswer>> SharedFeatureReader::read(std::span<const FeatureQuestion> questions) {
    if (questions.size() > questions_max) return too_many(questions.size());
    if (questions.empty()) return std::vector<SharedAnswer>{};
    EventTime at = questions.front().at;
    for (const FeatureQuestion& question : questions)
        if (question.at != at) return fail_field(ErrorKind::invalid, "at", "entities asked for at once are asked as of one moment");
    auto codecs = state_->codecs.load();
    return SharedReading(*codecs, state_->chain, state_->roomy_texts(), {at, false}).answer(questions);
}

Result<SharedAnswer> SharedFeatureReader::read(const FeatureQuestion& question) {
    TRY(answers, read(std::span(&question, 1)));
    return std::move(answers.front());
}

EventTime SharedFeatureReader::now() { return std::max(state_->options.clock.now(), state_->chain.reached()); }

Status SharedFeatureReader::read(std::span<const Question> questions, const Visit& visit) {
    if (questions.size() > questions_max) return too_many(questions.size());
    std::vector<FeatureQuestion> asked;
    EventTime at = now();
    for (const Question& one : questions) asked.push_back({one.view, one.tenant, one.id, at, one.wants_lists});
    auto codecs = state_->codecs.load();
    TRY(answers, SharedReading(*codecs, state_->chain, state_->roomy_texts(), {at, true}).answer(asked));
    for (std::size_t i = 0; i < answers.size(); ++i) TRY_VOID(visit(i, answers[i].features, {answers[i].tier, *answers[i].texts}));
    return {};
}

void SharedFeatureReader::refresh() { state_->chain.refresh(); }

std::shared_ptr<const FeatureCatalog> SharedFeatureReader::catalog() const { return state_->codecs.load()->catalog(); }

void SharedFeatureReader::replace_catalog(std::shared_ptr<const FeatureCatalog> catalog) {
    state_->codecs = std::make_shared<const StateCodecs>(std::move(catalog));
}

std::vector<SharedFeatureReader::TierView> SharedFeatureReader::tiers() const {
    auto views = state_->chain.views();
    auto codecs = state_->codecs.load();
    for (TierView& tier : views) tier.has_this_catalog = tier.watermark && tier.watermark->catalog == codecs->digest();
    return views;
}

}  // namespace quoin
