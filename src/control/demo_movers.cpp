#include "control/demo_movers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>

#include "control/catalog_folder.h"
#include "control/default_catalog.h"
#include "control/mover_features.h"
#include "evaluation/metric.h"
#include "features/feature_columns.h"
#include "features/training_set.h"
#include "simulation/activity.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr int outcome_days = 30, window_days = 90, moments = 3;  ///< of movers.parquet; a fourth is for the contact times alone
constexpr int history_days = window_days + (moments + 1) * outcome_days;

EventTime later(EventTime time, int days) { return EventTime{time.value() + days * day_us}; }

std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// One user at one moment.
struct Row {
    std::size_t user;
    EventTime at;
    bool has_outcome;
};

/// The past users, the moments at which they are looked at, and what became of them.
class Population {
public:
    explicit Population(const MoverPopulation& population) : options_(past_users(population)) {
        EventTime begin = later(options_.end, -history_days);
        for (std::size_t user = 1; user <= options_.users; ++user) {
            lives_.push_back(life_of(options_, user));
            int offset = static_cast<int>(user * 7 % outcome_days);  // moments are spread over the month
            for (int moment = 0; moment <= moments; ++moment)
                rows_.push_back({user - 1, later(begin, window_days + outcome_days * moment + offset), moment < moments});
        }
    }

    Table frame() const {
        CategoryBuilder ids;
        Times at;
        for (const Row& row : rows_) ids.add(lives_[row.user].id), at.push_back(row.at);
        return Table::make({{"user_id", ids.release()}, {"as_of", std::move(at)}}).value();
    }

    /// Everything the users did. Remembers when they followed a link.
    EventSource events() {
        return [this](const std::function<Status(const Event&)>& take) -> Status {
            clicks_.assign(lives_.size(), {});
            for (std::size_t user = 0; user < lives_.size(); ++user) {
                auto pass_on = [&](SimulatedEvent happened) {
                    if (happened.type == "email.clicked") clicks_[user].push_back(happened.time);
                    Event event;
                    event.source = "/simulation/movers", event.id = std::move(happened.id), event.type = std::move(happened.type);
                    event.time = event.known = happened.time, event.data = std::move(happened.data), event.is_history = true;
                    return take(event);
                };
                TRY_VOID(simulate_user(options_, lives_[user], pass_on));
            }
            return {};
        };
    }

    std::vector<Column> outcomes(std::span<const std::size_t> rows) const {
        Numbers transacts, clicks, leaves;
        CategoryBuilder type;
        for (auto i : rows) {
            const Row& row = rows_[i];
            auto until = later(row.at, outcome_days);
            const Move* closing = lives_[row.user].closing_between(row.at, until);
            transacts.push_back(closing != nullptr);
            clicks.push_back(std::ranges::any_of(clicks_[row.user], [&](EventTime time) { return row.at < time && time <= until; }));
            // Who is gone can leave no more.
            leaves.push_back(lives_[row.user].leaves <= row.at ? NAN : lives_[row.user].leaves <= until ? 1 : 0);
            if (closing != nullptr) type.add(in_capitals(name_of(closing->kind)));
            else type.add_missing();
        }
        return {{"transacts_30d", std::move(transacts)},
                {"transaction_type", type.release()},
                {"clicks_email_30d", std::move(clicks)},
                {"leaves_30d", std::move(leaves)}};
    }

    Result<Table> truth(std::span<const std::size_t> rows) const {
        CategoryBuilder ids, stages, kinds;
        Times at;
        Numbers chances, leaving, hours;
        for (auto i : rows) {
            const auto& [user, moment, has_outcome] = rows_[i];
            auto stage = lives_[user].stage_at(moment);
            const Move* move = lives_[user].move_at(moment);
            ids.add(lives_[user].id), at.push_back(moment);
            stages.add(name_of(stage));
            if (move != nullptr) kinds.add(in_capitals(name_of(move->kind)));
            else kinds.add_missing();
            chances.push_back(chance_of_closing(stage, outcome_days));
            leaving.push_back(chance_of_leaving(stage, outcome_days));
            hours.push_back(lives_[user].favourite_hour);
        }
        return Table::make({{"user_id", ids.release()},
                            {"as_of", std::move(at)},
                            {"stage", stages.release()},
                            {"kind", kinds.release()},
                            {"chance_30d", std::move(chances)},
                            {"leaving_30d", std::move(leaving)},
                            {"favourite_hour", std::move(hours)}});
    }

