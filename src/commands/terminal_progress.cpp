#include "commands/terminal_progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "commands/terminal.h"

namespace quoin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds redraw_interval{100};
constexpr milliseconds tick_interval{1000};
constexpr std::size_t bar_columns_max = 30;
constexpr std::size_t bar_columns_min = 5;
constexpr std::size_t name_columns_min = 12;
// "  62 %  0:41, 0:25 left" and a digit: kept free from the start, so that the bar does not jump when the time left comes.
constexpr std::size_t figure_columns = 24;

/// Time that no one sets back: a phase must not last less than nothing when the machine's clock is corrected.
class SteadyClock : public Clock {
public:
    EventTime now() const override {
        auto since_start = std::chrono::steady_clock::now().time_since_epoch();
        return EventTime{std::chrono::duration_cast<std::chrono::microseconds>(since_start).count()};
    }
};

class StandardError : public TextSink {
public:
    void write(std::string_view text) override {
        std::fwrite(text.data(), 1, text.size(), stderr);
        std::fflush(stderr);
    }
};

const Clock& steady_clock() {
    static const SteadyClock clock;
    return clock;
}

TextSink& standard_error() {
    static StandardError sink;
    return sink;
}

ProgressTerminal terminal_on_standard_error() {
    const char* kind = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    bool draws = isatty(STDERR_FILENO) != 0 && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
    winsize size{};
    bool measured = draws && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return {
        .live = draws, .colour = draws && (no_colour == nullptr || *no_colour == '\0'), .width = measured ? size.ws_col : std::size_t{100}};
}

struct Phase {
    std::string name;
    std::size_t steps = 0;  ///< 0: not known
    std::size_t done = 0;
    EventTime start;
};

/// Half a column is the finest that "╸" draws.
std::string bar(const Phase& phase, std::size_t columns, bool colour) {
    std::size_t halves = 2 * columns * phase.done / phase.steps;
    std::string filled, empty;
    for (std::size_t i = 0; i < halves / 2; ++i) filled += "━";
    if (halves % 2 != 0) filled += "╸";
    for (std::size_t i = (halves + 1) / 2; i < columns; ++i) empty += "─";
    return colour ? "\x1b[36m" + filled + "\x1b[2;39m" + empty + "\x1b[0m" : filled + empty;
}

std::string live_line(const Phase& phase, milliseconds elapsed, const ProgressTerminal& terminal) {
    // The last column stays free: a terminal that wraps there would leave every drawing behind.
    std::size_t width = std::max<std::size_t>(terminal.width, 2) - 1;
    if (phase.steps == 0) {
        auto time = "  " + duration_text(elapsed);
        return fitted(phase.name, width - std::min(width, time.size())) + (time.size() < width ? time : "");
    }
    auto figures = fmt::format("  {:>2} %  {}", 100 * phase.done / phase.steps, duration_text(elapsed));
    if (phase.done > 0) {
        auto left = static_cast<double>(elapsed.count()) * static_cast<double>(phase.steps - phase.done) / static_cast<double>(phase.done);
        figures += fmt::format(", {} left", duration_text(milliseconds(static_cast<std::int64_t>(left))));
    }
    if (width < figures.size() + 1) return fitted(phase.name, width);
    std::size_t room = width - std::max(figures.size(), std::min(figure_columns, width - 1));
    auto name = fitted(phase.name, std::max(std::min(room, name_columns_min), room > bar_columns_max + 2 ? room - bar_columns_max - 2 : 0));
    std::size_t name_columns = text_width(name);
    std::size_t columns = room > name_columns + 2 ? std::min(room - name_columns - 2, bar_columns_max) : 0;
    return name + (columns < bar_columns_min ? "" : "  " + bar(phase, columns, terminal.colour)) + figures;
}

}  // namespace

struct TerminalProgress::State {
    ProgressTerminal terminal;
    TextSink* sink;
    const Clock* clock;
    std::optional<Phase> phase = {};
    EventTime drawn = {};
    std::mutex mutex = {};
    std::condition_variable_any wake = {};
    std::jthread ticker = {};

    milliseconds elapsed() const { return milliseconds((clock->now().value() - phase->start.value()) / 1000); }

    bool may_draw() const { return clock->now().value() - drawn.value() >= std::chrono::microseconds(redraw_interval).count(); }

    void draw() {
        drawn = clock->now();
        sink->write("\r\x1b[2K" + live_line(*phase, elapsed(), terminal));
    }

    void step() {
        if (!phase) return;
        ++phase->done;
        if (phase->done == phase->steps) {
            end();
        } else if (terminal.live && may_draw()) {
            draw();
        }
    }

    /// What stays behind of a phase.
    void end() {
        if (!phase) return;
        bool whole = phase->steps == 0 || phase->done >= phase->steps;
        auto time = duration_text(elapsed());
        auto line = whole ? fmt::format("{}: done in {}", phase->name, time)
                          : fmt::format("{}: ended after {} of {} steps, {}", phase->name, phase->done, phase->steps, time);
        sink->write((terminal.live ? "\r\x1b[2K" + fitted(line, std::max<std::size_t>(terminal.width, 2) - 1) : line) + "\n");
        phase.reset();
    }

    /// A fit of minutes makes no step; its clock shall move all the same.
    void tick(const std::stop_token& stop) {
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            wake.wait_for(lock, stop, tick_interval, [] { return false; });
            if (!stop.stop_requested() && phase && may_draw()) draw();
        }
    }
};

TerminalProgress::TerminalProgress(bool quiet) {
    if (quiet) return;
    state_.reset(new State{.terminal = terminal_on_standard_error(), .sink = &standard_error(), .clock = &steady_clock()});
    if (state_->terminal.live) state_->ticker = std::jthread([state = state_.get()](const std::stop_token& stop) { state->tick(stop); });
}

TerminalProgress::TerminalProgress(ProgressTerminal terminal, TextSink& sink, const Clock& clock)
    : state_(new State{.terminal = terminal, .sink = &sink, .clock = &clock}) {}

TerminalProgress::~TerminalProgress() { finish(); }

void TerminalProgress::phase(std::string_view name, std::size_t steps) {
    if (!state_) return;
    std::scoped_lock lock(state_->mutex);
    state_->end();
    state_->phase = Phase{.name = fitted(name, 200), .steps = steps, .start = state_->clock->now()};
    if (state_->terminal.live) {
        state_->draw();
    } else {
        state_->sink->write(state_->phase->name + "\n");
    }
}

void TerminalProgress::step() {
    if (!state_) return;
    std::scoped_lock lock(state_->mutex);
    state_->step();
}

void TerminalProgress::finish() {
    if (!state_) return;
    std::scoped_lock lock(state_->mutex);
    state_->end();
}

}  // namespace quoin
