#include "learning/series/nbeats_fit.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/rng.h"
#include "learning/series/combination_fit.h"

namespace quoin {
namespace {

constexpr const char* loss_names[] = {"smape", "mape", "mase"};
constexpr double refit_share = 0.25, refit_rate = 0.3, naive_error_min = 0.05, target_max = 100;
constexpr int tries_max = 20;  // at a window that is not constant

/// The part of a series that windows may come from.
struct TrainingPart {
    std::span<const double> values;
    double naive_error;
};

double mean_change(std::span<const double> values, std::size_t period) {
    std::size_t lag = values.size() > 2 * period ? period : 1;
    double sum = 0;
    for (std::size_t i = lag; i < values.size(); ++i) sum += std::abs(values[i] - values[i - lag]);
    return sum / static_cast<double>(values.size() - lag);
}

/// Series cut at `ends`, those that leave no history before a horizon left out.
std::vector<TrainingPart> training_parts(std::span<const std::vector<double>> series, std::span<const std::size_t> ends,
                                         const NbeatsOptions& options, std::size_t period) {
    std::vector<TrainingPart> parts;
    for (std::size_t i = 0; i < series.size(); ++i) {
        std::span<const double> values = std::span(series[i]).first(ends[i]);
        if (values.size() > 2 * options.horizon) parts.push_back({values, mean_change(values, period)});
    }
    return parts;
}

/// Fills batches with windows of random series at random recent origins, each with a whole horizon after it.
class WindowSampler {
public:
    WindowSampler(const std::vector<TrainingPart>& parts, const NbeatsOptions& options, std::size_t lookback, Rng rng)
        : parts_(parts), options_(options), lookback_(lookback), rng_(rng) {}

    void operator()(NbeatsBatch& batch) {
        batch = {};
        for (std::size_t row = 0; row < options_.batch_rows; ++row) {
            const TrainingPart* part = nullptr;
            std::size_t origin = 0;
            ScaledWindow window;
            for (int tries = 0; tries < tries_max && !(window.scale > 0); ++tries) {
                part = &parts_[rng_.below(parts_.size())];
                origin = draw_origin(*part);
                window = scaled_window(part->values.first(origin), lookback_);
            }
            double scale = window.scale > 0 ? window.scale : std::max(1.0, std::abs(window.mean));
            batch.windows.insert(batch.windows.end(), window.values.begin(), window.values.end());
            for (double value : part->values.subspan(origin, options_.horizon))
                batch.targets.push_back(static_cast<float>(std::clamp((value - window.mean) / scale, -target_max, target_max)));
            batch.levels.push_back(static_cast<float>(window.mean / scale));
            batch.naive_errors.push_back(static_cast<float>(std::max(naive_error_min, part->naive_error / scale)));
        }
    }

private:
    std::size_t draw_origin(const TrainingPart& part) {
        std::size_t latest = part.values.size() - options_.horizon;
        return latest - rng_.below(std::min(latest - 1, options_.recent_horizons * options_.horizon));
    }

    const std::vector<TrainingPart>& parts_;
    const NbeatsOptions& options_;
    std::size_t lookback_;
    Rng rng_;
};

/// A member to be: its plan, and what training made of it so far.
struct Draft {
    NbeatsPlan plan;
    std::string loss;
    NbeatsWeights weights;
};

std::vector<Draft> drafts_of(const NbeatsOptions& options) {
    std::vector<Draft> drafts;
    for (std::size_t horizons : options.lookbacks)
        for (NbeatsLoss loss : options.losses)
            for (bool is_generic : {true, false}) {
                if (!(is_generic ? options.with_generic : options.with_interpretable)) continue;
                NbeatsPlan plan{.lookback = horizons * options.horizon,
                                .horizon = options.horizon,
                                .loss = loss,
                                .batch_rows = options.batch_rows,
                                .seed = Rng(options.seed).split(drafts.size()).next()};
                if (is_generic) plan.stacks = {{.blocks = options.blocks, .width = options.width}};
                else plan.stacks = {trend_stack(plan.lookback, plan.horizon), seasonality_stack(plan.lookback, plan.horizon)};
                for (NbeatsStackPlan& stack : plan.stacks) stack.width = options.width;
                drafts.push_back({std::move(plan), loss_names[static_cast<int>(loss)], {}});
            }
    return drafts;
}

/// Trains all members from where they are; `stage` names the random numbers.
Status train_all(std::vector<Draft>& drafts, const std::vector<TrainingPart>& parts, const NbeatsOptions& options, std::uint64_t stage) {
    std::vector<Status> outcomes(drafts.size());
    Progress& progress = options.progress ? *options.progress : no_progress();
    progress.phase(stage == 0 ? "train N-BEATS for the back-test" : "train N-BEATS on everything", drafts.size());
    parallel_for(drafts.size(), [&](std::size_t i) {
        Draft& draft = drafts[i];
        WindowSampler sampler(parts, options, draft.plan.lookback, Rng(draft.plan.seed).split(stage + 1));
        draft.plan.next_batch = [&](std::size_t, NbeatsBatch& batch) { sampler(batch); };
        double share = stage == 0 ? 1 : refit_share;
        draft.plan.steps = std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(options.steps)));
        draft.plan.learning_rate = options.learning_rate * (stage == 0 ? 1 : refit_rate);
        auto trained = train_nbeats(draft.plan, draft.weights);
        if (trained) draft.weights = std::move(*trained);
        else outcomes[i] = tl::unexpected(trained.error());
        progress.step();
    });
    for (Status& outcome : outcomes) TRY_VOID(std::move(outcome));
    return {};
}

