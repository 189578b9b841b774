#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/rng.h"

namespace quoin {

enum class ParameterKind { real, integer, categorical };

/// One thing that may be chosen.
struct SearchParameter {
    std::string name;
    ParameterKind kind = ParameterKind::real;
    double lower = 0, upper = 1;       ///< real, integer: both may be taken
    bool logarithmic = false;          ///< real, integer: searched evenly on a log scale; lower > 0
    std::vector<std::string> choices;  ///< categorical: at least 2, all different
    std::string parent;                ///< not empty: the parameter exists only where this categorical one, declared before it …
    std::vector<std::string> when;     ///< … has one of these values
};

using ParameterValue = std::variant<double, std::string>;
/// Values by name; parameters that do not exist there are left out.
using SearchPoint = std::map<std::string, ParameterValue, std::less<>>;

/// A space of reals, integers and categories, some of them conditional on others. A point of it is also a vector of one number in [0, 1]
/// per parameter ("shares"), from which every vector leads to a point, and a vector of inputs for a model of distances: shares of the
/// rounded values for numbers, 1/√2 in the place of the choice for categories (so that two different ones are 1 apart), and the same
/// constants wherever a parameter does not exist (Garrido-Merchán & Hernández-Lobato 2020). Immutable, thread-safe.
class SearchSpace {
public:
    /// Error: invalid (no parameter or more than 100, a name twice, bounds that are no range, choices missing or twice, a parent that is no
    /// categorical parameter before), field = the name.
    static Result<SearchSpace> make(std::vector<SearchParameter> parameters);

    std::span<const SearchParameter> parameters() const { return parameters_; }
    std::size_t input_count() const { return inputs_; }
    SearchPoint point(std::span<const double> shares) const;
    /// Error: invalid (a name that is unknown, missing or does not exist at this point, a value of another kind or outside its range).
    Result<std::vector<double>> shares(const SearchPoint& point) const;
    std::vector<double> inputs(std::span<const double> shares) const;

private:
    SearchSpace() = default;
    bool exists(std::size_t place, std::span<const double> shares) const;

    std::vector<SearchParameter> parameters_;
    std::vector<std::size_t> parents_;  ///< place of the parent; its own place if there is none
    std::size_t inputs_ = 0;
};

/// From {"x": [0, 1], "depth": {"type": "integer", "lower": 1, "upper": 10, "log": false}, "kernel": ["linear", "rbf"],
/// "gamma": {"type": "real", "lower": 1e-4, "upper": 1, "log": true, "parent": "kernel", "when": ["rbf"]}} (docs/formats/decisions.md).
/// Error: invalid, naming the parameter.
Result<SearchSpace> search_space_from_json(const boost::json::value& value);
boost::json::object to_json(const SearchSpace& space);

boost::json::object to_json(const SearchPoint& point);
/// Error: invalid (a value that is neither a finite number nor a text).
Result<SearchPoint> search_point_from_json(const boost::json::value& value);

}  // namespace quoin
