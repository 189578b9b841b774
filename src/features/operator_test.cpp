#include "features/operator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/rng.h"
#include "features/catalog.h"
#include "features/definition_fixture.h"

namespace quoin {
namespace {

const EventTime start = from_civil(2026, 3, 1);

std::shared_ptr<const EventTypes> deed_types() {
    static auto types =
        [] {
            auto folder = std::filesystem::temp_directory_path() / ("quoin_deed_types_" + random_hex_id());
            std::filesystem::create_directories(folder);
            std::ofstream(folder / "deed.yaml")
                << "type: deed\ndescription: test\nentities: {home: home_id}\nfields:\n  home_id: {type: text}\n"
                   "  amount: {type: number}\n  kind: {type: text}\n  paid: {type: boolean}\n";
            auto loaded = EventTypes::load(folder);
            std::filesystem::remove_all(folder);
            EXPECT_TRUE(loaded) << loaded.error().message;
            return std::make_shared<const EventTypes>(std::move(*loaded));
        }();
    return types;
}

std::shared_ptr<const FeatureView> view_of(const std::string& features) {
    std::string text = "view: deeds\nentity: home\ndescription: test\nfeatures:\n" + features;
    auto declaration = read_view(text, "deeds.yaml");
    EXPECT_TRUE(declaration) << declaration.error().message;
    auto types = deed_types();
    auto view = FeatureView::compile(*declaration, [types](std::string_view name) { return types->find(name); });
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : nullptr;
}

std::string feature(const std::string& name, const std::string& type, const std::string& rest) {
    return "  - {name: " + name + ", description: d, type: " + type + ", from: deed, " + rest + "}\n";
}

/// Every transform over every kind of window.
std::string all_transforms() {
    std::string text;
    for (std::string window : {"30m", "6h", "7d", "60d", "lifetime"}) {
        auto add = [&](const std::string& name, const std::string& type, const std::string& rest) {
            text += feature(name + "_" + window, type, rest + ", window: " + window);
        };
        add("count", "integer", "transform: count");
        add("sum", "number", "value: amount, transform: sum");
        add("paid_sum", "number", "value: amount, where: paid, transform: sum");
        add("mean", "number", "value: amount, transform: mean");
        add("min", "number", "value: amount, transform: min");
        add("max", "number", "value: amount, transform: max");
        add("deviation", "number", "value: amount, transform: std");
        add("first", "number", "value: amount, transform: first");
        add("last", "text", "value: kind, transform: last");
        add("distinct", "integer", "value: kind, transform: distinct");
        add("median", "number", "value: amount, transform: quantile, q: 0.5");
        add("paid_share", "number", "value: paid, transform: ratio");
        add("recency", "number", "transform: recency, unit: hours");
        add("favourite", "text", "value: kind, transform: top_k");
        add("entropy", "number", "value: kind, transform: entropy");
        add("latest", "numbers", "value: amount, transform: last_k, k: 3");
        add("bins", "numbers", "value: amount, transform: histogram, edges: [0, 10, 100]");
        if (window == "7d" || window == "60d") {
            add("rate", "number", "transform: rate, per: 1d");
            add("slope", "number", "value: amount, transform: slope");
            add("streak", "integer", "transform: streak");
        }
    }
    return text;
}

std::vector<Deed> random_deeds(Rng& rng, std::size_t count) {
    std::vector<Deed> deeds(count);
    for (Deed& deed : deeds) {
        deed.time = start.value() + static_cast<std::int64_t>(rng.below(90)) * day + static_cast<std::int64_t>(rng.below(day));
        if (rng.below(4) == 0) deed.time = start.value() + 89 * day + static_cast<std::int64_t>(rng.below(60)) * minute;
        if (rng.below(10) != 0) deed.amount = std::round(rng.normal() * 5000) / 100;
        deed.kind = std::array{"sale", "gift", "lease", "auction"}[rng.below(4)];
        deed.is_paid = rng.below(2) == 0;
    }
    return deeds;
}

void fold(const FeatureOperator& op, const Deed& deed, EventTime now, EntityState& state) {
    Record record;
    record.fields = {FieldValue::text("home_1"), deed.amount ? FieldValue::number(*deed.amount) : FieldValue{}, FieldValue::text(deed.kind),
                     FieldValue::truth(deed.is_paid)};
    FeatureOperator::complete(record, EventTime{deed.time});
    auto folded = op.fold({*op.view().binding("deed"), record, EventTime{deed.time}, now}, state);
    EXPECT_EQ(folded.refused, 0u);
}

void expect_as_by_hand(const CompiledFeature& feature, const FeatureRow& row, std::uint16_t slot, const ByHand& hand) {
    const std::string& transform = feature.declaration->transform;
    SCOPED_TRACE(feature.declaration->name);
    if (transform == "last") {
        ASSERT_EQ(row.values[slot].is_text(), !hand.inside().empty());
        if (!hand.inside().empty()) {
            EXPECT_EQ(row.values[slot].text(), hand.inside().back().kind);
        }
    } else if (transform == "top_k") {
        int most = 0;
        std::string text;
        for (auto [kind, count] : hand.counts())
            if (count > most) most = count, text = kind;  // in the order of the texts
        EXPECT_EQ(row.values[slot].text(), text);
    } else if (transform == "last_k") {
        auto expected = hand.latest_of_times();
        std::ranges::reverse(expected);
        expected.resize(std::min<std::size_t>(3, expected.size()));
        ASSERT_EQ(row.lists[slot].size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(std::bit_cast<double>(row.lists[slot][i]), expected[i]);
    } else if (transform == "histogram") {
        double low = 0, high = 0;
        for (double amount : hand.amounts()) low += amount >= 0 && amount < 10, high += amount >= 10 && amount <= 100;
        EXPECT_EQ(std::bit_cast<double>(row.lists[slot].at(0)), low);
        EXPECT_EQ(std::bit_cast<double>(row.lists[slot].at(1)), high);
    } else if (transform == "quantile") {
        auto sorted = hand.amounts();
        std::ranges::sort(sorted);
        ASSERT_EQ(row.values[slot].is_null(), sorted.empty());
        if (sorted.empty()) return;
        double exact = sorted[static_cast<std::size_t>(0.5 * double(sorted.size() - 1))];
        EXPECT_NEAR(row.values[slot].number(), exact, 0.008 * std::abs(exact));
    } else {
        auto expected = hand.number();
        ASSERT_EQ(row.values[slot].is_null(), !expected.has_value());
        if (!expected) return;
        EXPECT_NEAR(row.values[slot].number(), *expected, 1e-9 * std::max(1.0, std::abs(*expected)));
    }
}

bool same_bits(const FeatureRow& a, const FeatureRow& b) {
    for (std::size_t i = 0; i < a.values.size(); ++i)
        if (!(a.values[i] == b.values[i]) || a.lists[i] != b.lists[i]) return false;
    return true;
}

// The reference is the definition itself, computed over the raw events without tiles, cells or integers.
TEST(FeatureOperator, EveryTransformOverEveryWindowIsWhatTheDefinitionSays) {
    auto view = view_of(all_transforms());
    FeatureOperator op(*view);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Rng rng(seed);
        auto deeds = random_deeds(rng, 1 + rng.below(200));
        EntityState state;
        EventTime now = EventTime{start.value() + 90 * day};
        for (const Deed& deed : deeds) fold(op, deed, now, state);
        for (int question = 0; question < 5; ++question) {
            EventTime at{now.value() + static_cast<std::int64_t>(rng.below(20 * day))};
            if (question == 0) at = now;
            FeatureRow row;
            op.values(state, at, {}, row);
            for (std::uint16_t slot = 0; slot < row.values.size(); ++slot)
                expect_as_by_hand(view->features()[slot], row, slot, ByHand(deeds, view->features()[slot], at));
        }
    }
}

TEST(FeatureOperator, TheOrderOfArrivalChangesNoBit) {
    auto view = view_of(all_transforms());
    FeatureOperator op(*view);
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Rng rng(seed);
        auto deeds = random_deeds(rng, 150);
        EventTime end{start.value() + 90 * day};
        FeatureRow first;
        for (int order = 0; order < 3; ++order) {
            EntityState state;
            // `now` runs along with the events, so that cells are dropped on the way, at other moments in every order.
            EventTime now = start;
            for (const Deed& deed : deeds) {
                now = std::max(now, EventTime{deed.time});
                fold(op, deed, now, state);
            }
            FeatureRow row;
            op.values(state, end, {}, row);
            if (order == 0) first = row;
            EXPECT_TRUE(same_bits(first, row)) << "seed " << seed;
            rng.shuffle(std::span(deeds));
        }
    }
}

TEST(FeatureOperator, AStableRowStaysUntilItSays) {
    auto view = view_of(all_transforms());
    FeatureOperator op(*view);
    Rng rng(3);
    auto deeds = random_deeds(rng, 60);
    EntityState state;
    EventTime now{start.value() + 90 * day};
    for (const Deed& deed : deeds) fold(op, deed, now, state);
    for (int question = 0; question < 300; ++question) {
        EventTime at{now.value() + static_cast<std::int64_t>(rng.below(70 * day))};
        FeatureRow row, later;
        op.stable_values(state, at, row);
        ASSERT_GT(row.stable_until, at);
        op.stable_values(state, EventTime{row.stable_until.value() - 1}, later);
        for (std::size_t i = 0; i < row.values.size(); ++i)
            EXPECT_EQ(row.values[i], later.values[i]) << view->features()[i].declaration->name;
    }
}

TEST(FeatureOperator, AStateSurvivesItsBytes) {
    auto view = view_of(all_transforms());
    FeatureOperator op(*view);
    Rng rng(9);
    EntityState state;
    for (const Deed& deed : random_deeds(rng, 100)) fold(op, deed, EventTime{start.value() + 90 * day}, state);
    std::string bytes, again;
    state.save(bytes);
    auto loaded = EntityState::load(bytes);
    ASSERT_TRUE(loaded) << loaded.error().message;
    loaded->save(again);
    EXPECT_EQ(bytes, again);
    for (std::size_t cut : {std::size_t{0}, std::size_t{15}, bytes.size() - 1})
        EXPECT_EQ(EntityState::load(std::string_view(bytes).substr(0, cut)).error().kind, ErrorKind::corrupt);
}

TEST(FeatureOperator, DerivedFeaturesFollowTheirParts) {
    auto view = view_of(feature("n", "integer", "transform: count, window: 7d") +
                        "  - {name: twice, description: d, type: number, expression: once * 2}\n"
                        "  - {name: once, description: d, type: number, expression: n + 0.5}\n"
                        "  - {name: hour, description: d, type: integer, expression: hour(now())}\n");
    ASSERT_TRUE(view);
    FeatureOperator op(*view);
    EntityState state;
    fold(op, {start.value(), 1.0, "sale", true}, start, state);
    FeatureRow row;
    op.values(state, EventTime{start.value() + 3 * 60 * minute}, {}, row);
    EXPECT_EQ(row.values[0].number(), 1);
    EXPECT_EQ(row.values[1].number(), 3);
    EXPECT_EQ(row.values[3].number(), 3);
    EXPECT_TRUE(view->features()[3].is_live);
    EXPECT_FALSE(view->features()[1].is_live);
}

TEST(FeatureOperator, WindowsOfOneSourceShareItsCells) {
    auto view = view_of(feature("a", "integer", "transform: count, window: 7d") + feature("b", "integer", "transform: count, window: 14d") +
                        feature("c", "number", "transform: rate, window: 3d") +
                        feature("d", "number", "value: amount, transform: mean, window: 7d") +
                        feature("e", "number", "value: amount, transform: sum, window: 14d"));
    EXPECT_EQ(view->components().size(), 2u);
    EXPECT_EQ(view->components()[0].horizon_minutes, 14 * 1440u);
}

TEST(FeatureDeclaration, ErrorsNamePlaceAndRemedy) {
    auto refusal = [](const std::string& features) {
        auto declaration = read_view("view: v\nentity: home\ndescription: d\nfeatures:\n" + features, "v.yaml");
        if (!declaration) return declaration.error().message;
        auto types = deed_types();
        auto view = FeatureView::compile(*declaration, [types](std::string_view name) { return types->find(name); });
        return view ? std::string("accepted") : view.error().message;
    };
    EXPECT_EQ(
        refusal(feature("n", "integer", "transform: count, window: 7d, wher: paid")),
        "v.yaml, line 5: unknown key 'wher'; known are default, description, edges, expression, from, k, lookup, name, per, q, range, "
        "source_document, tile, transform, type, unit, value, where, window");
    EXPECT_THAT(refusal(feature("n", "integer", "transform: cuont, window: 7d")), testing::HasSubstr("'cuont' is no transform"));
    EXPECT_THAT(refusal(feature("n", "integer", "transform: count, window: 7x")), testing::HasSubstr("'7x' is no duration"));
    EXPECT_THAT(refusal(feature("n", "integer", "transform: count, window: 36h")), testing::HasSubstr("accepted"));
    EXPECT_THAT(refusal(feature("n", "integer", "transform: count, window: 50h, tile: 7h")), testing::HasSubstr("divides the window"));
    EXPECT_THAT(refusal(feature("n", "number", "transform: sum, window: 7d")), testing::HasSubstr("needs a 'value'"));
    EXPECT_THAT(refusal(feature("n", "number", "transform: last, value: kind, window: 7d")), testing::HasSubstr("gives text"));
    EXPECT_THAT(refusal(feature("n", "number", "transform: sum, value: amuont, window: 7d")), testing::HasSubstr("amuont"));
    EXPECT_THAT(refusal("  - {name: a, description: d, type: number, expression: b}\n"
                        "  - {name: b, description: d, type: number, expression: a}\n"),
                testing::HasSubstr("made from itself"));
}

}  // namespace
}  // namespace quoin
