#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decisions/search/acquisition.h"
#include "decisions/search/search_space.h"
#include "decisions/search/surrogate_fit.h"

namespace quoin {

struct BayesOptions {
    bool maximize = false;
    std::size_t constraints = 0;  ///< numbers that come with every outcome; a point is feasible where all are ≤ 0; at most 20
    std::size_t initial = 0;      ///< trials spread evenly before the first model; 0: 2 + 2 per parameter, at most 20
    AcquisitionOptions acquisition = {};
    std::size_t candidates = 1000;  ///< points scored for each suggestion before the best are refined; Thompson: at most 500 of them
    std::size_t fit_restarts = 3;
    std::uint64_t seed = 1;
};

/// What came of a trial: the objective, in the direction of the options, and the constraints.
struct TrialOutcome {
    double value;
    std::vector<double> constraints = {};
};

struct SearchTrial {
    enum class State { pending, done, failed };
    std::uint64_t id;
    SearchPoint point;
    State state = State::pending;
    TrialOutcome outcome = {};  ///< of a done trial
};

/// Bayesian optimisation by ask and tell (Jones, Schonlau & Welch 1998; Snoek, Larochelle & Adams 2012). The first trials are an additive
/// recurrence with a random start (Roberts 2018); then a Gaussian process of the outcomes proposes the point of the best acquisition.
/// Points asked for and not yet told are believed to come out at their mean (kriging believer: Ginsbourger, Le Riche & Carraro 2010), so
/// that a batch spreads out. A failed trial counts as the worst value seen and as infeasible. The same tells and asks give the same
/// suggestions. Models are of at most 300 trials: the 100 best and the 200 latest. One thread at a time.
class BayesOptimizer {
public:
    /// Error: invalid (an option out of its range).
    static Result<BayesOptimizer> make(SearchSpace space, const BayesOptions& options = {});

    struct Suggestion {
        std::uint64_t id;
        SearchPoint point;
    };
    /// The next `count` (1 to 100) points to try. Error: invalid, too_large (more than 100,000 trials).
    Result<std::vector<Suggestion>> ask(std::size_t count = 1);
    /// Error: not_found (an id that was not given), conflict (already told), invalid (a value that is not finite or beyond ± 1e100, another
    /// number of constraints).
    Status tell(std::uint64_t id, const TrialOutcome& outcome);
    Status tell_failure(std::uint64_t id);
    /// A trial made elsewhere. Error: invalid (a point that is not of the space, or its outcome).
    Result<std::uint64_t> add(const SearchPoint& point, const TrialOutcome& outcome);
    /// The best feasible trial; the first of equal ones. None: nothing feasible is known.
    const SearchTrial* best() const;

    const SearchSpace& space() const { return space_; }
    const BayesOptions& options() const { return options_; }
    const std::vector<SearchTrial>& trials() const { return trials_; }

    /// Sealed text (docs/formats/decisions.md). Error of load: corrupt, unsupported.
    std::string save() const;
    static Result<BayesOptimizer> load(std::string_view text);
    /// Takes in a trial as it was kept elsewhere (trial_journal.h), with its id, which must be the next or one of a pending trial.
    Status replay(const SearchTrial& trial);

private:
    struct Model;
    BayesOptimizer(SearchSpace space, const BayesOptions& options);
    std::vector<double> initial_shares(std::uint64_t number) const;
    Result<Model> model();
    SurrogateData surrogate_data(std::span<const std::size_t> told) const;
    Status check(const TrialOutcome& outcome) const;
    Result<SearchTrial*> pending(std::uint64_t id);
    bool is_better(const SearchTrial& trial, const SearchTrial& other) const;

    SearchSpace space_;
    BayesOptions options_;
    SurrogateFitter fitter_;
    std::vector<SearchTrial> trials_;          ///< by id
    std::vector<std::vector<double>> shares_;  ///< of each trial
};

boost::json::object to_json(const SearchTrial& trial);
/// Error: corrupt.
Result<SearchTrial> search_trial_from_json(const boost::json::value& value);

}  // namespace quoin
