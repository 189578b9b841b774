// The sales found by the table of leaves against a count of shared leaves over all sales.

#include "prediction/comparables.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

constexpr std::size_t features = 4, sales = 500;

/// A forest over four numbers, and sales whose features are random; every seventh row was never sold, every fifth has no day.
TrainedModel market(std::uint64_t seed) {
    std::size_t leaves_max = seed % 2 ? 12 : 700;  // more than a byte tells apart
    RandomForestFixture random(seed, {.features = features, .trees = 60, .leaves_max = leaves_max});
    TrainedModel model;
    std::vector<InputColumn> inputs;
    std::vector<EncodedFeature> encoded;
    for (std::size_t j = 0; j < features; ++j) {
        inputs.push_back({.name = "f" + std::to_string(j)});
        encoded.push_back({.name = inputs[j].name, .inputs = {j}, .reason = inputs[j].name});
    }
    model.encoder = Encoder::make(inputs, encoded).value();
    model.ensemble.members.push_back({"forest", 1.0, Regressor(Forest::make(random.parts()).value())});
    Rng rng(seed);
    model.reference.raw = Matrix(sales, features);
    for (std::size_t i = 0; i < sales; ++i) {
        auto row = random.row();
        std::ranges::copy(row, model.reference.raw.row(i).begin());
        model.reference.ids.push_back("home_" + std::to_string(rng.below(400)));
        model.reference.labels.push_back(i % 7 == 0 ? std::nan("") : 100 + static_cast<double>(i));
        model.reference.days.push_back(i % 5 == 0 ? std::nan("") : static_cast<double>(rng.below(30)));
    }
    return model;
}

std::vector<std::string> by_counting(const TrainedModel& model, std::span<const double> subject, std::size_t count) {
    const auto& forest = std::get<Forest>(model.ensemble.members[0].model.kind());
    auto leaves_of = [&](std::span<const double> row) { return forest.leaves({row.data(), 1, row.size()}); };
    auto own = leaves_of(subject);
    struct Found {
        int shared;
        double day;
        std::size_t row;
    };
    std::vector<Found> found;
    for (std::size_t i = 0; i < sales; ++i) {
        if (std::isnan(model.reference.labels[i]) || model.reference.ids[i] == "home_7") continue;
        auto leaves = leaves_of(model.reference.raw.row(i));
        int shared = 0;
        for (std::size_t t = 0; t < own.size(); ++t) shared += own[t] == leaves[t];
        double day = model.reference.days[i];
        if (shared > 0) found.push_back({shared, std::isnan(day) ? 0 : day, i});
    }
    std::ranges::stable_sort(found,
                             [](const auto& a, const auto& b) { return a.shared != b.shared ? a.shared > b.shared : a.day > b.day; });
    std::vector<std::string> told;
    for (std::size_t k = 0; k < std::min(count, found.size()); ++k)
        told.push_back(fmt::format("{} {} {:.4f}", model.reference.ids[found[k].row], model.reference.labels[found[k].row],
                                   found[k].shared / static_cast<double>(own.size())));
    return told;
}

TEST(Comparables, AreTheSalesThatShareMostLeaves) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        auto model = market(seed);
        auto index = ComparableIndex::make(model).value();
        for (std::size_t i = 0; i < 40; ++i) {
            auto subject = model.reference.raw.row(i * 11);
            double value = model.ensemble.predict(subject);
            for (std::size_t count : {0u, 1u, 5u, 1000u}) {
                std::vector<std::string> told;
                for (const auto& one : index.nearest(model, {subject, subject, value, "home_7"}, count))
                    told.push_back(fmt::format("{} {} {:.4f}", one.id, one.price, one.similarity));
                EXPECT_EQ(told, by_counting(model, subject, count)) << "seed " << seed << ", row " << i;
            }
        }
    }
}

/// price + value of the subject − value of the sale, also when asked again and of a sale asked before.
TEST(Comparables, AdjustsBySubjectsAndSalesValues) {
    auto model = market(3);
    auto index = ComparableIndex::make(model).value();
    for (int round = 0; round < 2; ++round) {
        auto subject = model.reference.raw.row(20);
        double value = model.ensemble.predict(subject);
        auto found = index.nearest(model, {subject, subject, value, ""}, 10);
        ASSERT_EQ(found.size(), 10u);
        for (const auto& one : found) {
            auto row = static_cast<std::size_t>(one.price - 100);
            EXPECT_EQ(one.adjusted_price, one.price + value - model.ensemble.predict(model.reference.raw.row(row)));
        }
    }
}

}  // namespace
}  // namespace quoin
