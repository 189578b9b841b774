#include "registry/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/digest.h"
#include "registry/registry_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

const Change change{"ann", "review"};

class LedgerTest : public testing::Test {
protected:
    LedgerTest() : clock(from_civil(2026, 3, 2)), open(OpenRegistry::in(folder.path, clock)) {
        for (int i = 0; i < 3; ++i) {
            ModelVersion version;
            version.model = "value";
            version.artifact = open.blobs->put(bytes_of("model " + std::to_string(i))).value();
            version.metrics = {{"mdape", 0.08}};
            version.gates = {{"mdape < 0.1", 0.08, 0.1, i != 2, "MdAPE 0.08 is below 0.1"}};
            std::int64_t number = open.registry.register_version(version, change).value().number;
            EXPECT_EQ(open.registry.promote("value", number, change).has_value(), i != 2);
        }
        EXPECT_TRUE(open.registry.set_alias("value", "shadow", 3, change));
    }

    /// What somebody with the file and a SQL shell could do: triggers first out of the way, then anything.
    void tamper(const std::string& sql) {
        Database intruder = Database::open(folder.path / "registry.db").value();
        for (const char* trigger : {"ledger_no_update", "ledger_no_delete", "ledger_in_sequence"})
            ASSERT_TRUE(intruder.execute(fmt::format("DROP TRIGGER {}", trigger)));
        ASSERT_TRUE(intruder.execute("PRAGMA foreign_keys = OFF"));
        ASSERT_TRUE(intruder.execute(sql)) << sql;
    }
    std::string verdict() {
        auto verified = open.registry.verify_ledger();
        if (verified) return "";
        EXPECT_EQ(verified.error().kind, ErrorKind::corrupt);
        return verified.error().message;
    }

    ScratchFolder folder;
    ManualClock clock;
    OpenRegistry open;
};

TEST_F(LedgerTest, IsAppendOnlyInTheDatabaseItself) {
    EXPECT_EQ(verdict(), "");
    EXPECT_FALSE(open.database->execute("UPDATE ledger SET reason = 'other' WHERE sequence = 2"));
    EXPECT_FALSE(open.database->execute("DELETE FROM ledger WHERE sequence = 2"));
    EXPECT_FALSE(open.database->execute("DELETE FROM ledger"));
    EXPECT_FALSE(
        open.database->execute("INSERT OR REPLACE INTO ledger SELECT sequence, at, model, action, version, 'eve', reason, detail, hash "
                               "FROM ledger WHERE sequence = 2"));
    EXPECT_FALSE(open.database->execute(
        "INSERT INTO ledger SELECT sequence + 100, at, model, action, version, actor, reason, detail, hash FROM ledger "
        "WHERE sequence = 2"));
    EXPECT_EQ(verdict(), "");
}

TEST_F(LedgerTest, AnEditedLineIsFoundWhateverTheField) {
    for (const char* field : {"at = at + 1", "model = 'other'", "action = 'rollback'", "version = version + 1", "actor = 'eve'",
                              "reason = ''", "detail = '{}'", "hash = replace(hash, substr(hash, 1, 1), 'x')"}) {
        SCOPED_TRACE(field);
        ScratchFolder copy;
        std::filesystem::remove(copy.path);
        ASSERT_TRUE(open.database->query("PRAGMA wal_checkpoint(TRUNCATE)"));
        std::filesystem::copy(folder.path, copy.path, std::filesystem::copy_options::recursive);
        OpenRegistry tampered = OpenRegistry::in(copy.path, clock);
        ASSERT_TRUE(tampered.database->execute("DROP TRIGGER ledger_no_update"));
        ASSERT_TRUE(tampered.database->execute(fmt::format("UPDATE ledger SET {} WHERE sequence = 4", field)));
        auto verified = tampered.registry.verify_ledger();
        ASSERT_FALSE(verified);
        EXPECT_EQ(verified.error().kind, ErrorKind::corrupt);
        EXPECT_THAT(verified.error().message, HasSubstr("line 4"));
    }
}

TEST_F(LedgerTest, ARemovedLineIsFound) {
    tamper("DELETE FROM ledger WHERE sequence = 6");
    EXPECT_THAT(verdict(), HasSubstr("line 6 is missing"));
}

TEST_F(LedgerTest, ACutOffEndIsFoundThroughTheTables) {
    tamper("DELETE FROM ledger WHERE sequence >= 5");
    EXPECT_THAT(verdict(), HasSubstr("v3 of 'value' has no line in the ledger"));
}

