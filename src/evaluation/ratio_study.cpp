#include "evaluation/ratio_study.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "evaluation/ratio_statistics.h"

namespace quoin {
namespace {

constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

/// Gini coefficient of values already ordered by price: 2 Σ i·x / (n Σ x) − (n + 1)/n.
template <class Value>
double gini(std::size_t count, Value value) {
    double ranked = 0, sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        ranked += static_cast<double>(i + 1) * value(i);
        sum += value(i);
    }
    double n = static_cast<double>(count);
    return 2 * ranked / (n * sum) - (n + 1) / n;
}

void add_kakwani(std::span<const RatioSale> sales, RatioStudy& study) {
    std::vector<RatioSale> by_price(sales.begin(), sales.end());
    // Equal prices are ordered by estimate, so that the index does not depend on the order of the input.
    std::sort(by_price.begin(), by_price.end(),
              [](const RatioSale& a, const RatioSale& b) { return a.price != b.price ? a.price < b.price : a.estimate < b.estimate; });
    double estimates = gini(sales.size(), [&](std::size_t i) { return by_price[i].estimate; });
    double prices = gini(sales.size(), [&](std::size_t i) { return by_price[i].price; });
    study.ki = estimates - prices;
    study.mki = prices > 1e-12 ? estimates / prices : not_defined;
}

/// The median of sorted ratios with its 90 % order-statistic interval (draft, appendix D.2).
RatioStudy::Group group_of(std::span<const double> sorted) {
    double n = static_cast<double>(sorted.size());
    double half = 1.645 * std::sqrt(n) / 2;
    auto rank = [&](double r) { return static_cast<std::size_t>(std::clamp(r, 1.0, n)) - 1; };
    return {sorted.size(), median_of_sorted(sorted), sorted[rank(std::ceil(n / 2 - half))], sorted[rank(std::floor(1 + n / 2 + half))]};
}

/// Groups by value proxy ½p + ½(v/median). R7: group k of G ends at sorted position floor(k (n − 1) / G) + 1.
std::vector<RatioStudy::Group> proxy_groups(std::span<const RatioSale> sales, double median) {
    std::size_t n = sales.size(), count = n <= 50 ? 2 : n <= 500 ? 4 : 10;
    std::vector<std::pair<double, double>> proxy_and_ratio(n);
    for (std::size_t i = 0; i < n; ++i)
        proxy_and_ratio[i] = {(sales[i].price + sales[i].estimate / median) / 2, sales[i].estimate / sales[i].price};
    std::sort(proxy_and_ratio.begin(), proxy_and_ratio.end());
    std::vector<RatioStudy::Group> groups;
    for (std::size_t k = 0, first = 0; k < count; ++k) {
        std::size_t last = (k + 1) * (n - 1) / count + 1;
        std::vector<double> ratios;
        for (; first < last; ++first) ratios.push_back(proxy_and_ratio[first].second);
        std::sort(ratios.begin(), ratios.end());
        groups.push_back(group_of(ratios));
    }
    return groups;
}

void add_vertical_equity(std::span<const RatioSale> sales, RatioStudy& study) {
    constexpr std::size_t sales_min = 20;  // draft of 2026, appendix E: no VEI below
    if (sales.size() < sales_min) return;
    study.vei_groups = proxy_groups(sales, study.median_ratio);
    const auto& groups = study.vei_groups;
    study.vei = 100 * (groups.back().median_ratio - groups.front().median_ratio) / study.median_ratio;
    auto [lowest, highest] = std::minmax_element(groups.begin(), groups.end(),
                                                 [](const auto& a, const auto& b) { return a.median_ratio < b.median_ratio; });
    study.vei_significance = 100 * (highest->lower - lowest->upper) / study.median_ratio;
}

}  // namespace

