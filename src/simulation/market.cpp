#include "simulation/market.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "simulation/category_cells.h"
#include "simulation/property.h"
#include "simulation/true_value.h"

namespace quoin {
namespace {

// Streams of random numbers: homes take their number, so these stand far above it.
constexpr std::uint64_t metro_stream = 1ULL << 40, dashed_home_stream = 1ULL << 41;
constexpr double second_sale_share = 0.22;
constexpr double days_between_sales_min = 180;
constexpr double list_price_missing_share = 0.03;
// Sales by month against the busiest, January first: the shape of closings in the United States.
constexpr std::array<double, 12> month_activity = {0.60, 0.62, 0.82, 0.88, 0.96, 1.00, 0.98, 0.97, 0.86, 0.84, 0.72, 0.72};

struct Sale {
    std::size_t home = 0;
    EventTime day;
    Facts facts;
    TrueValue truth;
    double price_usd = 0;
    double list_price_usd = 0;  ///< NaN: not recorded
};

Status check(const MarketOptions& options) {
    if (options.homes < limits::simulated_homes_min || options.homes > limits::simulated_homes_max)
        return fail_field(ErrorKind::invalid, "homes", "a simulated market has {} to {} homes, not {}", limits::simulated_homes_min,
                          limits::simulated_homes_max, options.homes);
    if (options.first_year < limits::simulated_year_min || options.last_year > limits::simulated_year_max ||
        options.first_year > options.last_year)
        return fail_field(ErrorKind::invalid, "first_year", "a simulated market runs from {} or later to {} or earlier, not from {} to {}",
                          limits::simulated_year_min, limits::simulated_year_max, options.first_year, options.last_year);
    return {};
}

/// The homes that documents name are where and what these say they are.
HomePlan plan_of(std::size_t number) {
    HomePlan plan{.id = fmt::format("prop_{}", number), .stream = number};
    if (number == 1 || number == 123) plan.metro = 0;
    if (number == 2) plan.metro = 1;
    if (number == 123) plan.type = static_cast<int>(PropertyType::multifamily);
    return plan;
}

std::vector<HomePlan> plans_of(std::size_t homes) {
    std::vector<HomePlan> plans;
    for (std::size_t number = 1; number <= homes; ++number) plans.push_back(plan_of(number));
    for (int number = 1; number <= 3; ++number)
        plans.push_back(
            {.id = fmt::format("prop-{}", number), .stream = dashed_home_stream + static_cast<std::uint64_t>(number), .metro = number - 1});
    return plans;
}

EventTime draw_day(const Home& home, const MarketOptions& options, Rng& rng) {
    int first = std::max(options.first_year, static_cast<int>(home.facts.year_built));
    auto start = from_civil(first, 1, 1).value();
    auto end = from_civil(options.last_year + 1, 1, 1).value();
    constexpr std::int64_t day_microseconds = 86'400'000'000;
    for (;;) {
        auto offset = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>((end - start) / day_microseconds)));
        EventTime day{start + offset * day_microseconds};
        if (rng.uniform() < month_activity[civil(day).month - 1]) return day;
    }
}

Sale sold(const Home& home, const Metro& metro, EventTime day, Rng& rng) {
    Sale sale{.day = day, .facts = facts_in(home.facts, civil(day).year)};
    sale.truth = true_value(metro, sale.facts, day);
    double exact = std::exp(sale.truth.log_value + sale.truth.log_sigma * rng.normal());
    sale.price_usd = std::max(500.0, std::round(exact / 500) * 500);
    double asked = std::round(sale.price_usd * std::exp(0.01 + 0.02 * rng.normal()) / 1000) * 1000;
    sale.list_price_usd = rng.uniform() < list_price_missing_share ? NAN : asked;
    return sale;
}

std::vector<Sale> sales_of(const Home& home, const Metro& metro, const MarketOptions& options, Rng& rng) {
    auto first = draw_day(home, options, rng), second = draw_day(home, options, rng);
    bool twice = rng.uniform() < second_sale_share && std::abs(first.days() - second.days()) >= days_between_sales_min;
    std::vector<Sale> sales{sold(home, metro, twice ? std::min(first, second) : first, rng)};
    if (twice) sales.push_back(sold(home, metro, std::max(first, second), rng));
    return sales;
}

/// A row of facts as a table shows it.
struct FactRow {
    const Home* home;
    const Facts* facts;
};

