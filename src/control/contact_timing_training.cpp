#include "control/contact_timing_training.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/digest.h"
#include "learning/feature_plan.h"

namespace quoin {
namespace {

constexpr std::size_t days = ContactTimes::days, hours = ContactTimes::hours;
constexpr double half_action = 0.5;

using Shares = std::vector<double>;

Shares shares_of(const DirichletPrior& prior) {
    Shares shares;
    for (std::size_t k = 0; k < prior.concentrations.size(); ++k) shares.push_back(prior.mean(k));
    return shares;
}

/// The shares of days and hours that one way of thinking expects of a user.
struct Expected {
    Shares day, hour;
};

Expected expected(const DirichletPrior& day, const DirichletPrior& hour, std::span<const double> counts) {
    return {shares_of(day.with(counts.first(days))), shares_of(hour.with(counts.subspan(days)))};
}

/// Sums over the actions of all users.
struct Tally {
    double log_loss = 0, actions = 0, share_at_choice = 0, users = 0;

    void add(const Expected& expected, std::span<const double> later) {
        double total = std::accumulate(later.begin(), later.begin() + days, 0.0);
        if (total == 0) return;
        auto day = later.first(days), hour = later.subspan(days);
        for (std::size_t k = 0; k < days; ++k) log_loss -= day[k] * std::log(expected.day[k]);
        for (std::size_t k = 0; k < hours; ++k) log_loss -= hour[k] * std::log(expected.hour[k]);
        auto chosen_day = std::ranges::max_element(expected.day) - expected.day.begin();
        auto chosen_hour = std::ranges::max_element(expected.hour) - expected.hour.begin();
        share_at_choice += day[static_cast<std::size_t>(chosen_day)] / total * hour[static_cast<std::size_t>(chosen_hour)] / total;
        actions += total, ++users;
    }
    Scorecard card(std::string owner) const {
        return {.owner = std::move(owner), .metrics = {{"log_loss", log_loss / actions}, {"share_at_choice", share_at_choice / users}}};
    }
};

/// One row of the table.
struct Row {
    std::size_t place;
    EventTime at;
};

Result<std::map<std::string, std::vector<Row>>> rows_by_user(const Table& table, const Declaration& declaration) {
    if (declaration.id.empty() || declaration.time.empty())
        return fail(ErrorKind::invalid, "{}: contact times are judged on later rows of the same users: declare 'id' and 'time'",
                    declaration.model);
    TRY(ids, table.column(declaration.id));
    TRY(times, table.column(declaration.time));
    std::map<std::string, std::vector<Row>> rows;
    for (std::size_t i = 0; i < table.rows(); ++i)
        if (!ids->is_missing(i) && !times->is_missing(i)) rows[ids->text(i)].push_back({i, times->times()[i]});
    for (auto& [id, own] : rows) std::ranges::stable_sort(own, {}, &Row::at);
    return rows;
}

Result<Matrix> counts_of(const Table& table, const Encoder& encoder) {
    TRY(counts, encoder.raw(table));
    for (std::size_t i = 0; i < counts.rows(); ++i)
        for (double& count : counts.row(i))
            if (std::isnan(count)) count = 0;
    return counts;
}

Result<EvaluationReport> judged(const Matrix& counts, const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
    std::vector<std::size_t> earlier;
    for (const auto& [before, after] : pairs) earlier.push_back(before);
    TRY(times, ContactTimes::fit(counts.take(earlier).view()));
    Tally shrunk, crowd, own;
    DirichletPrior flat_day{Shares(days, half_action)}, flat_hour{Shares(hours, half_action)};
    const Shares nothing(days + hours, 0);
    for (const auto& [before, after] : pairs) {
        shrunk.add(expected(times.by_day, times.by_hour, counts.row(before)), counts.row(after));
        crowd.add(expected(times.by_day, times.by_hour, nothing), counts.row(after));
        own.add(expected(flat_day, flat_hour, counts.row(before)), counts.row(after));
    }
    if (shrunk.actions == 0) return fail(ErrorKind::invalid, "no user has an action in a later row: nothing to judge the times by");
    return EvaluationReport{
        .test_rows = pairs.size(), .champion = shrunk.card("champion"), .baselines = {crowd.card("crowd"), own.card("own")}};
}

/// What the answers of training look like, for drift: the share at the best hour of each user.
std::vector<double> deciles_of(const ContactTimes& times, const Matrix& counts) {
    std::vector<double> shares;
    for (std::size_t i = 0; i < counts.rows(); ++i) {
        auto [day, hour] = expected(times.by_day, times.by_hour, counts.row(i));
        shares.push_back(std::ranges::max(day) * std::ranges::max(hour));
    }
    std::ranges::sort(shares);
    std::vector<double> deciles;
    for (std::size_t k = 1; k < 10; ++k) deciles.push_back(shares[shares.size() * k / 10]);
    return deciles;
}

TrainedModel described(const Declaration& declaration, const Clock& clock) {
    TrainedModel model;
    model.name = declaration.model;
    model.entity = declaration.entity;
    model.id_column = declaration.id;
    model.task = Task::timing;
    model.trained_at = clock.now().value();
    model.declaration = declaration.text.empty() ? render_declaration(declaration) : declaration.text;
    return model;
}

}  // namespace

Result<ContactTimingTraining> train_contact_timing(const Table& table, const Declaration& declaration, const Clock& clock) {
    TRY(users, rows_by_user(table, declaration));
    auto counts_only = declaration;
    counts_only.time.clear();
    TRY(encoder, plain_features(table, counts_only));
    TRY(counts, counts_of(table, encoder));
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<std::size_t> latest;
    EventTime first = EventTime::missing(), last = EventTime::missing();
    for (const auto& [id, rows] : users) {
        latest.push_back(rows.back().place);
        if (rows.size() > 1) pairs.emplace_back(rows.front().place, rows.back().place);
        first = first.is_missing() ? rows.front().at : std::min(first, rows.front().at);
        last = std::max(last, rows.back().at);
    }
    ContactTimingTraining training{{.model = described(declaration, clock)}, {}};
    TRY(test, judged(counts, pairs));
    training.test = std::move(test);
    training.test.model = declaration.model, training.test.split = "time", training.test.rows = table.rows();
    auto now = counts.take(latest);
    TRY(times, ContactTimes::fit(now.view()));
    auto& model = training.outcome.model;
    model.training_deciles = deciles_of(times, now);
    model.contact_times = std::move(times);
    model.encoder = std::move(encoder);
    model.reference.raw = Matrix(0, model.encoder.inputs().size());
    model.training_rows = latest.size();
    model.data_from = first.value(), model.data_to = last.value();
    model.data_digest = sha256_hex(std::as_bytes(counts.values()));
    return training;
}

}  // namespace quoin
