#pragma once

#include <string>

#include "events/event_file.h"

namespace quoin {

/// Posts events to the /v1/events of a server in CloudEvents batches, and again until they are stored: an event that arrives twice is a
/// duplicate there. Refused rows are not sent but told on standard error. `url`: of the server, "http://127.0.0.1:8000".
EventSink remote_event_sink(const std::string& url);

}  // namespace quoin
