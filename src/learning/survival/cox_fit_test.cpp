#include "learning/survival/cox_fit.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"
#include "evaluation/survival/concordance.h"
#include "learning/survival/cox_cases_fixture.h"

namespace quoin {
namespace {

void expect_near(std::span<const double> actual, std::span<const double> expected, double share, const std::string& what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (std::size_t i = 0; i < actual.size(); ++i)
        EXPECT_NEAR(actual[i], expected[i], share * std::max(1e-3, std::abs(expected[i]))) << what << " " << i;
}

TEST(CoxFit, AgreesWithR) {
    for (const auto& entry : cox_oracle().at("cases").as_array()) {
        const OwnedSurvivalRows rows = rows_of_case(entry);
        const CoxFit fit = fit_cox(view_of(rows), {.ties = ties_of(entry)}).value();
        EXPECT_EQ(fit.status, CoxStatus::converged);
        std::vector<double> coefficients, errors;
        for (const CoxCoefficient& coefficient : fit.coefficients) {
            coefficients.push_back(coefficient.value);
            errors.push_back(coefficient.standard_error.value());
        }
        expect_near(coefficients, numbers_or_missing(entry.at("coefficients")), 1e-8, title(entry) + " coefficients");
        expect_near(errors, numbers_or_missing(entry.at("errors")), 1e-8, title(entry) + " errors");
        const std::vector<double> likelihoods = {fit.log_likelihood_null, fit.log_likelihood};
        expect_near(likelihoods, numbers_or_missing(entry.at("likelihoods")), 1e-11, title(entry) + " likelihoods");
        const std::vector<double> tests = {fit.likelihood_ratio.statistic, fit.wald.statistic, fit.score.statistic};
        const std::vector<double> expected = {entry.at("likelihood_ratio").as_double(), entry.at("wald").as_double(),
                                              entry.at("score").as_double()};
        expect_near(tests, expected, 1e-8, title(entry) + " tests");
        expect_near(fit.martingale_residuals, numbers_or_missing(entry.at("martingale")), 1e-6, title(entry) + " martingale residuals");
    }
}

/// R's is of a subject whose covariates are all 0, and lists every time of the data, stratum after stratum; ours steps at events only.
TEST(CoxFit, BaselineHazardAgreesWithR) {
    for (const auto& entry : cox_oracle().at("cases").as_array()) {
        const OwnedSurvivalRows rows = rows_of_case(entry);
        const CoxFit fit = fit_cox(view_of(rows), {.ties = ties_of(entry)}).value();
        const std::vector<double> times = numbers_or_missing(entry.at("baseline_times")),
                                  expected = numbers_or_missing(entry.at("baseline"));
        const double at_zero = std::exp(fit.model.log_hazards(Matrix(1, 3))[0]);
        std::size_t stratum = 0;
        for (std::size_t i = 0; i < times.size(); ++i) {
            if (i > 0 && times[i] <= times[i - 1]) ++stratum;
            ASSERT_LT(stratum, fit.model.parts().baselines.size());
            EXPECT_NEAR(at_zero * fit.model.parts().baselines[stratum].at(times[i]), expected[i], 1e-8 * (1 + expected[i]))
                << title(entry) << " " << i;
        }
        EXPECT_EQ(stratum + 1, fit.model.parts().baselines.size());
    }
}

TEST(CoxFit, AnAliasedCovariateIsLeftOutAsRDoes) {
    OwnedSurvivalRows rows = owned_rows(cox_oracle().at("rows"));
    rows.starts.clear();
    rows.weights.clear();
    for (std::size_t i = 0; i < rows.stops.size(); ++i) rows.covariates(i, 2) = 2 * rows.covariates(i, 0) - rows.covariates(i, 1) + 1;
    SurvivalRows view = view_of(rows);
    view.strata = {};
    const CoxFit fit = fit_cox(view).value();
    EXPECT_EQ(fit.status, CoxStatus::converged);
    const std::vector<double> expected = numbers_or_missing(cox_oracle().at("aliased"));
    EXPECT_NEAR(fit.coefficients[0].value, expected[0], 1e-7);
    EXPECT_NEAR(fit.coefficients[1].value, expected[1], 1e-7);
    EXPECT_EQ(fit.coefficients[2].state, CoefficientState::aliased);
    EXPECT_EQ(fit.coefficients[2].value, 0);
    EXPECT_FALSE(fit.coefficients[2].standard_error);
    EXPECT_EQ(fit.wald.degrees, 2u);
    EXPECT_NEAR(fit.log_likelihood, cox_oracle().at("aliased_likelihood").as_double(), 1e-8);
}

TEST(CoxFit, SeparationIsNamedWhereRWarns) {
    OwnedSurvivalRows rows = owned_rows(cox_oracle().at("rows"));
    rows.stops = numbers_or_missing(cox_oracle().at("apart_stop"));
    Matrix two(rows.stops.size(), 2);
    for (std::size_t i = 0; i < rows.stops.size(); ++i)
        for (std::size_t j = 0; j < 2; ++j) two(i, j) = rows.covariates(i, j);
    const CoxFit fit = fit_cox({.covariates = two, .times = {rows.stops, rows.events}}).value();
    EXPECT_EQ(fit.status, CoxStatus::separated);
    EXPECT_EQ(fit.coefficients[0].state, CoefficientState::estimated);
    EXPECT_EQ(fit.coefficients[1].state, CoefficientState::infinite);
    EXPECT_GT(fit.coefficients[1].value, 10) << "R stopped at 21";
    EXPECT_NEAR(fit.coefficients[0].value, numbers_or_missing(cox_oracle().at("separated"))[0], 1e-5);
    EXPECT_NEAR(fit.log_likelihood, cox_oracle().at("separated_likelihood").as_double(), 1e-5);
}

TEST(CoxFit, NoEventsAndAllTiedEndWithAStatus) {
    OwnedSurvivalRows rows = owned_rows(cox_oracle().at("rows"));
    SurvivalRows view{.covariates = rows.covariates, .times = {rows.stops, rows.events}};
    std::ranges::fill(rows.events, 0);
    const CoxFit nothing = fit_cox(view).value();
    EXPECT_EQ(nothing.status, CoxStatus::no_events);
    EXPECT_EQ(nothing.model.answer(rows.covariates.row(0)).value().expected, nothing.model.parts().baselines[0].last_time);
    std::ranges::fill(rows.events, 1);
    std::ranges::fill(rows.stops, 5.0);
    for (TieRule ties : {TieRule::efron, TieRule::breslow}) {
        const CoxFit tied = fit_cox(view, {.ties = ties}).value();
        EXPECT_EQ(tied.status, CoxStatus::converged) << "the risk set is the set of events: no covariate tells them apart";
        for (const CoxCoefficient& coefficient : tied.coefficients) EXPECT_NEAR(coefficient.value, 0, 1e-9);
    }
}

TEST(CoxFit, ConcordanceAgreesWithR) {
    for (const auto& entry : cox_oracle().at("cases").as_array()) {
        const OwnedSurvivalRows rows = rows_of_case(entry);
        const CoxFit fit = fit_cox(view_of(rows), {.ties = ties_of(entry)}).value();
        const Concordance index = concordance(rows.times(), fit.model.log_hazards(rows.covariates), rows.strata).value();
        EXPECT_NEAR(index.index(), entry.at("concordance").as_double(), 1e-10) << title(entry);
        EXPECT_NEAR(index.standard_error, entry.at("concordance_error").as_double(), 1e-10) << title(entry);
    }
}

/// glmnet's answers (4.1.6), strength after strength.
TEST(CoxFit, ElasticNetAgreesWithGlmnet) {
    for (const auto& entry : cox_oracle().at("penalised").as_array()) {
        OwnedSurvivalRows rows = rows_of_case(entry);
        const std::vector<double> x = numbers_or_missing(entry.at("x")), expected = numbers_or_missing(entry.at("coefficients")),
                                  strengths = numbers_or_missing(entry.at("strengths"));
        rows.covariates = Matrix(rows.stops.size(), 5);
        rows.covariate_names.clear();
        std::copy(x.begin(), x.end(), rows.covariates.view().data());
        const double l1_ratio = entry.at("l1_ratio").to_number<double>();
        EXPECT_NEAR(cox_penalty_max(view_of(rows), l1_ratio, TieRule::breslow).value(), entry.at("start").as_double(), 1e-7);
        for (std::size_t k = 0; k < strengths.size(); ++k) {
            const CoxOptions options{.ties = TieRule::breslow, .penalty = CoxPenalty{strengths[k], l1_ratio}};
            const CoxFit fit = fit_cox(view_of(rows), options).value();
            EXPECT_EQ(fit.status, CoxStatus::converged);
            for (std::size_t j = 0; j < 5; ++j) {
                EXPECT_NEAR(fit.coefficients[j].value, expected[k * 5 + j], 2e-6) << entry.at("name").as_string() << " " << k << " " << j;
                EXPECT_FALSE(fit.coefficients[j].standard_error);
            }
        }
    }
}

TEST(CoxFit, APenaltyHoldsWhatIsSeparated) {
    const OwnedSurvivalRows rows = owned_rows(cox_oracle().at("rows"));
    const std::vector<double> stops = numbers_or_missing(cox_oracle().at("apart_stop"));
    const SurvivalRows view{.covariates = rows.covariates, .times = {stops, rows.events}};
    const CoxFit fit = fit_cox(view, {.penalty = CoxPenalty{0.01, 0}}).value();
    EXPECT_EQ(fit.status, CoxStatus::converged);
    EXPECT_LT(std::abs(fit.coefficients[1].value), 10);
    EXPECT_FALSE(fit.wald.degrees);
}

/// What can go wrong at once: few rows, ties, constants, copies, perfect separation, huge scales, strata of one row.
OwnedSurvivalRows adversary(Rng& rng) {
    OwnedSurvivalRows rows;
    const std::size_t count = 1 + rng.below(30), covariates = 1 + rng.below(5), times = 1 + rng.below(12);
    const bool has_starts = rng.below(3) == 0, has_events = rng.below(20) > 0, has_weights = rng.below(3) == 0,
               has_strata = rng.below(3) == 0;
    rows.covariates = Matrix(count, covariates);
    std::vector<std::uint64_t> kinds(covariates);
    for (auto& kind : kinds) kind = rng.below(7);
    for (std::size_t i = 0; i < count; ++i) {
        rows.stops.push_back(static_cast<double>(1 + rng.below(times)));
        rows.events.push_back(has_events && rng.below(4) > 0);
        if (has_starts) rows.starts.push_back(std::floor(rng.uniform() * rows.stops[i]));
        if (has_weights) rows.weights.push_back(std::pow(10.0, 4 * rng.uniform() - 2));
        if (has_strata) rows.strata.push_back(static_cast<std::uint32_t>(rng.below(5)));
        for (std::size_t j = 0; j < covariates; ++j) {
            const double before = j > 0 ? rows.covariates(i, j - 1) : 0.0, normal = rng.normal();
            const double values[] = {
                normal, 7.5, before, rows.stops[i], 1e9 * normal, rng.below(8) == 0 ? 1.0 : 0.0, before + 1e-7 * normal};
            rows.covariates(i, j) = values[kinds[j]];
        }
    }
    if (has_strata) rows.stratum_names = {"a", "b", "c", "d", "e"};
    return rows;
}

TEST(CoxFit, EveryAdversaryEndsWithAStatusAndFiniteNumbers) {
    Rng rng(5);
    std::size_t ends[4] = {};
    for (int round = 0; round < 1000; ++round) {
        const OwnedSurvivalRows rows = adversary(rng);
        const CoxOptions options{.ties = round % 2 == 0 ? TieRule::efron : TieRule::breslow};
        const CoxFit fit = fit_cox(view_of(rows), options).value();
        ++ends[static_cast<int>(fit.status)];
        EXPECT_NE(fit.status, CoxStatus::iteration_limit) << "round " << round;
        EXPECT_TRUE(std::isfinite(fit.log_likelihood) && fit.log_likelihood >= fit.log_likelihood_null - 1e-9) << "round " << round;
        for (const CoxCoefficient& coefficient : fit.coefficients) {
            EXPECT_TRUE(std::isfinite(coefficient.value)) << "round " << round;
            EXPECT_EQ(coefficient.standard_error.has_value(), coefficient.state == CoefficientState::estimated);
            EXPECT_TRUE(std::isfinite(coefficient.standard_error.value_or(0))) << "round " << round;
        }
        for (double residual : fit.martingale_residuals) EXPECT_TRUE(std::isfinite(residual)) << "round " << round;
        const SurvivalAnswer answer = fit.model.answer(rows.covariates.row(0), {.grid = {0, 3, 100}}).value();
        EXPECT_TRUE(std::isfinite(answer.expected)) << "round " << round;
    }
    for (CoxStatus status : {CoxStatus::converged, CoxStatus::separated, CoxStatus::no_events})
        EXPECT_GT(ends[static_cast<int>(status)], 20u) << name_of(status);
}

TEST(CoxFit, RefusesWhatIsNoSurvivalData) {
    Matrix x(3, 1, 1.0);
    const std::vector<double> stops = {1, 2, 3}, early = {1, 0, 0}, negative = {1, -2, 3}, zero = {1, 0, 1};
    const std::vector<std::uint8_t> events = {1, 0, 1}, two = {1, 2, 1};
    EXPECT_FALSE(fit_cox({.covariates = x, .times = {stops, two}}));
    EXPECT_FALSE(fit_cox({.covariates = x, .times = {negative, events}}));
    EXPECT_FALSE(fit_cox({.covariates = x, .times = {stops, events, early}})) << "a row that ends when it starts";
    EXPECT_FALSE(fit_cox({.covariates = x, .times = {stops, events, {}, zero}}));
    EXPECT_FALSE(fit_cox({.covariates = Matrix(3, 0), .times = {stops, events}}));
    EXPECT_FALSE(fit_cox({.covariates = x, .times = {stops, events}}, {.penalty = CoxPenalty{-1, 1}}));
    x(1, 0) = std::nan("");
    const auto missing = fit_cox({.covariates = x, .times = {stops, events}, .covariate_names = {"beds"}});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().field, "beds");
}

}  // namespace
}  // namespace quoin
