#include "learning/season_fit.h"

#include <cmath>

#include "learning/series/prophet_fit.h"

namespace quoin {

Result<SeasonalGrowth> learn_season(const Table& rows, const Declaration& declaration) {
    const auto& season = declaration.season;
    TRY(times, rows.column(declaration.time));
    TRY(values, rows.column(season.series));
    if (times->kind() != ColumnKind::time || values->kind() != ColumnKind::number)
        return fail_field(ErrorKind::invalid, "season",
                          "a season needs a column of times and one of numbers; '{}' holds {} values and '{}' {}", declaration.time,
                          name_of(times->kind()), season.series, name_of(values->kind()));
    std::vector<double> logarithms;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        double value = values->numbers()[i];
        if (!std::isnan(value) && !(value > 0))
            return fail_field(ErrorKind::invalid, season.series, "row {}: a series with a season must be positive, and '{}' is {}", i + 1,
                              season.series, value);
        logarithms.push_back(std::log(value));
    }
    TRY(series, Series::make({times->times().begin(), times->times().end()}, std::move(logarithms)));
    TRY(model, fit_prophet(series));
    return SeasonalGrowth{std::move(model), static_cast<std::int64_t>(season.ahead_hours * 3600e6)};
}

}  // namespace quoin