Result<NbeatsModel> model_of(const std::vector<Draft>& drafts, std::size_t period, PathCalibration calibration) {
    NbeatsModel::Parts parts{.period = period, .members = {}, .calibration = std::move(calibration)};
    for (const Draft& draft : drafts) {
        TRY(network, folded(draft.plan, draft.weights));
        parts.members.push_back({draft.loss, std::move(network)});
    }
    return NbeatsModel::make(std::move(parts));
}

Status check(std::span<const std::vector<double>> series, const NbeatsOptions& options) {
    constexpr std::size_t horizon_max = 1'000, horizons_max = 50, width_max = 4'096, steps_max = 10'000'000;
    if (options.horizon < 1 || options.horizon > horizon_max)
        return fail(ErrorKind::invalid, "N-BEATS: a horizon of {}; give 1 to {}", options.horizon, horizon_max);
    if (options.steps < 1 || options.steps > steps_max || options.batch_rows < 1 || options.width < 1 || options.width > width_max ||
        options.blocks < 1)
        return fail(ErrorKind::invalid, "N-BEATS: steps go from 1 to {}, widths to {}, rows and blocks from 1 on", steps_max, width_max);
    if (options.lookbacks.empty() || options.losses.empty() || !(options.with_generic || options.with_interpretable))
        return fail(ErrorKind::invalid, "N-BEATS: name a lookback, a loss and a form");
    for (std::size_t horizons : options.lookbacks)
        if (horizons < 1 || horizons > horizons_max)
            return fail(ErrorKind::invalid, "N-BEATS: a lookback of {} horizons; give 1 to {}", horizons, horizons_max);
    for (std::size_t i = 0; i < series.size(); ++i)
        for (double value : series[i])
            if (!std::isfinite(value))
                return fail(ErrorKind::invalid, "series {} has a value that is not finite; interpolate first", i + 1);
    return {};
}

}  // namespace

Result<PathBacktest> backtest_paths(std::span<const std::vector<double>> series, const std::vector<std::vector<std::size_t>>& origins,
                                    std::size_t horizon, const PathAt& path) {
    std::vector<std::vector<PathOutcome>> outcomes(series.size());
    std::vector<Status> failures(series.size());
    parallel_for(series.size(), [&](std::size_t i) {
        for (std::size_t origin : origins[i]) {
            auto one = path(i, origin);
            if (!one) failures[i] = tl::unexpected(one.error());
            if (!one) return;
            auto after = std::span(series[i]).subspan(origin, horizon);
            outcomes[i].push_back({std::move(*one), {after.begin(), after.end()}});
        }
    });
    for (Status& failure : failures) TRY_VOID(std::move(failure));
    std::vector<PathOutcome> all;
    for (const auto& some : outcomes) all.insert(all.end(), some.begin(), some.end());
    PathBacktest result{calibrate(all, horizon), std::vector<LearnedSeries>(series.size())};
    ForecastRequest request{.horizon = horizon, .levels = {one_deviation}};
    for (std::size_t i = 0; i < series.size(); ++i)
        for (std::size_t k = 0; k < outcomes[i].size(); ++k) {
            TRY(forecast, calibrated(std::move(outcomes[i][k].path), result.calibration).forecast(request));
            result.series[i].folds.push_back({origins[i][k], std::move(forecast), std::move(outcomes[i][k].actual)});
        }
    return result;
}

Result<NbeatsFit> fit_nbeats(std::span<const std::vector<double>> series, const SeriesSeasons& seasons, const NbeatsOptions& options) {
    TRY_VOID(check(series, options));
    std::vector<std::vector<std::size_t>> origins;
    std::vector<std::size_t> first_ends, ends;
    for (const std::vector<double>& values : series) {
        origins.push_back(backtest_origins(values.size(), options.horizon, combination_backtest(seasons, options.origins_max)));
        first_ends.push_back(origins.back().empty() ? values.size() : origins.back()[0]);
        ends.push_back(values.size());
    }
    std::vector<TrainingPart> before = training_parts(series, first_ends, options, seasons.period),
                              all = training_parts(series, ends, options, seasons.period);
    if (before.empty())
        return fail(ErrorKind::invalid, "N-BEATS: no series is longer than two horizons of {} before the back-test", options.horizon);
    std::vector<Draft> drafts = drafts_of(options);
    TRY_VOID(train_all(drafts, before, options, 0));
    TRY(early, model_of(drafts, seasons.period, {}));
    TRY(tested, backtest_paths(series, origins, options.horizon,
                               [&](std::size_t i, std::size_t origin) { return early.path(std::span(series[i]).first(origin)); }));
    TRY_VOID(train_all(drafts, all, options, 1));
    TRY(model, model_of(drafts, seasons.period, std::move(tested.calibration)));
    for (std::size_t i = 0; i < series.size(); ++i) {
        TRY(path, model.path(series[i]));
        tested.series[i].path = std::move(path);
    }
    return NbeatsFit{std::move(model), std::move(tested.series), drafts.size()};
}

}  // namespace quoin
