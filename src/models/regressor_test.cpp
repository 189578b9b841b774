#include "models/regressor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/bundle.h"

namespace quoin {
namespace {

Regressor line(double slope) {
    return Regressor(LinearModel{.features = 2, .intercept = 13, .terms = {{.feature = 0, .mean = 1, .scale = 2, .coefficient = slope}}});
}

Regressor bent() {
    return Regressor(Network::make({.features = 2,
                                    .inputs = {{.feature = 1, .mean = 0, .scale = 1}},
                                    .layers = {{1, 2, {1, -1}, {0, 0}}, {2, 1, {1, 2}, {0}}},
                                    .output_mean = 12,
                                    .output_scale = 0.5})
                         .value());
}

/// One split: feature 1 below 0.5 gives −1, else +2.
Regressor stump() {
    Forest::Parts parts;
    parts.feature_names = {"a", "b"};
    parts.base = {10};
    parts.trees = {{.root = 0, .output = 0}};
    Forest::Node leaf{};
    leaf.kind = SplitKind::leaf;
    Forest::Node root{.threshold = 0.5, .cover = 3, .feature = 1, .left = 1, .right = 2, .kind = SplitKind::less};
    parts.nodes = {root, leaf, leaf};
    parts.nodes[1].cover = 2, parts.nodes[1].value = -1;
    parts.nodes[2].cover = 1, parts.nodes[2].value = 2;
    return Regressor(Forest::make(std::move(parts)).value());
}

TEST(Regressor, EachKindPredictsExplainsAndComesBackByItsName) {
    const std::vector<double> row = {5, -2};
    for (auto [model, name, answer] :
         {std::tuple{line(0.5), "linear", 13 + 0.5 * 2}, {bent(), "network", 12 + 0.5 * 4}, {stump(), "forest", 9.0}}) {
        EXPECT_EQ(model.kind_name(), name);
        EXPECT_EQ(model.features(), 2u);
        EXPECT_DOUBLE_EQ(model.predict(row), answer);
        EXPECT_DOUBLE_EQ(model.predict(MatrixView<const double>(row.data(), 1, 2)).at(0), answer);
        std::vector<double> out(3);
        model.contributions(row, out);
        EXPECT_NEAR(out[0] + out[1] + out[2], answer, 1e-12);
        auto loaded = Regressor::load(name, model.save());
        ASSERT_TRUE(loaded) << loaded.error().message;
        EXPECT_EQ(loaded->save(), model.save());
    }
}

TEST(Regressor, RefusesAnUnknownKindAndAForestOfSeveralOutputs) {
    EXPECT_EQ(Regressor::load("prophet", {}).error().message,
              "a model of kind 'prophet' is not known; known kinds: forest, linear, network");
    Forest::Parts parts = std::get<Forest>(stump().kind()).parts();
    parts.base = {0, 0};
    parts.transform = ForestTransform::softmax;
    auto two = Forest::make(std::move(parts)).value();
    EXPECT_EQ(Regressor::load("forest", two.save()).error().message, "a forest with 2 outputs is not a regressor");
    EXPECT_EQ(Regressor::load("linear", bytes_of(std::string_view("{}"))).error().kind, ErrorKind::corrupt);
}

TEST(Ensemble, IsTheWeightedSumInEveryRespect) {
    Ensemble ensemble{{{"a", 0.25, line(0.5)}, {"b", 0.75, bent()}}};
    const std::vector<double> row = {5, -2};
    EXPECT_DOUBLE_EQ(ensemble.predict(row), 0.25 * 14 + 0.75 * 14);
    EXPECT_DOUBLE_EQ(ensemble.predict(MatrixView<const double>(row.data(), 1, 2)).at(0), 14);
    std::vector<double> out(3);
    ensemble.contributions(row, out);
    EXPECT_NEAR(out[0], 0.25 * 1, 1e-12) << "only the line reads feature 0";
    EXPECT_NEAR(out[1], 0.75 * 2, 1e-6) << "only the network reads feature 1";
    EXPECT_NEAR(out[2], 0.25 * 13 + 0.75 * 12, 1e-12);
    ensemble.members.push_back({"c", 0.5, stump()});
    Matrix rows(20, 2);
    for (std::size_t i = 0; i < 20; ++i) rows(i, 0) = static_cast<double>(i), rows(i, 1) = 3.0 - static_cast<double>(i);
    auto batch = ensemble.contributions(rows.view());
    for (std::size_t i = 0; i < 20; ++i) {
        ensemble.contributions(rows.row(i), out);
        EXPECT_TRUE(std::ranges::equal(out, batch.row(i))) << "of a batch the answers are those of each row alone";
    }
}

}  // namespace
}  // namespace quoin
