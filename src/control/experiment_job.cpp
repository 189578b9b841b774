#include "control/experiment_job.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t losses_at_once = 10'000;
const std::string actor = "quoin experiments";

std::string event_text(const Experiment& experiment, const char* event) {
    json::object detail{{"experiment", experiment.id},
                        {"event", event},
                        {"product", experiment.product},
                        {"champion", experiment.champion},
                        {"challenger", experiment.challenger}};
    if (std::string_view(event) == "step") {
        detail["step"] = experiment.step + 1;
        detail["share"] = experiment.share();
    } else if (std::string_view(event) == "start") {
        detail["terms"] = experiment.terms.json();
    } else {
        detail["conclusion"] = experiment.conclusion;
        if (auto figures = parse_json(experiment.figures)) detail["figures"] = std::move(*figures);
    }
    return json_text(detail);
}

Status check_gates_of(const ModelVersion& challenger, const ExperimentTerms& terms) {
    if (terms.steps.back() == 0 || challenger.gates_passed()) return {};
    return fail(ErrorKind::conflict, "a gate of {} did not pass, so it may not answer; it may run with the single step 'shadow'",
                challenger.version_text());
}

/// In words, for the ledger's reason.
std::string reason_of(const Experiment& experiment) {
    return fmt::format("experiment {}: {} against {}: {}", experiment.id.substr(0, 8), experiment.challenger_text(),
                       experiment.champion_text(), experiment.conclusion);
}

}  // namespace

Result<Experiment> ExperimentJob::start(ExperimentStore& store, Registry& registry, const ExperimentRequest& request, const Clock& clock) {
    TRY_VOID(request.terms.check());
    TRY(champion, registry.find(request.model, "champion"));
    TRY(challenger, registry.find(request.model, request.challenger));
    if (champion.number == challenger.number)
        return fail(ErrorKind::conflict, "{} of '{}' is the champion already", challenger.version_text(), request.model);
    if (challenger.stage == Stage::archived)
        return fail(ErrorKind::conflict, "{} of '{}' is archived; move it to Staging first", challenger.version_text(), request.model);
    TRY_VOID(check_gates_of(challenger, request.terms));
    Experiment experiment{.id = random_hex_id(),
                          .product = request.product,
                          .model = request.model,
                          .champion = champion.number,
                          .challenger = challenger.number,
                          .terms = request.terms,
                          .started = clock.now(),
                          .conclusion = "",
                          .figures = "",
                          .actor = request.change.actor,
                          .reason = request.change.reason};
    TRY_VOID(store.start(experiment));
    TRY_VOID(registry.record_experiment(experiment.model, experiment.challenger, request.change, event_text(experiment, "start")));
    TRY_VOID(registry.set_alias(experiment.model, "challenger", experiment.challenger, request.change));
    return experiment;
}

Status ExperimentJob::stop(ExperimentStore& store, Registry& registry, const std::string& id, const Change& change) {
    TRY(experiment, store.find(id));
    if (!experiment.is_open()) return fail(ErrorKind::conflict, "the experiment {} has ended: {}", experiment.id, experiment.conclusion);
    ExperimentVerdict verdict(experiment.terms);
    TRY(figures, store.figures(experiment.id));
    experiment.state = ExperimentState::stopping;
    experiment.conclusion = "cancelled";
    json::object kept = verdict.json(figures);
    kept.erase("difference"), kept.erase("sample_ratio_p");  // nothing was concluded from them
    experiment.figures = json_text(kept);
    TRY_VOID(store.conclude(experiment));
    TRY_VOID(registry.record_experiment(experiment.model, experiment.challenger, change, event_text(experiment, "stop")));
    return store.finish(experiment.id, ExperimentState::stopped, system_clock().now());
}

Result<std::string> ExperimentJob::describe(ExperimentStore& store, const Experiment& experiment) {
    json::object object{{"id", experiment.id},
                        {"product", experiment.product},
                        {"model", experiment.model},
                        {"champion", experiment.champion_text()},
                        {"challenger", experiment.challenger_text()},
                        {"state", name_of(experiment.state)},
                        {"step", experiment.step + 1},
                        {"share", experiment.share()},
                        {"started", to_text(experiment.started)},
                        {"ended", experiment.ended.is_missing() ? json::value(nullptr) : json::value(to_text(experiment.ended))},
                        {"conclusion", experiment.conclusion.empty() ? json::value(nullptr) : json::value(experiment.conclusion)},
                        {"actor", experiment.actor},
                        {"reason", experiment.reason},
                        {"terms", experiment.terms.json()}};
    if (!experiment.figures.empty()) {
        TRY(figures, parse_json(experiment.figures));
        object["figures"] = std::move(figures);
        return json_text(object);
    }
    ExperimentVerdict verdict(experiment.terms);
    for (;;) {
        TRY(losses, store.losses_after(experiment.id, verdict.last_sequence(), losses_at_once));
        for (const auto& loss : losses) verdict.observe(loss);
        if (losses.size() < losses_at_once) break;
    }
    TRY(figures, store.figures(experiment.id));
    object["figures"] = verdict.json(figures);
    return json_text(object);
}

