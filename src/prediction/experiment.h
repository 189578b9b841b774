#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/event_time.h"
#include "base/result.h"
#include "prediction/outcome_loss.h"

namespace quoin {

/// What is agreed before an experiment starts; it does not change later (docs/formats/experiments.md).
struct ExperimentTerms {
    std::vector<double> steps = {0, 0.01, 0.05, 0.25, 0.5};  ///< the challenger's share of the entities, growing; 0: shadow
    std::uint64_t outcomes_per_step = 100;                   ///< at least so many before the next step, and before a promotion
    std::uint64_t outcomes_max = 100'000;                    ///< in all; without a conclusion by then the champion stays
    OutcomeLoss loss = OutcomeLoss::absolute_percentage_error;
    double loss_max = 1;                   ///< losses above count as this; the test is about means of losses so capped
    double margin = 0.01;                  ///< of loss: the challenger is stopped once it is shown to be worse by more
    double alpha = 0.05;                   ///< probability of a wrong conclusion, over the whole experiment
    std::optional<Duration> horizon;       ///< outcomes later after the prediction than this are not its own
    std::optional<double> absent_outcome;  ///< what counts where nothing came within the horizon; all are then counted at its end
    Duration lateness{0};                  ///< with `absent_outcome`: how long after the horizon outcomes of within it may still arrive
    struct OutcomeEvent {
        std::string type, entity_field, value_field;  ///< of the event log; no value_field: an event counts as 1
    };
    std::optional<OutcomeEvent> event;

    /// Error: invalid, naming the option and what is allowed.
    Status check() const;
    boost::json::object json() const;
    static Result<ExperimentTerms> parse(std::string_view text);
};
/// "shadow,0.01,0.5" and back. Error: invalid.
Result<std::vector<double>> steps_from(std::string_view text);
std::string steps_text(const std::vector<double>& steps);

enum class ExperimentState {
    running,
    promoting,  ///< concluded, being carried out
    stopping,
    promoted,
    stopped,
};
const char* name_of(ExperimentState state);

/// One challenger against the champion of one product. At most one of a model runs.
struct Experiment {
    std::string id;  ///< 32 hexadecimal digits; the salt of the assignment
    std::string product, model;
    std::int64_t champion = 0, challenger = 0;  ///< version numbers
    ExperimentTerms terms;
    EventTime started, ended = EventTime::missing();
    ExperimentState state = ExperimentState::running;
    std::size_t step = 0;
    std::string conclusion;  ///< "worse", "better", "no_difference", "undecided", "sample_ratio", "superseded", "cancelled"; empty: runs
    std::string figures;     ///< JSON: what the conclusion rests on
    std::string actor, reason;

    double share() const { return terms.steps[step]; }
    bool is_shadow() const { return share() == 0; }
    bool is_open() const { return state == ExperimentState::running; }
    bool is_last_step() const { return step + 1 == terms.steps.size(); }
    std::string champion_text() const { return "v" + std::to_string(champion); }
    std::string challenger_text() const { return "v" + std::to_string(challenger); }
};

/// The id of the challenger's silent answer beside a prediction, of the same moment.
std::string shadow_id(std::string_view experiment, std::string_view prediction_id);

}  // namespace quoin
