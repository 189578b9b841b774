#include "remote/postgresql.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/rng.h"
#include "remote/postgresql_fixture.h"

namespace quoin {
namespace {

class PostgresqlClient : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!PostgresqlServer::is_available()) return;
        server_ = std::make_unique<PostgresqlServer>();
        if (!server_->make() || !server_->start()) server_.reset();
    }
    static void TearDownTestSuite() {
        if (server_) server_->end();
        server_.reset();
    }
    void SetUp() override {
        if (!PostgresqlServer::is_available()) GTEST_SKIP() << "PostgreSQL is not installed";
        ASSERT_NE(server_, nullptr) << "PostgreSQL did not start";
    }
    Postgresql client(Postgresql::Options options = {}) {
        options.connection = server_->connection();
        return std::move(*Postgresql::make(std::move(options)));
    }
    static std::string kind(const Result<PostgresqlRows>& rows) { return rows ? "answered" : name_of(rows.error().kind); }
    static std::unique_ptr<PostgresqlServer> server_;
};
std::unique_ptr<PostgresqlServer> PostgresqlClient::server_;

TEST_F(PostgresqlClient, ParametersAreValuesWhateverIsInThem) {
    auto db = client();
    ASSERT_TRUE(db.run("CREATE TABLE values_kept (id INTEGER PRIMARY KEY, t TEXT, b BYTEA)"));
    std::string hostile = "'; DROP TABLE values_kept; --\n\t\\ $1 ä";
    std::string bytes("\0\x01\xff\\", 4);
    auto inserted = db.run("INSERT INTO values_kept VALUES ($1, $2, $3), (2, NULL, '')", {"1", hostile, bytea_text(bytes)});
    ASSERT_TRUE(inserted) << inserted.error().message;
    EXPECT_EQ(inserted->affected, 2u);
    auto rows = db.run("SELECT t, b, id FROM values_kept ORDER BY id");
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->columns, (std::vector<std::string>{"t", "b", "id"}));
    ASSERT_EQ(rows->rows.size(), 2u);
    EXPECT_EQ(rows->rows[0][0], hostile);
    EXPECT_EQ(*bytea_bytes(*rows->rows[0][1]), bytes);
    EXPECT_EQ(rows->rows[1][0], std::nullopt);
    EXPECT_EQ(rows->rows[1][1], "\\x");
    EXPECT_EQ(kind(db.run("INSERT INTO values_kept VALUES (1)")), "conflict");
    EXPECT_EQ(kind(db.run("SELECT * FROM no_such_table")), "not-found");
    EXPECT_EQ(kind(db.run("SELEC 1")), "invalid");
    EXPECT_EQ(kind(db.run("SELECT 1; SELECT 2")), "invalid") << "one statement at a time";
    EXPECT_EQ(kind(db.run("SELECT $1", {std::string("a\0b", 3)})), "invalid");
    EXPECT_EQ(kind(db.run("COPY values_kept TO STDOUT")), "unavailable");
    EXPECT_EQ(kind(db.run("SELECT 1")), "answered") << "errors leave nothing behind";
    EXPECT_EQ(kind(client({.answer_bytes_max = 100'000}).run("SELECT repeat('x', 1000) FROM generate_series(1, 1000)")), "too-large");
}

TEST_F(PostgresqlClient, CopyBringsBackEveryByte) {
    auto db = client();
    ASSERT_TRUE(db.run("CREATE TABLE copied (id INTEGER, t TEXT)"));
    Rng rng(3);
    std::vector<PostgresqlValue> texts;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto length = rng.below(60); length > 0; --length) text += static_cast<char>(1 + rng.below(127));
        texts.push_back(i % 100 == 0 ? PostgresqlValue() : PostgresqlValue(text));
    }
    std::size_t next = 0;
    auto taken = db.copy_in("copied (id, t)", [&](Postgresql::Row& row) -> Result<bool> {
        if (next == texts.size()) return false;
        row = {std::to_string(next), texts[next]};
        ++next;
        return true;
    });
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(*taken, texts.size());
    std::size_t seen = 0;
    auto out = db.copy_out("(SELECT id, t FROM copied ORDER BY id)", [&](const Postgresql::Row& row) -> Status {
        EXPECT_EQ(row.at(0), std::to_string(seen));
        EXPECT_EQ(row.at(1), texts[seen]) << seen;
        ++seen;
        return {};
    });
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(seen, texts.size());
    // Both ends may stop it; nothing stays, and the connection goes on.
    auto stopped = db.copy_in("copied", [](Postgresql::Row&) -> Result<bool> { return fail(ErrorKind::too_large, "enough"); });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().message, "enough");
    auto wrong = db.copy_in("copied", [n = 0](Postgresql::Row& row) mutable -> Result<bool> {
        row = {"no number", "x"};
        return n++ < 100'000;
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, ErrorKind::invalid) << wrong.error().message;
    auto ended = db.copy_out("copied", [](const Postgresql::Row&) -> Status { return fail(ErrorKind::conflict, "stop"); });
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().message, "stop");
    EXPECT_EQ(db.run("SELECT count(*) FROM copied")->rows[0][0], "20000");
    EXPECT_FALSE(db.copy_out("no_such_table", [](const Postgresql::Row&) -> Status { return {}; }));
}

