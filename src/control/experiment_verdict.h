#pragma once

#include <boost/json/fwd.hpp>
#include <optional>

#include "evaluation/sequential/difference_sequence.h"
#include "evaluation/sequential/mean_sequence.h"
#include "evaluation/sequential/sample_ratio.h"
#include "prediction/experiment.h"
#include "prediction/experiment_store.h"

namespace quoin {

/// What the outcomes of one experiment say so far, whenever one looks. Losses are capped at the terms' loss_max. Shadow outcomes are pairs:
/// their mean difference has a sequence of its own; those of shares have another; with both kinds of step each gets half of alpha.
/// The same losses in the same order give the same verdict, so a restart goes on exactly. A value type.
class ExperimentVerdict {
public:
    explicit ExperimentVerdict(const ExperimentTerms& terms);
    void observe(const CountedLoss& loss);

    enum class Action { wait, next_step, promote, stop };
    struct Decision {
        Action action;
        const char* conclusion;  ///< as Experiment::conclusion; empty while it waits
    };
    /// In the order in which they are looked for: outcomes lost in one arm (p < 0.001), worse by more than the margin, enough outcomes for
    /// the next step, better on the last step, no difference beyond the margin there, as many outcomes as were agreed.
    Decision decide(const Experiment& experiment) const;
    /// Challenger minus champion, in the loss's unit: the intersection of both sequences.
    SequenceBounds difference() const;
    double sample_ratio_p() const { return ratio_.p_value(); }
    std::uint64_t outcomes() const { return outcomes_; }
    std::int64_t last_sequence() const { return last_sequence_; }
    /// Everything that a conclusion rests on.
    boost::json::object json(const ExperimentFigures& figures) const;

private:
    ExperimentTerms terms_;
    MeanSequence shadow_;
    DifferenceSequence shares_;
    SampleRatio ratio_;
    std::uint64_t outcomes_ = 0;
    std::vector<std::uint64_t> per_step_;  ///< of shadow pairs, or of the smaller arm, by the share they were asked under
    std::int64_t last_sequence_ = 0;
};

}  // namespace quoin
