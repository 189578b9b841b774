#include "learning/survival/proportionality.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "learning/survival/cox_cases_fixture.h"

namespace quoin {
namespace {

TEST(Proportionality, AgreesWithR) {
    const std::pair<const char*, TimeTransform> transforms[] = {{"km", TimeTransform::kaplan_meier},
                                                                {"identity", TimeTransform::identity},
                                                                {"rank", TimeTransform::rank},
                                                                {"log", TimeTransform::log}};
    for (const auto& entry : cox_oracle().at("cases").as_array()) {
        const OwnedSurvivalRows rows = rows_of_case(entry);
        const CoxFit fit = fit_cox(view_of(rows), {.ties = ties_of(entry)}).value();
        for (std::size_t k = 0; k < 4; ++k) {
            const auto& expected = entry.at("proportionality").at(k);
            ASSERT_EQ(expected.at("transform").as_string(), transforms[k].first);
            const auto test = test_proportionality(view_of(rows), fit, ties_of(entry), transforms[k].second).value();
            const std::vector<double> statistics = numbers_or_missing(expected.at("statistics")),
                                      p_values = numbers_or_missing(expected.at("p_values"));
            for (std::size_t j = 0; j < 4; ++j) {
                const ChiSquareTest& one = j < 3 ? test.covariates[j] : test.global;
                EXPECT_NEAR(one.statistic, statistics[j], 1e-6 * (1 + statistics[j]))
                    << title(entry) << " " << transforms[k].first << " " << j;
                EXPECT_NEAR(one.p_value(), p_values[j], 1e-6) << title(entry) << " " << transforms[k].first << " " << j;
            }
        }
    }
}

TEST(Proportionality, SchoenfeldResidualsAgreeWithR) {
    for (const auto& entry : cox_oracle().at("cases").as_array()) {
        const OwnedSurvivalRows rows = rows_of_case(entry);
        const CoxFit fit = fit_cox(view_of(rows), {.ties = ties_of(entry)}).value();
        const SchoenfeldResiduals residuals = schoenfeld_residuals(view_of(rows), fit, ties_of(entry)).value();
        const std::vector<double> expected = numbers_or_missing(entry.at("schoenfeld"));
        ASSERT_EQ(expected.size(), residuals.values.values().size());
        // Events at one time come in another order in R: their sum is compared.
        double ours = 0, theirs = 0;
        for (std::size_t i = 0; i < residuals.rows.size(); ++i) {
            for (std::size_t j = 0; j < 3; ++j) {
                ours += residuals.values(i, j) * (j + 1);
                theirs += expected[i * 3 + j] * static_cast<double>(j + 1);
            }
            const bool is_last = i + 1 == residuals.rows.size() || residuals.times[i + 1] != residuals.times[i];
            if (!is_last) continue;
            EXPECT_NEAR(ours, theirs, 1e-6) << title(entry) << " " << i;
            ours = theirs = 0;
        }
    }
}

}  // namespace
}  // namespace quoin
