#include "learning/declaration_checks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "learning/survival/hazard_learners.h"

namespace quoin {
namespace {

constexpr std::size_t quantiles_max = 16;
constexpr double ahead_hours_max = 24 * 366;
constexpr std::size_t grid_max = 366;
constexpr std::size_t movable_values_max = 64;

Status check_quantiles(const Declaration& declaration) {
    const auto& levels = declaration.quantiles;
    if (levels.empty()) return {};
    if (declaration.task != Task::regression) return fail_field(ErrorKind::invalid, "quantiles", "a yes/no label has no quantiles");
    if (levels.size() > quantiles_max || !std::ranges::is_sorted(levels, std::ranges::less_equal{}) || !(levels.front() > 0) ||
        !(levels.back() < 1))
        return fail_field(ErrorKind::invalid, "quantiles", "quantiles must be at most {} levels between 0 and 1, each above the one before",
                          quantiles_max);
    for (const auto& member : declaration.members) {
        TRY(family, find_family(member.family));
        if (family->learns_quantiles) return {};
    }
    return fail_field(ErrorKind::invalid, "quantiles", "none of the members learns quantiles; xgboost and lightgbm do");
}

Status check_season(const Declaration& declaration) {
    const auto& season = declaration.season;
    if (season.series.empty()) return {};
    if (declaration.time.empty() || !declaration.log_label || declaration.task != Task::regression)
        return fail_field(ErrorKind::invalid, "season", "a season needs a 'time' column and a label of scale log");
    if (!(season.ahead_hours > 0 && season.ahead_hours <= ahead_hours_max))
        return fail_field(ErrorKind::invalid, "ahead_hours", "ahead_hours must lie between 0 and {}", ahead_hours_max);
    return {};
}

Status check_event(const Declaration& declaration) {
    const auto& event = declaration.event;
    bool is_survival = declaration.task == Task::survival;
    if (!is_survival && !event.column.empty()) return fail_field(ErrorKind::invalid, "event", "only the task survival has an 'event'");
    if (!is_survival) return {};
    if (event.column.empty())
        return fail_field(ErrorKind::invalid, "event", "the task survival needs 'event', the column that says how a row ended");
    if (event.happened.empty() || event.happened == event.competing || event.column == declaration.label)
        return fail_field(ErrorKind::invalid, "event", "an event needs a column of its own and two different levels");
    if (!(event.horizon > 0) || !std::isfinite(event.horizon))
        return fail_field(ErrorKind::invalid, "horizon", "the horizon must be above 0, not {}", event.horizon);
    bool ascends = std::ranges::is_sorted(event.grid, std::ranges::less_equal{}) && event.grid.size() >= 2 && event.grid.size() <= grid_max;
    if (!ascends || !(event.grid.front() > 0) || event.grid.back() != event.horizon)
        return fail_field(ErrorKind::invalid, "grid", "the grid must be 2 to {} times that ascend from above 0 to the horizon", grid_max);
    if (declaration.fold_kind == "rolling")
        return fail_field(ErrorKind::invalid, "fold_kind", "a model of the task survival has shuffled or grouped folds");
    for (const auto& member : declaration.members) TRY_VOID(find_hazard_learner(member.family).map([](auto*) {}));
    return {};
}

Status check_movable(const DeclaredFeature& feature) {
    if (!feature.movable) return {};
    const auto& movable = *feature.movable;
    double steps = (movable.upper - movable.lower) / movable.step;
    bool usable = feature.kind == ColumnKind::category
                      ? !movable.values.empty() && movable.values.size() <= movable_values_max
                      : feature.kind == ColumnKind::number && movable.step > 0 && steps > 0 && steps < movable_values_max;
    if (usable) return {};
    return fail_field(ErrorKind::invalid, "movable",
                      "feature '{}': movable is a number from < to in steps > 0, or a list of a category's values, at most {} of them",
                      feature.column, movable_values_max);
}

Status check_protected(const Declaration& declaration) {
    const auto& favourable = declaration.favourable;
    if (favourable != "positive" && favourable != "negative")
        return fail_field(ErrorKind::invalid, "favourable", "'{}' is no outcome; write positive or negative", favourable);
    if (!(declaration.decision_threshold > 0 && declaration.decision_threshold < 1))
        return fail_field(ErrorKind::invalid, "threshold", "the threshold of a decision lies between 0 and 1");
    std::set<std::string> seen;
    for (const auto& attribute : declaration.protected_attributes) {
        if (!seen.insert(attribute.column).second)
            return fail_field(ErrorKind::invalid, "protected", "'{}' is protected twice", attribute.column);
        auto is_read = std::ranges::any_of(declaration.features, [&](const auto& feature) { return feature.column == attribute.column; });
        if (is_read || attribute.column == declaration.label || attribute.column == declaration.interval_group)
            return fail_field(ErrorKind::invalid, "protected",
                              "'{}' is protected: the audit alone may read it, and the model would; take it out of its features",
                              attribute.column);
    }
    if (!declaration.protected_source.empty() && declaration.id.empty())
        return fail_field(ErrorKind::invalid, "protected", "protected attributes in a file of their own need 'id', the column to join by");
    return {};
}

/// What `timing` alone reads: a count for each day of the week and each hour, in that order.
Status check_timing(const Declaration& declaration) {
    constexpr std::size_t counts = ContactTimes::days + ContactTimes::hours;
    if (declaration.features.size() != counts)
        return fail_field(ErrorKind::invalid, "features",
                          "a model of contact times reads {} counts, Monday to Sunday, then 0 to 23 h; not {}", counts,
                          declaration.features.size());
    if (!declaration.label.empty() || !declaration.members.empty())
        return fail_field(ErrorKind::invalid, "task", "a model of contact times has neither a label nor members");
    return {};
}

}  // namespace

Status check_declaration(const Declaration& declaration) {
    if (declaration.model.empty() || declaration.model.size() > 128 ||
        declaration.model.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
        return fail_field(ErrorKind::invalid, "model", "the model's name '{}' must be lower-case letters, digits and _", declaration.model);
    if (declaration.features.empty()) return fail_field(ErrorKind::invalid, "features", "the declaration has no features");
    if (declaration.task == Task::timing) TRY_VOID(check_timing(declaration));
    if (declaration.members.empty() && declaration.task != Task::timing)
        return fail_field(ErrorKind::invalid, "members", "the declaration has no members (learners)");
    std::set<std::string> columns;
    std::set<ColumnRole> roles;
    for (const auto& feature : declaration.features) {
        if (feature.column == declaration.label)
            return fail_field(ErrorKind::invalid, "features", "the label '{}' is among the features: the model would read its own answer",
                              feature.column);
        TRY_VOID(check_movable(feature));
        if (!columns.insert(feature.column).second)
            return fail_field(ErrorKind::invalid, "features", "feature '{}' is declared twice", feature.column);
        if (feature.role != ColumnRole::none && feature.role != ColumnRole::area && !roles.insert(feature.role).second)
            return fail_field(ErrorKind::invalid, "features", "two features have the role {}", name_of(feature.role));
    }
    if (!declaration.time_as_input && columns.contains(declaration.time))
        return fail_field(ErrorKind::invalid, "time_as_input", "'{}' is among the features, and time_as_input says that it is not read",
                          declaration.time);
    for (const auto& member : declaration.members)
        if (declaration.task != Task::survival) TRY_VOID(find_family(member.family).map([](auto*) {}));
    const auto& kind = declaration.fold_kind;
    if (declaration.folds < 2 || declaration.folds > 100) return fail_field(ErrorKind::invalid, "folds", "folds must be 2 to 100");
    if (!(declaration.test_share > 0 && declaration.test_share < 0.9))
        return fail_field(ErrorKind::invalid, "test_share", "test_share must lie between 0 and 0.9");
    if (kind != "shuffled" && kind != "grouped" && kind != "rolling")
        return fail_field(ErrorKind::invalid, "fold_kind", "fold_kind must be shuffled, grouped or rolling");
    bool absolute = declaration.objective == Objective::absolute_error;
    if ((!absolute && declaration.objective != Objective::squared_error) || (absolute && declaration.task != Task::regression))
        return fail_field(ErrorKind::invalid, "objective",
                          "an ensemble has the objective squared_error, a regression that or absolute_error; not '{}'",
                          name_of(declaration.objective));
    if (!declaration.fold_group.empty() && kind != "grouped")
        return fail_field(ErrorKind::invalid, "fold_group", "only folds of the kind grouped have a fold_group");
    if (kind == "grouped" && declaration.fold_column().empty() && declaration.task != Task::timing)
        return fail_field(ErrorKind::invalid, "fold_group", "grouped folds need fold_group, or the id, to group by");
    if (!(declaration.label_lower <= declaration.label_upper))
        return fail_field(ErrorKind::invalid, "maximum", "label: the maximum {} lies below the minimum {}", declaration.label_upper,
                          declaration.label_lower);
    TRY_VOID(check_quantiles(declaration));
    TRY_VOID(check_season(declaration));
    TRY_VOID(check_event(declaration));
    TRY_VOID(check_protected(declaration));
    for (double level : declaration.levels) TRY_VOID(coverage_level(level).map([](auto) {}));
    return {};
}

}  // namespace quoin
