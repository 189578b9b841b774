#include "events/lake_writer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "events/log_fixture.h"

namespace quoin {
namespace {

class LakeWriterTest : public testing::Test, protected ScratchLog {
protected:
    void SetUp() override { ASSERT_EQ(open(), ""); }
    static bool eventually(const std::function<bool()>& holds) {
        for (int i = 0; i < 400; ++i) {
            if (holds()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
        return false;
    }
    Telemetry telemetry_;
};

TEST_F(LakeWriterTest, FollowsTheLogAndSaysWhenItCannot) {
    for (int i = 0; i < 5; ++i) append(simple_event(std::to_string(i)));
    auto place = folder / "lake";
    LakeWriter::Options options{.address = place.string(), .waiting = Duration{0}, .every = Duration{20'000}};
    auto writer = LakeWriter::start(*log, telemetry_, options);
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(eventually([&] { return (*writer)->last_sequence() == 5; }));
    append(simple_event("5"));
    ASSERT_TRUE(eventually([&] { return (*writer)->last_sequence() == 6; }));
    EXPECT_TRUE((*writer)->health()) << (*writer)->health().error().message;
    EXPECT_NE(telemetry_.exposition().find("quoin_lake_events_total 6"), std::string::npos) << telemetry_.exposition();
    // The place becomes a file: nothing can be written there.
    fs::rename(place, folder / "away");
    std::ofstream(place.string()) << "x";
    append(simple_event("6"));
    ASSERT_TRUE(eventually([&] { return !(*writer)->health(); }));
    fs::remove(place);
    fs::rename(folder / "away", place);
    ASSERT_TRUE(eventually([&] { return (*writer)->last_sequence() == 7; }));
    EXPECT_TRUE((*writer)->health());
    writer->reset();
    auto lake = Lake::open(place.string(), {}).value();
    auto check = lake.verify();
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_TRUE(check->problems.empty()) << check->problems.front();
    EXPECT_EQ(check->events, 7u);
}

}  // namespace
}  // namespace quoin
