#pragma once

#include <boost/json/fwd.hpp>

#include "events/event_log.h"

namespace quoin {

/// The event as CloudEvents 1.0 writes it in JSON, with the extension attributes `tenant`, `known`, `sequence` and `history` as far as they
/// are set. A payload that is no JSON becomes `data_base64`.
boost::json::object event_json(const Event& event);

/// {"sequence", "reason", "received", "attempts", "event"}
boost::json::object dead_letter_json(const DeadLetter& letter);

/// "stored", "duplicate", "dead_letter"
const char* name_of(Acceptance::Outcome outcome);

}  // namespace quoin
