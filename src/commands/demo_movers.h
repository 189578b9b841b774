#pragma once

#include "control/project.h"

namespace quoin {

/// The demo's models of users, each trained once: past users are simulated, their features replayed, four models declared, judged and
/// promoted. Error: conflict, if the gates refuse one.
Status train_movers(Project& project, bool quiet);

/// What simulated users did in the 90 days before the demo was set up, put into the event log once.
Status feed_activity(const Project& project);

}  // namespace quoin
