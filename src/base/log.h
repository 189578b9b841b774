#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace quoin {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

/// One named value of a log line. Values are text; numbers are formatted by the caller. Never pass a secret or personal data.
struct LogField {
    std::string_view name;
    std::string value;
};

/// Where log lines go and from which level on; call once at start. `json`: one object a line (ts, level, event, fields) on standard
/// error; `text`: the same for people. Default: text from `warning` on.
void set_log(LogFormat format, LogLevel level_min);

/// `event` is a fixed word such as "model_swapped" (search for it); details go into fields. Thread-safe.
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace quoin
