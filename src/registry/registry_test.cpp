#include "registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "registry/registry_fixture.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class RegistryTest : public testing::Test, protected RegistryScene {};

TEST_F(RegistryTest, KeepsARunWithAllItsValues) {
    clock.set(at(1));
    std::string id = registry.start_run("value", {{"family", "xgboost"}, {"depth", "8"}}).value();
    EXPECT_EQ(id.size(), 32u);
    ASSERT_TRUE(registry.log_metrics(id, {{"mdape", 0.09}, {"broken", std::nan("")}, {"loss", std::numeric_limits<double>::infinity()}}));
    ASSERT_TRUE(registry.log_metrics(id, {{"mdape", 0.08}, {"r2", 0.9}}));
    std::string digest = registry.log_artifact(id, "curve.csv", bytes_of("1,2\n")).value();
    clock.set(at(2));
    ASSERT_TRUE(registry.finish_run(id, true));

    quoin::Run run = OpenRegistry::in(folder.path, clock).registry.run(id).value();
    EXPECT_EQ(run.status, "finished");
    EXPECT_EQ(run.started, at(1));
    EXPECT_EQ(run.ended, at(2));
    EXPECT_THAT(run.parameters, ElementsAre(Pair("family", "xgboost"), Pair("depth", "8")));
    ASSERT_EQ(run.metrics.size(), 4u);
    EXPECT_EQ(run.metrics[0].value, 0.08) << "logged again: the newest value counts";
    EXPECT_TRUE(std::isnan(run.metrics[1].value));
    EXPECT_TRUE(std::isinf(run.metrics[2].value));
    EXPECT_THAT(run.artifacts, ElementsAre(Pair("curve.csv", digest)));
    EXPECT_EQ(open.blobs->get(digest).value().text(), "1,2\n");

    EXPECT_EQ(registry.log_metrics(id, {{"late", 1}}).error().kind, ErrorKind::conflict) << "a run that ended is evidence";
    EXPECT_EQ(registry.run("ffff").error().kind, ErrorKind::not_found);
    registry.start_run("value", {}).value();
    EXPECT_EQ(registry.runs("value").value().size(), 2u);
    EXPECT_EQ(registry.runs("value").value()[0].metrics.size(), 4u);
}

TEST_F(RegistryTest, GivesNumbersPerModelAndFindsByEveryName) {
    EXPECT_EQ(add(), 1);
    EXPECT_EQ(add(), 2);
    EXPECT_EQ(add(), 3);
    ModelVersion other = draft();
    other.model = "rent";
    EXPECT_EQ(registry.register_version(other, change).value().number, 1);
    EXPECT_THAT(registry.models().value(), ElementsAre("rent", "value"));

    ASSERT_TRUE(registry.set_alias("value", "challenger", 2, change));
    ASSERT_TRUE(registry.promote("value", 1, change));
    for (auto [which, number] : {std::pair{"3", 3},
                                 {"v3", 3},
                                 {"latest", 3},
                                 {"challenger", 2},
                                 {"champion", 1},
                                 {"production", 1},
                                 {"Production", 1},
                                 {"none", 3}})
        EXPECT_EQ(registry.find("value", which).value().number, number) << which;

    auto missing = registry.find("value", "v9");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
    EXPECT_EQ(missing.error().message, "model 'value' has no version '9'; it has v1 to v3 and the aliases challenger, champion");
    EXPECT_EQ(registry.find("value", "staging").error().kind, ErrorKind::not_found);
    EXPECT_EQ(registry.find("house", "latest").error().message, "there is no model 'house'; there are: rent, value");
    EXPECT_EQ(registry.find("value", "99999999999999999999999").error().kind, ErrorKind::not_found);
}

