#include <algorithm>
#include <cmath>
#include <optional>

#include "base/parallel.h"
#include "commands/forecast/panel_task.h"
#include "evaluation/forecast_accuracy.h"
#include "learning/series/combination_fit.h"

namespace quoin {
namespace {

constexpr std::size_t attention_rows = 5;

/// Networks trained on all series, by name.
struct Learned {
    std::string name;
    std::vector<LearnedSeries> series;
};

Result<Learned> learn_nbeats(const PanelTask& task, Progress& progress, PanelAnswer& answer) {
    std::vector<std::vector<double>> values;
    for (const PanelSeries& one : task.series) values.push_back(one.inputs.target);
    NbeatsOptions options{.horizon = task.request.horizon,
                          .lookbacks = {3, 5, 7},
                          .losses = {NbeatsLoss::smape, NbeatsLoss::mase},
                          .steps = task.steps,
                          .seed = task.request.seed,
                          .progress = &progress};
    TRY(fit, fit_nbeats(values, task.seasons, options));
    answer.networks.emplace_back(std::move(fit.model));
    return Learned{"nbeats", std::move(fit.series)};
}

void add(std::vector<double>& to, const std::vector<double>& values) {
    to.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) to[i] += values[i];
}

/// Averages of what the network looked at.
Status explain(const TftModel& model, const std::vector<TftSeries>& series, PanelAnswer& answer) {
    TftReasons sum;
    double n = static_cast<double>(series.size());
    for (const TftSeries& one : series) {
        TRY(reasons, model.reasons(one, one.target.size()));
        add(sum.past_weights, reasons.past_weights);
        add(sum.future_weights, reasons.future_weights);
        add(sum.attention, reasons.attention);
    }
    std::vector<std::string> past = model.past_names(), future = model.future_names();
    for (std::size_t i = 0; i < past.size(); ++i) {
        auto place = static_cast<std::size_t>(std::ranges::find(future, past[i]) - future.begin());
        answer.reasons.push_back({past[i], sum.past_weights[i] / n, place < future.size() ? sum.future_weights[place] / n : std::nan("")});
    }
    for (std::size_t t = 0; t < sum.attention.size(); ++t) answer.attention.emplace_back(sum.attention.size() - t, sum.attention[t] / n);
    std::ranges::stable_sort(answer.attention, std::greater{}, &std::pair<std::size_t, double>::second);
    answer.attention.resize(std::min(answer.attention.size(), attention_rows));
    return {};
}

Result<Learned> learn_tft(const PanelTask& task, Progress& progress, PanelAnswer& answer) {
    std::vector<TftSeries> series;
    for (const PanelSeries& one : task.series) series.push_back(one.inputs);
    TftOptions options{
        .horizon = task.request.horizon, .steps = task.steps, .batch_rows = 32, .seed = task.request.seed, .progress = &progress};
    TRY(fit, fit_tft(series, task.inputs, task.seasons, options));
    TRY_VOID(explain(fit.model, series, answer));
    answer.networks.emplace_back(std::move(fit.model));
    return Learned{"tft", std::move(fit.series)};
}

/// What a network that was read foresees: paths without folds.
Result<Learned> ask_network(const PanelTask& task, PanelAnswer& answer) {
    Learned asked{task.method, std::vector<LearnedSeries>(task.series.size())};
    const auto* tft = std::get_if<TftModel>(&*task.network);
    std::vector<TftSeries> series;
    for (std::size_t i = 0; i < task.series.size(); ++i) {
        const TftSeries& inputs = task.series[i].inputs;
        auto path = tft ? tft->path(inputs, inputs.target.size()) : std::get<NbeatsModel>(*task.network).path(inputs.target);
        if (!path) return fail(path.error().kind, "series '{}': {}", task.series[i].name, path.error().message);
        asked.series[i].path = std::move(*path);
        if (tft) series.push_back(inputs);
    }
    if (tft) TRY_VOID(explain(*tft, series, answer));
    return asked;
}

/// One series: its forecast, and the members of the answer and of the methods beside it.
struct OneAnswer {
    Forecast forecast;
    std::vector<MemberScore> members;
    double naive_error = 0;
};

Result<OneAnswer> forecast_one(const PanelTask& task, std::size_t index, const std::vector<Learned>& learned) {
    const std::vector<double>& values = task.series[index].inputs.target;
    OneAnswer answer;
    if (auto error = naive_error(values, values.size() > task.seasons.period ? task.seasons.period : 1)) answer.naive_error = *error;
    CombinationOptions options{.horizon = task.request.horizon};
    const bool is_network = !learned.empty() && task.method == learned[0].name;
    if (!task.network)
        for (const Learned& network : learned)
            options.learned.push_back({{network.name, {}, network.series[index].path}, network.series[index].folds});
    if (task.method != "combination") options.methods = {task.method};
    if (is_network) options.methods = {};
    if (task.network) options.methods = {"naive"};
    TRY(fit, fit_combination(values, task.seasons, options));
    TRY(forecast, is_network ? learned[0].series[index].path.forecast(task.request) : fit.model.forecast(task.request));
    answer.forecast = std::move(forecast);
    if (fit.origins == 0) return answer;
    answer.members = fit.members;
    std::vector<std::string> beside;
    for (const char* name : {"naive", "seasonal_naive", "theta", "ets"})
        if (std::ranges::find(fit.members, name, &MemberScore::method) == fit.members.end()) beside.emplace_back(name);
    for (const std::string& name : beside) {
        TRY(other, fit_combination(values, task.seasons, {.methods = {name}, .horizon = task.request.horizon}));
        answer.members.push_back({name, other.members[0].mean_absolute_error, 0});
    }
    return answer;
}

void sum_scores(const std::vector<OneAnswer>& answers, PanelAnswer& answer) {
    for (const OneAnswer& one : answers) {
        if (!(one.naive_error > 0)) continue;
        for (const MemberScore& member : one.members) {
            auto found = std::ranges::find(answer.scores, member.method, &PanelScore::method);
            if (found == answer.scores.end()) found = answer.scores.insert(found, {.method = member.method});
            found->scaled_error += member.mean_absolute_error / one.naive_error;
            found->weight += member.weight;
            ++found->series;
        }
    }
    for (PanelScore& score : answer.scores) {
        score.scaled_error /= static_cast<double>(score.series);
        score.weight /= static_cast<double>(score.series);
    }
    std::ranges::stable_sort(answer.scores, {}, &PanelScore::scaled_error);
}

}  // namespace

Result<PanelAnswer> forecast_panel(const PanelTask& task, Progress& progress) {
    PanelAnswer answer;
    std::vector<Learned> learned;
    for (const std::string& name : task.learned) {
        auto trained = name == "nbeats" ? learn_nbeats(task, progress, answer) : learn_tft(task, progress, answer);
        TRY(network, std::move(trained));
        learned.push_back(std::move(network));
    }
    if (task.network) {
        TRY(asked, ask_network(task, answer));
        learned.push_back(std::move(asked));
    }
    std::vector<OneAnswer> answers(task.series.size());
    std::vector<Status> failures(task.series.size());
    progress.phase("forecast the series", task.series.size());
    parallel_for(task.series.size(), [&](std::size_t i) {
        auto one = forecast_one(task, i, learned);
        if (one) answers[i] = std::move(*one);
        else failures[i] = fail(one.error().kind, "series '{}': {}", task.series[i].name, one.error().message);
        progress.step();
    });
    for (Status& failure : failures) TRY_VOID(std::move(failure));
    sum_scores(answers, answer);
    for (OneAnswer& one : answers) answer.forecasts.push_back(std::move(one.forecast));
    return answer;
}

}  // namespace quoin
