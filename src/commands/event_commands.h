#pragma once

#include <memory>

#include "commands/command.h"
#include "events/event_log.h"
#include "events/event_type.h"

namespace quoin {

/// The event types of the project folder; where it has none yet, those that come with the program are written there first.
Result<EventTypes> project_event_types(const std::filesystem::path& folder);

/// The event log of the project folder. Error: not_found if there is none and it is not to be `made`; unavailable, if a server runs on it:
/// then `instead` says what can be done.
Result<std::unique_ptr<EventLog>> project_event_log(const std::filesystem::path& folder, bool made, std::string_view instead);

}  // namespace quoin
