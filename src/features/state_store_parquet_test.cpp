#include "features/state_store_parquet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "events/lake_fixture.h"
#include "features/daily_export.h"
#include "features/random_world_fixture.h"
#include "features/shared_reader.h"
#include "features/state_archive.h"
#include "remote/s3_fixture.h"

namespace quoin {
namespace {

/// A world of events and a folder that its states are exported to.
class Archive : public testing::Test {
protected:
    Archive() : store_(std::move(*ObjectStore::open_folder(world_.folder / "archive"))) {}

    PublishedView view() {
        return {*world_.online, [this] { return world_.log->now(); }, world_.clock};
    }
    std::shared_ptr<ParquetStates> archive(std::shared_ptr<ObjectStore> store = nullptr, Duration keep = Duration::days(400)) {
        ParquetStates::Options options{
            .keep = keep, .scratch = world_.folder, .rows_per_part_max = rows_per_part_, .look_every = Duration{0}, .clock = world_.clock};
        return std::move(*ParquetStates::open(store ? store : store_, options));
    }
    std::vector<ObjectStore::Info> objects(std::string_view prefix) { return *store_->list(prefix); }
    /// Entities whose answers from the archive alone are those of the online view, to the last bit.
    std::size_t compare(const std::shared_ptr<FeatureStateSource>& source, EventTime at) {
        SharedFeatureReader reader(world_.catalog, {{"cold", source, false}}, telemetry_);
        std::size_t known = 0;
        for (const auto& view : world_.catalog->views())
            for (std::string_view tenant : {"default", "acme"})
                for (int i = 0; i < 41; ++i) {
                    auto id = view->entity() == "area" ? fmt::format("area \"{}\"", i) : fmt::format("{}_{}", view->entity(), i);
                    FeatureQuestion question{view->name(), tenant, id, at, true};
                    auto here = *world_.online->read(question);
                    auto there = reader.read(question);
                    EXPECT_TRUE(there) << there.error().message;
                    if (!there) return known;
                    for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) {
                        EXPECT_EQ(there->features.status(slot), here.status(slot)) << view->name() << " " << id << " " << slot;
                        EXPECT_EQ(there->features.value(slot), here.value(slot)) << view->name() << " " << id << " " << slot;
                        EXPECT_EQ(there->features.row.lists[slot], here.row.lists[slot]);
                    }
                    known += here.is_known && !view->bindings().empty() ? 1 : 0;
                }
        return known;
    }

