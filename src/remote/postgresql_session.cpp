#include "remote/postgresql_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.h"
#include "base/digest.h"
#include "remote/redaction.h"

namespace quoin {
namespace {

constexpr auto cancel_wait = Duration::seconds(5);  ///< for the server to obey a cancel request

std::chrono::steady_clock::time_point after(Duration length) {
    return std::chrono::steady_clock::now() + std::chrono::microseconds(length.value());
}

/// libpq's sentence on one line, without its "ERROR:  ".
std::string one_line(const char* text) {
    std::string line = text == nullptr ? "" : without_secrets(text);
    if (line.starts_with("ERROR:  ") || line.starts_with("FATAL:  ")) line.erase(0, 8);
    line = line.substr(0, line.find('\n'));
    return line.empty() ? "the connection was closed" : line.substr(0, 300);
}

ErrorKind kind_of(std::string_view sqlstate) {
    auto group = sqlstate.substr(0, 2);
    if (group == "23") return ErrorKind::conflict;
    if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3D000" || sqlstate == "3F000") return ErrorKind::not_found;
    constexpr std::array away = {"08", "40", "53", "55", "57", "58", "28", "F0", "XX", ""};
    return std::ranges::find(away, group) != away.end() ? ErrorKind::unavailable : ErrorKind::invalid;
}

PostgresqlRows rows_of(const PGresult* answer) {
    PostgresqlRows made;
    int columns = PQnfields(answer), rows = PQntuples(answer);
    for (int j = 0; j < columns; ++j) made.columns.emplace_back(PQfname(answer, j));
    made.rows.resize(static_cast<std::size_t>(rows));
    for (int i = 0; i < rows; ++i) {
        auto& row = made.rows[static_cast<std::size_t>(i)];
        row.resize(static_cast<std::size_t>(columns));
        for (int j = 0; j < columns; ++j)
            if (PQgetisnull(answer, i, j) == 0)
                row[static_cast<std::size_t>(j)].emplace(PQgetvalue(answer, i, j), static_cast<std::size_t>(PQgetlength(answer, i, j)));
    }
    made.affected = std::strtoull(PQcmdTuples(const_cast<PGresult*>(answer)), nullptr, 10);
    return made;
}

}  // namespace

void PostgresqlSession::ConnectionCloser::operator()(pg_conn* connection) const { PQfinish(connection); }
void PostgresqlSession::AnswerCloser::operator()(pg_result* answer) const { PQclear(answer); }

PostgresqlSession::PostgresqlSession(Postgresql::Options options, std::string where)
    : options_(std::move(options)), where_(std::move(where)),
      pauses_({.attempts_max = 0, .delay_first = Duration{50'000}, .delay_max = options_.pause_max, .total_max = Duration{0}},
              system_clock(), Rng(std::hash<std::string>{}(random_hex_id()))) {}

bool PostgresqlSession::is_transaction_failed() const {
    return connection_ != nullptr && PQtransactionStatus(connection_.get()) == PQTRANS_INERROR;
}

tl::unexpected<Error> PostgresqlSession::failure(ErrorKind kind, std::string_view why) const {
    return fail(kind, "PostgreSQL at {}: {}", where_, why);
}

/// The connection can no longer be used.
tl::unexpected<Error> PostgresqlSession::broken(std::string_view why) {
    connection_.reset();
    lost_in_transaction_ |= in_transaction_;
    return failure(ErrorKind::unavailable, why);
}

tl::unexpected<Error> PostgresqlSession::broken_by_libpq() { return broken(one_line(PQerrorMessage(connection_.get()))); }

Status PostgresqlSession::wait(short events, Deadline deadline) {
    for (;;) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return failure(ErrorKind::unavailable, "no answer in time");
        pollfd waiting{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
        int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 3'600'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return failure(ErrorKind::unavailable, "the connection cannot be waited for");
    }
}

/// True while the server has said nothing since the last answer, so that the connection may be used again.
bool PostgresqlSession::is_fresh() {
    pollfd waiting{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 0) == 0) return true;
    return PQconsumeInput(connection_.get()) == 1 && PQstatus(connection_.get()) == CONNECTION_OK;
}

Status PostgresqlSession::connect() {
    if (lost_in_transaction_) return failure(ErrorKind::unavailable, "the connection was lost within the transaction");
    if (connection_ && PQstatus(connection_.get()) == CONNECTION_OK && (in_transaction_ || is_fresh())) return {};
    if (std::chrono::steady_clock::now() < next_attempt_) return tl::unexpected(last_failure_);
    auto outcome = open_connection();
    if (outcome) {
        pauses_.reset();
        return {};
    }
    last_failure_ = outcome.error();
    next_attempt_ = after(pauses_.next().value_or(options_.pause_max));
    return outcome;
}

Status PostgresqlSession::open_connection() {
    const std::array keys = {"dbname", "fallback_application_name", "client_encoding", static_cast<const char*>(nullptr)};
    const std::array values = {options_.connection.c_str(), "quoin", "UTF8", static_cast<const char*>(nullptr)};
    connection_.reset(PQconnectStartParams(keys.data(), values.data(), 1));
    if (!connection_) return failure(ErrorKind::unavailable, "libpq has no memory for a connection");
    auto deadline = after(options_.connect_timeout);
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_.get())) {
        if (PQstatus(connection_.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) return broken_by_libpq();
        auto ready = wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
        if (!ready) return connection_.reset(), ready;
    }
    PQsetnonblocking(connection_.get(), 1);
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const PGresult*) {}, nullptr);
    return {};
}

