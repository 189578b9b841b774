#pragma once

#include <algorithm>
#include <chrono>

#include "serving/http/server.h"

namespace quoin {

/// What a connection waits for.
enum class Phase { idle, header, body, answer, write, linger };

/// How long a connection may stay in its phase. A plain value that a sweep looks at: no timer of its own.
class Deadline {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// A new connection: idle, but with no more time than a header has.
    explicit Deadline(const ServerOptions& limits) : limits_(limits), end_(now() + limits.header_time_max) {}
    void enter(Phase phase) {
        phase_ = phase;
        end_ = now() + time_max(phase);
        is_over_ = false;
    }
    Phase phase() const { return phase_; }
    bool has_passed(Time time) const { return time >= end_; }
    bool is_over() const { return is_over_; }  ///< the sweep has interrupted the connection
    void end() { is_over_ = true; }

    /// How often deadlines must be looked at.
    static std::chrono::milliseconds sweep_period(const ServerOptions& limits) {
        auto shortest = std::min({limits.header_time_max, limits.body_time_max, limits.idle_time_max, limits.write_time_max,
                                  limits.answer_time_max, limits.linger_time_max, limits.drain_time_max});
        return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
    }

private:
    static Time now() { return std::chrono::steady_clock::now(); }
    std::chrono::milliseconds time_max(Phase phase) const {
        switch (phase) {
            case Phase::idle: return limits_.idle_time_max;
            case Phase::header: return limits_.header_time_max;
            case Phase::body: return limits_.body_time_max;
            case Phase::answer: return limits_.answer_time_max;
            case Phase::write: return limits_.write_time_max;
            case Phase::linger: return limits_.linger_time_max;
        }
        return limits_.idle_time_max;
    }

    const ServerOptions& limits_;
    Phase phase_ = Phase::idle;
    Time end_;
    bool is_over_ = false;
};

}  // namespace quoin
