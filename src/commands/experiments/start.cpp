#include <charconv>

#include "commands/experiments/verbs.h"
#include "control/experiment_job.h"
#include "control/product_files.h"
#include "control/project.h"

namespace quoin::experiments_verb {
namespace {

Status read_number(const CommandLine& line, const char* name, double& out) {
    auto text = line.text(name);
    if (text.empty()) return {};
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (code != std::errc{} || end != text.data() + text.size())
        return fail_field(ErrorKind::invalid, name, "'{}' is no number", text.substr(0, 40));
    return {};
}

Result<ExperimentTerms::OutcomeEvent> event_from(const std::string& text) {
    auto first = text.find(':');
    auto second = first == std::string::npos ? first : text.find(':', first + 1);
    if (first == std::string::npos)
        return fail_field(ErrorKind::invalid, "outcome_event", "--outcome-event is TYPE:ENTITY_FIELD or TYPE:ENTITY_FIELD:VALUE_FIELD");
    auto entity = text.substr(first + 1, second == std::string::npos ? second : second - first - 1);
    return ExperimentTerms::OutcomeEvent{text.substr(0, first), entity, second == std::string::npos ? "" : text.substr(second + 1)};
}

Status read_times(const CommandLine& line, ExperimentTerms& terms) {
    if (!line.text("horizon").empty()) {
        TRY(horizon, parse_duration(line.text("horizon")));
        terms.horizon = horizon;
    }
    if (!line.text("absent_outcome").empty()) {
        terms.absent_outcome = 0;
        TRY_VOID(read_number(line, "absent_outcome", *terms.absent_outcome));
    }
    TRY(lateness, parse_duration(line.text("lateness")));
    terms.lateness = lateness;
    if (!line.text("outcome_event").empty()) {
        TRY(event, event_from(line.text("outcome_event")));
        terms.event = event;
    }
    return {};
}

Result<ExperimentTerms> terms_of(const CommandLine& line) {
    ExperimentTerms terms;
    TRY(steps, steps_from(line.text("steps")));
    terms.steps = steps;
    TRY(loss, outcome_loss_from(line.text("loss")));
    terms.loss = loss;
    TRY(per_step, line.whole("outcomes_per_step", 1, 10'000'000));
    TRY(all, line.whole("outcomes_max", 1, 10'000'000));
    terms.outcomes_per_step = static_cast<std::uint64_t>(per_step), terms.outcomes_max = static_cast<std::uint64_t>(all);
    TRY_VOID(read_number(line, "loss_max", terms.loss_max));
    TRY_VOID(read_number(line, "margin", terms.margin));
    TRY_VOID(read_number(line, "alpha", terms.alpha));
    TRY_VOID(read_times(line, terms));
    return terms;
}

Result<int> run(const CommandLine& line) {
    TRY(project, Project::open(line.text("dir")));
    TRY(products, project_products(project.folder()));
    TRY(product, products.find(line.text("product")));
    TRY(terms, terms_of(line));
    TRY(store, ExperimentStore::open(project.experiments_file()));
    auto model = line.text("model").empty() ? product->model : line.text("model");
    TRY(experiment,
        ExperimentJob::start(*store, project.registry(),
                             {product->name, model, line.text("challenger"), terms, {line.text("actor"), line.text("reason")}}));
    fmt::print("{} started: {} {} challenges {}; a running server takes it up by itself\n", experiment.id, experiment.model,
               experiment.challenger_text(), experiment.champion_text());
    return 0;
}

}  // namespace

CommandEntry start() {
    return {
        "start",
        "let a version challenge the champion of a product",
        "quoin experiments start --dir demo --product property_value --challenger 2 --steps shadow,0.01,0.05,0.25,0.5 --reason \"newer "
        "data\"",
        {dir_option(),
         {"--product", "NAME", "whose answers are contested", "", true},
         {"--challenger", "VERSION", "number, alias or stage", "", true},
         {"--model", "NAME", "the model that answers, if it is not the product's own"},
         {"--steps", "SHARES", "growing shares of the entities; 'shadow': answers silently", "shadow,0.01,0.05,0.25,0.5"},
         {"--outcomes-per-step", "N", "of the challenger, before the next step and before a promotion", "100"},
         {"--outcomes-max", "N", "without a conclusion by then the champion stays", "100000"},
         {"--loss", "NAME", "absolute_percentage_error, absolute_error, squared_error, brier, log_loss or pinball",
          "absolute_percentage_error"},
         {"--loss-max", "LOSS", "larger losses count as this", "1"},
         {"--margin", "LOSS", "stopped once it is shown to be worse by more", "0.01"},
         {"--alpha", "SHARE", "probability of a wrong conclusion", "0.05"},
         {"--horizon", "TIME", "outcomes later than this after a prediction are not its own"},
         {"--absent-outcome", "VALUE", "what counts where nothing came within the horizon, such as 0"},
         {"--lateness", "TIME", "with --absent-outcome: how long after the horizon outcomes may still arrive", "0s"},
         {"--outcome-event", "TYPE:ENTITY[:VALUE]", "events that are outcomes, and their fields, such as deed.recorded:property_id:price"},
         {"--actor", "NAME", "who decides", "operator"},
         {"--reason", "TEXT", "why; kept in the ledger", "", true}},
        run};
}

}  // namespace quoin::experiments_verb
