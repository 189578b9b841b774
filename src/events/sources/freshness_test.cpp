#include "events/sources/freshness.h"

#include <gtest/gtest.h>

namespace quoin {
namespace {

const EventTime now = *parse_time("2024-01-16T12:00:00Z");

/// State, age and reason.
std::string text(const SourceFreshness& found) {
    return fmt::format("{} {} {}", name_of(found.state), found.age ? to_text(*found.age) : "-", found.reason);
}

SourceDeclaration asked() {
    SourceDeclaration source;
    source.name = "rates";
    source.events = {"rate.observed"};
    source.way = SourceDeclaration::Way::http;
    source.freshness = {.within = Duration::minutes(15), .counts = FreshnessTerms::Counts::answers, .silent_after = Duration::days(5)};
    return source;
}

EventLog::Tally arrived(std::string source, std::string type, EventTime known) {
    return {.source = std::move(source), .type = std::move(type), .events = 1, .last_time = known, .last_known = known};
}

TEST(Freshness, OfASourceThatIsAsked) {
    auto source = asked();
    SourceStatus status{.name = "rates", .started = now - Duration::minutes(10)};
    EXPECT_EQ(text(freshness_of(source, &status, {}, now)), "waiting 10m ");
    EXPECT_EQ(text(freshness_of(source, &status, {}, now + Duration::hours(1))), "stale 70m 70m old, 15m agreed");
    status.last_answer = now - Duration::minutes(15);
    EXPECT_EQ(text(freshness_of(source, &status, {}, now)), "fresh 15m ");
    status.failure = "${BASE} answers 503";
    EXPECT_EQ(text(freshness_of(source, &status, {}, now + Duration{1})).find("stale "), 0u);
    EXPECT_EQ(freshness_of(source, &status, {}, now + Duration{1}).reason, "15m old, 15m agreed; ${BASE} answers 503");
    // Daily data: every answer confirms it, until nothing new comes for too long.
    status = {.name = "rates", .last_answer = now};
    std::vector<EventLog::Tally> tallies = {arrived("/sources/rates", "rate.observed", now - Duration::days(4)),
                                            arrived("/sources/other", "rate.observed", now)};
    EXPECT_EQ(text(freshness_of(source, &status, tallies, now)), "fresh 0s ");
    EXPECT_EQ(freshness_of(source, &status, tallies, now).newest_event_age, Duration::days(4));
    EXPECT_EQ(text(freshness_of(source, &status, tallies, now + Duration::minutes(10))), "fresh 10m ");
    tallies[0].last_known = now - Duration::days(6);
    EXPECT_EQ(text(freshness_of(source, &status, tallies, now)), "stale 0s it answers, but nothing new came for 6d");
    status.is_off = true;
    status.failure = "the environment variable KEY is not set";
    EXPECT_EQ(text(freshness_of(source, &status, tallies, now)), "off - the environment variable KEY is not set");
}

TEST(Freshness, OfASourceThatIsPushed) {
    SourceDeclaration source;
    source.name = "documents";
    source.events = {"document.accessed", "email.sent"};
    source.pushed.from = "/documents";
    source.freshness.within = Duration::hours(1);
    EXPECT_EQ(text(freshness_of(source, nullptr, {}, now)), "waiting - ");
    std::vector<EventLog::Tally> tallies = {arrived("/documents/eu", "document.accessed", now - Duration::minutes(30)),
                                            arrived("/documents", "search.saved", now), arrived("/mail", "email.sent", now)};
    EXPECT_EQ(text(freshness_of(source, nullptr, tallies, now)), "fresh 30m ");
    EXPECT_EQ(text(freshness_of(source, nullptr, tallies, now + Duration::hours(1))), "stale 90m 90m old, 1h agreed");
    tallies[0].last_known = EventTime::missing();  // history only
    EXPECT_EQ(text(freshness_of(source, nullptr, tallies, now)), "waiting - ");
}

TEST(Freshness, NamesWhatIsStaleUnlessNobodyWantsToKnow) {
    SourceFreshness good{.source = "a", .state = SourceFreshness::State::fresh};
    SourceFreshness bad{.source = "b", .state = SourceFreshness::State::stale, .reason = "47m old, 15m agreed"};
    SourceFreshness quiet{.source = "c", .state = SourceFreshness::State::stale, .alarm = false, .reason = "2d old, 1d agreed"};
    EXPECT_TRUE(check_freshness(std::vector{good, quiet}));
    auto status = check_freshness(std::vector{good, bad, quiet, bad});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "stale: b (47m old, 15m agreed), b (47m old, 15m agreed)");
    EXPECT_EQ(age_text(Duration::seconds(119)), "1m");
    EXPECT_EQ(age_text(Duration::minutes(119)), "119m");
    EXPECT_EQ(age_text(Duration::hours(47)), "47h");
    EXPECT_EQ(age_text(Duration::hours(49)), "2d");
    EXPECT_EQ(age_text(Duration{0}), "0s");
}

}  // namespace
}  // namespace quoin