Status ExperimentJob::tick() {
    TRY(unfinished, store_->unfinished());
    Status first_failure;
    for (auto& experiment : unfinished) {
        auto id = experiment.id;
        auto done = experiment.is_open() ? follow(std::move(experiment)) : carry_out(experiment);
        if (!done && done.error().kind != ErrorKind::conflict && first_failure) first_failure = std::move(done);
    }
    std::erase_if(following_, [&](const auto& one) {
        return std::ranges::none_of(unfinished, [&](const auto& experiment) { return experiment.id == one.first; });
    });
    TRY_VOID(show_observed());
    return first_failure;
}

Status ExperimentJob::follow(Experiment experiment) {
    auto [found, is_new] = following_.try_emplace(experiment.id, experiment.terms);
    auto& following = found->second;
    if (is_new)
        TRY_VOID(registry_.record_experiment(experiment.model, experiment.challenger, {experiment.actor, experiment.reason},
                                             event_text(experiment, "start")));
    auto champion = registry_.find(experiment.model, "champion");
    if (!champion || champion->number != experiment.champion) {
        experiment.state = ExperimentState::stopping, experiment.conclusion = "superseded";
        TRY(figures, store_->figures(experiment.id));
        experiment.figures = json_text(following.verdict.json(figures));
        TRY_VOID(store_->conclude(experiment));
        return carry_out(experiment);
    }
    TRY(losses, store_->losses_after(experiment.id, following.verdict.last_sequence(), losses_at_once));
    for (const auto& loss : losses) following.verdict.observe(loss);
    if (!losses.empty() || is_new) {
        TRY(figures, store_->figures(experiment.id));
        following.figures = figures;
    }
    show(experiment, following);
    return act(std::move(experiment), following);
}

Status ExperimentJob::act(Experiment experiment, const Following& following) {
    auto [action, conclusion] = following.verdict.decide(experiment);
    using enum ExperimentVerdict::Action;
    if (action == wait) return {};
    if (action == next_step) {
        auto next = experiment;
        ++next.step;
        TRY_VOID(registry_.record_experiment(experiment.model, experiment.challenger, {actor, reason_of(next) + "next step"},
                                             event_text(next, "step")));
        log_event(LogLevel::info, "experiment_step", {{"experiment", experiment.id}, {"share", fmt::to_string(next.share())}});
        return store_->advance(experiment);
    }
    experiment.state = action == promote ? ExperimentState::promoting : ExperimentState::stopping;
    experiment.conclusion = conclusion;
    experiment.figures = json_text(following.verdict.json(following.figures));
    TRY_VOID(store_->conclude(experiment));
    return carry_out(experiment);
}

Status ExperimentJob::carry_out(const Experiment& experiment) {
    bool promotes = experiment.state == ExperimentState::promoting;
    Change change{actor, reason_of(experiment)};
    if (promotes) {
        auto promoted = registry_.promote(experiment.model, experiment.challenger, change);
        if (!promoted && promoted.error().kind != ErrorKind::conflict) return promoted;
        promotes = promoted.has_value();  // refused by a gate: in the ledger already; the champion stays
        if (!promoted) change.reason += "; not promoted: " + promoted.error().message;
    }
    TRY_VOID(registry_.record_experiment(experiment.model, experiment.challenger, change,
                                         event_text(experiment, promotes ? "promote" : "stop")));
    log_event(LogLevel::info, "experiment_ended", {{"experiment", experiment.id}, {"conclusion", experiment.conclusion}});
    return store_->finish(experiment.id, promotes ? ExperimentState::promoted : ExperimentState::stopped, clock_->now());
}

void ExperimentJob::show(const Experiment& experiment, const Following& following) {
    const auto& figures = following.figures;
    auto gauge = [&](const char* name, const char* help, std::vector<Label> labels) -> Gauge& {
        labels.insert(labels.begin(), {"experiment", experiment.id.substr(0, 8)});
        return telemetry_.gauge(name, help, std::move(labels));
    };
    auto arm = [&](const char* kind, const char* name, const ArmFigures& of) {
        gauge("quoin_experiment_outcomes", "Entities whose outcome is counted.", {{"kind", kind}, {"arm", name}})
            .set(static_cast<double>(of.outcomes));
        if (of.outcomes > 0)
            gauge("quoin_experiment_loss_mean", "Observed mean loss.", {{"kind", kind}, {"arm", name}})
                .set(of.loss_sum / static_cast<double>(of.outcomes));
    };
    arm("shadow", "champion", figures.shadow_champion);
    arm("shadow", "challenger", figures.shadow_challenger);
    arm("shares", "champion", figures.champion);
    arm("shares", "challenger", figures.challenger);
    auto [lower, upper] = following.verdict.difference();
    gauge("quoin_experiment_share", "The challenger's share of the entities.", {}).set(experiment.share());
    gauge("quoin_experiment_difference_lower", "Challenger minus champion, lower bound at any time.", {}).set(lower);
    gauge("quoin_experiment_difference_upper", "Challenger minus champion, upper bound at any time.", {}).set(upper);
}

Status ExperimentJob::show_observed() {
    TRY(observed, store_->observed());
    for (const auto& one : observed) {
        std::vector<Label> labels{{"model", one.model}, {"version", one.version}, {"loss", one.loss}};
        telemetry_.gauge("quoin_observed_outcomes", "Predictions whose outcome was fed back.", labels)
            .set(static_cast<double>(one.outcomes));
        telemetry_.gauge("quoin_observed_loss_mean", "Mean loss of predictions whose outcome was fed back.", labels)
            .set(one.loss_sum / static_cast<double>(one.outcomes));
    }
    return {};
}

}  // namespace quoin