TEST_F(PostgresqlClient, TransactionsAreWholeOrNothing) {
    auto db = client();
    ASSERT_TRUE(db.run("CREATE TABLE counted (n INTEGER)"));
    auto count = [&] { return *db.run("SELECT count(*) FROM counted")->rows[0][0]; };
    auto insert = [&]() -> Status { return db.run("INSERT INTO counted VALUES (1)").map([](auto&&) {}); };
    EXPECT_TRUE(db.transaction([&]() -> Status {
        TRY_VOID(insert());
        return insert();
    }));
    EXPECT_EQ(count(), "2");
    EXPECT_FALSE(db.transaction([&]() -> Status {
        TRY_VOID(insert());
        return fail(ErrorKind::conflict, "no");
    }));
    EXPECT_FALSE(db.transaction([&]() -> Status {
        TRY_VOID(insert());
        throw std::runtime_error("on purpose");
    }));
    auto passed_over = db.transaction([&]() -> Status {
        TRY_VOID(insert());
        EXPECT_FALSE(db.run("SELECT * FROM no_such_table"));
        return {};
    });
    ASSERT_FALSE(passed_over) << "COMMIT of a failed transaction does nothing and must not look like success";
    EXPECT_EQ(count(), "2");
    // The server ends our connection in the middle: nothing of it stays, and the next call connects anew.
    auto lost = db.transaction([&]() -> Status {
        TRY_VOID(insert());
        auto pid = *db.run("SELECT pg_backend_pid()")->rows[0][0];
        EXPECT_TRUE(client().run("SELECT pg_terminate_backend($1::int)", {pid}));
        EXPECT_FALSE(insert());
        return insert();
    });
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, ErrorKind::unavailable);
    EXPECT_NE(lost.error().message.find("within the transaction"), std::string::npos) << lost.error().message;
    EXPECT_EQ(count(), "2");
}

TEST_F(PostgresqlClient, AnswersManyThreadsEachItsOwn) {
    auto db = client();
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 100; ++i) {
                auto text = fmt::format("{}/{}", thread, i);
                auto rows = db.run("SELECT $1", {text});
                if (!rows || rows->rows.at(0).at(0) != text) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_F(PostgresqlClient, TimesOutAndComesBackWithTheServer) {
    auto db = client({.timeout = Duration{300'000}, .pause_max = Duration{20'000}});
    auto slow = db.run("SELECT pg_sleep(30)");
    ASSERT_FALSE(slow);
    EXPECT_NE(slow.error().message.find("no answer within 300ms"), std::string::npos) << slow.error().message;
    auto running = db.run(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid() AND state = 'active'");
    ASSERT_TRUE(running) << running.error().message;
    EXPECT_EQ(running->rows[0][0], "0") << "the statement goes on at the server";
    server_->end();
    auto away = db.run("SELECT 1");
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().kind, ErrorKind::unavailable) << away.error().message;
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(db.run("SELECT 1"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    ASSERT_TRUE(server_->start());
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(kind(db.run("SELECT 1")), "answered");
}

TEST(PostgresqlConnection, TextsAreCheckedAndSecretsStayOut) {
    auto good = Postgresql::make({.connection = "postgresql://bob:hush@db.example.com:6432/lake?sslmode=verify-full"});
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->where(), "db.example.com:6432/lake");
    auto bad = Postgresql::make({.connection = "host=db password='hush sslmode"});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::invalid);
    EXPECT_EQ(bad.error().message.find("hush"), std::string::npos);
    EXPECT_FALSE(bytea_bytes("x00"));
    EXPECT_FALSE(bytea_bytes("\\x0"));
    EXPECT_FALSE(bytea_bytes("\\x0g"));
    std::vector<PostgresqlValue> row;
    EXPECT_FALSE(parse_copy_row("no end", row));
    EXPECT_FALSE(parse_copy_row("odd\\\n", row));
    EXPECT_FALSE(parse_copy_row("\\q\n", row));
}

}  // namespace
}  // namespace quoin
