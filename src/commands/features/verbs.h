#pragma once

#include "commands/command.h"

/// The verbs of `quoin features`, a file each.
namespace quoin::features_verb {

CommandEntry list();
CommandEntry show();
CommandEntry get();
CommandEntry as_of();
CommandEntry backfill();
CommandEntry training_set();
CommandEntry validate();
CommandEntry stats();
CommandEntry export_values();
CommandEntry lineage();
CommandEntry replay();
CommandEntry audit();
CommandEntry pipeline();

}  // namespace quoin::features_verb
