#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <set>
#include <thread>

#include "base/rng.h"
#include "prediction/record_fixture.h"

namespace quoin {
namespace {

/// Appends until it is killed. After each flush the last number goes down the pipe.
[[noreturn]] void append_until_killed(const RecordLogOptions& options, int first, int pipe) {
    Telemetry telemetry;
    auto log = RecordLog::open(options, telemetry).value();
    Rng rng(static_cast<std::uint64_t>(first) + 1);
    for (int next = first;;) {
        for (auto count = 1 + rng.below(2000); count > 0; --count)
            if (!append_one(*log, numbered_record(next++))) _exit(3);
        if (!log->flush()) _exit(4);
        int last = next - 1;
        if (write(pipe, &last, sizeof last) != sizeof last) _exit(5);
    }
}

/// The last number that a worker reported before it was killed after `life`; first - 1: none.
int reported_before_kill(const RecordLogOptions& options, int first, std::chrono::microseconds life) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        try {
            append_until_killed(options, first, ends[1]);
        } catch (...) {
            _exit(2);
        }
    }
    std::this_thread::sleep_for(life);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the worker failed by itself";
    close(ends[1]);
    int last = first - 1;
    for (int read_last = 0; read(ends[0], &read_last, sizeof read_last) == sizeof read_last;) last = read_last;
    close(ends[0]);
    return last;
}

TEST(RecordLogCrash, WhatWasReportedIsThereAfterAKillAtAnyInstant) {
    RecordFolder folder;
    Rng rng(20261128);
    int first = 0, further = 0;
    for (int round = 0; round < 60; ++round) {
        int last = reported_before_kill(folder.options(), first, std::chrono::microseconds(1000 + rng.below(40'000)));
        Telemetry telemetry;
        auto log = RecordLog::open(folder.options(), telemetry).value();
        auto numbers = numbers_in(*log, {});
        ASSERT_GE(static_cast<int>(numbers.size()), last + 1) << "round " << round;
        // What comes after the last report is there as far as it was written, and no further: a beginning, in order.
        for (std::size_t n = 0; n < numbers.size(); ++n) ASSERT_EQ(numbers[n], static_cast<int>(n)) << "round " << round;
        ASSERT_EQ(log->verify().value(), numbers.size());
        further += static_cast<int>(numbers.size()) - 1 > last;
        first = static_cast<int>(numbers.size());
    }
    EXPECT_GT(first, 1000) << "the workers must get something done, or the test shows nothing";
    EXPECT_GT(further, 0) << "some kills must fall between a write and its report";
    EXPECT_EQ(RecordFiles(folder.options().folder).list().value().size(), 1u) << "each goes on with the file of the one before";
}

}  // namespace
}  // namespace quoin