Status PostgresqlSession::flush(Deadline deadline) {
    for (;;) {
        int left = PQflush(connection_.get());
        if (left == 0) return {};
        if (left < 0) return broken_by_libpq();
        auto ready = wait(POLLOUT | POLLIN, deadline);  // the server may want to be heard before it reads on
        if (!ready) return broken(ready.error().message);
        if (PQconsumeInput(connection_.get()) == 0) return broken_by_libpq();
    }
}

/// The next answer; nullptr after the last. A time-out cancels the statement and gives the connection up.
Result<PostgresqlSession::Answer> PostgresqlSession::next_answer(Deadline deadline) {
    while (PQisBusy(connection_.get()) == 1) {
        if (!wait(POLLIN, deadline)) {
            cancel();
            return broken(fmt::format("no answer within {}; the statement was cancelled", to_text(options_.timeout)));
        }
        if (PQconsumeInput(connection_.get()) == 0) return broken_by_libpq();
    }
    return Answer(PQgetResult(connection_.get()));
}

void PostgresqlSession::cancel() {
    std::unique_ptr<PGcancel, void (*)(PGcancel*)> request(PQgetCancel(connection_.get()), PQfreeCancel);
    std::array<char, 256> reason;
    if (!request || PQcancel(request.get(), reason.data(), static_cast<int>(reason.size())) == 0) return;
    (void)wait(POLLIN, after(cancel_wait));  // closing too early would leave the statement running
}

/// Takes what is left of the last statement's answers, so that the next one starts afresh. Returns the first error among them.
Status PostgresqlSession::finish(Deadline deadline) {
    Status outcome;
    for (;;) {
        TRY(answer, next_answer(deadline));
        if (!answer) return outcome;
        auto status = PQresultStatus(answer.get());
        if (outcome && status == PGRES_FATAL_ERROR) outcome = refusal(answer.get());
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            return broken("a COPY that nobody asked for");  // only hostile SQL gets here
    }
}

tl::unexpected<Error> PostgresqlSession::refusal(const pg_result* answer) const {
    const char* code = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    std::string sqlstate = code == nullptr ? "" : code;
    const char* text = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    auto line = one_line(text == nullptr ? PQresultErrorMessage(answer) : text);
    return failure(kind_of(sqlstate), sqlstate.empty() ? line : fmt::format("{} ({})", line, sqlstate));
}

Status PostgresqlSession::send(std::string_view sql, std::span<const PostgresqlValue> parameters, Deadline deadline) {
    TRY_VOID(connect());
    if (sql.find('\0') != std::string_view::npos) return failure(ErrorKind::invalid, "a statement holds a zero byte");
    std::vector<const char*> values;
    for (const auto& parameter : parameters) {
        if (parameter && parameter->find('\0') != std::string::npos)
            return failure(ErrorKind::invalid, "a text parameter holds a zero byte; write bytes with bytea_text");
        values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    if (PQsendQueryParams(connection_.get(), std::string(sql).c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                          nullptr, 0) == 0)
        return broken_by_libpq();
    return flush(deadline);
}

Result<PostgresqlRows> PostgresqlSession::run(std::string_view sql, std::span<const PostgresqlValue> parameters) {
    auto deadline = after(options_.timeout);
    TRY_VOID(send(sql, parameters, deadline));
    PQsetSingleRowMode(connection_.get());
    PostgresqlRows made;
    std::size_t bytes = 0;
    Status outcome;
    for (;;) {
        TRY(answer, next_answer(deadline));
        if (!answer) break;
        auto status = PQresultStatus(answer.get());
        bytes += PQresultMemorySize(answer.get());
        if (bytes > options_.answer_bytes_max) {
            cancel();
            (void)broken("");
            return failure(ErrorKind::too_large, fmt::format("the answer exceeds {} bytes", options_.answer_bytes_max));
        }
        if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            auto part = rows_of(answer.get());
            if (made.columns.empty()) made.columns = std::move(part.columns);
            std::ranges::move(part.rows, std::back_inserter(made.rows));
            made.affected = std::max(made.affected, part.affected);
        } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
            return broken("COPY is done with copy_in and copy_out");
        } else if (outcome) {
            outcome = refusal(answer.get());
        }
    }
    if (!outcome) return tl::unexpected(outcome.error());
    return made;
}

}  // namespace quoin
