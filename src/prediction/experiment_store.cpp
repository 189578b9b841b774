#include "prediction/experiment_store.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "prediction/experiment_migrations.h"

namespace quoin {
namespace {

constexpr std::size_t id_prefix_min = 8;
constexpr const char* experiment_columns = "SELECT id, product, model, champion, challenger, terms, started, ended, state, step, "
                                           "conclusion, figures, actor, reason FROM experiments ";

Result<ExperimentState> state_of(const std::string& text) {
    for (auto state : {ExperimentState::running, ExperimentState::promoting, ExperimentState::stopping, ExperimentState::promoted,
                       ExperimentState::stopped})
        if (text == name_of(state)) return state;
    return fail(ErrorKind::corrupt, "'{}' is no state of an experiment", text.substr(0, 40));
}

Result<Experiment> experiment_of(const SqlRow& row) {
    TRY(terms, ExperimentTerms::parse(row.text(5)));
    TRY(state, state_of(row.text(8)));
    Experiment experiment{.id = row.text(0),
                          .product = row.text(1),
                          .model = row.text(2),
                          .champion = row.integer(3),
                          .challenger = row.integer(4),
                          .terms = std::move(terms),
                          .started = EventTime{row.integer(6)},
                          .state = state,
                          .step = static_cast<std::size_t>(row.integer(9)),
                          .conclusion = row.text(10),
                          .figures = row.text(11),
                          .actor = row.text(12),
                          .reason = row.text(13)};
    if (!row.is_null(7)) experiment.ended = EventTime{row.integer(7)};
    if (experiment.step >= experiment.terms.steps.size())
        return fail(ErrorKind::corrupt, "the experiment {} has no step {}", experiment.id, experiment.step);
    return experiment;
}

Result<std::vector<Experiment>> experiments_of(Result<std::vector<SqlRow>> rows) {
    if (!rows) return tl::unexpected(rows.error());
    std::vector<Experiment> experiments;
    for (const auto& row : *rows) {
        TRY(one, experiment_of(row));
        experiments.push_back(std::move(one));
    }
    return experiments;
}

}  // namespace

Result<std::shared_ptr<ExperimentStore>> ExperimentStore::open(const std::filesystem::path& file) {
    TRY(database, Database::open(file));
    TRY_VOID(database.migrate(experiment_migrations()));
    return std::shared_ptr<ExperimentStore>(new ExperimentStore(std::move(database)));
}

Status ExperimentStore::start(const Experiment& experiment) {
    return database_.transaction([&]() -> Status {
        TRY(rows, database_.query("SELECT id FROM experiments WHERE model = ?1 AND state IN ('running', 'promoting', 'stopping')",
                                  {experiment.model}));
        if (!rows.empty())
            return fail(ErrorKind::conflict, "the experiment {} of '{}' runs; wait for its end, or stop it with: quoin experiments stop",
                        rows[0].text(0).substr(0, id_prefix_min), experiment.model);
        return database_.execute("INSERT INTO experiments (id, product, model, champion, challenger, terms, started, state, step, actor, "
                                 "reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                 {experiment.id, experiment.product, experiment.model, experiment.champion, experiment.challenger,
                                  json_text(experiment.terms.json()), experiment.started.value(), std::string(name_of(experiment.state)),
                                  static_cast<std::int64_t>(experiment.step), experiment.actor, experiment.reason});
    });
}

Result<Experiment> ExperimentStore::find(const std::string& id) {
    TRY(found, experiments_of(database_.query(std::string(experiment_columns) + "WHERE substr(id, 1, ?2) = ?1 LIMIT 2",
                                              {id, static_cast<std::int64_t>(id.size())})));
    if (found.size() != 1 || id.size() < id_prefix_min)
        return fail(ErrorKind::not_found, "no experiment has the id '{}'; see: quoin experiments list", id.substr(0, 40));
    return std::move(found.front());
}

Result<std::vector<Experiment>> ExperimentStore::all() {
    return experiments_of(database_.query(std::string(experiment_columns) + "ORDER BY started DESC, id"));
}

Result<std::vector<Experiment>> ExperimentStore::unfinished() {
    return experiments_of(
        database_.query(std::string(experiment_columns) + "WHERE state IN ('running', 'promoting', 'stopping') ORDER BY started, id"));
}

Status ExperimentStore::changed_one(std::string_view sql, std::vector<SqlValue> parameters, const std::string& id) {
    return database_.transaction([&]() -> Status {
        TRY_VOID(database_.execute(sql, std::move(parameters)));
        TRY(rows, database_.query("SELECT changes()"));
        if (rows[0].integer(0) != 1) return fail(ErrorKind::conflict, "the experiment {} has moved on meanwhile", id);
        return {};
    });
}

Status ExperimentStore::advance(const Experiment& experiment) {
    return changed_one("UPDATE experiments SET step = step + 1 WHERE id = ?1 AND state = 'running' AND step = ?2",
                       {experiment.id, static_cast<std::int64_t>(experiment.step)}, experiment.id);
}

Status ExperimentStore::conclude(const Experiment& experiment) {
    return changed_one("UPDATE experiments SET state = ?2, conclusion = ?3, figures = ?4 WHERE id = ?1 AND state = 'running'",
                       {experiment.id, std::string(name_of(experiment.state)), experiment.conclusion, experiment.figures}, experiment.id);
}

Status ExperimentStore::finish(const std::string& id, ExperimentState state, EventTime at) {
    return changed_one("UPDATE experiments SET state = ?2, ended = ?3 WHERE id = ?1 AND state IN ('promoting', 'stopping')",
                       {id, std::string(name_of(state)), at.value()}, id);
}

}  // namespace quoin
