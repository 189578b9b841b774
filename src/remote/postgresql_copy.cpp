#include <libpq-fe.h>
#include <poll.h>

#include "remote/postgresql_session.h"

namespace quoin {
namespace {

constexpr std::size_t copy_chunk_bytes = 256u << 10;

std::chrono::steady_clock::time_point after(Duration length) {
    return std::chrono::steady_clock::now() + std::chrono::microseconds(length.value());
}

}  // namespace

/// Sends a COPY statement and waits until the server is ready for it.
Status PostgresqlSession::start_copy(const std::string& sql, int wanted) {
    auto deadline = after(options_.timeout);
    TRY_VOID(connect());
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return broken_by_libpq();
    TRY_VOID(flush(deadline));
    TRY(answer, next_answer(deadline));
    if (answer && PQresultStatus(answer.get()) == wanted) return {};
    Status outcome = answer && PQresultStatus(answer.get()) == PGRES_FATAL_ERROR
                         ? Status(refusal(answer.get()))
                         : Status(failure(ErrorKind::internal, "COPY did not start"));
    if (connection_) (void)finish(deadline);
    return outcome;
}

Status PostgresqlSession::put_chunk(std::string& chunk) {
    auto deadline = after(options_.timeout);
    for (int put = 0; put != 1;) {
        put = PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size()));
        if (put < 0) return broken_by_libpq();
        TRY_VOID(flush(deadline));
    }
    chunk.clear();
    return {};
}

Result<std::size_t> PostgresqlSession::copy_in(std::string_view target, const std::function<Result<bool>(Postgresql::Row&)>& next) {
    TRY_VOID(start_copy(fmt::format("COPY {} FROM STDIN", target), PGRES_COPY_IN));
    std::string chunk;
    Postgresql::Row row;
    std::optional<Error> stopped;
    for (;;) {
        auto more = next(row);
        if (!more) stopped = more.error();
        if (!more || !*more) break;
        append_copy_row(chunk, row);
        if (chunk.size() >= copy_chunk_bytes) TRY_VOID(put_chunk(chunk));
    }
    auto deadline = after(options_.timeout);
    if (!stopped && !chunk.empty()) TRY_VOID(put_chunk(chunk));
    for (int ended = 0; ended != 1;) {
        ended = PQputCopyEnd(connection_.get(), stopped ? "stopped by the client" : nullptr);
        if (ended < 0) return broken_by_libpq();
        TRY_VOID(flush(deadline));
    }
    TRY(answer, next_answer(deadline));
    auto taken = answer ? std::strtoull(PQcmdTuples(answer.get()), nullptr, 10) : 0;
    Status outcome;
    if (answer && PQresultStatus(answer.get()) != PGRES_COMMAND_OK) outcome = refusal(answer.get());
    TRY_VOID(finish(deadline));
    if (stopped) return tl::unexpected(std::move(*stopped));
    if (!outcome) return tl::unexpected(outcome.error());
    return taken;
}

Status PostgresqlSession::copy_out(std::string_view source, const std::function<Status(const Postgresql::Row&)>& visit) {
    TRY_VOID(start_copy(fmt::format("COPY {} TO STDOUT", source), PGRES_COPY_OUT));
    Postgresql::Row row;
    for (auto deadline = after(options_.timeout);;) {
        char* bytes = nullptr;
        int size = PQgetCopyData(connection_.get(), &bytes, 1);
        std::unique_ptr<char, void (*)(void*)> line(bytes, PQfreemem);
        if (size == -1) return finish(deadline);
        if (size == -2) return broken_by_libpq();
        if (size == 0) {
            auto ready = wait(POLLIN, deadline);
            if (!ready) return cancel(), broken("COPY brought nothing in time");
            if (PQconsumeInput(connection_.get()) == 0) return broken_by_libpq();
            continue;
        }
        auto outcome = parse_copy_row({bytes, static_cast<std::size_t>(size)}, row);
        if (outcome) outcome = visit(row);
        if (!outcome) {  // the rest may be long: a new connection_ is cheaper than reading it
            cancel();
            (void)broken("");
            return outcome;
        }
        deadline = after(options_.timeout);
    }
}

}  // namespace quoin
