#include <boost/json.hpp>

#include "base/json.h"
#include "commands/experiments/verbs.h"
#include "commands/terminal.h"
#include "control/experiment_job.h"
#include "control/project.h"

namespace quoin::experiments_verb {
namespace {

namespace json = boost::json;

std::string loss_text(const json::value& loss) { return loss.is_number() ? fmt::format("{:.4f}", loss.to_number<double>()) : "–"; }

void add_rows(const json::object& figures, const char* kind, TerminalTable& table) {
    const auto& of = figures.at(kind).as_object();
    for (const char* arm : {"champion", "challenger"})
        table.rows.push_back({kind, arm, json_text(of.at(arm).at("outcomes")), loss_text(of.at(arm).at("mean_loss"))});
}

void print(const Experiment& experiment, const json::object& figures) {
    fmt::print("{} of {}: {} challenges {}, {}{}{}\n", experiment.id, experiment.product, experiment.challenger_text(),
               experiment.champion_text(), name_of(experiment.state), experiment.conclusion.empty() ? "" : ": ", experiment.conclusion);
    fmt::print("step {} of {}, steps {}\n", experiment.step + 1, experiment.terms.steps.size(), steps_text(experiment.terms.steps));
    TerminalTable table{{"kind", "arm", "outcomes", std::string("mean ") + name_of(experiment.terms.loss)}, {}};
    add_rows(figures, "shadow", table);
    add_rows(figures, "shares", table);
    fmt::print("{}", render(table, terminal_width()));
    if (const auto* difference = figures.if_contains("difference"))
        fmt::print("challenger minus champion: between {:.4f} and {:.4f} at any time with confidence {}; margin {}\n",
                   difference->at("lower").to_number<double>(), difference->at("upper").to_number<double>(), 1 - experiment.terms.alpha,
                   experiment.terms.margin);
}

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(store, ExperimentStore::open(project.experiments_file()));
    TRY(experiment, store->find(line.text("id")));
    TRY(text, ExperimentJob::describe(*store, experiment));
    TRY(described, parse_json(text));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(described, 2));
    } else {
        print(experiment, described.as_object().at("figures").as_object());
    }
    return 0;
}

}  // namespace

CommandEntry show() {
    return {"show",
            "terms, outcomes and losses of both arms, bounds of the difference",
            "quoin experiments show 3f2a9c01 --dir demo",
            {{"ID", "", "its id, or the first 8 digits of it", "", true}, dir_option(), json_option()},
            run};
}

}  // namespace quoin::experiments_verb
