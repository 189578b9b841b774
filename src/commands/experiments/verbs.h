#pragma once

#include "commands/command.h"

namespace quoin::experiments_verb {

CommandEntry list();
CommandEntry show();
CommandEntry start();
CommandEntry stop();

}  // namespace quoin::experiments_verb
