#include "events/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/duration.h"
#include "events/dead_letters.h"
#include "events/log_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using Outcome = Acceptance::Outcome;

std::shared_ptr<const EventTypes> types_of(std::string_view fields, std::string_view lateness = "2d") {
    auto yaml = fmt::format("type: thing.happened\ndescription: d\nentities: {{user: user_id}}\nlateness: {}\nfields:\n"
                            "  user_id: {{type: text, required: true}}\n{}",
                            lateness, fields);
    return std::make_shared<const EventTypes>(EventTypes::of({EventType::parse(yaml, "test").value()}).value());
}

class IngestTest : public testing::Test, protected ScratchLog {
protected:
    void SetUp() override { restart(); }
    void restart() {
        ingest.reset();
        ASSERT_EQ(open(), "");
        ingest = std::make_unique<Ingest>(*log, types_of("  n: {type: number, max: 10}\n"), telemetry);
    }
    Event event(std::string id, std::string data = R"({"user_id": "u", "n": 1})") {
        auto made = simple_event(std::move(id), "/test", clock.now());
        made.data = std::move(data);
        return made;
    }
    Acceptance submit(Event one) {
        auto outcome = ingest->submit_and_wait({.events = {std::move(one)}, .positions = {}});
        return outcome ? outcome->front() : Acceptance{.reason = outcome.error().message};
    }
    std::string refusal(Event one) {
        auto outcome = submit(std::move(one));
        return outcome.outcome == Outcome::dead_letter ? outcome.reason : "not refused";
    }

    Telemetry telemetry;
    std::unique_ptr<Ingest> ingest;
};

TEST_F(IngestTest, RefusesWithAReason) {
    EXPECT_EQ(submit(event("1")).outcome, Outcome::stored);
    EXPECT_EQ(refusal(event("2", R"({"user_id": "u", "n": 11})")), "'n' is '11'; 10 or less is expected");
    EXPECT_THAT(refusal(event("3", "no json")), HasSubstr("no JSON object"));
    auto other = event("4");
    other.type = "thing.unheard_of";
    EXPECT_EQ(refusal(other), "no event type 'thing.unheard_of' is declared");
    auto late = event("5");
    late.time = clock.now() - Duration::days(3);
    EXPECT_THAT(refusal(late), HasSubstr("too far behind the clock"));
    auto early = event("6");
    early.time = clock.now() + Duration::minutes(6);
    EXPECT_THAT(refusal(early), HasSubstr("ahead of the clock"));
    EXPECT_EQ(refusal(event("")), "the event has no id");
    EXPECT_THAT(refusal(event("a\nb")), HasSubstr("'id' has a control character"));
    EXPECT_THAT(refusal(event("a\xff")), HasSubstr("'id' is not UTF-8"));
    EXPECT_THAT(refusal(event(std::string(1025, 'x'))), HasSubstr("1024 are allowed"));
    late.is_history = true;
    EXPECT_EQ(submit(late).outcome, Outcome::stored) << "history may be late";
    EXPECT_EQ(events().back().known, late.time) << "and was known when it happened";
    EXPECT_EQ(log->last_sequence(), 2u);
    EXPECT_EQ(log->dead_letter_count(), 9u);
}

TEST_F(IngestTest, CommitsRefusalsAndPositionsTogether) {
    Event poison;
    poison.source = "kafka:orders/0";
    poison.id = "17";
    poison.data = std::string("\xff\x00 no event", 11);
    auto outcome = ingest->submit_and_wait(
        {.events = {event("1"), poison, event("2", "{}"), event("1")}, .positions = {{"orders/0", "18"}}, .refusals = {{1, "not JSON"}}});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ((*outcome)[0].outcome, Outcome::stored);
    EXPECT_EQ((*outcome)[1].outcome, Outcome::dead_letter);
    EXPECT_EQ((*outcome)[1].reason, "not JSON");
    EXPECT_EQ((*outcome)[2].outcome, Outcome::dead_letter);
    EXPECT_EQ((*outcome)[3].outcome, Outcome::duplicate);
    restart();
    EXPECT_EQ(*log->position("orders/0"), "18");
    auto letter = log->dead_letter(1);
    ASSERT_TRUE(letter.has_value());
    EXPECT_EQ(letter->event.data, poison.data) << "bytes as they came";
    EXPECT_EQ(letter->reason, "not JSON");
    EXPECT_EQ(letter->attempts, 1u);
    EXPECT_FALSE(log->dead_letter(3).has_value());
}

