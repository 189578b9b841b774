#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/progress.h"

namespace quoin {

/// Where a progress line goes; the fields are arguments so that tests replay them.
struct ProgressTerminal {
    bool live = false;  ///< one line drawn over and over; false: a plain line at the start and the end of a phase
    bool colour = false;
    std::size_t width = 100;  ///< of the live line, in columns
};

/// Takes what a TerminalProgress draws. Called by one thread at a time.
class TextSink {
public:
    virtual ~TextSink() = default;
    virtual void write(std::string_view text) = 0;
};

/// Progress for a person, on standard error. On a terminal: one live line with phase, bar, percent, elapsed time and time left, drawn at
/// most 10 times a second, and once a second while no step comes. Elsewhere: plain lines. Quiet: nothing. Thread-safe.
class TerminalProgress : public Progress {
public:
    explicit TerminalProgress(bool quiet = false);
    /// For tests: draws to `sink` by `clock`, and only when phase or step is called. Both outlive this.
    TerminalProgress(ProgressTerminal terminal, TextSink& sink, const Clock& clock);
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;
    /// Ends the current phase.
    ~TerminalProgress() override;

    void phase(std::string_view name, std::size_t steps) override;
    void step() override;
    /// Ends the current phase, so that other text can follow on a line of its own. A phase whose last step is done has ended by itself.
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
