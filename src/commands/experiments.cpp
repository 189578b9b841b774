#include "commands/experiments/verbs.h"

namespace quoin::command {

CommandEntry experiments();

CommandEntry experiments() {
    namespace verb = experiments_verb;
    return {.name = "experiments",
            .summary = "challengers against champions: start, watch, stop",
            .example = "quoin experiments start --dir demo --product property_value --challenger 2 --reason \"newer data\"\n  quoin "
                       "experiments list --dir demo",
            .verbs = {verb::list(), verb::show(), verb::start(), verb::stop()}};
}

}  // namespace quoin::command
