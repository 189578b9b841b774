#include "prediction/tail_advice.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace quoin {
namespace {

constexpr double calm_share = 0.8;  ///< of the objective
constexpr double load_step = 0.05;

double bound_at(const TrainedModel& model, std::size_t level, std::span<const double> raw) {
    MatrixView<const double> row(raw.data(), 1, raw.size());
    auto encoded = model.encoder.encode(row);
    return model.in_label_unit(model.quantile_values(row, encoded.view()).front()[level].bound);
}

/// The bound with one input changed; nothing if the model has no such input.
std::optional<double> bound_with(const TrainedModel& model, std::size_t level, std::span<const double> raw,
                                 std::pair<const char*, double> change) {
    int input = model.encoder.input_index(change.first);
    if (input < 0) return std::nullopt;
    std::vector<double> changed(raw.begin(), raw.end());
    changed[static_cast<std::size_t>(input)] = change.second;
    return bound_at(model, level, changed);
}

std::optional<double> load_that_keeps(const TrainedModel& model, std::size_t level, std::span<const double> raw, double objective) {
    int input = model.encoder.input_index("load");
    if (input < 0 || std::isnan(raw[static_cast<std::size_t>(input)])) return std::nullopt;
    for (int steps = static_cast<int>(std::ceil(std::min(1.0, raw[static_cast<std::size_t>(input)]) / load_step)) - 1; steps > 0; --steps)
        if (double load = steps * load_step; *bound_with(model, level, raw, {"load", load}) <= objective) return load;
    return std::nullopt;
}

}  // namespace

double exceedance_share(std::span<const QuantileValue> values, double limit) {
    assert(values.size() >= 2 && limit > 0);
    if (limit <= values.front().bound) return 1 - values.front().level;
    std::size_t above = 1;
    while (above + 1 < values.size() && values[above].bound < limit) ++above;
    const auto &left = values[above - 1], &right = values[above];
    double width = std::log(right.bound) - std::log(left.bound);
    if (!(width > 0)) return 1 - right.level;
    double slope = (std::log1p(-right.level) - std::log1p(-left.level)) / width;
    return std::exp(std::log1p(-left.level) + slope * (std::log(limit) - std::log(left.bound)));
}

TailAdvice advise_tail(const TrainedModel& model, std::size_t level, std::span<const double> raw, double objective) {
    double bound = bound_at(model, level, raw);
    if (bound <= calm_share * objective) return {"maintain", std::nullopt};
    if (bound <= objective) return {"watch", std::nullopt};
    if (auto load = load_that_keeps(model, level, raw, objective)) return {"scale_out", load};
    if (auto calm = bound_with(model, level, raw, {"error_rate", 0}); calm && *calm <= objective) return {"reduce_errors", std::nullopt};
    return {"shed_load", std::nullopt};
}

}  // namespace quoin
