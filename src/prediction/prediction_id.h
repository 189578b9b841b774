#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/event_time.h"

namespace quoin {

/// "pred_" and a UUID of version 7 (RFC 9562) without hyphens: the millisecond, 12 bits of its fraction (method 3 of section 6.2) and 62
/// random bits from the operating system, so that an id sorts by its time, says where its record is and cannot be guessed. Thread-safe.
/// Precondition: `at` is not before 1970.
std::string prediction_id(EventTime at);

/// The whole millisecond in an id; nothing, if it is no such id: those made before ids had a time are random throughout.
std::optional<EventTime> time_of_prediction(std::string_view id);

}  // namespace quoin
