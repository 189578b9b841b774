#include "commands/features/verbs.h"

namespace quoin::command {

CommandEntry features();

CommandEntry features() {
    namespace verb = features_verb;
    return {.name = "features",
            .summary = "declared features: values as of any time, training sets, statistics, the daily pipeline, proof of zero skew",
            .example = "quoin features list\n  quoin features as-of user_documents user_1 2026-03-01 --dir demo",
            .verbs = {verb::list(), verb::show(), verb::get(), verb::as_of(), verb::backfill(), verb::training_set(), verb::validate(),
                      verb::stats(), verb::export_values(), verb::lineage(), verb::replay(), verb::audit(), verb::pipeline()}};
}

}  // namespace quoin::command
