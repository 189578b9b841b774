#pragma once

#include "control/project.h"

namespace quoin {

/// The demo's models of users, each trained once: past users are simulated, their features replayed, four models declared, judged and
/// promoted. Error: conflict, if the gates refuse one.
Status train_movers(Project& project, bool quiet);

}  // namespace quoin
