#include "models/survival/survival_times.h"

#include <cmath>

namespace quoin {
namespace {

Status check_row(const SurvivalTimes& times, std::size_t row) {
    const double stop = times.stops[row];
    if (!std::isfinite(stop) || stop < 0) return fail_field(ErrorKind::invalid, "stop", "row {}: the time {} is no time", row, stop);
    if (times.events[row] > 1)
        return fail_field(ErrorKind::invalid, "event", "row {}: the event is {}, not 0 or 1", row, times.events[row]);
    if (!times.starts.empty() && !(times.starts[row] >= 0 && times.starts[row] < stop))
        return fail_field(ErrorKind::invalid, "start", "row {}: the start {} is not before the end {}", row, times.starts[row], stop);
    if (const double weight = times.weight(row); !(weight > 0) || !std::isfinite(weight))
        return fail_field(ErrorKind::invalid, "weight", "row {}: the weight {} is not positive", row, weight);
    return {};
}

}  // namespace

Status check(const SurvivalTimes& times) {
    const std::size_t rows = times.rows();
    if (rows == 0) return fail(ErrorKind::invalid, "there are no rows of survival times");
    if (rows > survival_rows_max) return fail(ErrorKind::too_large, "{} rows of survival times; the limit is {}", rows, survival_rows_max);
    for (std::size_t size :
         {times.events.size(), times.starts.empty() ? rows : times.starts.size(), times.weights.empty() ? rows : times.weights.size()}) {
        if (size != rows) return fail(ErrorKind::invalid, "survival times: {} stops, but {} entries beside them", rows, size);
    }
    for (std::size_t row = 0; row < rows; ++row) TRY_VOID(check_row(times, row));
    return {};
}

}  // namespace quoin
