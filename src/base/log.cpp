#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <memory>

#include "base/clock.h"
#include "base/json.h"

namespace quoin {
namespace {

LogFormat format_now = LogFormat::text;

spdlog::logger& logger() {
    static auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("quoin", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::warn);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

}  // namespace

void set_log(LogFormat format, LogLevel level_min) {
    format_now = format;
    logger().set_level(level_of(level_min));
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    auto spd_level = level_of(level);
    if (!logger().should_log(spd_level)) return;
    auto name = spdlog::level::to_string_view(spd_level);
    auto now = to_text(system_clock().now());
    if (format_now == LogFormat::json) {
        boost::json::object line{{"ts", now}, {"level", std::string_view(name.data(), name.size())}, {"event", event}};
        for (const auto& field : fields) line[field.name] = field.value;
        logger().log(spd_level, "{}", json_text(line));
        return;
    }
    std::string line = fmt::format("{} {} {}", now, std::string_view(name.data(), name.size()), event);
    for (const auto& field : fields) line += fmt::format(" {}={}", field.name, field.value);
    logger().log(spd_level, "{}", line);
}

}  // namespace quoin