TEST_F(LedgerTest, ACutOffLastLineIsFoundThroughTheAliases) {
    tamper("DELETE FROM ledger WHERE sequence = 7");
    EXPECT_THAT(verdict(), HasSubstr("alias 'shadow'"));
}

TEST_F(LedgerTest, ALineWithARecomputedHashBreaksTheNext) {
    auto lines = open.registry.ledger("value").value();
    LedgerLine forged = lines[2];
    forged.actor = "eve";
    tamper(fmt::format("UPDATE ledger SET actor = 'eve', hash = '{}' WHERE sequence = 3", line_hash(lines[1].hash, forged)));
    EXPECT_THAT(verdict(), HasSubstr("line 4 was changed"));
}

TEST_F(LedgerTest, TablesEditedWithoutTheLedgerAreFound) {
    struct Case {
        const char *edit, *undo, *found;
    };
    tamper("SELECT 1");
    Database intruder = Database::open(folder.path / "registry.db").value();
    for (const Case& c :
         {Case{"UPDATE version_gates SET passed = 1 WHERE number = 3", "UPDATE version_gates SET passed = 0 WHERE number = 3",
               "v3 of 'value' was changed"},
          Case{"UPDATE version_metrics SET value = 0.01 WHERE number = 1", "UPDATE version_metrics SET value = 0.08 WHERE number = 1",
               "v1 of 'value'"},
          Case{"UPDATE versions SET stage = 'Archived' WHERE number = 2", "UPDATE versions SET stage = 'Production' WHERE number = 2",
               "the ledger says Production, the table Archived"},
          Case{"UPDATE versions SET card_html = 'x' WHERE number = 2", "UPDATE versions SET card_html = '' WHERE number = 2", "model card"},
          Case{"UPDATE aliases SET number = 1 WHERE alias = 'champion'", "UPDATE aliases SET number = 2 WHERE alias = 'champion'",
               "alias 'champion'"}}) {
        ASSERT_TRUE(intruder.execute(c.edit)) << c.edit;
        EXPECT_THAT(verdict(), HasSubstr(c.found));
        ASSERT_TRUE(intruder.execute(c.undo));
        EXPECT_EQ(verdict(), "");
    }
}

TEST(Ledger, TwoInProductionCannotBeStored) {
    ScratchFolder folder;
    ManualClock clock(from_civil(2026, 3, 2));
    OpenRegistry open = OpenRegistry::in(folder.path, clock);
    for (int i : {1, 2}) {
        ModelVersion version;
        version.model = "value";
        version.artifact = open.blobs->put(bytes_of(std::to_string(i))).value();
        ASSERT_TRUE(open.registry.register_version(version, change));
    }
    EXPECT_EQ(open.database->execute("UPDATE versions SET stage = 'Production'").error().kind, ErrorKind::conflict);
}

/// The page is read as text: what it shows must be what the program writes, and its hashes what SHA-256 gives for the bytes that it shows.
TEST(Ledger, WorkedExampleOfTheFormatPageHolds) {
    std::ifstream file(QUOIN_SOURCE_DIR "/docs/formats/ledger.md", std::ios::binary);
    std::string page{std::istreambuf_iterator<char>(file), {}};
    ASSERT_FALSE(page.empty());
    EventTime time = parse_time("2026-03-02T08:15:00Z").value();
    std::vector<LedgerLine> lines{
        {1, time, "value", "register", 1, "quoin train", "weekly training",
         R"({"artifact":"9f86d0","run":"","source":"2c26b4","metrics":{"mdape":0.0812},"gates":[]})", ""},
        {2, EventTime{time.value() + 90'000'000}, "value", "promote", 1, "ann", "review:\n\"fine\"", R"({"previous":null})", ""}};
    std::string previous = ledger_origin();
    for (LedgerLine& line : lines) {
        EXPECT_THAT(page, HasSubstr("\n" + canonical_text(line) + "\n"));
        line.hash = line_hash(previous, line);
        EXPECT_EQ(line.hash, sha256_hex(previous + "\n" + canonical_text(line)));
        EXPECT_THAT(page, HasSubstr("\n" + line.hash + "\n"));
        previous = line.hash;
    }
    EXPECT_TRUE(check_chain(lines));
}

}  // namespace
}  // namespace quoin
