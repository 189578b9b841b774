#include "features/transform.h"

namespace quoin::transform {

// Least squares of y over x = 0 … n − 1, one point per tile of the window, tiles without events being 0.
namespace {
void finish(const WindowCells& window, const TransformParameters&, TransformValue& out) {
    auto tile = static_cast<std::int64_t>(window.tile_minutes) * 60'000'000;
    auto tiles = static_cast<double>((window.at.value() - window.begin.value()) / tile + 1);
    if (tiles < 2) return;
    double sum = 0, moment = 0;
    for (const Cell& cell : window.first) {
        double x = static_cast<double>((static_cast<std::int64_t>(cell.tile) * 60'000'000 - window.begin.value()) / tile);
        double y = window.has_value ? from_fixed(cell.sum()) : static_cast<double>(cell.key);
        sum += y, moment += x * y;
    }
    double middle = (tiles - 1) / 2;
    out.number = (moment - middle * sum) / (tiles * (tiles * tiles - 1) / 12);
}
}  // namespace

TransformEntry slope() {
    return {.name = "slope",
            .description = "least-squares slope of the tiles' sums (counts without a value), per tile",
            .cells = {CellKind::tally},
            .value = TransformEntry::Value::optional_number,
            .pace = TransformEntry::Pace::with_tiles,
            .is_reversible = true,
            .tile = Duration::days(1),
            .check = [](const FeatureDeclaration& feature) -> Status {
                if (feature.window) return {};
                return fail(ErrorKind::invalid, "{}: 'slope' needs a window: a lifetime has a single tile", feature.place);
            },
            .finish = finish};
}

}  // namespace quoin::transform
