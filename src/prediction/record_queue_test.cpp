#include "prediction/record_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

namespace quoin {
namespace {

PredictionRecordView record_of(std::string_view text, std::string_view model = "m") {
    PredictionRecordView record;
    record.id = "i";
    record.model = model;
    record.query_json = text;
    return record;
}

std::vector<std::string> texts_in(std::string_view bytes) {
    std::vector<std::string> texts;
    EXPECT_TRUE(for_each_record(bytes, [&](const auto& record) { return texts.emplace_back(record.query_json), true; }));
    return texts;
}

RecordQueue::Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::milliseconds(20); }

TEST(RecordQueue, FullInRecordsOrBytesTakesAllOrNothing) {
    std::vector<PredictionRecordView> two{record_of("1"), record_of("2")};
    RecordQueue few({.records = 3, .bytes = 1 << 20});
    EXPECT_TRUE(few.push(two));
    EXPECT_FALSE(few.push(two));
    EXPECT_EQ(few.records(), 2u) << "of two for which there was room for one, none came in";
    EXPECT_TRUE(few.push({two.data(), 1}));
    EXPECT_FALSE(few.push({two.data(), 1}));

    RecordQueue small({.records = 1000, .bytes = RecordChunk::bytes_of(two[0]) * 2});
    EXPECT_TRUE(small.push(two));
    EXPECT_FALSE(small.push({two.data(), 1}));
    auto chunk = small.next(soon());
    EXPECT_FALSE(small.push({two.data(), 1})) << "what is being written is still in memory";
    small.written(std::move(chunk));
    EXPECT_EQ(small.bytes(), 0u);
    EXPECT_TRUE(small.push(two));
}

TEST(RecordQueue, ABatchTooLargeForAnEmptyQueueIsRefused) {
    RecordQueue queue({.records = 10, .bytes = 100'000});
    std::string text(200'000, 'x');
    auto record = record_of(text);
    EXPECT_FALSE(queue.push({&record, 1}));
    EXPECT_EQ(queue.bytes(), 0u);
}

TEST(RecordQueue, WhatWaitsCanBeReadWhileMoreComes) {
    RecordQueue queue({.records = 100, .bytes = 1 << 20});
    auto first = record_of("first"), second = record_of("second");
    ASSERT_TRUE(queue.push({&first, 1}));
    auto seen = queue.waiting();
    ASSERT_TRUE(queue.push({&second, 1}));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(texts_in(seen[0].bytes), std::vector<std::string>{"first"});
    auto chunk = queue.next(soon());
    ASSERT_TRUE(queue.push({&first, 1}));
    EXPECT_EQ(texts_in(chunk->bytes()), (std::vector<std::string>{"first", "second"})) << "the writer's chunk takes no more";
    EXPECT_EQ(queue.waiting().size(), 2u);
    queue.written(std::move(chunk));
    ASSERT_TRUE(queue.push({&second, 1}));
    EXPECT_EQ(texts_in(seen[0].bytes), std::vector<std::string>{"first"}) << "a chunk that somebody reads is not used again";
}

TEST(RecordQueue, WithoutRecordsTheDeadlinePassesOrSomebodyHurries) {
    RecordQueue queue({.records = 100, .bytes = 1 << 20});
    EXPECT_EQ(queue.next(soon()), nullptr);
    queue.hurry();
    EXPECT_EQ(queue.next(std::chrono::steady_clock::now() + std::chrono::hours(1)), nullptr);
    queue.stop();
    EXPECT_EQ(queue.next(std::chrono::steady_clock::now() + std::chrono::hours(1)), nullptr);
    EXPECT_TRUE(queue.is_stopped());
}

TEST(RecordQueue, ManyThreadsLoseNothingAndKeepTheirOrder) {
    constexpr int threads = 4, each = 20'000;
    RecordQueue queue({.records = 5000, .bytes = 1 << 20});
    std::vector<std::thread> pushing;
    for (int thread = 0; thread < threads; ++thread)
        pushing.emplace_back([&queue, name = std::to_string(thread)] {
            for (int n = 0; n < each; ++n) {
                auto text = std::to_string(n);
                std::string filler(n % 1000 == 0 ? 40'000 : n % 300, 'f');  // some in chunks of their own
                auto record = record_of(text, name);
                record.answer_json = filler;
                while (!queue.push({&record, 1})) std::this_thread::yield();
            }
        });
    std::map<std::string, int> next;
    int seen = 0;
    while (seen < threads * each) {
        auto chunk = queue.next(std::chrono::steady_clock::now() + std::chrono::hours(1));
        ASSERT_NE(chunk, nullptr);
        ASSERT_TRUE(for_each_record(chunk->bytes(), [&](const auto& record) {
            EXPECT_EQ(std::to_string(next[std::string(record.model)]++), record.query_json);
            return ++seen, true;
        }));
        queue.written(std::move(chunk));
    }
    for (auto& thread : pushing) thread.join();
    EXPECT_EQ(queue.pushed(), static_cast<std::uint64_t>(threads * each));
    EXPECT_EQ(queue.records(), 0u);
    EXPECT_EQ(queue.bytes(), 0u);
}

}  // namespace
}  // namespace quoin
