#include <algorithm>
#include <cmath>

#include "evaluation/ratio_statistics.h"
#include "evaluation/ratio_study.h"

namespace quoin {

Result<SalesChasing> sales_chasing(std::span<const RatioSale> sales, const SalesChasingOptions& options) {
    TRY_VOID(check_sales(sales));
    if (sales.size() < 30) return fail(ErrorKind::invalid, "sales chasing is looked for in 30 sales or more; there are {}", sales.size());
    std::vector<double> ratios;
    double sum = 0;
    for (const auto& sale : sales) {
        ratios.push_back(sale.estimate / sale.price);
        sum += ratios.back();
    }
    std::sort(ratios.begin(), ratios.end());
    double n = static_cast<double>(ratios.size()), mean = sum / n, squares = 0;
    std::size_t within = 0, jump = 0;
    for (std::size_t first = 0; first < ratios.size();) {
        std::size_t last = first;
        bool inside = ratios[first] >= options.ratio_min && ratios[first] <= options.ratio_max;
        for (; last < ratios.size() && ratios[last] == ratios[first]; ++last) squares += (ratios[last] - mean) * (ratios[last] - mean);
        if (inside) {
            within += last - first;
            jump = std::max(jump, last - first);
        }
        first = last;
    }
    double deviation = std::sqrt(squares / (n - 1));
    auto normal_below = [&](double ratio) {
        return deviation > 0 ? std::erfc((mean - ratio) / (deviation * std::sqrt(2.0))) / 2 : (ratio >= mean ? 1.0 : 0.0);
    };
    SalesChasing chasing{};
    chasing.jump_share = static_cast<double>(jump) / n;
    chasing.near_one_share = static_cast<double>(within) / n;
    chasing.near_one_share_normal = normal_below(options.ratio_max) - normal_below(options.ratio_min);
    chasing.suspected = chasing.jump_share > options.gap_share &&
                        chasing.near_one_share - chasing.near_one_share_normal > options.gap_share;
    return chasing;
}

}  // namespace quoin
