#include "control/experiment_verdict.h"

#include <algorithm>
#include <boost/json.hpp>

namespace quoin {
namespace {

namespace json = boost::json;

constexpr double sample_ratio_alpha = 0.001;

double part_of_alpha(const ExperimentTerms& terms) {
    bool has_both = terms.steps.front() == 0 && terms.steps.size() > 1;
    return has_both ? terms.alpha / 2 : terms.alpha;
}

json::object arm_json(const ArmFigures& arm) {
    auto mean = arm.outcomes == 0 ? json::value(nullptr) : json::value(arm.loss_sum / static_cast<double>(arm.outcomes));
    return {{"outcomes", arm.outcomes}, {"mean_loss", mean}};
}

}  // namespace

ExperimentVerdict::ExperimentVerdict(const ExperimentTerms& terms)
    : terms_(terms), shadow_(part_of_alpha(terms)), shares_(part_of_alpha(terms)), per_step_(terms.steps.size()) {}

void ExperimentVerdict::observe(const CountedLoss& loss) {
    auto capped = [&](double raw) { return std::clamp(raw / terms_.loss_max, 0.0, 1.0); };
    last_sequence_ = loss.sequence;
    auto step = static_cast<std::size_t>(std::ranges::find(terms_.steps, loss.share) - terms_.steps.begin());
    if (loss.is_shadow) {
        if (!loss.champion || !loss.challenger) return;
        shadow_.observe((capped(*loss.challenger) - capped(*loss.champion) + 1) / 2);
        if (step < per_step_.size()) ++per_step_[step];
    } else if (loss.share > 0 && loss.share < 1) {
        bool challenged = loss.challenger.has_value();
        shares_.observe({challenged, loss.share, capped(challenged ? *loss.challenger : loss.champion.value_or(0))});
        ratio_.observe(challenged, loss.share);
        if (step < per_step_.size() && challenged) ++per_step_[step];
    }
    ++outcomes_;
}

SequenceBounds ExperimentVerdict::difference() const {
    auto pairs = shadow_.bounds(), shares = shares_.bounds();
    return {std::max(2 * pairs.lower - 1, shares.lower) * terms_.loss_max, std::min(2 * pairs.upper - 1, shares.upper) * terms_.loss_max};
}

ExperimentVerdict::Decision ExperimentVerdict::decide(const Experiment& experiment) const {
    auto [lower, upper] = difference();
    if (sample_ratio_p() < sample_ratio_alpha) return {Action::stop, "sample_ratio"};
    if (lower > terms_.margin) return {Action::stop, "worse"};
    bool enough = per_step_[experiment.step] >= terms_.outcomes_per_step;
    if (enough && !experiment.is_last_step()) return {Action::next_step, ""};
    if (enough && upper < 0) return {Action::promote, "better"};
    if (enough && lower > -terms_.margin && upper < terms_.margin) return {Action::stop, "no_difference"};
    if (outcomes_ >= terms_.outcomes_max) return {Action::stop, "undecided"};
    return {Action::wait, ""};
}

json::object ExperimentVerdict::json(const ExperimentFigures& figures) const {
    auto [lower, upper] = difference();
    return {{"loss", name_of(terms_.loss)},
            {"shadow",
             {{"exposures", figures.shadow_exposures},
              {"champion", arm_json(figures.shadow_champion)},
              {"challenger", arm_json(figures.shadow_challenger)}}},
            {"shares",
             {{"exposures", figures.exposures}, {"champion", arm_json(figures.champion)}, {"challenger", arm_json(figures.challenger)}}},
            {"difference", {{"lower", lower}, {"upper", upper}, {"confidence", 1 - terms_.alpha}}},
            {"margin", terms_.margin},
            {"sample_ratio_p", sample_ratio_p()}};
}

}  // namespace quoin
