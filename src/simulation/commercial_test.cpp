#include "simulation/commercial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace quoin {
namespace {

CommercialOptions options(std::size_t properties = 400) { return {.properties = properties, .end = from_civil(2026, 3, 15)}; }

const CommercialMarket& market() {
    static const CommercialMarket simulated = simulate_commercial(options()).value();
    return simulated;
}

const Numbers& numbers(const Table& table, std::string_view name) { return table.find(name)->numbers(); }
std::string text(const Table& table, std::string_view name, std::size_t row) { return table.find(name)->text(row); }

TEST(CommercialMarket, EndsInThePresentWithEveryPropertyOnce) {
    std::map<std::string, std::size_t> now;
    const auto& rates = numbers(market().sales, "cap_rate");
    for (std::size_t i = 0; i < market().sales.rows(); ++i) {
        if (!std::isnan(rates[i])) continue;
        EXPECT_EQ(text(market().sales, "observed_at", i).substr(0, 10), "2026-03-01");
        now[text(market().sales, "id", i)] = i;
    }
    ASSERT_EQ(now.size(), 400u);
    ASSERT_TRUE(now.contains("prop_123"));
    EXPECT_EQ(text(market().sales, "market_id", now["prop_123"]), "atlanta_msa");
    EXPECT_EQ(text(market().sales, "property_type", now["prop_123"]), "multifamily");
    EXPECT_EQ(numbers(market().sales, "noi_usd")[now["prop_123"]], 2'500'000);
    EXPECT_EQ(numbers(market().truth, "current_caprate")[now["prop_123"]], 0.065);
    EXPECT_EQ(text(market().sales, "market_id", now["prop_2"]), "dallas_msa");
}

TEST(CommercialMarket, SalesScatterAroundTheTruthAsStated) {
    double sum = 0, squares = 0, count = 0;
    for (std::size_t i = 0; i < market().sales.rows(); ++i) {
        double sold = numbers(market().sales, "cap_rate")[i], truth = numbers(market().truth, "true_cap_rate")[i];
        ASSERT_GT(truth, 0.015);
        ASSERT_LT(truth, 0.2);
        if (std::isnan(sold)) continue;
        double luck = std::log(sold / truth);
        sum += luck, squares += luck * luck, count += 1;
    }
    EXPECT_GT(count, 500);
    EXPECT_NEAR(sum / count, 0, 0.01);
    EXPECT_NEAR(std::sqrt(squares / count), 0.055, 0.005);
}

TEST(CommercialMarket, IncomeRowsSayWhatHappenedNextAndThePresentDoesNot) {
    const auto& growth = numbers(market().incomes, "noi_growth_12m");
    std::map<std::pair<std::string, std::string>, double> income;
    for (std::size_t i = 0; i < market().incomes.rows(); ++i)
        income[{text(market().incomes, "id", i), text(market().incomes, "observed_at", i).substr(0, 7)}] = numbers(market().incomes,
                                                                                                                   "noi_usd")[i];
    std::size_t checked = 0;
    for (std::size_t i = 0; i < market().incomes.rows(); ++i) {
        auto id = text(market().incomes, "id", i), month = text(market().incomes, "observed_at", i).substr(0, 7);
        EXPECT_EQ(std::isnan(growth[i]), month == "2026-03") << id << month;
        auto next = income.find({id, fmt::format("{}{}", std::stoi(month.substr(0, 4)) + 1, month.substr(4))});
        if (next == income.end()) continue;
        EXPECT_NEAR(growth[i], next->second / numbers(market().incomes, "noi_usd")[i] - 1, 1e-4);
        ++checked;
    }
    EXPECT_GT(checked, 1000u);
}

TEST(CommercialMarket, IsTheSameForTheSameSeedAndAPropertyTheSameInAnyCompany) {
    auto again = simulate_commercial(options()).value(), few = simulate_commercial(options(60)).value();
    EXPECT_EQ(numbers(again.incomes, "noi_usd"), numbers(market().incomes, "noi_usd"));
    for (std::size_t i = 0; i < few.incomes.rows(); ++i) {
        ASSERT_EQ(text(few.incomes, "id", i), text(market().incomes, "id", i));
        ASSERT_EQ(numbers(few.incomes, "noi_usd")[i], numbers(market().incomes, "noi_usd")[i]);
    }
    auto other = options();
    other.seed = 7;
    EXPECT_NE(numbers(simulate_commercial(other).value().incomes, "noi_usd"), numbers(market().incomes, "noi_usd"));
}

TEST(CommercialMarket, RefusesWhatItCannotSimulate) {
    EXPECT_EQ(simulate_commercial(options(3)).error().field, "properties");
    auto brief = options();
    brief.months = 12;
    EXPECT_EQ(simulate_commercial(brief).error().field, "months");
}

}  // namespace
}  // namespace quoin
