#pragma once

#include <cstdint>
#include <string_view>

#include "events/event_file.h"

namespace quoin {

/// Appends the event of one line of NDJSON: a CloudEvent if it has a `specversion`, else a payload of the file's type. With a refusal
/// if it is none. `number`: of the line, from 1; `now`: for events without a time.
void append_line(const EventFile& file, std::string_view line, std::uint64_t number, EventLog::Batch& batch);

}  // namespace quoin
