#include "prediction/property_pricing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "prediction/query_row.h"

namespace quoin {
namespace {

constexpr double one_sigma_level = 0.6827;
constexpr double cap_rate_max = 0.5;
constexpr std::size_t offers_min = 20;  ///< of a market and type, to tell a percentile among them
const std::string caprate_column = "current_caprate", market_column = "market_id", type_column = "property_type", noi_column = "noi_usd";

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

Status check_rate(double rate) {
    if (rate > cap_rate_max)
        return fail_field(ErrorKind::invalid, "/current_caprate",
                          "a cap rate of {} would be {:g} %; rates are fractions here: write {:g} for {:g} %", rate, rate * 100, rate / 100,
                          rate);
    if (!(rate > 0)) return fail_field(ErrorKind::invalid, "/current_caprate", "a cap rate is above 0, not {}", rate);
    return {};
}

std::optional<FeatureValue> value_of(const PredictionQuery& query, const std::string& name) {
    auto found = std::ranges::find(query.features, name, &std::pair<std::string, FeatureValue>::first);
    if (found == query.features.end() || std::holds_alternative<std::nullptr_t>(found->second)) return std::nullopt;
    return found->second;
}

double number_of(const PredictionQuery& query, const std::string& name) {
    auto value = value_of(query, name);
    return value && std::holds_alternative<double>(*value) ? std::get<double>(*value) : NAN;
}

std::string text_of(const PredictionQuery& query, const std::string& name) {
    auto value = value_of(query, name);
    return value && std::holds_alternative<std::string>(*value) ? std::get<std::string>(*value) : "";
}

LevelInterval interval_at(const Prediction& prediction, double level) {
    auto found = std::ranges::find(prediction.intervals, level, &LevelInterval::level);
    return found == prediction.intervals.end() ? LevelInterval{level, NAN, NAN} : *found;
}

/// Standard deviation of the logarithm of a positive quantity whose central 68.27 % lie between the two.
double log_deviation(double lower, double upper) { return (std::log(std::max(upper, 1e-9)) - std::log(std::max(lower, 1e-9))) / 2; }

struct Gain {
    double expected, deviation;
    double score() const { return 100 * normal_cdf(expected / std::max(deviation, 1e-9)); }
};

Gain gain_of(const Prediction& cap_rate, const Prediction& growth, double current) {
    auto rate = interval_at(cap_rate, one_sigma_level), income = interval_at(growth, one_sigma_level);
    double rate_deviation = log_deviation(rate.lower, rate.upper);
    double income_deviation = log_deviation(1 + income.lower, 1 + income.upper);
    return {std::log((1 + growth.value) * current / cap_rate.value), std::hypot(rate_deviation, income_deviation)};
}

constexpr double often_missing = 0.05;  ///< share of the known properties that lack an input, from which on lacking it says little

/// Inputs that most of the known properties have.
std::vector<std::size_t> expected_inputs(const TrainedModel& model) {
    std::vector<std::size_t> expected;
    const auto& rows = model.reference.raw;
    for (std::size_t i = 0; i < model.encoder.inputs().size(); ++i) {
        double missing = 0;
        for (std::size_t row = 0; row < rows.rows(); ++row) missing += std::isnan(rows(row, i)) ? 1 : 0;
        if (model.encoder.inputs()[i].name != model.time_column && missing <= often_missing * static_cast<double>(rows.rows()))
            expected.push_back(i);
    }
    return expected;
}

/// Share of the expected inputs that are known and lie where training has been: numbers within its range, levels that it saw.
Result<double> inside_training(const TrainedModel& model, std::span<const std::size_t> expected, const PredictionQuery& filled) {
    TRY(raw, raw_row(model, filled));
    double inside = 0;
    for (auto i : expected) {
        const auto& input = model.encoder.inputs()[i];
        bool is_seen = !std::isnan(raw[i]) && (input.kind != ColumnKind::number || (raw[i] >= input.lower && raw[i] <= input.upper));
        inside += is_seen ? 1 : 0;
    }
    return expected.empty() ? 1 : inside / static_cast<double>(expected.size());
}

PredictionQuery entity_query(const std::string& id, Probability level) {
    PredictionQuery query;
    query.entity = EntityId{id};
    query.levels = {level, Probability{one_sigma_level}};
    query.comparables = 0;
    query.drivers = 0;
    return query;
}

}  // namespace

/// The scores of the properties that both models know, at the rates they are offered at, by market and type, ascending.
struct PropertyPricing::Offers {
    std::string artifacts;
    std::vector<std::size_t> expected;                  ///< inputs of the cap rate model
    std::map<std::string, std::vector<double>> scores;  ///< "market/type", "market/" and ""

