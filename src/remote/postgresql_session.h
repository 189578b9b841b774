#pragma once

#include <chrono>

#include "remote/postgresql.h"
#include "remote/retry.h"

struct pg_conn;
struct pg_result;

namespace quoin {

/// The conversation of a Postgresql with its server: one statement at a time, each wait with a deadline. Not thread-safe.
class PostgresqlSession {
public:
    PostgresqlSession(Postgresql::Options options, std::string where);

    Result<PostgresqlRows> run(std::string_view sql, std::span<const PostgresqlValue> parameters);
    Result<std::size_t> copy_in(std::string_view target, const std::function<Result<bool>(Postgresql::Row&)>& next);
    Status copy_out(std::string_view source, const std::function<Status(const Postgresql::Row&)>& visit);

    const std::string& where() const { return where_; }
    tl::unexpected<Error> failure(ErrorKind kind, std::string_view why) const;
    void enter_transaction() { in_transaction_ = true; }
    void leave_transaction() { in_transaction_ = lost_in_transaction_ = false; }
    /// The connection broke since enter_transaction(): the server has undone it.
    bool lost_transaction() const { return lost_in_transaction_; }
    /// A statement of the transaction failed: COMMIT would do nothing and not say so.
    bool is_transaction_failed() const;

private:
    using Deadline = std::chrono::steady_clock::time_point;
    struct ConnectionCloser {
        void operator()(pg_conn* connection) const;
    };
    struct AnswerCloser {
        void operator()(pg_result* answer) const;
    };
    using Answer = std::unique_ptr<pg_result, AnswerCloser>;

    tl::unexpected<Error> broken(std::string_view why);
    tl::unexpected<Error> broken_by_libpq();
    tl::unexpected<Error> refusal(const pg_result* answer) const;
    Status wait(short events, Deadline deadline);
    bool is_fresh();
    Status connect();
    Status open_connection();
    Status flush(Deadline deadline);
    Result<Answer> next_answer(Deadline deadline);
    void cancel();
    Status finish(Deadline deadline);
    Status send(std::string_view sql, std::span<const PostgresqlValue> parameters, Deadline deadline);
    Status start_copy(const std::string& sql, int wanted);
    Status put_chunk(std::string& chunk);

    Postgresql::Options options_;
    std::string where_;
    std::unique_ptr<pg_conn, ConnectionCloser> connection_;
    Backoff pauses_;
    Deadline next_attempt_{};
    Error last_failure_;
    bool in_transaction_ = false, lost_in_transaction_ = false;
};

}  // namespace quoin
