#include "events/sources/source_poller.h"

#include <algorithm>

#include "base/log.h"
#include "events/sources/source_position.h"

namespace quoin {
namespace {

RetryOptions retries_of(const SourceDeclaration& source) {
    return {.attempts_max = 0, .delay_first = source.http.back_off_first, .delay_max = source.http.back_off_most, .total_max = Duration{0}};
}

}  // namespace

SourcePoller::SourcePoller(std::shared_ptr<const Source> source, PollTools& tools, Options options)
    : source_(std::move(source)), tools_(tools),
      poll_(SourcePoll::make(source_, tools, {.history_from = options.history_from, .cancelled = options.cancelled})),
      backoff_(retries_of(source_->declaration()), tools.clock, Rng(options.seed)) {
    const auto& declared = source_->declaration();
    status_.name = declared.name;
    status_.started = tools.clock.now();
    status_.next = status_.started;
    if (auto kept = tools.ingest.log().position(run_consumer(declared))) status_.last_answer = parse_run_position(*kept).answered;
    if (!status_.last_answer.is_missing() && !options.history_from)
        status_.next = std::max(status_.started, declared.schedule.next(status_.last_answer));
}

EventTime SourcePoller::due() const {
    std::lock_guard lock(mutex_);
    return status_.next;
}

SourceStatus SourcePoller::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

EventTime SourcePoller::step() {
    in_run_ = true;
    auto outcome = poll_->step();
    auto now = tools_.clock.now();
    EventTime next = now;
    if (outcome && outcome->state == PollStep::State::waits) next = now + outcome->wait;
    bool is_finished = outcome && outcome->state == PollStep::State::finished;
    if (is_finished) next = source_->declaration().schedule.next(now);
    if (!outcome) next = after_failure(outcome.error());
    std::lock_guard lock(mutex_);
    status_.next = next;
    status_.tally = poll_->tally();
    if (is_finished) {
        in_run_ = false;
        backoff_.reset();
        status_.last_answer = now;
        status_.failure.clear();
        status_.failures = 0;
        status_.is_off = false;
    } else if (!outcome) {
        in_run_ = false;
        status_.failure = outcome.error().error.message;
        status_.is_off = outcome.error().error.kind == ErrorKind::unsupported;
        ++status_.failures;
    }
    return next;
}

EventTime SourcePoller::after_failure(const PollFailure& failure) {
    const auto& declared = source_->declaration();
    auto now = tools_.clock.now();
    auto scheduled = declared.schedule.next(now);
    bool is_off = failure.error.kind == ErrorKind::unsupported;
    tools_.telemetry.counter("quoin_source_failures_total", "Polls of a source that failed", {{"source", declared.name}})
        .add(is_off ? 0 : 1);
    if (!is_off) log_event(LogLevel::warning, "source_poll_failed", {{"source", declared.name}, {"reason", failure.error.message}});
    auto wait = backoff_.next(failure.retry_after).value_or(declared.http.back_off_most);
    if (!failure.is_passing) return std::max(scheduled, failure.retry_after ? now + *failure.retry_after : now);
    // A schedule that is slower than the back-off must not make a passing failure last for a day; one that is faster must not undo it.
    return now + wait;
}

}  // namespace quoin
