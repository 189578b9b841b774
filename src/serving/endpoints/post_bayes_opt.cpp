#include <boost/json.hpp>

#include "decisions/json_fields.h"
#include "decisions/search/bayes_optimizer.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

// A fit grows with the cube of the observations: 200 take well under a second.
constexpr std::size_t observations_max = 200, suggestions_max = 10, constraints_max = 20;
constexpr double value_max = 1e100;

/// {"x": 0.1, "value": 0.3}: parameters beside the outcome.
Status take_in(BayesOptimizer& optimizer, const json::value& entry, const std::string& field) {
    if (!entry.is_object()) return fail_field(ErrorKind::invalid, field, "{} is not an object", field);
    json::object parameters = entry.get_object();
    json::object outcome;
    for (const char* name : {"value", "constraints"}) {
        if (!parameters.contains(name)) continue;
        outcome[name] = parameters[name];
        parameters.erase(name);
    }
    const json::value outcome_value(std::move(outcome));
    TRY(fields, JsonFields::open(outcome_value, field, ErrorKind::invalid));
    fields.place_at(field);
    TRY(value, fields.number("value", -value_max, value_max));
    TrialOutcome told{value};
    if (fields.has("constraints")) {
        TRY(constraints, fields.numbers("constraints", constraints_max));
        told.constraints = std::move(constraints);
    }
    TRY(point, search_point_from_json(json::value(std::move(parameters))));
    return optimizer.add(point, told).map([](auto&&) {});
}

Result<BayesOptions> options_of(JsonFields& fields) {
    BayesOptions options{.initial = 2};
    if (fields.has("maximize")) {
        TRY(maximize, fields.flag("maximize"));
        options.maximize = maximize;
    }
    if (fields.has("constraints")) {
        TRY(constraints, fields.whole("constraints", constraints_max));
        options.constraints = constraints;
    }
    if (fields.has("seed")) {
        TRY(seed, fields.whole("seed", ~std::uint64_t{0}));
        options.seed = seed;
    }
    return options;
}

Result<Response> post(const Request& request, Service&) {
    TRY(body, json_body(request));
    TRY(fields, JsonFields::open(body, "body", ErrorKind::invalid));
    fields.place_at("");
    TRY(space_value, fields.any("space"));
    TRY(space, search_space_from_json(*space_value));
    for (const SearchParameter& parameter : space.parameters())
        if (parameter.name == "value" || parameter.name == "constraints")
            return fail_field(ErrorKind::invalid, "/space", "a parameter cannot be called '{}': observations use the name", parameter.name);
    TRY(options, options_of(fields));
    TRY(optimizer, BayesOptimizer::make(std::move(space), options));
    std::size_t count = 1;
    if (fields.has("count")) {
        TRY(asked, fields.whole("count", suggestions_max));
        count = asked;
    }
    if (fields.has("observations")) {
        TRY(observations, fields.array("observations", observations_max));
        for (std::size_t i = 0; i < observations->size(); ++i)
            TRY_VOID(take_in(optimizer, (*observations)[i], fmt::format("/observations/{}", i)));
    }
    TRY_VOID(fields.finish());
    TRY(suggestions, optimizer.ask(count));
    json::array points;
    for (const auto& suggestion : suggestions) points.push_back(to_json(suggestion.point));
    json::object data{{"next", points.front()}, {"suggestions", points}, {"best", nullptr}};
    if (const SearchTrial* best = optimizer.best()) data["best"] = {{"point", to_json(best->point)}, {"value", best->outcome.value}};
    return json_response(json::object{{"data", std::move(data)}});
}

}  // namespace

EndpointEntry post_bayes_opt() {
    return {
        .method = "POST",
        .path = "/models/bayes-opt",
        .tag = "Models",
        .summary = "Which parameters to try next",
        .description =
            "Bayesian optimisation with Gaussian processes: from a search space and the observations so far (at most 200, each with its "
            "parameters and their `value`), the `next` point to try, or `count` of them as a batch, and the best so far. Lower values are "
            "better unless `maximize` is true; with `constraints`: n every observation brings n numbers that must not be above 0. "
            "Nothing is stored.",
        .request_schema =
            R"({"type": "object", "required": ["space"], "additionalProperties": false, "properties": {
                "space": {"type": "object", "minProperties": 1}, "observations": {"type": "array", "maxItems": 200,
                "items": {"type": "object", "required": ["value"], "properties": {"value": {"type": "number"}}}},
                "maximize": {"type": "boolean", "default": false}, "constraints": {"type": "integer", "default": 0},
                "count": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1}, "seed": {"type": "integer", "default": 1}}})",
        .request_example = R"({"space": {"x": [0, 1]}, "observations": [{"x": 0.1, "value": 0.3}, {"x": 0.8, "value": 0.9}]})",
        .response_schema =
            R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["next", "suggestions",
                "best"], "properties": {"next": {"type": "object"}, "suggestions": {"type": "array", "items": {"type": "object"}},
                "best": {"type": ["object", "null"]}}}}})",
        .answer = post,
    };
}

}  // namespace quoin