TEST_F(RegistryTest, KeepsTheEvidenceOfAVersion) {
    std::string run = registry.start_run("value", {}).value();
    ModelVersion given = draft(false);
    given.run_id = run;
    given.metrics.push_back({"not measured", std::nan("")});
    given.number = 17;
    given.stage = Stage::production;
    clock.set(at(5));
    registry.register_version(given, change).value();

    ModelVersion kept = registry.versions("value").value()[0];
    EXPECT_EQ(kept.number, 1);
    EXPECT_EQ(kept.stage, Stage::none);
    EXPECT_EQ(kept.created, at(5));
    EXPECT_EQ(kept.run_id, run);
    EXPECT_EQ(kept.artifact, given.artifact);
    ASSERT_EQ(kept.metrics.size(), 3u);
    EXPECT_EQ(kept.metrics[1].name, "r2");
    EXPECT_TRUE(std::isnan(kept.metrics[2].value));
    ASSERT_EQ(kept.gates.size(), 2u);
    EXPECT_EQ(kept.gates[1].message, "PRB 0.06 is above 0.05");
    EXPECT_EQ(kept.gates[1].measured, 0.06);
    EXPECT_FALSE(kept.gates_passed());
    EXPECT_EQ(kept.version_text(), "v1");

    ASSERT_TRUE(registry.attach_card("value", 1, bytes_of("<html>"), bytes_of("# card")));
    EXPECT_EQ(open.blobs->get(registry.version("value", 1).value().card_markdown).value().text(), "# card");
    ASSERT_TRUE(registry.attach_card("value", 1, bytes_of("<html>"), bytes_of("# card")));
    EXPECT_THAT(actions(), ElementsAre("register", "card")) << "attaching the same card again changes nothing";
    EXPECT_TRUE(registry.verify_ledger());
}

TEST_F(RegistryTest, RefusesVersionsWithoutTheirBytesOrRun) {
    ModelVersion version = draft();
    version.artifact = std::string(64, 'a');
    EXPECT_EQ(registry.register_version(version, change).error().kind, ErrorKind::not_found);
    version = draft();
    version.run_id = "0123";
    EXPECT_EQ(registry.register_version(version, change).error().kind, ErrorKind::invalid);
    version.run_id = registry.start_run("rent", {}).value();
    EXPECT_THAT(registry.register_version(version, change).error().message, HasSubstr("is of model 'rent'"));
    version = draft();
    version.metrics.push_back({"mdape", 1});
    EXPECT_EQ(registry.register_version(version, change).error().kind, ErrorKind::invalid);
    EXPECT_THAT(registry.models().value(), IsEmpty());
}

TEST_F(RegistryTest, RefusesBadNames) {
    add();
    for (const std::string& name : {std::string(), std::string(129, 'x'), std::string("a\nb"), std::string("a\0b", 3),
                                    std::string("\x1b[31m"), std::string("\xff\xfe"), std::string("\xc2\x85")}) {
        EXPECT_EQ(registry.start_run(name, {}).error().kind, ErrorKind::invalid);
        EXPECT_EQ(registry.start_run("value", {{name, "1"}}).error().kind, ErrorKind::invalid);
        EXPECT_EQ(registry.set_alias("value", name, 1, change).error().kind, ErrorKind::invalid);
        EXPECT_EQ(registry.promote("value", 1, {name, ""}).error().kind, ErrorKind::invalid);
        ModelVersion version = draft();
        version.model = name;
        auto refused = registry.register_version(version, change);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().field, "model");
    }
    for (const char* name : {"3", "v3", "V12", "latest", "production", "Staging", "none"})
        EXPECT_EQ(registry.set_alias("value", name, 1, change).error().kind, ErrorKind::invalid) << name;
    EXPECT_TRUE(registry.set_alias("value", std::string(128, 'x'), 1, change));
    EXPECT_TRUE(registry.set_alias("value", "défi", 1, change));
    EXPECT_EQ(registry.promote("value", 1, {"ann", std::string(5000, 'x')}).error().field, "reason");
}

TEST_F(RegistryTest, ComparesMetricsAndParameters) {
    std::string first_run = registry.start_run("value", {{"depth", "8"}, {"rounds", "900"}}).value();
    std::string second_run = registry.start_run("value", {{"depth", "6"}, {"rounds", "900"}, {"subsample", "0.8"}}).value();
    ModelVersion first = draft(), second = draft();
    first.run_id = first_run;
    second.run_id = second_run;
    second.metrics = {{"mdape", 0.075}, {"auc", 0.9}};
    auto compared = compare(registry, registry.register_version(first, change).value(), registry.register_version(second, change).value())
                        .value();
    ASSERT_EQ(compared.lines.size(), 3u);
    EXPECT_EQ(compared.lines[0].metric, "mdape");
    EXPECT_EQ(compared.lines[0].first, 0.08);
    EXPECT_EQ(compared.lines[0].second, 0.075);
    EXPECT_FALSE(compared.lines[1].second) << "r2 was measured for the first only";
    EXPECT_FALSE(compared.lines[2].first);
    EXPECT_THAT(compared.parameters_that_differ, ElementsAre(Pair("depth", Pair("8", "6")), Pair("subsample", Pair("", "0.8"))));
}

}  // namespace
}  // namespace quoin
