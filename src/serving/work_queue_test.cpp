#include "serving/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace quoin {
namespace {

TEST(WorkQueue, RunsJobsInOrderAndAllOfThemBeforeItEnds) {
    std::string seen;
    {
        WorkQueue queue({.threads = 1});
        for (char job = 'a'; job <= 'j'; ++job) ASSERT_TRUE(queue.submit([&seen, job] { seen += job; }));
    }
    EXPECT_EQ(seen, "abcdefghij");
}

TEST(WorkQueue, RefusesWhatWouldWaitBehindTooMany) {
    std::promise<void> gate;
    std::atomic<int> answered{0}, refused{0};
    {
        WorkQueue queue({.threads = 1, .waiting_max = 2});
        std::promise<void> started;
        ASSERT_TRUE(queue.submit([&] {
            started.set_value();
            gate.get_future().wait();
        }));
        started.get_future().wait();
        for (int i = 0; i < 5; ++i) {
            answered_by(queue, [] { return Response{.body = "done"}; }).later([&](const Response& response) {
                ++(response.status == 503 ? refused : answered);
            });
        }
        EXPECT_EQ(refused, 3);
        gate.set_value();
    }
    EXPECT_EQ(answered, 2);
}

TEST(WorkQueue, AnExceptionIsAnAnswerToo) {
    WorkQueue queue({.threads = 2});
    auto response = waited_for(answered_by(queue, []() -> Response { throw std::runtime_error("what nobody expected"); }));
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("nobody expected"), std::string::npos);
    EXPECT_EQ(waited_for(answered_by(queue, [] { return Response{.body = "next"}; })).body, "next");
}

}  // namespace
}  // namespace quoin
