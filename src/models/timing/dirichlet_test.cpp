#include "models/timing/dirichlet.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <limits>

namespace quoin {
namespace {

Matrix matrix_of(const boost::json::value& rows) {
    auto values = boost::json::value_to<std::vector<std::vector<double>>>(rows);
    Matrix matrix(values.size(), values[0].size());
    for (std::size_t i = 0; i < values.size(); ++i) std::ranges::copy(values[i], matrix.row(i).begin());
    return matrix;
}

// tests/oracles/dirichlet_multinomial.py: SciPy's BFGS on the same likelihood, and 400,000 draws of NumPy's Dirichlet.
TEST(DirichletPrior, IsTheMaximumOfTheLikelihoodThatSciPyFinds) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/dirichlet_multinomial.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto oracle = boost::json::parse(text);
    for (const auto& part : oracle.as_array()) {
        auto counts = matrix_of(part.at("counts"));
        auto prior = DirichletPrior::fit(counts.view());
        ASSERT_TRUE(prior) << prior.error().message;
        auto expected = boost::json::value_to<std::vector<double>>(part.at("concentrations"));
        auto largest = boost::json::value_to<std::vector<double>>(part.at("largest"));
        double likelihood = 0;
        for (std::size_t i = 0; i < counts.rows(); ++i) likelihood += log_likelihood(*prior, counts.row(i));
        EXPECT_NEAR(likelihood, part.at("log_likelihood").as_double(), 1e-5);
        for (std::size_t k = 0; k < expected.size(); ++k) {
            EXPECT_NEAR(prior->concentrations[k], expected[k], 1e-4 * expected[k]);
            EXPECT_NEAR(prior->chance_of_being_largest(k), largest[k], 0.02) << k;
        }
    }
}

TEST(DirichletPrior, FewCountsLeaveTheCrowdsSharesAndManyTheOwn) {
    DirichletPrior prior{{2, 6, 2}};
    std::vector<double> none{0, 0, 0}, few{1, 0, 0}, many{8000, 0, 2000};
    EXPECT_DOUBLE_EQ(prior.with(none).mean(1), 0.6);
    EXPECT_DOUBLE_EQ(prior.with(few).mean(0), 3.0 / 11);
    EXPECT_NEAR(prior.with(many).mean(0), 0.8, 1e-3);
}

TEST(DirichletPrior, RefusesWhatAreNoCountsOfUsersThatDiffer) {
    auto refused = [](std::vector<std::vector<double>> rows) {
        Matrix counts(rows.size(), rows[0].size());
        for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], counts.row(i).begin());
        return !DirichletPrior::fit(counts.view());
    };
    EXPECT_TRUE(refused({{1.5, 2}, {3, 4}}));
    EXPECT_TRUE(refused({{-1, 2}, {3, 4}}));
    EXPECT_TRUE(refused({{std::numeric_limits<double>::quiet_NaN(), 2}, {3, 4}}));
    EXPECT_TRUE(refused({{1, 2}, {0, 0}}));
    EXPECT_TRUE(refused({{1}, {2}}));
    EXPECT_FALSE(refused({{9, 0}, {0, 9}, {4, 5}}));
}

}  // namespace
}  // namespace quoin