    /// Places of the rows with an outcome; of the first and the last moment of each user.
    std::vector<std::size_t> rows_with_outcome() const {
        return rows_where([](const Row& row, int) { return row.has_outcome; });
    }
    std::vector<std::size_t> rows_for_times() const {
        return rows_where([](const Row&, int moment) { return moment == 0 || moment == moments; });
    }

private:
    template <class Wanted>
    std::vector<std::size_t> rows_where(const Wanted& wanted) const {
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (wanted(rows_[i], static_cast<int>(i % (moments + 1)))) places.push_back(i);
        return places;
    }

    ActivityOptions options_;
    std::vector<UserLife> lives_;
    std::vector<Row> rows_;
    std::vector<std::vector<EventTime>> clicks_;  ///< by user
};

Result<Table> columns_of(const Table& table, std::span<const std::string> features, std::span<const std::size_t> rows) {
    std::vector<Column> columns;
    for (const char* name : {"user_id", "as_of"}) columns.push_back(*table.find(name));
    for (const auto& name : features) {
        TRY(column, table.column(name));
        columns.push_back(*column);
    }
    TRY(all, Table::make(std::move(columns)));
    return all.take(rows);
}

/// The features of all rows, in a file that goes away again.
Result<Table> replayed(Population& population, const std::filesystem::path& project) {
    TRY_VOID(write_default_catalog(project / "catalog"));
    CatalogFolder folder(project / "catalog");
    TRY(catalog, folder.load());
    auto data = project / "data";
    std::filesystem::create_directories(data);
    TrainingSetOptions options{.frame = data / "movers_frame.parquet", .output = data / "movers_features.parquet", .time_column = "as_of"};
    options.features = mover_features();
    options.features.insert(options.features.end(), contact_time_features().begin(), contact_time_features().end());
    TRY_VOID(write_table(population.frame(), options.frame));
    auto made = make_training_set(catalog, population.events(), options);
    std::error_code ignored;
    std::filesystem::remove(options.frame, ignored);
    if (!made) return tl::unexpected(made.error());
    auto table = read_table(options.output);
    std::filesystem::remove(options.output, ignored);
    return table;
}

Result<double> best_auc(const Project& project, const std::string& outcome, const std::string& chance) {
    TRY(movers, read_table(project.folder() / "data" / "movers.parquet"));
    TRY(truth, read_table(project.folder() / "data" / "movers_truth.parquet"));
    TRY(outcomes, movers.column(outcome));
    TRY(chances, truth.column(chance));
    Numbers labels, predictions;
    for (std::size_t i = 0; i < movers.rows(); ++i) {
        if (outcomes->is_missing(i)) continue;
        labels.push_back(outcomes->numbers()[i]), predictions.push_back(chances->numbers()[i]);
    }
    TRY(auc, find_metric("auc"));
    return auc->compute({.labels = labels, .predictions = predictions});
}

}  // namespace

Result<double> best_mover_auc(const Project& project) { return best_auc(project, "transacts_30d", "chance_30d"); }

Result<double> best_churn_auc(const Project& project) { return best_auc(project, "leaves_30d", "leaving_30d"); }

ActivityOptions past_users(const MoverPopulation& population) {
    return {.name = "past", .users = population.users, .days = history_days, .end = population.end};
}

Status write_mover_tables(const Project& project, const MoverPopulation& options) {
    Population population(options);
    TRY(features, replayed(population, project.folder()));
    auto rows = population.rows_with_outcome();
    TRY(movers, columns_of(features, mover_features(), rows));
    for (auto& column : population.outcomes(rows)) TRY_VOID(movers.add(std::move(column)));
    TRY(times, columns_of(features, contact_time_features(), population.rows_for_times()));
    TRY(truth, population.truth(rows));
    auto data = project.folder() / "data";
    TRY_VOID(write_table(truth, data / "movers_truth.parquet"));
    TRY_VOID(write_table(times, data / "contact_times.parquet"));
    return write_table(movers, data / "movers.parquet");
}

}  // namespace quoin
