#include "control/commercial_demo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/digest.h"
#include "control/product_files.h"
#include "control/project_fixture.h"
#include "prediction/property_pricing.h"
#include "table/read.h"

namespace quoin {
namespace {

/// A market of 700 properties with its models, and what is true of each now.
class CommercialProject : public testing::Test, protected SharedProject<CommercialProject> {
protected:
    static void TearDownTestSuite() { drop_project(); }
    static void SetUpTestSuite() {
        make_project();
        auto made = set_up_commercial(*project(), {.properties = 700, .end = from_civil(2026, 3, 15)}, no_progress());
        ASSERT_TRUE(made) << made.error().message;
    }

    CommercialProject() {
        predictor.set_products(project_products(folder()).value());
        for (const char* model : {"cap_rate_model", "noi_growth_model"}) predictor.swap(project()->load(model, "champion").value());
        auto truth = read_table(folder() / "data" / "commercial_truth.parquet").value();
        for (std::size_t i = 0; i < truth.rows(); ++i)
            if (double gain = truth.find("log_gain_12m")->numbers()[i]; !std::isnan(gain))
                present[truth.find("id")->text(i)] = {truth.find("true_cap_rate")->numbers()[i], gain};
    }
    struct Truth {
        double cap_rate, gain;
    };
    std::map<std::string, Truth> present;
    Telemetry telemetry;
    ManualClock clock{from_civil(2026, 3, 15)};
    Predictor predictor{RecordLog::open({.folder = folder() / ("records_" + random_hex_id())}, telemetry).value(), telemetry, clock};
    PropertyPricing pricing{predictor};
};

TEST_F(CommercialProject, ImpliesTheTrueCapRateWithinTheServiceLevel) {
    std::vector<PropertyQuestion> questions;
    for (const auto& [id, truth] : present) questions.push_back({.property_id = id, .drivers = 0});
    auto prices = pricing.price_all(questions);
    double error = 0, covered = 0;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        ASSERT_TRUE(prices[i]) << prices[i].error().message;
        double truth = present[questions[i].property_id].cap_rate;
        error += std::abs(prices[i]->cap_rate.value - truth);
        covered += prices[i]->cap_rate_interval.lower <= truth && truth <= prices[i]->cap_rate_interval.upper ? 1 : 0;
    }
    auto count = static_cast<double>(prices.size());
    RecordProperty("mae_basis_points", fmt::format("{:.1f}", 10'000 * error / count));
    EXPECT_LT(error / count, 0.0050);  // document 000 asks 75 basis points, against sales; the truth is without their luck
    EXPECT_GT(covered / count, 0.85);  // likewise: 80 % of sales, so more of what they scatter around
}

TEST_F(CommercialProject, PutsTheBestOffersInTheTopTenth) {
    struct Offer {
        double score, gain, percentile;
    };
    std::vector<Offer> offers;
    for (const auto& [id, truth] : present) {
        auto price = pricing.price({.property_id = id, .drivers = 0}).value();
        offers.push_back({price.arbitrage_score, truth.gain, price.arbitrage_percentile});
    }
    std::vector<double> gains;
    for (const auto& offer : offers) gains.push_back(offer.gain);
    std::ranges::sort(gains);
    double good = gains[gains.size() * 4 / 5];
    std::ranges::sort(offers, std::ranges::greater(), &Offer::score);
    std::size_t top = offers.size() / 10;
    auto hits = std::count_if(offers.begin(), offers.begin() + static_cast<std::ptrdiff_t>(top),
                              [&](const Offer& o) { return o.gain >= good; });
    double precision = static_cast<double>(hits) / static_cast<double>(top);
    RecordProperty("top_decile_precision", fmt::format("{:.3f}", precision));
    EXPECT_GT(precision, 0.60);  // document 000; by chance a fifth
    double mean = 0;
    for (const auto& offer : offers) mean += offer.percentile / static_cast<double>(offers.size());
    EXPECT_NEAR(mean, 50, 3);
}

TEST_F(CommercialProject, AnswersAPropertyAloneAsInABatch) {
    std::vector<PropertyQuestion> questions{{.property_id = "prop_123"}, {.property_id = "nobody"}, {.property_id = "prop_2"}};
    auto together = pricing.price_all(questions);
    EXPECT_EQ(together[1].error().kind, ErrorKind::not_found);
    for (std::size_t i : {0u, 2u}) {
        auto alone = pricing.price(questions[i]).value();
        EXPECT_EQ(alone.cap_rate.value, together[i]->cap_rate.value);
        EXPECT_EQ(alone.arbitrage_score, together[i]->arbitrage_score);
        ASSERT_EQ(alone.cap_rate.drivers.size(), together[i]->cap_rate.drivers.size());
        for (const auto& driver : alone.cap_rate.drivers) EXPECT_NE(driver.feature, "observed_at");
    }
}

TEST_F(CommercialProject, IsLessSureOfWhatItHardlyKnows) {
    PropertyQuestion known{.property_id = "prop_123"},
        stranger{.property_id = "new", .market_id = "atlanta_msa", .property_type = "office", .current_noi = 9e5, .current_caprate = 0.07};
    auto price = pricing.price(stranger).value();
    EXPECT_LT(price.model_confidence, 0.6 * pricing.price(known).value().model_confidence);
    EXPECT_FALSE(price.cap_rate.notes.empty());
}

TEST_F(CommercialProject, DoesNothingWhenItIsSetUpAgain) {
    ASSERT_TRUE(set_up_commercial(*project(), {.properties = 700, .end = from_civil(2026, 3, 15)}, no_progress()));
    EXPECT_EQ(project()->registry().find("cap_rate_model", "latest").value().version_text(), "v1");
}

}  // namespace
}  // namespace quoin
