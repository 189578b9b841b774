#include "simulation/market.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace quoin {
namespace {

const Market& market() {
    static const Market simulated = simulate_market().value();
    return simulated;
}

const Numbers& numbers(const Table& table, std::string_view name) { return table.find(name)->numbers(); }
std::string text(const Table& table, std::string_view name, std::size_t row) { return table.find(name)->text(row); }

std::string csv(const Table& table) {
    std::string lines;
    for (const auto& column : table.columns()) lines += column.name + ",";
    for (std::size_t row = 0; row < table.rows(); ++row) {
        lines += "\n";
        for (const auto& column : table.columns()) lines += column.text(row) + ",";
    }
    return lines;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

/// Standardised log residuals: what the truth says must be N(0, 1).
std::vector<double> standardised() {
    std::vector<double> result;
    for (std::size_t i = 0; i < market().sales.rows(); ++i)
        result.push_back((std::log(numbers(market().sales, "sale_price")[i]) - numbers(market().truth, "log_value")[i]) /
                         numbers(market().truth, "log_sigma")[i]);
    return result;
}

TEST(Market, NamedHomesAreThereAndEveryHomeWasSold) {
    std::map<std::string, std::size_t> row_of, sold;
    for (std::size_t i = 0; i < market().homes.rows(); ++i) row_of[text(market().homes, "id", i)] = i;
    for (std::size_t i = 0; i < market().sales.rows(); ++i) ++sold[text(market().sales, "id", i)];
    ASSERT_EQ(row_of.size(), 12003U);
    ASSERT_EQ(sold.size(), 12003U);
    for (int number = 1; number <= 12000; ++number) ASSERT_TRUE(row_of.contains(fmt::format("prop_{}", number))) << number;
    for (const char* id : {"prop-1", "prop-2", "prop-3"}) EXPECT_TRUE(row_of.contains(id)) << id;
    EXPECT_EQ(text(market().homes, "market_id", row_of["prop_1"]), "atlanta_msa");
    EXPECT_EQ(text(market().homes, "market_id", row_of["prop_2"]), "dallas_msa");
    EXPECT_EQ(text(market().homes, "market_id", row_of["prop_123"]), "atlanta_msa");
    EXPECT_EQ(text(market().homes, "property_type", row_of["prop_123"]), "multifamily");
    auto twice = std::ranges::count_if(sold, [](const auto& entry) { return entry.second == 2; });
    EXPECT_GT(twice, 1500);
    EXPECT_TRUE(std::ranges::all_of(sold, [](const auto& entry) { return entry.second <= 2; }));
}

TEST(Market, SameSeedSameTextOtherSeedOtherText) {
    auto first = simulate_market({.seed = 7, .homes = 500}).value(), again = simulate_market({.seed = 7, .homes = 500}).value();
    EXPECT_EQ(csv(first.homes), csv(again.homes));
    EXPECT_EQ(csv(first.sales), csv(again.sales));
    EXPECT_EQ(csv(first.truth), csv(again.truth));
    EXPECT_NE(csv(first.sales), csv(simulate_market({.seed = 8, .homes = 500}).value().sales));
}

TEST(Market, AHomeIsTheSameWhateverTheCount) {
    auto small = simulate_market({.homes = 200}).value();
    for (std::size_t i = 0; i < 200; ++i)
        for (const auto& column : small.homes.columns()) ASSERT_EQ(column.text(i), text(market().homes, column.name, i)) << column.name;
}

TEST(Market, FactsStayInTheirRanges) {
    struct Range {
        const char* name;
        double lower, upper, missing_max;
    };
    for (const auto& [name, lower, upper, missing_max] : {Range{"bedrooms", 1, 12, 0},
                                                          {"bathrooms", 1, 10, 0.02},
                                                          {"living_area_sqft", 420, 9500, 0},
                                                          {"lot_area_sqft", 0, 90000, 0.03},
                                                          {"year_built", 1890, 2024, 0},
                                                          {"year_renovated", 0, 2024, 0.03},
                                                          {"condition", 1, 5, 0.04},
                                                          {"grade", 1, 10, 0.03},
                                                          {"stories", 1, 3, 0.03},
                                                          {"garage_spaces", 0, 4, 0.06},
                                                          {"has_pool", 0, 1, 0},
                                                          {"school_rating", 1, 10, 0.05},
                                                          {"hoa_monthly_usd", 0, 700, 0.07},
                                                          {"latitude", 32, 49, 0},
                                                          {"longitude", -123, -82, 0}}) {
        for (const Table* table : {&market().homes, &market().sales}) {
            const auto& column = *table->find(name);
            double missing = static_cast<double>(column.missing_count()) / static_cast<double>(column.size());
            EXPECT_LE(missing, missing_max) << name;
            EXPECT_EQ(missing > 0, missing_max > 0) << name;
            for (double value : column.numbers())
                ASSERT_TRUE(std::isnan(value) || (value >= lower && value <= upper)) << name << " " << value;
        }
    }
    for (std::size_t i = 0; i < market().homes.rows(); ++i) {
        double lot = numbers(market().homes, "lot_area_sqft")[i];
        ASSERT_TRUE(std::isnan(lot) || (lot == 0) == (text(market().homes, "property_type", i) == "condo"));
    }
}

TEST(Market, PricesAreRoundedSkewedAndInTime) {
    const auto& prices = numbers(market().sales, "sale_price");
    const auto& days = market().sales.find("sale_date")->times();
    double mean = 0;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        ASSERT_EQ(std::fmod(prices[i], 500), 0);
        ASSERT_TRUE(prices[i] > 40'000 && prices[i] < 8'000'000) << prices[i];
        ASSERT_TRUE(days[i] >= from_civil(2020, 1, 1) && days[i] < from_civil(2025, 1, 1));
        ASSERT_GE(civil(days[i]).year, numbers(market().sales, "year_built")[i]);
        double renovated = numbers(market().sales, "year_renovated")[i];
        ASSERT_TRUE(std::isnan(renovated) || civil(days[i]).year >= renovated) << "a sale knows no later renovation";
        ASSERT_LE(days[i > 0 ? i - 1 : 0], days[i]);
        mean += prices[i] / static_cast<double>(prices.size());
    }
    EXPECT_GT(mean, 1.08 * median(prices)) << "right-skewed";
}

TEST(Market, TruthIsTheSumOfItsDrivers) {
    const auto& truth = market().truth;
    ASSERT_EQ(truth.rows(), market().sales.rows());
    for (std::size_t i = 0; i < truth.rows(); ++i) {
        double sum = numbers(truth, "base")[i];
        for (const auto& column : truth.columns())
            if (column.name.starts_with("driver_")) sum += column.numbers()[i];
        ASSERT_EQ(sum, numbers(truth, "log_value")[i]);
        ASSERT_NEAR(std::exp(sum), numbers(truth, "true_value_usd")[i], 0.01);
        ASSERT_EQ(text(truth, "id", i), text(market().sales, "id", i));
        ASSERT_EQ(text(truth, "sale_date", i), text(market().sales, "sale_date", i));
    }
}

TEST(Market, PricesScatterAsTheTruthSays) {
    auto residuals = standardised();
    std::ranges::sort(residuals);
    double distance = 0, count = static_cast<double>(residuals.size());
    for (std::size_t i = 0; i < residuals.size(); ++i) {
        double normal = std::erfc(-residuals[i] / std::sqrt(2.0)) / 2;
        distance = std::max({distance, normal - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - normal});
    }
    EXPECT_LT(distance, 1.63 / std::sqrt(count)) << "Kolmogorov-Smirnov against N(0, 1), 1 % level";
    auto [least, most] = std::ranges::minmax(numbers(market().truth, "log_sigma"));
    EXPECT_GE(least, 0.06);
    EXPECT_LE(most, 0.12);
    EXPECT_GT(most - least, 0.04) << "heteroscedastic";
}

TEST(Market, ZipCodesHaveFiveDigitsAndOneMarket) {
    std::map<std::string, std::set<std::string>> markets_of_zip, zips_of_market;
    std::map<std::string, double> share;
    for (std::size_t i = 0; i < market().homes.rows(); ++i) {
        auto zip = text(market().homes, "zip_code", i), name = text(market().homes, "market_id", i);
        ASSERT_EQ(zip.size(), 5U);
        markets_of_zip[zip].insert(name);
        zips_of_market[name].insert(zip);
        share[name] += 1.0 / static_cast<double>(market().homes.rows());
    }
    for (const auto& [zip, markets] : markets_of_zip) EXPECT_EQ(markets.size(), 1U) << zip;
    ASSERT_EQ(zips_of_market.size(), 5U);
    for (const auto& [name, zips] : zips_of_market) {
        EXPECT_EQ(zips.size(), 12U) << name;
        EXPECT_GT(share[name], 0.12) << name;
    }
}

TEST(Market, IndexRisesFallsAndRecovers) {
    std::map<std::string, std::vector<double>> by_month;
    for (std::size_t i = 0; i < market().truth.rows(); ++i)
        if (text(market().sales, "market_id", i) == "phoenix_msa")
            by_month[text(market().truth, "sale_date", i).substr(0, 7)].push_back(numbers(market().truth, "driver_market_index")[i]);
    auto level = [&](const char* month) { return median(by_month.at(month)); };
    EXPECT_GT(level("2022-06"), level("2020-06") + 0.25);
    EXPECT_LT(level("2023-06"), level("2022-06"));
    EXPECT_GT(level("2024-06"), level("2023-06"));
}

TEST(Market, ListPriceGivesThePriceAway) {
    const auto& list_prices = numbers(market().sales, "list_price");
    const auto& prices = numbers(market().sales, "sale_price");
    double worst = 0;
    std::size_t known = 0;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        if (std::isnan(list_prices[i])) continue;
        ++known;
        worst = std::max(worst, std::abs(std::log(list_prices[i] / prices[i])));
    }
    EXPECT_LT(worst, 0.12);
    EXPECT_GT(known, prices.size() * 9 / 10);
    EXPECT_LT(known, prices.size());
}

TEST(Market, OptionsOutsideTheLimitsAreRefused) {
    EXPECT_EQ(simulate_market({.homes = 5}).error().message, "a simulated market has 123 to 1000000 homes, not 5");
    EXPECT_EQ(simulate_market({.homes = 500, .first_year = 2024, .last_year = 2020}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(simulate_market({.homes = 500, .first_year = 2020, .last_year = 999999}).error().field, "first_year");
    for (auto [first, last] : {std::pair{1950, 1950}, {2024, 2024}, {1950, 2100}}) {
        auto edge = simulate_market({.homes = 300, .first_year = first, .last_year = last});
        ASSERT_TRUE(edge) << first << " to " << last;
        for (double price : numbers(edge->sales, "sale_price")) ASSERT_TRUE(std::isfinite(price) && price >= 500);
    }
}

}  // namespace
}  // namespace quoin
