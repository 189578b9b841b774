#include "simulation/commercial.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "simulation/category_cells.h"
#include "simulation/commercial_economy.h"

namespace quoin {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t economy_stream = 1u << 20, property_stream = 1u << 21;
constexpr std::size_t year = 12, quarter = 3, history_years = 3;
constexpr double own_income_pull = 0.06, own_income_shock = 0.022;  ///< a month: a property's income returns to its segment's
constexpr double sale_noise = 0.055;                                ///< of log cap rate: haggling, motives, mistakes
constexpr double mispricing = 0.11;                                 ///< of the log cap rate that a property is offered at

struct Building {
    std::string id;
    std::size_t metro = 0, type = 0, building_class = 0;  ///< class 0: A, 1: B, 2: C
    double area_sqft = 0, year_built = 0, foot_traffic = 0, lease_years = missing;
    double base_noi_usd = 0;
    std::vector<double> occupancy, log_noi;  ///< per month
};

constexpr std::array<double, commercial_type_count> typical_area = {90'000, 120'000, 45'000, 160'000, 70'000};
constexpr std::array<double, commercial_type_count> typical_noi_sqft = {11.5, 15.0, 16.0, 7.5, 19.0};
constexpr std::array<std::string_view, 3> class_names = {"A", "B", "C"};
constexpr std::array<double, 3> class_cap_rate = {-0.005, 0.0, 0.008}, class_log_income = {0.18, 0.0, -0.22};

struct NamedBuilding {
    std::string_view id;
    std::size_t metro, type;
    double noi_usd;  ///< of the last month; 0: drawn
};
constexpr std::array<NamedBuilding, 4> named_buildings = {
    {{"prop_123", 0, 0, 2'500'000}, {"prop_1", 0, 1, 0}, {"prop_2", 1, 3, 0}, {"prop_3", 2, 2, 0}}};

/// What happens to a building's income and lets.
void live(Building& building, const CommercialEconomy& economy, Rng& rng) {
    double own = 0.08 * rng.normal(), occupancy = std::clamp(0.93 + 0.03 * rng.normal(), 0.6, 1.0);
    for (std::size_t month = 0; month < economy.months(); ++month) {
        building.occupancy.push_back(occupancy);
        building.log_noi.push_back(std::log(building.base_noi_usd) + economy.log_income(building.metro, building.type, month) + own +
                                   0.8 * (occupancy - 0.93));
        own += -own_income_pull * own + own_income_shock * rng.normal();
        occupancy = std::clamp(occupancy + 0.08 * (0.93 - occupancy) + 0.010 * rng.normal(), 0.45, 1.0);
    }
}

Building draw_building(std::size_t number, const CommercialEconomy& economy, Rng rng) {
    Building building;
    building.metro = rng.below(metro_count), building.type = rng.below(commercial_type_count);
    building.id = fmt::format("com_{}", number - named_buildings.size() + 1);
    double noi_usd = 0;
    if (number < named_buildings.size()) {
        const auto& named = named_buildings[number];
        building.id = named.id, building.metro = named.metro, building.type = named.type, noi_usd = named.noi_usd;
    }
    building.building_class = std::array<std::size_t, 6>{0, 0, 1, 1, 1, 2}[rng.below(6)];
    building.area_sqft = std::round(typical_area[building.type] * std::exp(0.7 * rng.normal()) / 100) * 100;
    building.year_built = 1955 + static_cast<double>(rng.below(66)) - 6.0 * static_cast<double>(building.building_class);
    building.foot_traffic = std::round(100 * std::exp(0.35 * rng.normal())) / 100;
    bool has_leases = building.type >= 1 && building.type <= 3;
    if (has_leases) building.lease_years = std::round(10 * (1 + 3 * rng.gamma(1.6))) / 10;
    building.base_noi_usd = building.area_sqft * typical_noi_sqft[building.type] * std::exp(class_log_income[building.building_class]) *
                            std::exp(0.15 * rng.normal() + 0.10 * std::log(building.foot_traffic));
    live(building, economy, rng);
    if (noi_usd > 0) {  // as its document says, today
        double shift = std::log(noi_usd) - building.log_noi.back();
        for (double& value : building.log_noi) value += shift;
    }
    return building;
}

double true_cap_rate(const Building& building, const CommercialEconomy& economy, std::size_t month) {
    double age = civil(economy.day(month)).year - building.year_built;
    double rate = economy.typical_cap_rate(building.metro, building.type, month) + class_cap_rate[building.building_class] +
                  0.00008 * std::clamp(age, 0.0, 60.0) + 0.045 * (0.93 - building.occupancy[month]) -
                  0.0022 * (building.log_noi[month] - std::log(1e6)) - 0.003 * std::log(building.foot_traffic);
    if (!std::isnan(building.lease_years)) rate -= 0.0008 * (std::min(building.lease_years, 10.0) - 5);
    return std::max(0.02, rate);
}

double noi_usd(const Building& building, std::size_t month) { return std::round(std::exp(building.log_noi[month])); }

/// Growth of income from one month to a later one, a fraction.
double growth(const Building& building, std::size_t from, std::size_t to) {
    return std::exp(building.log_noi[to] - building.log_noi[from]) - 1;
}

/// One row of a table: a building in a month.
struct Moment {
    const Building* building;
    std::size_t month;
    double label = missing, offered = missing, true_rate = missing, gain = missing;
};

class Rows {
public:
    explicit Rows(const CommercialEconomy& economy) : economy_(economy) {}
    void add(const Moment& moment) { moments_.push_back(moment); }

    std::vector<Column> keys() const {
        CategoryCells ids;
        Times days;
        for (const auto& moment : moments_) {
            ids.add(moment.building->id);
            days.push_back(economy_.day(moment.month));
        }
        std::vector<Column> columns;
        columns.push_back(std::move(ids).column("id"));
        columns.push_back({"observed_at", std::move(days)});
        return columns;
    }
    /// What is known of a building and its market in its month.
    std::vector<Column> facts() const {
        auto columns = keys();
        CategoryCells markets, types, classes;
        for (const auto& moment : moments_) {
            markets.add(metro_plans[moment.building->metro].market_id);
            types.add(commercial_type_names[moment.building->type]);
            classes.add(class_names[moment.building->building_class]);
        }
        columns.push_back(std::move(markets).column("market_id"));
        columns.push_back(std::move(types).column("property_type"));
        columns.push_back(std::move(classes).column("building_class"));
        add(columns, "noi_usd", [](const Moment& at) { return noi_usd(*at.building, at.month); });
        add(columns, "rentable_area_sqft", [](const Moment& at) { return at.building->area_sqft; });
        add(columns, "year_built", [](const Moment& at) { return at.building->year_built; });
        add(columns, "occupancy", [](const Moment& at) { return std::round(at.building->occupancy[at.month] * 1000) / 1000; });
        add(columns, "lease_term_years", [](const Moment& at) { return at.building->lease_years; });
        add(columns, "local_foot_traffic", [](const Moment& at) { return at.building->foot_traffic; });
        add(columns, "treasury_10y_rate", [&](const Moment& at) { return economy_.treasury_10y(at.month); });
        add(columns, "mortgage_spread", [&](const Moment& at) { return economy_.mortgage_spread(at.month); });
        add(columns, "market_rent_growth", [&](const Moment& at) { return economy_.rent_growth(at.building->metro, at.month); });
        add(columns, "market_caprate_trend", [&](const Moment& at) {
            const auto& [metro, type] = std::pair(at.building->metro, at.building->type);
            return economy_.typical_cap_rate(metro, type, at.month) - economy_.typical_cap_rate(metro, type, at.month - year);
        });
        return columns;
    }
    template <class Value>
    void add(std::vector<Column>& columns, std::string name, const Value& value) const {
        Numbers numbers;
        for (const auto& moment : moments_) numbers.push_back(value(moment));
        columns.push_back({std::move(name), std::move(numbers)});
    }

private:
    const CommercialEconomy& economy_;
    std::vector<Moment> moments_;
};

Result<Table> segments_table(const CommercialEconomy& economy) {
    CategoryCells markets, types;
    Times months;
    Numbers index;
    for (std::size_t metro = 0; metro < metro_count; ++metro)
        for (std::size_t type = 0; type < commercial_type_count; ++type)
            for (std::size_t month = 0; month < economy.months(); ++month) {
                markets.add(metro_plans[metro].market_id);
                types.add(commercial_type_names[type]);
                months.push_back(economy.day(month));
                index.push_back(typical_noi_sqft[type] * std::exp(economy.log_income(metro, type, month)));
            }
    std::vector<Column> columns;
    columns.push_back(std::move(markets).column("market_id"));
    columns.push_back(std::move(types).column("property_type"));
    columns.push_back({"month", std::move(months)});
    columns.push_back({"noi_index", std::move(index)});
    return Table::make(std::move(columns));
}

Status check(const CommercialOptions& options) {
    if (options.properties < limits::simulated_properties_min || options.properties > limits::simulated_properties_max)
        return fail_field(ErrorKind::invalid, "properties", "a simulated market has {} to {} properties, not {}",
                          limits::simulated_properties_min, limits::simulated_properties_max, options.properties);
    if (options.months < limits::simulated_months_min || options.months > limits::simulated_months_max)
        return fail_field(ErrorKind::invalid, "months", "a simulated market runs over {} to {} months, not {}",
                          limits::simulated_months_min, limits::simulated_months_max, options.months);
    return {};
}

/// The months in which a building was sold: one to three, a year and a half from the start at the earliest.
std::vector<std::size_t> sale_months(const CommercialEconomy& economy, Rng& rng) {
    std::vector<std::size_t> months;
    for (std::size_t sales = 1 + rng.below(3); sales > 0; --sales)
        months.push_back(year + year / 2 + rng.below(economy.months() - 2 * year));
    std::ranges::sort(months);
    months.erase(std::ranges::unique(months).begin(), months.end());
    return months;
}

/// The present of a building, offered at a rate that is not its true one.
Moment offered_now(const Building& building, const CommercialEconomy& economy, Rng& rng) {
    Moment now{&building, economy.months() - 1};
    now.true_rate = true_cap_rate(building, economy, now.month);
    now.offered = std::round(now.true_rate * std::exp(mispricing * rng.normal()) * 1e5) / 1e5;
    if (building.id == "prop_123") now.offered = 0.065;
    // Its income goes on as the segment's trend and its own way back to the segment's level would have it.
    double own = building.log_noi.back() - std::log(building.base_noi_usd) - economy.log_income(building.metro, building.type, now.month);
    double expected = std::log1p(economy.rent_growth(building.metro, now.month)) - own * (1 - std::pow(1 - own_income_pull, year));
    now.gain = std::log(now.offered / now.true_rate) + expected;
    return now;
}

}  // namespace

Result<CommercialMarket> simulate_commercial(const CommercialOptions& options) {
    TRY_VOID(check(options));
    Rng root(options.seed);
    CommercialEconomy economy(options.months, options.end, root.split(economy_stream));
    std::vector<Building> buildings;
    for (std::size_t number = 0; number < options.properties; ++number)
        buildings.push_back(draw_building(number, economy, root.split(property_stream + number)));

    Rows sales(economy), incomes(economy);
    std::vector<Moment> present;
    for (std::size_t number = 0; number < buildings.size(); ++number) {
        const Building& building = buildings[number];
        auto rng = root.split(2 * property_stream + number);
        for (auto month : sale_months(economy, rng)) {
            double rate = true_cap_rate(building, economy, month);
            sales.add({&building, month, std::round(rate * std::exp(sale_noise * rng.normal()) * 1e5) / 1e5, missing, rate});
        }
        present.push_back(offered_now(building, economy, rng));
        for (std::size_t month = history_years * year; month + year < economy.months(); month += quarter) {
            double offered = true_cap_rate(building, economy, month) * std::exp(mispricing * rng.normal());
            incomes.add({&building, month, growth(building, month, month + year), std::round(offered * 1e5) / 1e5});
        }
        incomes.add({&building, economy.months() - 1, missing, present.back().offered});
    }
    for (const auto& moment : present) sales.add(moment);

    auto sale_columns = sales.facts();
    sales.add(sale_columns, "cap_rate", [](const Moment& at) { return at.label; });
    auto income_columns = incomes.facts();
    incomes.add(income_columns, "noi_growth_trailing_12m",
                [](const Moment& at) { return growth(*at.building, at.month - year, at.month); });
    incomes.add(income_columns, "noi_against_3y_mean", [](const Moment& at) {
        double sum = 0;
        for (std::size_t back = 0; back < history_years * year; ++back) sum += at.building->log_noi[at.month - back];
        return at.building->log_noi[at.month] - sum / static_cast<double>(history_years * year);
    });
    incomes.add(income_columns, "current_caprate", [](const Moment& at) { return at.offered; });
    incomes.add(income_columns, "noi_growth_12m", [](const Moment& at) { return at.label; });
    auto truth_columns = sales.keys();
    sales.add(truth_columns, "true_cap_rate", [](const Moment& at) { return at.true_rate; });
    sales.add(truth_columns, "current_caprate", [](const Moment& at) { return at.offered; });
    sales.add(truth_columns, "log_gain_12m", [](const Moment& at) { return at.gain; });

    TRY(sale_rows, Table::make(std::move(sale_columns)));
    TRY(income_rows, Table::make(std::move(income_columns)));
    TRY(segment_rows, segments_table(economy));
    TRY(truth_rows, Table::make(std::move(truth_columns)));
    return CommercialMarket{std::move(sale_rows), std::move(income_rows), std::move(segment_rows), std::move(truth_rows)};
}

}  // namespace quoin
