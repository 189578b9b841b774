#include "serving/experiment_host.h"

#include "base/log.h"

namespace quoin {

Result<std::unique_ptr<ExperimentHost>> ExperimentHost::open(const Parts& parts) {
    TRY(store, ExperimentStore::open(parts.project.experiments_file()));
    TRY(flags, read_feature_flags(parts.project.folder()));
    return std::unique_ptr<ExperimentHost>(new ExperimentHost(parts, std::move(store), flags));
}

ExperimentHost::ExperimentHost(const Parts& parts, std::shared_ptr<ExperimentStore> store, FeatureFlags flags)
    : parts_(parts), store_(std::move(store)), challenges_(std::make_shared<Challenges>(store_, parts.telemetry)),
      join_(store_, parts.predictor, &challenges_->exposures), job_(store_, parts.project.registry(), parts.telemetry) {
    parts.predictor.set_challenges(challenges_);
    take(flags);
}

/// Silent answers read features, which go next.
ExperimentHost::~ExperimentHost() {
    challenges_->set({});
    challenges_->shadows.drain();
}

void ExperimentHost::attach(Service& service) {
    service.experiments = store_.get();
    service.outcomes = &join_;
    service.takes_outcomes = flags_.feedback_loop;
    service_ = &service;
    if (service.features) events_ = &service.features->log();
}

void ExperimentHost::refresh() {
    auto flags = read_flags();
    auto done = refreshed();
    if (done && !flags) done = flags;
    std::lock_guard lock(mutex_);
    auto wrong = done ? std::string() : done.error().message;
    if (!wrong.empty() && wrong != wrong_) log_event(LogLevel::error, "experiments_wrong", {{"reason", wrong}});
    wrong_ = std::move(wrong);
}

Status ExperimentHost::read_flags() {
    TRY(flags, read_feature_flags(parts_.project.folder()));
    if (flags == flags_) return {};
    take(flags);
    if (service_) service_->takes_outcomes = flags.feedback_loop;
    log_event(
        LogLevel::info, "flags_changed",
        {{"challenger_models", flags.challenger_models ? "true" : "false"}, {"feedback_loop", flags.feedback_loop ? "true" : "false"}});
    return {};
}

void ExperimentHost::take(FeatureFlags flags) {
    constexpr const char* help = "Whether what can be switched off is on: 1 or 0.";
    flags_ = flags;
    parts_.telemetry.gauge("quoin_feature_flag", help, {{"flag", "challenger_models"}}).set(flags.challenger_models);
    parts_.telemetry.gauge("quoin_feature_flag", help, {{"flag", "feedback_loop"}}).set(flags.feedback_loop);
}

/// Without challengers nothing is decided either: an experiment waits as it is.
Status ExperimentHost::refreshed() {
    TRY(before, store_->unfinished());
    if (events_ && flags_.feedback_loop) TRY_VOID(feed_outcomes(*events_, before, *store_, join_));
    if (!flags_.challenger_models) return put_in({});
    TRY_VOID(join_.settle(before));
    TRY_VOID(job_.tick());
    TRY(now, store_->unfinished());
    return put_in(now);
}

Result<std::shared_ptr<const LiveModel>> ExperimentHost::challenger_of(const Experiment& experiment) {
    auto known = loaded_.find(experiment.id);
    if (known != loaded_.end()) return known->second;
    TRY(live, parts_.project.load(experiment.model, experiment.challenger_text()));
    auto champion = parts_.predictor.live(experiment.model);
    if (!live->model().id_column.empty()) TRY_VOID(parts_.features.publish(*live, champion.get()));
    loaded_[experiment.id] = live;
    return live;
}

Status ExperimentHost::put_in(const std::vector<Experiment>& unfinished) {
    std::string running;
    for (const auto& experiment : unfinished)
        if (experiment.is_open()) running += fmt::format("{} {};", experiment.id, experiment.step);
    if (running == running_) return {};
    std::vector<Challenge> challenges;
    Status wrong;
    for (const auto& experiment : unfinished) {
        if (!experiment.is_open()) continue;
        auto live = challenger_of(experiment);
        auto product = parts_.predictor.products().find(experiment.product);
        if (!live || !product) {
            wrong = tl::unexpected(live ? product.error() : live.error());
            continue;
        }
        challenges.push_back({experiment.id, std::make_shared<const Product>(**product), experiment.champion_text(), *live,
                              Assignment(experiment.id), experiment.step, experiment.share()});
        log_event(
            LogLevel::info, "challenger_put_in",
            {{"experiment", experiment.id}, {"version", experiment.challenger_text()}, {"share", fmt::to_string(experiment.share())}});
    }
    std::erase_if(loaded_, [&](const auto& one) { return running.find(one.first) == std::string::npos; });
    challenges_->set(std::move(challenges));
    running_ = wrong ? running : std::string();
    return wrong;
}

Status ExperimentHost::health() const {
    std::lock_guard lock(mutex_);
    if (wrong_.empty()) return {};
    return fail(ErrorKind::unavailable, "{}", wrong_);
}

}  // namespace quoin
