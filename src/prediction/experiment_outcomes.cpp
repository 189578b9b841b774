#include <algorithm>

#include "prediction/experiment_store.h"

namespace quoin {
namespace {

constexpr const char* outcome_columns = "SELECT id, product, entity, prediction_id, actual, occurred, received FROM outcomes ";
constexpr const char* exposure_columns = "SELECT experiment, shadow, entity, prediction_id, asked_at, step FROM exposures ";
constexpr std::int64_t outcomes_at_once = 1000;

SqlValue sql_of(const FeatureValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return nullptr;
}
SqlValue sql_of(const std::optional<double>& value) { return value ? SqlValue(*value) : SqlValue(nullptr); }

Outcome outcome_of(const SqlRow& row) {
    const auto& actual = row.values[4];
    FeatureValue value = std::holds_alternative<std::string>(actual) ? FeatureValue(row.text(4)) : FeatureValue(row.real(4));
    return {row.text(0), row.text(1), row.text(2), row.text(3), std::move(value), EventTime{row.integer(5)}, EventTime{row.integer(6)}};
}

Exposure exposure_of(const SqlRow& row) {
    return {row.text(0), row.integer(1) != 0,       row.text(2),
            row.text(3), EventTime{row.integer(4)}, static_cast<std::size_t>(row.integer(5))};
}

Result<std::vector<Exposure>> exposures_of(Result<std::vector<SqlRow>> rows) {
    return rows.map([](const auto& all) {
        std::vector<Exposure> exposures;
        for (const auto& row : all) exposures.push_back(exposure_of(row));
        return exposures;
    });
}

std::optional<double> loss_at(const SqlRow& row, std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}

}  // namespace

Status ExperimentStore::add_exposures(std::span<const Exposure> exposures) {
    return database_.transaction([&]() -> Status {
        for (const auto& one : exposures)
            TRY_VOID(database_.execute("INSERT OR IGNORE INTO exposures (experiment, shadow, entity, prediction_id, asked_at, step) VALUES "
                                       "(?1, ?2, ?3, ?4, ?5, ?6)",
                                       {one.experiment, static_cast<std::int64_t>(one.is_shadow), one.entity, one.prediction_id,
                                        one.asked_at.value(), static_cast<std::int64_t>(one.step)}));
        return {};
    });
}

Result<bool> ExperimentStore::add_outcome(const Outcome& outcome) {
    bool is_new = false;
    TRY_VOID(database_.transaction([&]() -> Status {
        TRY(rows, database_.query(std::string(outcome_columns) + "WHERE id = ?1", {outcome.id}));
        if (!rows.empty()) {
            auto stored = outcome_of(rows[0]);
            if (stored.product == outcome.product && stored.entity == outcome.entity && stored.actual == outcome.actual &&
                stored.prediction_id == outcome.prediction_id)
                return {};
            return fail(ErrorKind::conflict, "another outcome with the id '{}' is stored already; outcomes are not changed",
                        outcome.id.substr(0, 80));
        }
        is_new = true;
        return database_.execute("INSERT INTO outcomes (id, product, entity, prediction_id, actual, occurred, received) VALUES (?1, ?2, "
                                 "?3, ?4, ?5, ?6, ?7)",
                                 {outcome.id, outcome.product, outcome.entity, outcome.prediction_id, sql_of(outcome.actual),
                                  outcome.occurred.value(), outcome.received.value()});
    }));
    return is_new;
}

Status ExperimentStore::mark_joined(const std::string& outcome_id) {
    return database_.execute("UPDATE outcomes SET joined = 1 WHERE id = ?1 AND joined = 0", {outcome_id});
}

Result<std::vector<Outcome>> ExperimentStore::unjoined(EventTime until) {
    TRY(rows, database_.query(std::string(outcome_columns) + "WHERE joined = 0 AND received <= ?1 ORDER BY received LIMIT ?2",
                              {until.value(), outcomes_at_once}));
    std::vector<Outcome> outcomes;
    for (const auto& row : rows) outcomes.push_back(outcome_of(row));
    return outcomes;
}

Result<std::vector<Exposure>> ExperimentStore::open_exposures(const std::string& experiment, const std::string& entity) {
    return exposures_of(
        database_.query(std::string(exposure_columns) + "WHERE experiment = ?1 AND entity = ?2 AND settled = 0", {experiment, entity}));
}

Result<std::vector<Exposure>> ExperimentStore::open_exposures_before(const std::string& experiment, EventTime until, std::size_t limit) {
    return exposures_of(database_.query(std::string(exposure_columns) +
                                            "WHERE experiment = ?1 AND settled = 0 AND asked_at <= ?2 ORDER BY asked_at, entity LIMIT ?3",
                                        {experiment, until.value(), static_cast<std::int64_t>(limit)}));
}

Result<std::optional<Outcome>> ExperimentStore::outcome_between(const Exposure& exposure, const std::string& product, EventTime until) {
    TRY(rows, database_.query(std::string(outcome_columns) +
                                  "WHERE product = ?1 AND entity = ?2 AND occurred BETWEEN ?3 AND ?4 ORDER BY occurred, id LIMIT 1",
                              {product, exposure.entity, exposure.asked_at.value(), until.value()}));
    return rows.empty() ? std::nullopt : std::optional(outcome_of(rows[0]));
}

Status ExperimentStore::count(const Exposure& exposure, const std::optional<CountedLoss>& loss) {
    auto shadow = static_cast<std::int64_t>(exposure.is_shadow);
    return database_.transaction([&]() -> Status {
        if (loss)
            TRY_VOID(database_.execute("INSERT OR IGNORE INTO losses (experiment, shadow, entity, prediction_id, outcome_id, share, "
                                       "champion, challenger, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                       {exposure.experiment, shadow, exposure.entity, exposure.prediction_id, loss->outcome_id, loss->share,
                                        sql_of(loss->champion), sql_of(loss->challenger), loss->at.value()}));
        return database_.execute("UPDATE exposures SET settled = 1 WHERE experiment = ?1 AND entity = ?2 AND shadow = ?3",
                                 {exposure.experiment, exposure.entity, shadow});
    });
}