    double percentile(const std::string& market, const std::string& type, double score) const {
        for (const auto& key : {market + "/" + type, market + "/", std::string()}) {
            auto found = scores.find(key);
            if (found == scores.end() || (found->second.size() < offers_min && !key.empty())) continue;
            auto below = std::ranges::lower_bound(found->second, score) - found->second.begin();
            auto upto = std::ranges::upper_bound(found->second, score) - found->second.begin();
            return 50.0 * static_cast<double>(below + upto) / static_cast<double>(found->second.size());
        }
        return 50;
    }
};

/// A question with what the store knows filled in.
struct PropertyPricing::Asked {
    Probability level;
    PredictionQuery cap_rate, noi_growth;
    double current_caprate;
};

/// Too few facts were given: of a property that nobody knows, that is what is wrong.
Error PropertyPricing::unknown_or(const std::string& id, Error error) const {
    auto known = predictor_.filled(cap_rate_product, entity_query(id, Probability{one_sigma_level}));
    if (known || known.error().kind != ErrorKind::not_found) return error;
    return {ErrorKind::not_found,
            fmt::format("no property has the id '{}'; give market_id, property_type, current_noi and current_caprate", id), "/property_id"};
}

Result<PropertyPricing::Asked> PropertyPricing::ask(const PropertyQuestion& question) const {
    auto query = entity_query(question.property_id, question.level);
    query.drivers = question.drivers;
    if (question.market_id) query.features.emplace_back(market_column, *question.market_id);
    if (question.property_type) query.features.emplace_back(type_column, *question.property_type);
    if (question.current_noi) {
        if (!(*question.current_noi > 0) || !std::isfinite(*question.current_noi))
            return fail_field(ErrorKind::invalid, "/current_noi", "net operating income is above 0 here, not {}: a cap rate needs one",
                              *question.current_noi);
        query.features.emplace_back(noi_column, *question.current_noi);
    }
    Asked asked{question.level, query, query, 0};
    asked.cap_rate.prediction_type = "CAP_RATE";
    asked.noi_growth.prediction_type = "NOI_GROWTH";
    asked.noi_growth.drivers = 0;
    if (question.current_caprate) {
        TRY_VOID(check_rate(*question.current_caprate));
        asked.noi_growth.features.emplace_back(caprate_column, *question.current_caprate);
    }
    auto cap_rate = predictor_.filled(cap_rate_product, asked.cap_rate);
    if (!cap_rate) return tl::unexpected(unknown_or(question.property_id, std::move(cap_rate).error()));
    TRY(noi_growth, predictor_.filled(noi_growth_product, asked.noi_growth));
    asked.cap_rate = std::move(*cap_rate), asked.noi_growth = std::move(noi_growth);
    asked.current_caprate = number_of(asked.noi_growth, caprate_column);
    if (std::isnan(asked.current_caprate))
        return fail_field(ErrorKind::invalid, "/current_caprate", "what '{}' is offered at is not known here; give current_caprate",
                          question.property_id);
    return asked;
}

Result<PropertyPrice> PropertyPricing::put_together(const Asked& asked, Prediction cap_rate, Prediction noi_growth) const {
    PropertyPrice price;
    auto gain = gain_of(cap_rate, noi_growth, asked.current_caprate);
    TRY(known, offers());
    price.current_caprate = asked.current_caprate;
    price.expected_log_gain = gain.expected;
    price.arbitrage_score = gain.score();
    price.arbitrage_percentile = known->percentile(text_of(asked.cap_rate, market_column), text_of(asked.cap_rate, type_column),
                                                   price.arbitrage_score);
    price.cap_rate_interval = interval_at(cap_rate, asked.level.value());
    price.noi_growth_interval = interval_at(noi_growth, asked.level.value());
    TRY(live, predictor_.live_of(cap_rate_product));
    TRY(inside, inside_training(live->model(), known->expected, asked.cap_rate));
    price.model_confidence = cap_rate.confidence * inside;
    price.cap_rate = std::move(cap_rate), price.noi_growth = std::move(noi_growth);
    return price;
}

Result<PropertyPrice> PropertyPricing::price(const PropertyQuestion& question) { return std::move(price_all({&question, 1}).front()); }

std::vector<Result<PropertyPrice>> PropertyPricing::price_all(std::span<const PropertyQuestion> questions) {
    std::vector<Result<PropertyPrice>> prices(questions.size(), fail(ErrorKind::internal, "not answered"));
    std::vector<Asked> all;
    std::vector<std::size_t> places;
    std::vector<PredictionQuery> queries;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        auto asked = ask(questions[i]);
        if (!asked) {
            prices[i] = tl::unexpected(asked.error());
            continue;
        }
        queries.push_back(asked->cap_rate);
        queries.push_back(asked->noi_growth);
        all.push_back(std::move(*asked));
        places.push_back(i);
    }
    auto made = predictor_.predict_batch(queries);
    for (std::size_t k = 0; k < all.size(); ++k) {
        auto &cap_rate = made[2 * k], &growth = made[2 * k + 1];
        if (!cap_rate || !growth) prices[places[k]] = tl::unexpected(cap_rate ? growth.error() : cap_rate.error());
        else prices[places[k]] = put_together(all[k], std::move(*cap_rate), std::move(*growth));
    }
    return prices;
}

