#include "models/linear/linear_model.h"

#include <boost/json.hpp>
#include <cassert>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t features_max = 1u << 16;
constexpr std::size_t terms_max = 1u << 20;

/// A term's standardised input: 0 when a number is missing, the indicator's own value otherwise.
double standardised(const LinearModel::Term& term, double value) {
    if (term.level >= 0) return ((value == term.level ? 1.0 : 0.0) - term.mean) / term.scale;
    return std::isnan(value) ? 0.0 : (value - term.mean) / term.scale;
}

Result<double> finite_number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (!value || !value->is_number()) return fail(ErrorKind::corrupt, "linear model: \"{}\" is not a number", name);
    double number = value->to_number<double>();
    if (!std::isfinite(number)) return fail(ErrorKind::corrupt, "linear model: \"{}\" is not finite", name);
    return number;
}

/// A whole number between the two limits.
Result<long> whole_number(const json::object& object, std::string_view name, long lower, long upper) {
    TRY(number, finite_number(object, name));
    if (number != std::floor(number) || number < static_cast<double>(lower) || number > static_cast<double>(upper)) {
        return fail(ErrorKind::corrupt, "linear model: \"{}\" is {}, not a whole number from {} to {}", name, number, lower, upper);
    }
    return static_cast<long>(number);
}

Result<LinearModel::Term> term_from_json(const json::value& value, std::size_t features) {
    if (!value.is_object()) return fail(ErrorKind::corrupt, "linear model: a term is not an object");
    const json::object& object = value.get_object();
    TRY(feature, whole_number(object, "feature", 0, static_cast<long>(features) - 1));
    TRY(level, whole_number(object, "level", -1, (1L << 31) - 1));
    TRY(mean, finite_number(object, "mean"));
    TRY(scale, finite_number(object, "scale"));
    TRY(coefficient, finite_number(object, "coefficient"));
    if (!(scale > 0))
        return fail(ErrorKind::corrupt, "linear model: the scale of a term of feature {} is {}, not positive", feature, scale);
    return LinearModel::Term{static_cast<std::size_t>(feature), static_cast<int>(level), mean, scale, coefficient};
}

}  // namespace

double LinearModel::predict(std::span<const double> row) const {
    assert(row.size() == features);
    double sum = intercept;
    for (const Term& term : terms) sum += term.coefficient * standardised(term, row[term.feature]);
    return sum;
}

void LinearModel::contributions(std::span<const double> row, std::span<double> out) const {
    assert(row.size() == features && out.size() == features + 1);
    std::fill(out.begin(), out.end(), 0.0);
    for (const Term& term : terms) out[term.feature] += term.coefficient * standardised(term, row[term.feature]);
    out[features] = intercept;
}

json::object to_json(const LinearModel& model) {
    json::array terms;
    for (const LinearModel::Term& term : model.terms) {
        terms.push_back(json::object{{"feature", term.feature},
                                     {"level", term.level},
                                     {"mean", term.mean},
                                     {"scale", term.scale},
                                     {"coefficient", term.coefficient}});
    }
    return {{"features", model.features}, {"intercept", model.intercept}, {"terms", std::move(terms)}};
}

Result<LinearModel> linear_model_from_json(const json::value& value) {
    if (!value.is_object()) return fail(ErrorKind::corrupt, "linear model: not an object");
    const json::object& object = value.get_object();
    LinearModel model;
    TRY(features, whole_number(object, "features", 1, features_max));
    model.features = static_cast<std::size_t>(features);
    TRY(intercept, finite_number(object, "intercept"));
    model.intercept = intercept;
    const json::value* terms = object.if_contains("terms");
    if (!terms || !terms->is_array()) return fail(ErrorKind::corrupt, "linear model: \"terms\" is not an array");
    if (terms->get_array().size() > terms_max) return fail(ErrorKind::too_large, "linear model: more than {} terms", terms_max);
    for (const json::value& entry : terms->get_array()) {
        TRY(term, term_from_json(entry, model.features));
        model.terms.push_back(term);
    }
    return model;
}

}  // namespace quoin