    RandomWorld world_{404};
    std::size_t rows_per_part_ = 7;
    std::shared_ptr<ObjectStore> store_;
    Telemetry telemetry_;
};

TEST_F(Archive, TheLatestDayAnswersAsTheOnlineView) {
    auto cold = archive();
    EXPECT_EQ(*cold->watermark(), std::nullopt);
    for (int day = 0; day < 3; ++day) {
        world_.live(25, 0);
        auto exported = cold->export_day(view());
        ASSERT_TRUE(exported) << exported.error().message;
        EXPECT_EQ(exported->day, date_text(world_.clock.now()));
        EventTime at = world_.log->now();
        EXPECT_EQ(compare(cold, at), exported->entities);
        EXPECT_EQ(compare(archive(), at), exported->entities) << "another process";
        EXPECT_EQ((*cold->watermark())->version.sequence, world_.log->last_sequence());
    }
    StateCodecs codecs(world_.catalog);
    const StateCodec& codec = *codecs.find("area_levels");
    std::set<std::string> scanned;
    ASSERT_TRUE(cold->scan("area_levels", codec.computation(), [&](const StateKey& key, std::string_view record) -> Status {
        TextTable texts;
        EXPECT_TRUE(codec.decode(key, record, texts));
        scanned.insert(entity_key(key.tenant, key.id));
        return {};
    }));
    EXPECT_EQ(scanned.size(), world_.online->table("area_levels")->entities());
}

TEST_F(Archive, AnAnswerIsOfNoMomentBeforeItsStates) {
    world_.live(25, 0);
    auto cold = archive();
    ASSERT_TRUE(cold->export_day(view()));
    ManualClock slow(world_.clock.now() - Duration::hours(1));
    SharedFeatureReader reader(world_.catalog, {{"cold", cold, false}}, telemetry_, {.clock = slow});
    std::vector<std::string> ids;
    std::vector<FeatureReader::Question> questions;
    for (int i = 0; i < 40; ++i) ids.push_back(fmt::format("user_{}", i));
    for (const auto& id : ids) questions.push_back({"user_acts", "default", id, true});
    std::size_t known = 0;
    auto compare_one = [&](std::size_t question, const FeatureAnswer& there, const AnswerOrigin& origin) -> Status {
        auto here = *world_.online->read({"user_acts", "default", ids[question], there.at, true});
        EXPECT_GE(there.at, (*cold->watermark())->version.advanced);
        EXPECT_EQ(there.row.values, here.row.values);
        EXPECT_EQ(there.row.lists, here.row.lists);
        EXPECT_EQ(origin.tier, here.is_known ? "cold" : "");
        known += here.is_known ? 1 : 0;
        return {};
    };
    ASSERT_TRUE(reader.read(questions, compare_one));
    EXPECT_GT(known, 5u);
}

TEST_F(Archive, NobodyIsSaidToBeUnknownWhereAnotherCatalogFilledTheStores) {
    world_.live(25, 0);
    auto cold = archive();
    auto ask = [&](const char* id) {
        SharedFeatureReader reader(world_.catalog, {{"cold", cold, false}}, telemetry_);
        return reader.read({"user_acts", "default", id, world_.log->now()});
    };
    EXPECT_EQ(ask("nobody").error().kind, ErrorKind::unavailable) << "never filled";
    ASSERT_TRUE(cold->export_day(view()));
    EXPECT_FALSE(ask("nobody")->features.is_known);
    std::ofstream(world_.folder / "catalog/features/user_acts.yaml", std::ios::app)
        << "  - {name: more, description: d, type: integer, from: act, transform: count, window: lifetime}\n";
    world_.catalog = *FeatureCatalog::load(world_.folder / "catalog");
    EXPECT_EQ(ask("nobody").error().kind, ErrorKind::unavailable);
    EXPECT_EQ(ask("user_1").error().kind, ErrorKind::unavailable) << "what it computes otherwise now has no state there";
}

TEST_F(Archive, FinishedValuesAreAPlainTable) {
    world_.live(40, 0);
    ASSERT_TRUE(archive()->export_day(view()));
    std::size_t values = 0;
    for (const auto& object : objects("default/values/")) {
        auto table = parquet_table(*store_->get(object.key), {}, world_.folder);
        ASSERT_TRUE(table) << table.error().message;
        auto name = object.key.substr(object.key.find("view=") + 5);
        auto view = world_.catalog->find(name.substr(0, name.find('/')));
        std::string tenant = object.key.find("tenant=acme") != std::string::npos ? "acme" : "default";
        for (std::size_t row = 0; row < table->rows(); ++row) {
            auto id = table->find("_entity_id")->text(row);
            auto at = table->find("_as_of")->times()[row];
            auto here = *world_.online->read({view->name(), tenant, id, at, true});
            EXPECT_EQ(table->find("_event_time")->times()[row], here.row.event_time);
            EXPECT_EQ(table->find("_outside_max_age")->numbers()[row], here.is_outside ? 1 : 0);
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) {
                const auto& declared = *view->features()[slot].declaration;
                const Column& column = *table->find(declared.name);
                ASSERT_EQ(column.is_missing(row), here.status(slot) != FeatureStatus::present) << declared.name;
                if (column.is_missing(row) || is_list(declared.type)) continue;
                if (column.kind() == ColumnKind::number) EXPECT_EQ(column.numbers()[row], here.value(slot).number());
                else EXPECT_EQ(column.text(row), here.value(slot).text());
                ++values;
            }
        }
    }
    EXPECT_GT(values, 500u);
}

TEST_F(Archive, ADayIsThereWholeOrAsItWasWhateverFails) {
    rows_per_part_ = 40;
    world_.live(15, 0);
    world_.clock.set(from_civil(2026, 6, 1));
    ASSERT_TRUE(archive()->export_day(view()));
    int steps = 0;
    for (bool after : {false, true}) {
        for (int at = 0; at < 40; at += after ? 6 : 4, ++steps) {
            world_.clock.set(world_.clock.now() + Duration::seconds(1));
            EventTime before = world_.log->now();
            auto faulty = std::make_shared<FaultyStore>(store_, at, after);
            auto watermark = *archive()->watermark();
            if (after && at % 4 == 0) {
                Event event = world_.random_event();
                (void)world_.ingest->submit_and_wait({.events = {event}});
            }
            auto exported = archive(faulty)->export_day(view());
            if (!faulty->has_failed()) break;
            auto now = *archive()->watermark();
            bool is_new = now != watermark;
            // Either day has all of its parts, and each part is what it was written as.
            auto day = parse_archive_day(*store_->get(archive_day_key("default", date_text(before))));
            ASSERT_TRUE(day);
            for (const ArchivePart& part : day->parts) {
                auto bytes = store_->get(part.key);
                ASSERT_TRUE(bytes) << part.key << " step " << at << " new " << is_new;
                EXPECT_EQ(sha256_hex(*bytes), part.sha256);
            }
        }
    }
    EXPECT_GT(steps, 10);
    auto last = archive()->export_day(view());
    ASSERT_TRUE(last);
    EXPECT_EQ(store_->list("default/states/")->size() + store_->list("default/values/")->size(), last->parts)
        << "nothing is left of exports that failed";
    compare(archive(), world_.log->now());
}