Result<std::vector<CountedLoss>> ExperimentStore::losses_after(const std::string& experiment, std::int64_t sequence, std::size_t limit) {
    TRY(rows, database_.query("SELECT sequence, shadow, entity, prediction_id, outcome_id, share, champion, challenger, at FROM losses "
                              "WHERE experiment = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
                              {experiment, sequence, static_cast<std::int64_t>(limit)}));
    std::vector<CountedLoss> losses;
    for (const auto& row : rows)
        losses.push_back({row.integer(0), experiment, row.integer(1) != 0, row.text(2), row.text(3), row.text(4), row.real(5),
                          loss_at(row, 6), loss_at(row, 7), EventTime{row.integer(8)}});
    return losses;
}

Result<ExperimentFigures> ExperimentStore::figures(const std::string& experiment) {
    ExperimentFigures figures;
    TRY(exposed, database_.query("SELECT shadow, count(*) FROM exposures WHERE experiment = ?1 GROUP BY shadow", {experiment}));
    for (const auto& row : exposed)
        (row.integer(0) != 0 ? figures.shadow_exposures : figures.exposures) = static_cast<std::uint64_t>(row.integer(1));
    TRY(rows, database_.query("SELECT shadow, count(champion), total(champion), count(challenger), total(challenger) FROM losses WHERE "
                              "experiment = ?1 GROUP BY shadow",
                              {experiment}));
    for (const auto& row : rows) {
        bool shadow = row.integer(0) != 0;
        (shadow ? figures.shadow_champion : figures.champion) = {static_cast<std::uint64_t>(row.integer(1)), row.real(2)};
        (shadow ? figures.shadow_challenger : figures.challenger) = {static_cast<std::uint64_t>(row.integer(3)), row.real(4)};
    }
    return figures;
}

Status ExperimentStore::observe(const std::string& prediction_id, const ObservedLoss& loss) {
    return database_.transaction([&]() -> Status {
        TRY_VOID(database_.execute("INSERT OR IGNORE INTO observed (prediction_id, model, version, loss_name, loss) VALUES (?1, ?2, ?3, "
                                   "?4, ?5)",
                                   {prediction_id, loss.model, loss.version, loss.loss, loss.loss_sum}));
        TRY(rows, database_.query("SELECT changes()"));
        if (rows[0].integer(0) == 0) return {};
        return database_.execute("INSERT INTO observed_sums (model, version, loss_name, outcomes, loss_sum) VALUES (?1, ?2, ?3, 1, ?4) "
                                 "ON CONFLICT DO UPDATE SET outcomes = outcomes + 1, loss_sum = loss_sum + excluded.loss_sum",
                                 {loss.model, loss.version, loss.loss, loss.loss_sum});
    });
}

Result<std::vector<ObservedLoss>> ExperimentStore::observed() {
    TRY(rows, database_.query("SELECT model, version, loss_name, outcomes, loss_sum FROM observed_sums ORDER BY model, version"));
    std::vector<ObservedLoss> observed;
    for (const auto& row : rows)
        observed.push_back({row.text(0), row.text(1), row.text(2), static_cast<std::uint64_t>(row.integer(3)), row.real(4)});
    return observed;
}

Result<std::uint64_t> ExperimentStore::position(const std::string& consumer) {
    TRY(rows, database_.query("SELECT sequence FROM positions WHERE consumer = ?1", {consumer}));
    return rows.empty() ? 0 : static_cast<std::uint64_t>(rows[0].integer(0));
}

Status ExperimentStore::set_position(const std::string& consumer, std::uint64_t sequence) {
    return database_.execute("INSERT INTO positions (consumer, sequence) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sequence = "
                             "excluded.sequence",
                             {consumer, static_cast<std::int64_t>(sequence)});
}

}  // namespace quoin