Result<std::shared_ptr<const PropertyPricing::Offers>> PropertyPricing::offers() const {
    TRY(rates, predictor_.live_of(cap_rate_product));
    TRY(incomes, predictor_.live_of(noi_growth_product));
    auto known = offers_.load();
    auto artifacts = rates->artifact() + incomes->artifact();
    if (known && known->artifacts == artifacts) return known;
    auto made = std::make_shared<Offers>();
    made->artifacts = artifacts;
    made->expected = expected_inputs(rates->model());
    std::vector<PredictionQuery> rate_queries, income_queries;
    auto ids = rates->entity_ids();
    for (const auto& id : ids) {
        auto query = entity_query(id, Probability{0.8});
        auto rate = rates->fill(query, EventTime{rates->model().data_to}),
             income = incomes->fill(query, EventTime{incomes->model().data_to});
        if (!rate || !income || std::isnan(number_of(*income, caprate_column))) continue;
        rate_queries.push_back(std::move(*rate));
        income_queries.push_back(std::move(*income));
    }
    auto rate_answers = rates->answers(rate_queries), income_answers = incomes->answers(income_queries);
    for (std::size_t i = 0; i < rate_queries.size(); ++i) {
        if (!rate_answers[i] || !income_answers[i]) continue;
        double score = gain_of(*rate_answers[i], *income_answers[i], number_of(income_queries[i], caprate_column)).score();
        auto market = text_of(rate_queries[i], market_column);
        for (const auto& key : {market + "/" + text_of(rate_queries[i], type_column), market + "/", std::string()})
            made->scores[key].push_back(score);
    }
    for (auto& [key, scores] : made->scores) std::ranges::sort(scores);
    offers_.store(made);
    return std::shared_ptr<const Offers>(made);
}

}  // namespace quoin
