#include "models/detector/robust_scale.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace quoin {
namespace {

double median(std::vector<double>& values) {
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return *middle / 2 + *std::max_element(values.begin(), middle) / 2;
}

}  // namespace

RobustScale RobustScale::of(std::span<const double> values) {
    if (values.empty()) return {};
    std::vector<double> sorted(values.begin(), values.end());
    double centre = median(sorted), square = 0;
    for (double& value : sorted) value = std::abs(value - centre);
    double spread = 1.4826 * median(sorted), largest = *std::max_element(sorted.begin(), sorted.end());
    if (!(spread > largest * 1e-12) && largest > 0) {
        for (double distance : sorted) square += (distance / largest) * (distance / largest);
        spread = largest * std::sqrt(square / static_cast<double>(sorted.size()));
    }
    if (!(spread > 0)) spread = centre == 0 ? 1 : std::abs(centre) / 1000;
    return {centre, spread};
}

}  // namespace quoin