TEST_F(Archive, AReaderGoesOnWhenItsDayIsReplacedAndDaysGoWithTime) {
    world_.live(20, 0);
    auto cold = archive(nullptr, Duration::days(30));
    ASSERT_TRUE(cold->export_day(view()));
    ParquetStates::Options seldom{.scratch = world_.folder, .look_every = Duration::hours(1), .clock = world_.clock};
    std::shared_ptr<ParquetStates> reader = std::move(*ParquetStates::open(store_, seldom));
    ASSERT_TRUE(reader->watermark()) << "it has looked";
    Event event = world_.random_event();
    event.id = "another", event.is_history = false, event.time = world_.clock.now(), event.known = EventTime::missing();
    ASSERT_TRUE(world_.ingest->submit_and_wait({.events = {event}}));
    ASSERT_TRUE(cold->export_day(view()));
    compare(reader, world_.log->now());

    auto first_day = date_text(world_.clock.now());
    world_.clock.set(world_.clock.now() + Duration::days(29));
    ASSERT_TRUE(cold->export_day(view()));
    EXPECT_EQ(*cold->purge(), 0u);
    world_.clock.set(world_.clock.now() + Duration::days(2));
    EXPECT_EQ(*cold->purge(), 1u);
    EXPECT_TRUE(store_->list("default/states/day=" + first_day)->empty());
    EXPECT_EQ(store_->list("default/days/")->size(), 1u);
}

TEST_F(Archive, DamageIsFound) {
    world_.live(20, 0);
    ASSERT_TRUE(archive()->export_day(view()));
    Rng rng(1);
    for (const auto& object : objects("default/states/")) {
        auto bytes = *store_->get(object.key);
        bytes[rng.below(bytes.size())] ^= 4;
        ASSERT_TRUE(store_->put(object.key, std::as_bytes(std::span(bytes))));
    }
    SharedFeatureReader reader(world_.catalog, {{"cold", archive(), false}}, telemetry_);
    EXPECT_FALSE(reader.read({"area_levels", "default", "area \"1\"", world_.log->now()}));
    for (const auto& object : objects("default/days/")) {
        auto text = *store_->get(object.key);
        for (int i = 0; i < 300; ++i) {
            auto damaged = text;
            if (i % 2 == 0) damaged.resize(rng.below(text.size()));
            else damaged[rng.below(text.size())] ^= static_cast<char>(1 << rng.below(7));
            (void)parse_archive_day(damaged);  // no crash; most are refused
        }
        EXPECT_FALSE(parse_archive_day(text.substr(0, text.size() / 2)));
        ASSERT_TRUE(store_->put(object.key, std::as_bytes(std::span(std::string_view("{}")))));
    }
    EXPECT_EQ(archive()->watermark().error().kind, ErrorKind::corrupt);
}

TEST_F(Archive, InS3TheSame) {
    world_.live(10, 0);
    Bucket bucket;
    bucket.page = 100;
    std::shared_ptr<ObjectStore> s3 = store_on(bucket);
    auto exported = archive(s3)->export_day(view());
    ASSERT_TRUE(exported) << exported.error().message;
    EXPECT_EQ(compare(archive(s3), world_.log->now()), exported->entities);
}

TEST_F(Archive, ExportsOnceADayAlsoAcrossRestarts) {
    world_.live(10, 0);
    std::shared_ptr<ParquetStates> cold = archive();
    auto day_count = [&] { return store_->list("default/days/")->size(); };
    auto wait_for = [&](std::size_t days) {
        for (int i = 0; i < 500 && day_count() < days; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return day_count() == days;
    };
    EventTime now = world_.log->now();
    PublishedView steady{*world_.online, [now] { return now; }, world_.clock};
    DailyExport::Options options{.look_every = Duration{5'000}};
    auto daily = DailyExport::start(steady, cold, telemetry_, options);
    ASSERT_TRUE(wait_for(1));
    daily.reset();
    auto written = (*cold->watermark())->written;
    world_.clock.set(world_.clock.now() + Duration::hours(23));
    daily = DailyExport::start(steady, cold, telemetry_, options);
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_TRUE(daily->health());
    daily.reset();
    EXPECT_EQ((*cold->watermark())->written, written);
    world_.clock.set(world_.clock.now() + Duration::hours(2));
    now = world_.log->now();
    daily = DailyExport::start({*world_.online, [now] { return now; }, world_.clock}, cold, telemetry_, options);
    ASSERT_TRUE(wait_for(2));
}

TEST(HexText, ComesBack) {
    std::string all(256, ' ');
    for (std::size_t i = 0; i < 256; ++i) all[i] = static_cast<char>(i);
    EXPECT_EQ(hex_text("\x01\xfe"), "01FE");
    EXPECT_EQ(*hex_bytes(hex_text(all)), all);
    EXPECT_FALSE(hex_bytes("0"));
    EXPECT_FALSE(hex_bytes("0g"));
}

}  // namespace
}  // namespace quoin
