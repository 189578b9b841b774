#include "learning/series/tft_fit.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "learning/series/combination_fit.h"

namespace quoin {
namespace {

constexpr double refit_share = 0.25, refit_rate = 0.3, target_max = 20;
constexpr int tries_max = 20;  // at a window that is not constant
constexpr std::size_t progress_steps = 100;

TftModel::Scale scale_of(const std::vector<double>& values) {
    double n = static_cast<double>(values.size()), mean = 0, squares = 0;
    for (double value : values) mean += value / n;
    for (double value : values) squares += (value - mean) * (value - mean) / n;
    return {mean, squares > 0 ? std::sqrt(squares) : 1};
}

/// What a model is but for its network.
TftModel::Parts parts_of(std::span<const TftSeries> series, const TftInputs& inputs, const SeriesSeasons& seasons) {
    TftModel::Parts parts;
    parts.static_names = inputs.categories;
    parts.static_names.insert(parts.static_names.end(), inputs.static_numbers.begin(), inputs.static_numbers.end());
    parts.observed_names = inputs.observed;
    parts.known_names = inputs.known;
    parts.levels = inputs.levels;
    for (std::size_t period : {seasons.period, seasons.longer_period})
        if (period > 1) parts.periods.push_back(period);
    for (std::size_t i = 0; i < inputs.static_numbers.size(); ++i) {
        std::vector<double> values;
        for (const TftSeries& one : series) values.push_back(one.static_numbers[i]);
        parts.static_scales.push_back(scale_of(values));
    }
    for (std::size_t k = 0; k < inputs.known.size(); ++k) {
        std::vector<double> values;
        for (const TftSeries& one : series) values.insert(values.end(), one.known[k].begin(), one.known[k].end());
        parts.known_scales.push_back(scale_of(values));
    }
    return parts;
}

TftShape shape_of(std::span<const TftSeries> series, const TftModel::Parts& parts, const TftOptions& options,
                  const SeriesSeasons& seasons) {
    TftShape shape{.lookback = options.lookback, .horizon = options.horizon, .size = options.size, .heads = options.heads};
    if (shape.lookback == 0) shape.lookback = std::max({3 * options.horizon, seasons.period, seasons.longer_period});
    for (std::size_t c = 0; c < series[0].categories.size(); ++c) {
        std::size_t greatest = 0;
        for (const TftSeries& one : series) greatest = std::max(greatest, one.categories[c]);
        if (c < parts.levels.size()) greatest = std::max(greatest, parts.levels[c].size());
        shape.categories.push_back(greatest + 1);
    }
    shape.static_numbers = parts.static_scales.size();
    shape.observed = 1 + parts.observed_names.size();
    shape.known = added_known(parts.periods.size()) + parts.known_names.size();
    shape.quantiles = options.quantiles;
    return shape;
}

Status check(std::span<const TftSeries> series, const TftInputs& inputs, const TftOptions& options) {
    constexpr std::size_t horizon_max = 1'000, steps_max = 10'000'000, rows_max = 100'000;
    if (series.empty()) return fail(ErrorKind::invalid, "TFT: there are no series");
    if (options.horizon < 1 || options.horizon > horizon_max || options.steps < 1 || options.steps > steps_max || options.batch_rows < 1 ||
        options.batch_rows > rows_max || options.recent_horizons < 1)
        return fail(ErrorKind::invalid, "TFT: horizons go from 1 to {}, steps to {}, rows to {}", horizon_max, steps_max, rows_max);
    for (std::size_t i = 0; i < series.size(); ++i) {
        const TftSeries& one = series[i];
        bool fits = one.categories.size() == inputs.categories.size() && one.static_numbers.size() == inputs.static_numbers.size() &&
                    one.observed.size() == inputs.observed.size() && one.known.size() == inputs.known.size();
        auto is_long = [](std::size_t length) { return [length](const std::vector<double>& column) { return column.size() >= length; }; };
        if (!fits || one.target.empty() || !std::ranges::all_of(one.observed, is_long(one.target.size())) ||
            !std::ranges::all_of(one.known, is_long(one.target.size() + options.horizon)))
            return fail(ErrorKind::invalid, "TFT: series {} does not have the inputs that are named, in full length", i + 1);
    }
    return {};
}

/// Draws windows that end before the ends of the series.
class TftSampler {
public:
    TftSampler(std::span<const TftSeries> series, std::vector<std::size_t> ends, const TftOptions& options, Rng rng)
        : series_(series), ends_(std::move(ends)), options_(options), rng_(rng) {
        for (std::size_t i = 0; i < series.size(); ++i)
            if (ends_[i] > 2 * options.horizon) usable_.push_back(i);
    }
    bool empty() const { return usable_.empty(); }
    Progress& progress() const { return options_.progress ? *options_.progress : no_progress(); }

