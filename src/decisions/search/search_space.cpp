#include "decisions/search/search_space.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace quoin {
namespace {

constexpr std::size_t parameters_max = 100, choices_max = 100;
constexpr double integer_max = 1e15, bound_max = 1e300;

template <class... Args>
tl::unexpected<Error> wrong(const SearchParameter& parameter, fmt::format_string<Args...> text, Args&&... args) {
    return fail_field(ErrorKind::invalid, parameter.name, "parameter '{}': {}", parameter.name,
                      fmt::format(text, std::forward<Args>(args)...));
}

Status check_numbers(const SearchParameter& parameter) {
    const double lower = parameter.lower, upper = parameter.upper;
    if (!(std::abs(lower) <= bound_max && std::abs(upper) <= bound_max && lower < upper && std::isfinite(upper - lower)))
        return wrong(parameter, "{} to {} is no range", lower, upper);
    if (parameter.logarithmic && lower <= 0) return wrong(parameter, "a log scale begins above 0, not at {}", lower);
    if (parameter.kind == ParameterKind::integer &&
        (lower != std::floor(lower) || upper != std::floor(upper) || std::abs(lower) > integer_max || std::abs(upper) > integer_max))
        return wrong(parameter, "{} to {} are no whole numbers", lower, upper);
    if (!parameter.choices.empty()) return wrong(parameter, "a number has no choices");
    return {};
}

Status check_choices(const SearchParameter& parameter) {
    const std::set<std::string> different(parameter.choices.begin(), parameter.choices.end());
    if (parameter.choices.size() < 2 || parameter.choices.size() > choices_max || different.size() != parameter.choices.size())
        return wrong(parameter, "needs between 2 and {} different choices", choices_max);
    return {};
}

/// Bounds between which shares are even, before rounding: half a step beyond both ends for integers, so that the first and the last are as
/// likely as the others.
struct Scale {
    double lower, upper;
    bool logarithmic;
};

Scale scale_of(const SearchParameter& parameter) {
    const double margin = parameter.kind == ParameterKind::integer ? 0.5 : 0;
    return {parameter.lower - margin, parameter.upper + margin, parameter.logarithmic};
}

double value_at(const SearchParameter& parameter, double share) {
    const Scale scale = scale_of(parameter);
    double value = scale.logarithmic ? scale.lower * std::exp(share * std::log(scale.upper / scale.lower))
                                     : scale.lower + share * (scale.upper - scale.lower);
    if (parameter.kind == ParameterKind::integer) value = std::round(value);
    return std::clamp(value, parameter.lower, parameter.upper);
}

double share_of(const SearchParameter& parameter, double value) {
    const Scale scale = scale_of(parameter);
    const double share = scale.logarithmic ? std::log(value / scale.lower) / std::log(scale.upper / scale.lower)
                                           : (value - scale.lower) / (scale.upper - scale.lower);
    return std::clamp(share, 0.0, 1.0);
}

std::size_t choice_at(const SearchParameter& parameter, double share) {
    const auto count = parameter.choices.size();
    return std::min(static_cast<std::size_t>(share * static_cast<double>(count)), count - 1);
}

Result<double> share_of_value(const SearchParameter& parameter, const ParameterValue& value) {
    if (parameter.kind == ParameterKind::categorical) {
        const auto* text = std::get_if<std::string>(&value);
        const auto found = text ? std::ranges::find(parameter.choices, *text) : parameter.choices.end();
        if (found == parameter.choices.end()) return wrong(parameter, "{} is none of its choices", text ? *text : "a number");
        return (static_cast<double>(found - parameter.choices.begin()) + 0.5) / static_cast<double>(parameter.choices.size());
    }
    const double* number = std::get_if<double>(&value);
    if (!number || !(*number >= parameter.lower && *number <= parameter.upper))
        return wrong(parameter, "{} is no number from {} to {}", number ? fmt::to_string(*number) : "a text", parameter.lower,
                     parameter.upper);
    if (parameter.kind == ParameterKind::integer && *number != std::floor(*number))
        return wrong(parameter, "{} is no whole number", *number);
    return share_of(parameter, *number);
}

}  // namespace

