#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/rng.h"

namespace quoin {
namespace {

using testing::HasSubstr;

class DatabaseFile : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-database-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        file = folder / "metadata.db";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder, file;
};

std::int64_t single(Database& database, std::string_view sql) {
    auto rows = database.query(sql);
    return rows && rows->size() == 1 ? rows->front().integer(0) : -1;
}

TEST(Database, ValuesComeBackAsTheyWentIn) {
    auto database = *Database::in_memory();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a, b, c, d)"));
    std::string text("quote ' and \0 zero; -- Zürich", 30);
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", {nullptr, std::int64_t{-9223372036854775807LL - 1}, 0.1, text}));
    auto row = database.query("SELECT * FROM t")->front();
    EXPECT_TRUE(row.is_null(0));
    EXPECT_EQ(row.integer(0), 0);
    EXPECT_EQ(row.text(0), "");
    EXPECT_EQ(row.integer(1), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(row.real(2), 0.1);
    EXPECT_EQ(row.text(3), text);
}

// Oracle: SQLite's own CAST in the same query.
TEST(Database, WrongKindsAreConvertedAsSqliteDoes) {
    auto database = *Database::in_memory();
    for (SqlValue value : {SqlValue(std::int64_t{42}), SqlValue(2.0), SqlValue(-2.9), SqlValue(1e300), SqlValue(-1e300),
                           SqlValue(std::string("12abc")), SqlValue(std::string("")), SqlValue(std::string(" 7 "))}) {
        auto row = database.query("SELECT ?1, CAST(?1 AS INTEGER), CAST(?1 AS REAL), CAST(?1 AS TEXT)", {value})->front();
        EXPECT_EQ(row.integer(0), std::get<std::int64_t>(row.values[1]));
        EXPECT_EQ(row.real(0), std::get<double>(row.values[2]));
        if (!std::holds_alternative<double>(value) || std::abs(row.real(0)) < 1e15) {
            EXPECT_EQ(row.text(0), std::get<std::string>(row.values[3]));
        }
    }
}

TEST(Database, ErrorsByKind) {
    auto database = *Database::in_memory();
    ASSERT_TRUE(database.execute("CREATE TABLE owner (id INTEGER PRIMARY KEY)"));
    ASSERT_TRUE(database.execute("CREATE TABLE house (id TEXT UNIQUE, owner INTEGER REFERENCES owner(id))"));
    ASSERT_TRUE(database.execute("INSERT INTO house VALUES ('a', NULL)"));
    EXPECT_EQ(database.execute("INSERT INTO house VALUES ('a', NULL)").error().kind, ErrorKind::conflict);
    EXPECT_EQ(database.execute("INSERT INTO house VALUES ('b', 7)").error().kind, ErrorKind::conflict) << "foreign keys are on";
    EXPECT_EQ(database.execute("SELEC 1").error().kind, ErrorKind::internal);
    EXPECT_EQ(database.execute("").error().kind, ErrorKind::internal);
    EXPECT_EQ(database.execute("SELECT 1; DROP TABLE house").error().kind, ErrorKind::internal) << "one statement at a time";
    EXPECT_EQ(database.query("SELECT ?1", {}).error().kind, ErrorKind::internal);
    EXPECT_EQ(database.query("SELECT 1", {std::int64_t{1}}).error().kind, ErrorKind::internal);
    EXPECT_TRUE(database.query("SELECT 1 ; \n"));
    EXPECT_EQ(Database::open("/no/such/folder/x.db").error().kind, ErrorKind::unavailable);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(database.query(fmt::format("SELECT {}", i))) << "more than the statement cache holds";
}

TEST_F(DatabaseFile, IsNoDatabase) {
    std::ofstream(file) << std::string(5'000, 'x');
    EXPECT_EQ(Database::open(file).error().kind, ErrorKind::corrupt);
}

TEST_F(DatabaseFile, SurvivesCrashesByItsSettings) {
    auto database = *Database::open(file);
    EXPECT_EQ(database.query("PRAGMA journal_mode")->front().text(0), "wal");
    EXPECT_EQ(single(database, "PRAGMA synchronous"), 2) << "FULL";
    EXPECT_EQ(single(database, "PRAGMA foreign_keys"), 1);
}

TEST(Database, TransactionsAreAllOrNothing) {
    auto database = *Database::in_memory();
    ASSERT_TRUE(database.execute("CREATE TABLE t (x UNIQUE)"));
    auto insert = [&](std::int64_t x) { return database.execute("INSERT INTO t VALUES (?1)", {x}); };
    EXPECT_TRUE(database.transaction([&] { return insert(1); }));
    auto refused = database.transaction([&]() -> Status {
        TRY_VOID(insert(2));
        return insert(1);
    });
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    auto thrown = database.transaction([&]() -> Status {
        (void)insert(3);
        throw std::runtime_error("out of luck");
    });
    EXPECT_EQ(thrown.error().kind, ErrorKind::internal);
    EXPECT_THAT(thrown.error().message, HasSubstr("out of luck"));
    EXPECT_EQ(database.transaction([&]() -> Status { throw 7; }).error().kind, ErrorKind::internal);
    auto nested = database.transaction([&] { return database.transaction([] { return Status{}; }); });
    EXPECT_EQ(nested.error().kind, ErrorKind::internal);
    EXPECT_EQ(database.transaction([&] { return database.execute("COMMIT"); }).error().kind, ErrorKind::internal);
    EXPECT_EQ(single(database, "SELECT count(*) FROM t"), 1);
    EXPECT_TRUE(database.transaction([&] { return insert(4); })) << "and afterwards they work again";
}

TEST_F(DatabaseFile, MigrationsRunOnceAndAreNeverEdited) {
    std::vector<Migration> migrations = {{"001_house", "CREATE TABLE house (id TEXT); CREATE TABLE sale (price REAL);"}};
    {
        auto database = *Database::open(file);
        ASSERT_TRUE(database.migrate(migrations));
        ASSERT_TRUE(database.migrate(migrations));
    }
    auto database = *Database::open(file);
    migrations.push_back({"002_seed", "INSERT INTO house VALUES ('a')"});
    ASSERT_TRUE(database.migrate(migrations));
    ASSERT_TRUE(database.migrate(migrations));
    EXPECT_EQ(single(database, "SELECT count(*) FROM house"), 1);
    auto edited = migrations;
    edited[0].sql += " ";
    EXPECT_EQ(database.migrate(edited).error().kind, ErrorKind::corrupt);
    EXPECT_THAT(database.migrate(edited).error().message, HasSubstr("001_house"));
    migrations.push_back({"003_broken", "CREATE TABLE half (x); CREATE TABLE house (x)"});
    EXPECT_FALSE(database.migrate(migrations));
    EXPECT_EQ(single(database, "SELECT count(*) FROM sqlite_master WHERE name = 'half'"), 0) << "a migration is one transaction";
    EXPECT_EQ(single(database, "SELECT count(*) FROM migrations"), 2);
}

TEST_F(DatabaseFile, TwoHandlesManyThreads) {
    auto first = *Database::open(file), second = *Database::open(file);
    ASSERT_TRUE(first.execute("CREATE TABLE account (name TEXT, amount INTEGER)"));
    ASSERT_TRUE(first.execute("INSERT INTO account VALUES ('a', 1000), ('b', 0)"));
    std::atomic<int> failures = 0;
    auto move_money = [&](Database& database) {
        for (int i = 0; i < 50; ++i) {
            auto moved = database.transaction([&]() -> Status {
                TRY(rows, database.query("SELECT amount FROM account WHERE name = 'a'"));
                TRY_VOID(database.execute("UPDATE account SET amount = ?1 WHERE name = 'a'", {rows.front().integer(0) - 1}));
                return database.execute("UPDATE account SET amount = amount + 1 WHERE name = 'b'");
            });
            if (!moved || single(database, "SELECT sum(amount) FROM account") != 1000) ++failures;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { move_money(i % 2 == 0 ? first : second); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(single(second, "SELECT amount FROM account WHERE name = 'b'"), 200);
}

TEST_F(DatabaseFile, ManyProcessesMayOpenANewFileAtOnce) {
    std::vector<pid_t> children;
    for (int child = 0; child < 8; ++child) {
        auto process = fork();
        if (process == 0) {
            std::vector<Migration> migrations = {{"001", "CREATE TABLE t (x)"}, {"002", "INSERT INTO t VALUES (1)"}};
            auto database = Database::open(file);
            bool fine = database && database->migrate(migrations);
            for (int i = 0; fine && i < 5; ++i) fine = database->execute("INSERT INTO t VALUES (2)").has_value();
            _exit(fine ? 0 : 1);
        }
        children.push_back(process);
    }
    for (auto child : children) {
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    auto database = *Database::open(file);
    EXPECT_EQ(single(database, "SELECT count(*) FROM t"), 1 + 8 * 5);
}

// A child commits numbered pairs without pause, tells each committed number through a pipe, and is killed fifty times at a random instant
// after the first. Nothing that it told may be missing, and no pair may be half there.
TEST_F(DatabaseFile, AKillLosesNothingCommitted) {
    Rng rng(22);
    std::int64_t next = 0, told = -1;
    ASSERT_TRUE(Database::open(file)->execute("CREATE TABLE pair (step INTEGER, half TEXT)"));
    for (int i = 0; i < 50; ++i) {
        int channel[2];
        ASSERT_EQ(pipe(channel), 0);
        auto start = std::chrono::steady_clock::now();
        auto child = fork();
        if (child == 0) {
            auto database = *Database::open(file);
            for (auto step = next;; ++step) {
                auto committed = database.transaction([&]() -> Status {
                    TRY_VOID(database.execute("INSERT INTO pair VALUES (?1, 'left')", {step}));
                    return database.execute("INSERT INTO pair VALUES (?1, 'right')", {step});
                });
                if (!committed || write(channel[1], &step, sizeof step) != sizeof step) _exit(1);
            }
        }
        close(channel[1]);
        ASSERT_EQ(read(channel[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
        std::this_thread::sleep_for((std::chrono::steady_clock::now() - start) * rng.uniform());
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        for (std::int64_t step; read(channel[0], &step, sizeof step) == sizeof step;) told = step;
        close(channel[0]);
        auto database = *Database::open(file);
        auto last = single(database, "SELECT coalesce(max(step), -1) FROM pair");
        ASSERT_GE(last, told) << "a committed step is lost";
        ASSERT_EQ(single(database, "SELECT count(*) FROM pair"), 2 * (last + 1)) << "a half or missing pair";
        next = last + 1;
    }
    EXPECT_GE(told, 49) << "every child committed at least once";
    auto database = *Database::open(file);
    EXPECT_EQ(database.query("PRAGMA integrity_check")->front().text(0), "ok");
}

}  // namespace
}  // namespace quoin