    Status fill(TftBatch& batch, const TftModel::Parts& parts, const TftShape& shape) {
        for (std::size_t row = 0; row < options_.batch_rows; ++row) {
            std::size_t chosen = 0, origin = 0;
            ScaledWindow level;
            for (int tries = 0; tries < tries_max && !(level.scale > 0); ++tries) {
                chosen = usable_[rng_.below(usable_.size())];
                std::size_t latest = ends_[chosen] - options_.horizon;
                origin = latest - rng_.below(std::min(latest - 1, options_.recent_horizons * options_.horizon));
                level = scaled_window(std::span(series_[chosen].target).first(origin), shape.lookback);
            }
            TRY(window, tft_window(series_[chosen], origin, parts, shape));
            batch.windows.push_back(std::move(window));
            double scale = level.scale > 0 ? level.scale : std::max(1.0, std::abs(level.mean));
            for (double value : std::span(series_[chosen].target).subspan(origin, options_.horizon))
                batch.targets.push_back(static_cast<float>(std::clamp((value - level.mean) / scale, -target_max, target_max)));
        }
        return {};
    }

private:
    std::span<const TftSeries> series_;
    std::vector<std::size_t> ends_, usable_;
    const TftOptions& options_;
    Rng rng_;
};

struct Stage {
    const char* name;
    std::size_t steps;
    double learning_rate;
    TftSampler& sampler;
};

Result<Tensors> train_stage(const Stage& stage, TftPlan plan, const TftModel::Parts& parts, const Tensors& start) {
    Status filled;
    Progress& progress = stage.sampler.progress();
    progress.phase(stage.name, std::max<std::size_t>(1, stage.steps / progress_steps));
    plan.steps = stage.steps;
    plan.learning_rate = stage.learning_rate;
    plan.next_batch = [&](std::size_t step, TftBatch& batch) {
        if (filled) filled = stage.sampler.fill(batch, parts, plan.shape);
        if (!filled) throw std::runtime_error(filled.error().message);
        if ((step + 1) % progress_steps == 0 || stage.steps < progress_steps) progress.step();
    };
    auto trained = train_tft(plan, start);
    if (!filled) return tl::unexpected(filled.error());
    return trained;
}

Result<TftModel> model_of(TftModel::Parts parts, const TftShape& shape, const Tensors& tensors, PathCalibration calibration) {
    TRY(network, TftNetwork::make(shape, tensors));
    parts.network = std::move(network);
    parts.calibration = std::move(calibration);
    return TftModel::make(std::move(parts));
}

}  // namespace

Result<TftFit> fit_tft(std::span<const TftSeries> series, const TftInputs& inputs, const SeriesSeasons& seasons,
                       const TftOptions& options) {
    TRY_VOID(check(series, inputs, options));
    const TftModel::Parts parts = parts_of(series, inputs, seasons);
    const TftShape shape = shape_of(series, parts, options, seasons);
    TRY_VOID(check(shape));
    std::vector<std::vector<double>> targets;
    std::vector<std::vector<std::size_t>> origins;
    std::vector<std::size_t> first_ends, ends;
    for (const TftSeries& one : series) {
        targets.push_back(one.target);
        origins.push_back(backtest_origins(one.target.size(), options.horizon, combination_backtest(seasons, options.origins_max)));
        first_ends.push_back(origins.back().empty() ? one.target.size() : origins.back()[0]);
        ends.push_back(one.target.size());
    }
    TftSampler before(series, first_ends, options, Rng(options.seed).split(1)), all(series, ends, options, Rng(options.seed).split(2));
    if (before.empty())
        return fail(ErrorKind::invalid, "TFT: no series is longer than two horizons of {} before the back-test", options.horizon);
    TftPlan plan{.shape = shape, .dropout = options.dropout, .seed = options.seed};
    auto refit_steps = std::max<std::size_t>(1, static_cast<std::size_t>(refit_share * static_cast<double>(options.steps)));
    Stage first{"train a TFT for the back-test", options.steps, options.learning_rate, before};
    Stage second{"train a TFT on everything", refit_steps, refit_rate * options.learning_rate, all};
    TRY(early, train_stage(first, plan, parts, {}));
    TRY(early_model, model_of(parts, shape, early, {}));
    TRY(tested, backtest_paths(targets, origins, options.horizon,
                               [&](std::size_t i, std::size_t origin) { return early_model.path(series[i], origin); }));
    TRY(last, train_stage(second, plan, parts, early));
    TRY(model, model_of(parts, shape, last, std::move(tested.calibration)));
    for (std::size_t i = 0; i < series.size(); ++i) {
        TRY(path, model.path(series[i], series[i].target.size()));
        tested.series[i].path = std::move(path);
    }
    return TftFit{std::move(model), std::move(early_model), std::move(tested.series)};
}

}  // namespace quoin
