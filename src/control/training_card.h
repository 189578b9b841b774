#pragma once

#include "control/training_job.h"
#include "learning/trainer.h"
#include "registry/model_card.h"

namespace quoin {

/// What the model card of a training shows.
Result<CardContent> card_of(const TrainingReport& report, const TrainOutcome& outcome, const Declaration& declaration);

/// Mean |SHAP| over reference rows of the model, by input, as shares of the whole; descending.
std::vector<std::pair<std::string, double>> shap_shares(const TrainedModel& model);

}  // namespace quoin
