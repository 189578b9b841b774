#include "models/detector/isolation_forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"
#include "models/detector/oracle_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// Share of pairs of an anomaly and an ordinary row in the right order; ties count half.
double auc(const std::vector<double>& scores, const std::vector<double>& label) {
    double right = 0, pairs = 0;
    for (std::size_t i = 0; i < scores.size(); ++i)
        for (std::size_t j = 0; j < scores.size(); ++j)
            if (label[i] == 1 && label[j] == 0) {
                pairs += 1;
                right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
    return right / pairs;
}

std::vector<double> scores_of(const IsolationForest& forest, const Matrix& rows) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < rows.rows(); ++i) scores.push_back(forest.score(rows.row(i)));
    return scores;
}

// tests/oracles/isolation_forest.py: scikit-learn.
TEST(IsolationForest, ScoresAsScikitLearnOnItsTrees) {
    auto oracle = read_oracle("isolation_forest.json");
    auto columns = oracle.at("columns").to_number<std::size_t>();
    IsolationForest::Parts parts{.dimensions = columns, .sample_size = oracle.at("sample_size").to_number<std::size_t>()};
    for (const auto& tree : oracle.at("trees").as_array()) {
        auto left = numbers_of(tree.at("left")), right = numbers_of(tree.at("right")), dimension = numbers_of(tree.at("dimension")),
             place = numbers_of(tree.at("place")), count = numbers_of(tree.at("count"));
        auto& nodes = parts.trees.emplace_back();
        for (std::size_t i = 0; i < left.size(); ++i)
            nodes.push_back({.left = static_cast<std::int32_t>(left[i]),
                             .right = static_cast<std::int32_t>(right[i]),
                             .dimension = static_cast<std::int32_t>(dimension[i]),
                             .place = place[i],
                             .count = static_cast<std::uint32_t>(count[i])});
    }
    auto forest = IsolationForest::make(std::move(parts)).value();
    Matrix rows = matrix_of(oracle.at("rows"), columns);
    auto expected = numbers_of(oracle.at("scores"));
    for (std::size_t i = 0; i < rows.rows(); ++i) EXPECT_NEAR(forest.score(rows.row(i)), expected[i], 1e-12) << i;
}

TEST(IsolationForest, HasTheAucOfScikitLearn) {
    auto oracle = read_oracle("isolation_forest.json");
    Matrix rows = matrix_of(oracle.at("rows"), oracle.at("columns").to_number<std::size_t>());
    auto label = numbers_of(oracle.at("label")), reference = numbers_of(oracle.at("auc"));
    double ours = 0, theirs = 0, spread = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        ours += auc(scores_of(IsolationForest::fit(rows, {.seed = seed}).value(), rows), label) / 20;
    for (double value : reference) theirs += value / 20;
    for (double value : reference) spread += (value - theirs) * (value - theirs) / 19;
    EXPECT_NEAR(ours, theirs, 3 * std::sqrt(2 * spread / 20)) << "three standard errors of the difference of two means of 20 seeds";
}

// Hariri et al. 2019, figure 4: around two blobs the standard forest has ghosts where the blobs' bands cross; the extended one has none.
TEST(IsolationForest, ExtendedHasNoGhosts) {
    Rng rng(4);
    Matrix rows(1000, 2);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (std::size_t j = 0; j < 2; ++j) rows(i, j) = (i % 2 == j ? 10 : 0) + rng.normal();
    auto standard = IsolationForest::fit(rows, {.trees = 300}).value(),
         extended = IsolationForest::fit(rows, {.trees = 300, .extension_level = 1}).value();
    std::vector ghost{10.0, 10.0}, blob{10.0, 0.0}, far{20.0, 20.0};
    EXPECT_GT(extended.score(ghost) - extended.score(blob), 1.3 * (standard.score(ghost) - standard.score(blob)));
    EXPECT_GT(extended.score(far), extended.score(ghost));
}

TEST(IsolationForest, IsTheSameOnAnyNumberOfThreadsAndAfterLoading) {
    Rng rng(9);
    Matrix rows(300, 3);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (double& value : rows.row(i)) value = rng.normal();
    for (std::size_t level : {0u, 2u}) {
        setenv("QUOIN_THREADS", "1", 1);
        auto saved = IsolationForest::fit(rows, {.trees = 20, .extension_level = level}).value().save();
        setenv("QUOIN_THREADS", "2", 1);
        auto forest = IsolationForest::fit(rows, {.trees = 20, .extension_level = level}).value();
        unsetenv("QUOIN_THREADS");
        EXPECT_EQ(forest.save(), saved);
        auto loaded = IsolationForest::load(saved).value();
        EXPECT_EQ(loaded.save(), saved);
        EXPECT_EQ(scores_of(loaded, rows), scores_of(forest, rows));
    }
}

TEST(IsolationForest, TellsNothingApartWhereThereIsNothing) {
    Matrix constant(50, 2, 3.0), two(2, 1);
    two(1, 0) = 1;
    EXPECT_NEAR(IsolationForest::fit(constant).value().score(constant.row(0)), 0.5, 1e-12);
    EXPECT_EQ(IsolationForest::fit(Matrix(1, 1)).value().score(std::vector{9.0}), 0.5);
    EXPECT_NEAR(IsolationForest::fit(two).value().score(two.row(0)), 0.5, 1e-12);
    EXPECT_EQ(isolation_path_mean(2), 1);
    Matrix broken(3, 1);
    broken(1, 0) = std::nan("");
    EXPECT_THAT(IsolationForest::fit(broken).error().message, HasSubstr("row 1 holds nan"));
    EXPECT_EQ(IsolationForest::fit(two, {.extension_level = 1}).error().field, "extension_level");
    EXPECT_EQ(IsolationForest::fit(Matrix()).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