std::vector<Column> fact_table(const std::vector<FactRow>& rows, const std::vector<Metro>& metros) {
    CategoryCells markets, zips, types;
    std::vector<Numbers> numbers(fact_column_count);
    for (const auto& [home, facts] : rows) {
        markets.add(metro_plans[home->metro].market_id);
        zips.add(metros[home->metro].zip_code(facts->zip));
        types.add(property_type_names[static_cast<std::size_t>(facts->type)]);
        for (std::size_t c = 0; c < fact_column_count; ++c) numbers[c].push_back(home->is_left_out[c] ? NAN : facts->*fact_columns[c].fact);
    }
    std::vector<Column> columns;
    columns.push_back(std::move(markets).column("market_id"));
    columns.push_back(std::move(zips).column("zip_code"));
    columns.push_back(std::move(types).column("property_type"));
    for (std::size_t c = 0; c < fact_column_count; ++c) columns.push_back({std::string(fact_columns[c].name), std::move(numbers[c])});
    return columns;
}

Result<Table> homes_table(const std::vector<Home>& homes, const std::vector<Metro>& metros) {
    CategoryCells ids;
    std::vector<FactRow> rows;
    for (const auto& home : homes) {
        ids.add(home.id);
        rows.push_back({&home, &home.facts});
    }
    auto columns = fact_table(rows, metros);
    columns.insert(columns.begin(), std::move(ids).column("id"));
    return Table::make(std::move(columns));
}

/// The id and the day of each sale: what sales and truth begin with.
std::vector<Column> sale_keys(const std::vector<Home>& homes, const std::vector<Sale>& sales) {
    CategoryCells ids;
    Times days;
    for (const auto& sale : sales) {
        ids.add(homes[sale.home].id);
        days.push_back(sale.day);
    }
    std::vector<Column> columns;
    columns.push_back(std::move(ids).column("id"));
    columns.push_back({"sale_date", std::move(days)});
    return columns;
}

Result<Table> sales_table(const std::vector<Home>& homes, const std::vector<Sale>& sales, const std::vector<Metro>& metros) {
    auto columns = sale_keys(homes, sales);
    Numbers prices, list_prices;
    std::vector<FactRow> rows;
    for (const auto& sale : sales) {
        prices.push_back(sale.price_usd);
        list_prices.push_back(sale.list_price_usd);
        rows.push_back({&homes[sale.home], &sale.facts});
    }
    columns.push_back({"sale_price", std::move(prices)});
    columns.push_back({"list_price", std::move(list_prices)});
    for (auto& column : fact_table(rows, metros)) columns.push_back(std::move(column));
    return Table::make(std::move(columns));
}

Result<Table> truth_table(const std::vector<Home>& homes, const std::vector<Sale>& sales) {
    auto columns = sale_keys(homes, sales);
    Numbers values, sigmas, logs;
    std::vector<Numbers> drivers(driver_count);
    for (const auto& sale : sales) {
        values.push_back(std::round(std::exp(sale.truth.log_value) * 100) / 100);
        sigmas.push_back(sale.truth.log_sigma);
        logs.push_back(sale.truth.log_value);
        for (std::size_t d = 0; d < driver_count; ++d) drivers[d].push_back(sale.truth.drivers[d]);
    }
    columns.push_back({"true_value_usd", std::move(values)});
    columns.push_back({"log_sigma", std::move(sigmas)});
    columns.push_back({"log_value", std::move(logs)});
    columns.push_back({"base", Numbers(sales.size(), log_base_usd)});
    for (std::size_t d = 0; d < driver_count; ++d) columns.push_back({fmt::format("driver_{}", driver_names[d]), std::move(drivers[d])});
    return Table::make(std::move(columns));
}

}  // namespace

Result<Market> simulate_market(const MarketOptions& options) {
    TRY_VOID(check(options));
    Rng root(options.seed);
    std::vector<Metro> metros;
    for (std::size_t m = 0; m < metro_count; ++m)
        metros.emplace_back(metro_plans[m], root.split(metro_stream + m), options.first_year, options.last_year);
    std::vector<Home> homes;
    std::vector<Sale> sales;
    for (const auto& plan : plans_of(options.homes)) {
        auto rng = root.split(plan.stream);
        homes.push_back(draw_home(plan, metros, rng, options.last_year));
        for (auto& sale : sales_of(homes.back(), metros[homes.back().metro], options, rng)) {
            sale.home = homes.size() - 1;
            sales.push_back(std::move(sale));
        }
    }
    std::ranges::stable_sort(sales, {}, &Sale::day);
    TRY(home_rows, homes_table(homes, metros));
    TRY(sale_rows, sales_table(homes, sales, metros));
    TRY(truth_rows, truth_table(homes, sales));
    return Market{.homes = std::move(home_rows), .sales = std::move(sale_rows), .truth = std::move(truth_rows)};
}

}  // namespace quoin
