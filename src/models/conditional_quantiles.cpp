#include "models/conditional_quantiles.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace quoin {

void rearrange(Matrix& values) {
    for (std::size_t i = 0; i < values.rows(); ++i)
        if (auto row = values.row(i); std::ranges::none_of(row, [](double value) { return std::isnan(value); })) std::ranges::sort(row);
}

Matrix ConditionalQuantiles::rearranged(MatrixView<const double> encoded) const {
    Matrix values(encoded.rows(), levels.size());
    for (std::size_t k = 0; k < levels.size(); ++k) {
        auto of_level = levels[k].ensemble.predict(encoded);
        for (std::size_t i = 0; i < of_level.size(); ++i) values(i, k) = of_level[i];
    }
    rearrange(values);
    return values;
}

std::vector<QuantileValue> ConditionalQuantiles::bounds(std::span<const double> values) const {
    std::vector<QuantileValue> all;
    for (std::size_t k = 0; k < levels.size(); ++k) all.push_back({levels[k].level, values[k], values[k] + levels[k].move});
    std::size_t first_upper = 0;
    while (first_upper < levels.size() && levels[first_upper].level < 0.5) ++first_upper;
    for (std::size_t k = first_upper + 1; k < all.size(); ++k) all[k].bound = std::max(all[k].bound, all[k - 1].bound);
    for (std::size_t k = std::min(first_upper, all.size() - 1); k-- > 0;) all[k].bound = std::min(all[k].bound, all[k + 1].bound);
    return all;
}

Result<double> conformal_move(std::vector<double> scores, double level) {
    const auto n = static_cast<double>(scores.size());
    // 1e-9: (n + 1) · 0.95 must not be above its own whole number.
    const double rank = level >= 0.5 ? std::ceil((n + 1) * level - 1e-9) : std::floor((n + 1) * level + 1e-9);
    if (!(rank >= 1 && rank <= n))
        return fail(ErrorKind::invalid, "{} held-out rows are too few to calibrate the quantile of level {}", scores.size(), level);
    auto at = scores.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(scores.begin(), at, scores.end());
    return *at;
}

boost::json::array to_json(const ConditionalQuantiles& quantiles) {
    boost::json::array all;
    for (const auto& level : quantiles.levels) {
        boost::json::array members;
        for (const auto& member : level.ensemble.members)
            members.push_back({{"family", member.family}, {"weight", member.weight}, {"kind", member.model.kind_name()}});
        all.push_back({{"level", level.level}, {"move", level.move}, {"members", std::move(members)}});
    }
    return all;
}

}  // namespace quoin
