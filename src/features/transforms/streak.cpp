#include "features/transform.h"

namespace quoin::transform {

namespace {
void finish(const WindowCells& window, const TransformParameters&, TransformValue& out) {
    auto current = static_cast<std::uint32_t>(window.at.value() / 60'000'000 / window.tile_minutes) * window.tile_minutes;
    double length = 0;
    for (auto cell = window.first.rbegin(); cell != window.first.rend(); ++cell) {
        if (length == 0 && cell->tile + window.tile_minutes == current) current = cell->tile;  // nothing yet today does not end it
        if (cell->tile != current) break;
        ++length;
        current -= window.tile_minutes;
    }
    out.number = length;
}
}  // namespace

TransformEntry streak() {
    return {.name = "streak",
            .description = "consecutive tiles with an event, up to the current one or the one before",
            .cells = {CellKind::tally},
            .pace = TransformEntry::Pace::with_tiles,
            .is_reversible = true,
            .tile = Duration::days(1),
            .check = [](const FeatureDeclaration& feature) -> Status {
                if (feature.window) return {};
                return fail(ErrorKind::invalid, "{}: 'streak' needs a window, the longest streak that it can tell", feature.place);
            },
            .finish = finish};
}

}  // namespace quoin::transform
