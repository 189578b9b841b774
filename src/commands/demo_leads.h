#pragma once

#include "base/result.h"
#include "control/project.h"

namespace quoin::command {

/// The demo's leads: simulated, fed and learned once. Error: conflict, if the gates refuse a model.
Status set_up_leads(Project& project, bool quiet);

}  // namespace quoin::command
