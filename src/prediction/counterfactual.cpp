#include "prediction/counterfactual.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr std::size_t pair_values_max = 12;
constexpr double least_gain = 1e-9;

/// A movable input with the raw values that it may take from where it is, nearest first, and how far each is.
struct Lever {
    std::size_t input = 0;
    std::vector<double> values, efforts;
};

Lever category_lever(const TrainedModel& model, std::size_t index, double now) {
    const auto& input = model.encoder.inputs()[index];
    const auto& order = input.movable->values;
    Lever lever{index, {}, {}};
    auto here = std::ranges::find(order, input.levels[static_cast<std::size_t>(now)]) - order.begin();
    bool is_listed = here < static_cast<std::ptrdiff_t>(order.size());
    for (std::ptrdiff_t place = 0; place < static_cast<std::ptrdiff_t>(order.size()); ++place) {
        auto steps = is_listed ? place - here : std::ptrdiff_t{1};
        if (steps == 0 || (is_listed && steps * input.movable->direction < 0)) continue;
        if (!is_listed && input.movable->direction != 0) continue;  // where it stands in the order is not declared
        double code = model.encoder.code(index, order[static_cast<std::size_t>(place)]);
        if (std::isnan(code)) continue;  // not seen in training
        lever.values.push_back(code);
        lever.efforts.push_back(std::abs(static_cast<double>(steps)) / std::max<double>(1, static_cast<double>(order.size()) - 1));
    }
    return lever;
}

Lever number_lever(const InputColumn& input, std::size_t index, double now) {
    const auto& movable = *input.movable;
    Lever lever{index, {}, {}};
    auto steps = static_cast<std::size_t>(std::floor((movable.upper - movable.lower) / movable.step + 1e-9));
    for (std::size_t k = 0; k <= steps; ++k) {
        double value = movable.lower + static_cast<double>(k) * movable.step, moved = value - now;
        if (std::abs(moved) < 1e-12 || moved * movable.direction < 0) continue;
        lever.values.push_back(value);
        lever.efforts.push_back(std::abs(moved) / (movable.upper - movable.lower));
    }
    return lever;
}

std::vector<Lever> levers_of(const Changed& changed) {
    std::vector<Lever> levers;
    for (std::size_t i = 0; i < changed.raw.size(); ++i) {
        const auto& input = changed.model.encoder.inputs()[i];
        if (!input.movable || std::isnan(changed.raw[i])) continue;
        auto lever = input.kind == ColumnKind::category ? category_lever(changed.model, i, changed.raw[i])
                                                        : number_lever(input, i, changed.raw[i]);
        std::vector<std::pair<double, double>> order;
        for (std::size_t k = 0; k < lever.values.size(); ++k) order.emplace_back(lever.efforts[k], lever.values[k]);
        std::ranges::sort(order);
        for (std::size_t k = 0; k < order.size(); ++k) std::tie(lever.efforts[k], lever.values[k]) = order[k];
        if (!lever.values.empty()) levers.push_back(std::move(lever));
    }
    return levers;
}

/// Which value of which lever; place −1: as it is.
using Choice = std::vector<std::ptrdiff_t>;

double effort_of(const std::vector<Lever>& levers, const Choice& choice) {
    double effort = 0;
    for (std::size_t l = 0; l < levers.size(); ++l)
        if (choice[l] >= 0) effort += levers[l].efforts[static_cast<std::size_t>(choice[l])];
    return effort;
}

std::vector<double> values_after(const Changed& changed, const std::vector<Lever>& levers, std::span<const Choice> choices) {
    Matrix rows(choices.size(), changed.raw.size());
    for (std::size_t i = 0; i < choices.size(); ++i) {
        std::ranges::copy(changed.raw, rows.row(i).begin());
        for (std::size_t l = 0; l < levers.size(); ++l)
            if (choices[i][l] >= 0) rows(i, levers[l].input) = levers[l].values[static_cast<std::size_t>(choices[i][l])];
    }
    return changed.values(rows);
}

Counterfactual told(const Changed& changed, const std::vector<Lever>& levers, const Choice& choice, std::pair<double, double> values) {
    Counterfactual told{.value = values.second, .change = values.second - values.first, .effort = effort_of(levers, choice)};
    for (std::size_t l = 0; l < levers.size(); ++l) {
        if (choice[l] < 0) continue;
        const auto& input = changed.model.encoder.inputs()[levers[l].input];
        told.changes.push_back({input.name, input.label, feature_value(input, changed.raw[levers[l].input]),
                                feature_value(input, levers[l].values[static_cast<std::size_t>(choice[l])])});
    }
    return told;
}

std::vector<Choice> single_choices(const std::vector<Lever>& levers) {
    std::vector<Choice> choices;
    for (std::size_t l = 0; l < levers.size(); ++l)
        for (std::size_t k = 0; k < levers[l].values.size(); ++k) {
            choices.emplace_back(levers.size(), -1);
            choices.back()[l] = static_cast<std::ptrdiff_t>(k);
        }
    return choices;
}

/// Up to `most` places of `size`, evenly, the last among them.
std::vector<std::ptrdiff_t> spread_places(std::size_t size, std::size_t most) {
    std::vector<std::ptrdiff_t> places;
    std::size_t count = std::min(size, most);
    for (std::size_t k = 1; k <= count; ++k) places.push_back(static_cast<std::ptrdiff_t>(size * k / count) - 1);
    return places;
}

