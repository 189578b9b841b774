// Saved networks for many series: the first byte says which kind. What loads must be saved as it was, and answer finite numbers or an
// error.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "models/series/nbeats_model.h"
#include "models/series/tft_model.h"

namespace {

using namespace quoin;

void expect(bool holds) {
    if (!holds) std::abort();
}

void expect_finite(const Result<LearnedPathModel>& path) {
    if (!path) return expect(!path.error().message.empty());
    for (double value : path->point) expect(std::isfinite(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::span<const std::byte> bytes = std::as_bytes(std::span(data + 1, size - 1));
    const std::vector<double> history = {3, 1, 4, 1, 5, 9, 2, 6};
    if (data[0] % 2 == 0) {
        auto model = NbeatsModel::load(bytes);
        if (!model) return expect(!model.error().message.empty()), 0;
        auto again = NbeatsModel::load(model->save());
        expect(again && again->save() == model->save());
        if (model->horizon() < 100) expect_finite(model->path(history));
        return 0;
    }
    auto model = TftModel::load(bytes);
    if (!model) return expect(!model.error().message.empty()), 0;
    expect(model->save() == TftModel::load(model->save())->save());
    const TftShape& shape = model->parts().network.shape();
    if (shape.horizon + shape.lookback > 100) return 0;
    TftSeries series{
        .categories = std::vector<std::size_t>(shape.categories.size(), 1),
        .static_numbers = std::vector<double>(shape.static_numbers, 0.5),
        .target = history,
        .observed = std::vector<std::vector<double>>(shape.observed - 1, history),
        .known = std::vector<std::vector<double>>(model->parts().known_names.size(), std::vector<double>(8 + shape.horizon, 1.0))};
    expect_finite(model->path(series, history.size()));
    return 0;
}
