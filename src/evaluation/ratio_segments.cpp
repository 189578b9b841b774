#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "evaluation/ratio_statistics.h"
#include "evaluation/ratio_study.h"

namespace quoin {

Result<std::vector<RatioSegment>> ratio_study_by(std::span<const RatioSale> sales, std::span<const std::string> names,
                                                 std::size_t sales_min) {
    TRY_VOID(check_sales(sales));
    if (names.size() != sales.size())
        return fail(ErrorKind::invalid, "there are {} sales but {} segment names", sales.size(), names.size());
    std::vector<std::vector<RatioSale>> members;
    std::vector<RatioSegment> segments;
    std::unordered_map<std::string_view, std::size_t> positions;
    for (std::size_t i = 0; i < sales.size(); ++i) {
        auto [position, is_new] = positions.emplace(names[i], segments.size());
        if (is_new) {
            segments.push_back({names[i], {}, false});
            members.emplace_back();
        }
        members[position->second].push_back(sales[i]);
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        segments[i].suppressed = members[i].size() < sales_min;
        segments[i].study.sales = members[i].size();
        if (segments[i].suppressed) continue;
        TRY(study, ratio_study(members[i]));
        segments[i].study = study;
    }
    return segments;
}

std::vector<std::string> decile_names(std::span<const double> prices) {
    if (prices.empty()) return {};
    std::vector<double> sorted(prices.begin(), prices.end());
    std::sort(sorted.begin(), sorted.end());
    std::array<double, 9> edges;
    for (std::size_t k = 0; k < edges.size(); ++k) edges[k] = sorted[((k + 1) * sorted.size() + 9) / 10 - 1];
    auto decile_of = [&](double price) {
        return static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), price) - edges.begin());
    };
    std::array<double, 10> least, most;
    least.fill(std::numeric_limits<double>::infinity());
    most.fill(-std::numeric_limits<double>::infinity());
    for (double price : sorted) {
        least[decile_of(price)] = std::min(least[decile_of(price)], price);
        most[decile_of(price)] = std::max(most[decile_of(price)], price);
    }
    std::vector<std::string> names;
    names.reserve(prices.size());
    for (double price : prices) {
        std::size_t decile = decile_of(price);
        names.push_back(fmt::format("decile {:02}: {:.0f} to {:.0f}", decile + 1, least[decile], most[decile]));
    }
    return names;
}

}  // namespace quoin