Result<SearchSpace> SearchSpace::make(std::vector<SearchParameter> parameters) {
    if (parameters.empty() || parameters.size() > parameters_max)
        return fail(ErrorKind::invalid, "a search space has between 1 and {} parameters, not {}", parameters_max, parameters.size());
    SearchSpace space;
    for (std::size_t place = 0; place < parameters.size(); ++place) {
        const SearchParameter& parameter = parameters[place];
        auto named = [&](const std::string& name) {
            return std::find_if(parameters.begin(), parameters.begin() + static_cast<std::ptrdiff_t>(place),
                                [&](const SearchParameter& other) { return other.name == name; });
        };
        const auto here = parameters.begin() + static_cast<std::ptrdiff_t>(place);
        if (parameter.name.empty() || named(parameter.name) != here) return wrong(parameter, "the name is empty or there twice");
        const bool is_category = parameter.kind == ParameterKind::categorical;
        TRY_VOID(is_category ? check_choices(parameter) : check_numbers(parameter));
        space.inputs_ += is_category ? parameter.choices.size() : 1;
        space.parents_.push_back(place);
        if (parameter.parent.empty()) continue;
        const auto parent = named(parameter.parent);
        if (parent == here || parent->kind != ParameterKind::categorical || parameter.when.empty())
            return wrong(parameter, "its parent '{}' is no categorical parameter before it, or \"when\" is empty", parameter.parent);
        for (const std::string& value : parameter.when)
            if (std::ranges::find(parent->choices, value) == parent->choices.end())
                return wrong(parameter, "'{}' is no choice of its parent '{}'", value, parameter.parent);
        space.parents_.back() = static_cast<std::size_t>(parent - parameters.begin());
    }
    space.parameters_ = std::move(parameters);
    return space;
}

bool SearchSpace::exists(std::size_t place, std::span<const double> shares) const {
    for (std::size_t child = place; parents_[child] != child; child = parents_[child]) {
        const SearchParameter& parent = parameters_[parents_[child]];
        if (std::ranges::find(parameters_[child].when, parent.choices[choice_at(parent, shares[parents_[child]])]) ==
            parameters_[child].when.end())
            return false;
    }
    return true;
}

SearchPoint SearchSpace::point(std::span<const double> shares) const {
    SearchPoint point;
    for (std::size_t place = 0; place < parameters_.size(); ++place) {
        const SearchParameter& parameter = parameters_[place];
        if (!exists(place, shares)) continue;
        if (parameter.kind == ParameterKind::categorical) point[parameter.name] = parameter.choices[choice_at(parameter, shares[place])];
        else point[parameter.name] = value_at(parameter, shares[place]);
    }
    return point;
}

Result<std::vector<double>> SearchSpace::shares(const SearchPoint& point) const {
    std::vector<double> shares(parameters_.size(), 0.5);
    std::size_t used = 0;
    for (std::size_t place = 0; place < parameters_.size(); ++place) {
        const auto found = point.find(parameters_[place].name);
        if (exists(place, shares) != (found != point.end())) {
            return wrong(parameters_[place], "{}", found == point.end() ? "is missing" : "does not exist with these values of the others");
        }
        if (found == point.end()) continue;
        TRY(share, share_of_value(parameters_[place], found->second));
        shares[place] = share;
        ++used;
    }
    if (used == point.size()) return shares;
    for (const auto& [name, value] : point)
        if (std::ranges::find(parameters_, name, &SearchParameter::name) == parameters_.end())
            return fail_field(ErrorKind::invalid, name, "the space has no parameter '{}'", name);
    return shares;
}

std::vector<double> SearchSpace::inputs(std::span<const double> shares) const {
    std::vector<double> inputs;
    inputs.reserve(inputs_);
    for (std::size_t place = 0; place < parameters_.size(); ++place) {
        const SearchParameter& parameter = parameters_[place];
        const bool is_there = exists(place, shares);
        if (parameter.kind == ParameterKind::categorical) {
            const std::size_t choice = choice_at(parameter, shares[place]);
            for (std::size_t i = 0; i < parameter.choices.size(); ++i) inputs.push_back(is_there && i == choice ? M_SQRT1_2 : 0);
        } else {
            inputs.push_back(is_there ? share_of(parameter, value_at(parameter, shares[place])) : 0.5);
        }
    }
    return inputs;
}

}  // namespace quoin