std::vector<Choice> pair_choices(const std::vector<Lever>& levers) {
    std::vector<Choice> choices;
    for (std::size_t a = 0; a < levers.size(); ++a)
        for (std::size_t b = a + 1; b < levers.size(); ++b)
            for (auto first : spread_places(levers[a].values.size(), pair_values_max))
                for (auto second : spread_places(levers[b].values.size(), pair_values_max)) {
                    choices.emplace_back(levers.size(), -1);
                    choices.back()[a] = first, choices.back()[b] = second;
                }
    return choices;
}

/// Asks the model, and keeps what reaches the goal with the least effort.
class Search {
public:
    Search(const Changed& changed, const Goal& goal) : changed_(changed), goal_(goal), levers_(levers_of(changed)) {}

    std::optional<Counterfactual> run() {
        if (levers_.empty()) return std::nullopt;
        std::optional<Choice> found = least_of(single_choices(levers_));
        if (!found) found = least_of(pair_choices(levers_));
        if (!found) found = best_first();
        if (!found) return std::nullopt;
        take_back(*found);
        double now = changed_.values(MatrixView<const double>(changed_.raw.data(), 1, changed_.raw.size())).front();
        return told(changed_, levers_, *found, {now, value_of(*found)});
    }

private:
    bool reaches(double value) const { return goal_.direction > 0 ? value >= goal_.target : value <= goal_.target; }
    double value_of(const Choice& choice) const { return values_after(changed_, levers_, {&choice, 1}).front(); }

    std::optional<Choice> least_of(std::span<const Choice> choices) const {
        if (choices.empty()) return std::nullopt;
        auto values = values_after(changed_, levers_, choices);
        std::optional<std::size_t> least;
        for (std::size_t i = 0; i < choices.size(); ++i)
            if (reaches(values[i]) && (!least || effort_of(levers_, choices[i]) < effort_of(levers_, choices[*least]))) least = i;
        if (!least) return std::nullopt;
        return choices[*least];
    }

    /// One input after the other, each time the one that brings the answer furthest.
    std::optional<Choice> best_first() const {
        Choice choice(levers_.size(), -1);
        for (std::size_t step = 0; step < levers_.size(); ++step) {
            std::vector<Choice> next;
            for (std::size_t l = 0; l < levers_.size(); ++l)
                for (std::size_t k = 0; choice[l] < 0 && k < levers_[l].values.size(); ++k) {
                    next.push_back(choice);
                    next.back()[l] = static_cast<std::ptrdiff_t>(k);
                }
            auto values = values_after(changed_, levers_, next);
            auto best = std::ranges::max_element(values, {}, [&](double value) { return value * goal_.direction; });
            choice = next[static_cast<std::size_t>(best - values.begin())];
            if (reaches(*best)) return choice;
        }
        return std::nullopt;
    }

    void take_back(Choice& choice) const {
        for (std::size_t l = 0; l < levers_.size(); ++l)
            for (std::ptrdiff_t place = -1; place < choice[l]; ++place) {
                auto less = choice;
                less[l] = place;
                if (!reaches(value_of(less))) continue;
                choice = std::move(less);
                break;
            }
    }

    const Changed& changed_;
    const Goal& goal_;
    std::vector<Lever> levers_;
};

}  // namespace

std::vector<double> Changed::values(MatrixView<const double> rows) const {
    auto encoded = model.encoder.encode(rows);
    std::vector<double> values;
    if (model.task == Task::multiclass) {
        auto scores = model.class_scores(encoded);
        for (std::size_t i = 0; i < rows.rows(); ++i) values.push_back(model.class_probabilities(scores.row(i))[class_index]);
        return values;
    }
    auto predictions = model.ensemble.member_predictions(encoded);
    for (std::size_t i = 0; i < rows.rows(); ++i) values.push_back(model.score(rows.row(i), predictions.row(i)));
    if (model.time_to_event) {
        auto incidences = model.incidences(encoded, values);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = incidences[i].expected();
        return values;
    }
    for (double& value : values) value = model.in_label_unit(value);
    return values;
}

std::vector<Counterfactual> best_single_changes(const Changed& changed, int direction) {
    auto levers = levers_of(changed);
    std::vector<Counterfactual> best;
    if (levers.empty()) return best;
    double now = changed.values(MatrixView<const double>(changed.raw.data(), 1, changed.raw.size())).front();
    auto choices = single_choices(levers);
    auto values = values_after(changed, levers, choices);
    std::size_t at = 0;
    for (const auto& lever : levers) {
        std::size_t first = at, winner = at;
        for (at += lever.values.size(), ++first; first < at; ++first)
            if ((values[first] - values[winner]) * direction > least_gain * std::abs(now)) winner = first;
        if ((values[winner] - now) * direction > least_gain * std::abs(now))
            best.push_back(told(changed, levers, choices[winner], {now, values[winner]}));
    }
    std::ranges::stable_sort(best, std::greater{}, [&](const Counterfactual& one) { return one.change * direction; });
    return best;
}

std::optional<Counterfactual> smallest_change(const Changed& changed, const Goal& goal) { return Search(changed, goal).run(); }

}  // namespace quoin