double median_of_sorted(std::span<const double> sorted) {
    std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

RatioStatistics ratio_statistics(std::span<const RatioSale> sales) {
    double n = static_cast<double>(sales.size());
    std::vector<double> ratios(sales.size());
    double estimates = 0, prices = 0, ratio_sum = 0;
    for (std::size_t i = 0; i < sales.size(); ++i) {
        ratios[i] = sales[i].estimate / sales[i].price;
        ratio_sum += ratios[i];
        estimates += sales[i].estimate;
        prices += sales[i].price;
    }
    RatioStatistics statistics{};
    std::vector<double> sorted = ratios;
    auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    double median = sorted.size() % 2 ? *middle : (*middle + *std::max_element(sorted.begin(), middle)) / 2;
    statistics.median = median;
    statistics.mean = ratio_sum / n;
    statistics.weighted_mean = estimates / prices;
    statistics.prd = statistics.mean / statistics.weighted_mean;

    double deviation = 0, x_sum = 0, y_sum = 0;
    std::vector<double> x(sales.size());
    for (std::size_t i = 0; i < sales.size(); ++i) {
        deviation += std::abs(ratios[i] - median);
        x[i] = std::log2((sales[i].estimate / median + sales[i].price) / 2);
        x_sum += x[i];
        y_sum += (ratios[i] - median) / median;
    }
    statistics.cod = 100 * deviation / n / median;
    double covariance = 0, variance = 0;
    for (std::size_t i = 0; i < sales.size(); ++i) {
        double from_mean = x[i] - x_sum / n;
        covariance += from_mean * ((ratios[i] - median) / median - y_sum / n);
        variance += from_mean * from_mean;
    }
    // Doublings of value squared; below this all values are one up to rounding.
    statistics.prb = variance > 1e-20 * n ? covariance / variance : not_defined;
    return statistics;
}

Status check_sales(std::span<const RatioSale> sales) {
    if (sales.empty()) return fail(ErrorKind::invalid, "a ratio study needs at least one sale");
    for (std::size_t i = 0; i < sales.size(); ++i)
        for (double amount : {sales[i].estimate, sales[i].price})
            // Beyond 1e±100 products and ratios of amounts would leave the range of doubles.
            if (!(amount >= 1e-100 && amount <= 1e100))
                return fail(ErrorKind::invalid, "sale {} has estimate {} and price {}: a ratio study needs both positive and finite", i,
                            sales[i].estimate, sales[i].price);
    return {};
}

Result<RatioStudy> ratio_study(std::span<const RatioSale> sales) {
    TRY_VOID(check_sales(sales));
    auto statistics = ratio_statistics(sales);
    RatioStudy study;
    study.sales = sales.size();
    study.median_ratio = statistics.median;
    study.mean_ratio = statistics.mean;
    study.weighted_mean_ratio = statistics.weighted_mean;
    study.cod = statistics.cod;
    study.prd = statistics.prd;
    study.prb = statistics.prb;
    add_kakwani(sales, study);
    add_vertical_equity(sales, study);
    return study;
}

boost::json::object to_json(const RatioStudy& study) {
    auto optional = [](const std::optional<double>& value) { return value ? boost::json::value(*value) : boost::json::value(nullptr); };
    boost::json::array groups;
    for (const auto& group : study.vei_groups)
        groups.push_back(boost::json::object{
            {"sales", group.sales}, {"median_ratio", group.median_ratio}, {"lower", group.lower}, {"upper", group.upper}});
    return {{"sales", study.sales},
            {"median_ratio", study.median_ratio},
            {"mean_ratio", study.mean_ratio},
            {"weighted_mean_ratio", study.weighted_mean_ratio},
            {"cod", study.cod},
            {"prd", study.prd},
            {"prb", study.prb},
            {"ki", study.ki},
            {"mki", study.mki},
            {"vei", optional(study.vei)},
            {"vei_significance", optional(study.vei_significance)},
            {"vei_groups", std::move(groups)}};
}

}  // namespace quoin
