#include "features/replay_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <boost/json.hpp>

#include "base/json.h"
#include "features/random_world_fixture.h"
#include "features/replay_lines.h"

namespace quoin {
namespace {

namespace json = boost::json;

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::vector<std::string> event_lines(RandomWorld& world) {
    std::vector<std::string> lines;
    world.check(world.events()([&](const Event& event) -> Status {
        json::object line{{"sequence", event.sequence}, {"known", event.known.value()},   {"time", event.time.value()},
                          {"type", event.type},         {"tenant", event.tenant.value()}, {"data", event.data}};
        lines.push_back(json_text(line));
        return {};
    }));
    return lines;
}

std::vector<ServedVector> served_vectors(RandomWorld& world) {
    std::vector<ServedVector> vectors;
    world.check(world.served->flush());
    world.check(VectorLog::read(world.folder / "served", [&](const ServedVector& vector) -> Status {
        vectors.push_back(vector);
        return {};
    }));
    return vectors;
}

std::vector<std::string> question_lines(const std::vector<ServedVector>& vectors) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < vectors.size(); ++i)
        lines.push_back(json_text(json::object{{"question", i},
                                               {"view", vectors[i].view},
                                               {"tenant", vectors[i].tenant},
                                               {"entity", vectors[i].id},
                                               {"at", vectors[i].at.value()},
                                               {"sequence", vectors[i].sequence}}));
    return lines;
}

/// What a cluster does: rounds of sorting within partitions and passing on, the events again in each.
std::vector<std::string> rounds(RandomWorld& world, const ReplayPlan& plan, const std::vector<std::string>& questions,
                                std::size_t partitions) {
    auto keyed = [&](const std::vector<std::string>& lines) {
        ReplayKeys keys(plan);
        std::string out;
        for (const auto& line : lines) world.check(keys.take(line, out));
        return split(out);
    };
    auto events = keyed(event_lines(world)), next = keyed(questions);
    std::vector<std::string> vectors;
    for (int round = 0; !next.empty() && round < 20; ++round) {
        std::vector<std::vector<std::string>> parts(partitions);
        for (const auto* lines : {&events, &next})
            for (const auto& line : *lines) parts[TextTable::id_of(line.substr(0, line.find('\t'))) % partitions].push_back(line);
        std::string out;
        for (auto& part : parts) {
            std::ranges::sort(part);
            ReplayStream stream(plan, false);
            for (const auto& line : part) world.check(stream.take(line, out));
            world.check(stream.finish(out));
        }
        next.clear();
        for (auto& line : split(out)) (line.front() == '{' ? vectors : next).push_back(line);
    }
    return vectors;
}

/// The same bits as were logged.
void expect_served(const json::object& vector, const ServedVector& served, const FeatureView& view) {
    EXPECT_EQ(vector.contains("event_time") ? vector.at("event_time").as_int64() : EventTime::missing().value(), served.event_time.value());
    for (std::size_t slot = 0; slot < served.bits.size(); ++slot) {
        const auto& feature = *view.features()[slot].declaration;
        const json::value& value = vector.at("values").at(feature.name);
        if (is_list(feature.type)) {
            if (!served.lists.empty()) {
                ASSERT_EQ(value.as_array().size(), served.lists[slot].size());
            }
            for (std::size_t i = 0; i < (served.lists.empty() ? 0 : served.lists[slot].size()); ++i) {
                std::string text(value.as_array()[i].as_string());
                if (feature.type == FeatureType::texts) EXPECT_EQ(TextTable::id_of(text), served.lists[slot][i]);
                else EXPECT_EQ(text, fmt::format("{:016x}", served.lists[slot][i]));
            }
        } else if (field_kind(feature.type) == FieldKind::text) {
            EXPECT_EQ(value.is_null() ? 0 : TextTable::id_of(std::string(value.as_string())), served.bits[slot]);
        } else if (value.is_null()) {
            EXPECT_EQ(served.bits[slot], 0x7ff8000000000000u) << feature.name;
        } else {
            EXPECT_EQ(std::string(value.as_string()), fmt::format("{:016x}", served.bits[slot])) << feature.name;
        }
    }
}

TEST(ReplayStream, RecomputesEveryServedVectorOfGeneratedWorldsToTheBit) {
    for (std::uint64_t seed = 21; seed <= 25; ++seed) {
        RandomWorld world(seed);
        world.live(100, 6);
        auto served = served_vectors(world);
        auto plan = ReplayPlan::make(world.catalog, world.all_features());
        ASSERT_TRUE(plan) << plan.error().message;
        auto lines = rounds(world, *plan, question_lines(served), 3);
        ASSERT_EQ(world.error, "");
        ASSERT_EQ(lines.size(), served.size());
        std::vector<bool> seen(served.size());
        for (const auto& line : lines) {
            auto vector = parse_json(line).value().as_object();
            auto question = static_cast<std::size_t>(std::stoull(std::string(vector.at("question").as_string())));
            SCOPED_TRACE(fmt::format("seed {}: {}", seed, line.substr(0, 200)));
            EXPECT_FALSE(seen[question]);
            seen[question] = true;
            expect_served(vector, served[question], *world.catalog->find(served[question].view));
        }
    }
}

TEST(ReplayStream, RefusesWhatIsNotSortedOrNotItsOwn) {
    RandomWorld world(30);
    world.live(5, 0);
    auto plan = ReplayPlan::make(world.catalog, world.all_features());
    ASSERT_TRUE(plan);
    auto refusal = [&](std::vector<std::string> lines) {
        ReplayStream stream(*plan, false);
        std::string out;
        for (const auto& line : lines)
            if (auto status = stream.take(line, out); !status) return status.error().message;
        return std::string("accepted");
    };
    std::string a = R"(["e","user","default","a"])", b = R"(["e","user","default","b"])";
    std::string early = order_text(EventTime{5}) + ".0.1", late = order_text(EventTime{6}) + ".0.2";
    std::string event = R"({"event": {"type": "act", "time": 5, "data": {"user_id": "a"}}})";
    EXPECT_EQ(refusal({a + "\t" + early + "\t" + event, b + "\t" + early + "\t" + event}), "accepted");
    EXPECT_EQ(refusal({b + "\t" + early + "\t" + event, a + "\t" + early + "\t" + event}),
              "line 2: the lines are not sorted by their bytes (LC_ALL=C sort)");
    EXPECT_EQ(refusal({a + "\t" + late + "\t" + event, a + "\t" + early + "\t" + event}),
              "line 2: the lines are not sorted by their bytes (LC_ALL=C sort)");
    EXPECT_EQ(refusal({event}), "line 1: a line must be a key, an order and a JSON object, with tabs between them; 'quoin features replay "
                                "--keys' makes such lines");
    EXPECT_EQ(refusal({a + "\t" + early + "\t{\"other\": {}}"}), "line 1: 'other' is no kind of line");
    EXPECT_EQ(refusal({R"(["q","1","user_acts"])"
                       "\t1.5\t"
                       R"({"found": {"number": 0}})"}),
              "line 1: an answer came to [\"q\",\"1\",\"user_acts\"], which does not wait for it");
    EXPECT_EQ(refusal({a + "\t" + early + "\t" + R"({"question": {"question": 1, "view": "user_acts", "entity": "b", "at": 5}})"}),
              "line 1: question '1' for view 'user_acts' does not belong to [\"e\",\"user\",\"default\",\"a\"]");
}

}  // namespace
}  // namespace quoin