TEST_F(IngestTest, ARefusedEventThatComesAgainIsOneLetter) {
    EXPECT_EQ(submit(event("1", "{}")).sequence, 1u);
    EXPECT_EQ(submit(event("1", "{}")).sequence, 1u);
    EXPECT_EQ(submit(event("1", "{ }")).sequence, 2u) << "another payload is another letter";
    restart();
    EXPECT_EQ(submit(event("1", "{}")).sequence, 1u);
    EXPECT_EQ(log->dead_letter_count(), 2u);
    EXPECT_EQ(submit(event("1")).outcome, Outcome::stored) << "the producer has repaired it";
    EXPECT_EQ(submit(event("1", "{}")).outcome, Outcome::duplicate) << "what is stored is not refused any more";
    EXPECT_EQ(log->dead_letter_count(), 2u);
}

TEST_F(IngestTest, ReplaysOnceTheCatalogAllowsIt) {
    for (int i = 0; i < 2500; ++i) submit(event(fmt::to_string(i), fmt::format(R"({{"user_id": "u", "n": {}}})", i % 2 ? 11 : 100)));
    EXPECT_EQ(log->dead_letter_count(), 2500u);
    auto report = replay_dead_letters(*ingest, {});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->refused, 2500u);
    EXPECT_EQ(log->dead_letter(7)->attempts, 2u);
    EXPECT_EQ(log->dead_letter_count(), 2500u);

    clock.set(clock.now() + Duration::days(10));  // by now they would be too late
    restart();
    ingest->replace_types(types_of("  n: {type: number, max: 50}\n"));
    report = replay_dead_letters(*ingest, {});
    EXPECT_EQ(report->stored, 1250u);
    EXPECT_EQ(report->refused, 1250u);
    EXPECT_EQ(log->dead_letter_count(), 1250u);
    EXPECT_EQ(events().back().known, log->now() - Duration{1}) << "it became known today";
    report = replay_dead_letters(*ingest, {});
    EXPECT_EQ(report->stored, 0u) << "twice is once";
    EXPECT_EQ(log->last_sequence(), 1250u);

    EXPECT_EQ(find_dead_letters(*log, {.reason = "100"})->size(), 1250u);
    EXPECT_EQ(find_dead_letters(*log, {.type = "none"})->size(), 0u);
    EXPECT_EQ(*purge_dead_letters(*log, {.letters_max = 1100}), 1100u);
    EXPECT_EQ(log->dead_letter_count(), 150u);
    EXPECT_EQ(*purge_dead_letters(*log, {}), 150u);
    restart();
    EXPECT_EQ(log->dead_letter_count(), 0u);
    EXPECT_EQ(submit(event("new", "{}")).sequence, 2501u) << "a letter's number is not used again";
}

TEST_F(IngestTest, CountsByTypeAndSourceAndKnowsHowFreshTheyAre) {
    submit(event("1"));
    submit(event("1"));
    submit(event("2", "{}"));
    auto other = event("3");
    other.type = "\"x\"";
    submit(other);
    auto text = telemetry.exposition();
    EXPECT_THAT(text, HasSubstr(R"(quoin_events_total{type="thing.happened",outcome="stored"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(quoin_events_total{type="thing.happened",outcome="duplicate"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(quoin_events_total{type="thing.happened",outcome="dead_letter"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(quoin_events_total{type="unknown",outcome="dead_letter"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(quoin_source_events_total{source="/test",outcome="stored"} 1)"));
    for (int i = 0; i < 300; ++i) {
        auto many = event("1");
        many.source = fmt::format("/source/{}", i);
        submit(many);
    }
    EXPECT_THAT(telemetry.exposition(), HasSubstr(R"(quoin_source_events_total{source="other",outcome="stored"} 101)"));
    restart();
    auto fresh = ingest->freshness();
    ASSERT_EQ(fresh.size(), 301u);
    EXPECT_EQ(fresh.back().source, "/test");
    EXPECT_EQ(fresh.back().events, 1u);
    EXPECT_EQ(fresh.back().last_time, clock.now());
    EXPECT_GE(fresh.back().last_known, clock.now());
}

}  // namespace
}  // namespace quoin
