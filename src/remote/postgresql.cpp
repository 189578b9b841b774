#include "remote/postgresql.h"

#include <libpq-fe.h>

#include <mutex>

#include "remote/postgresql_session.h"

namespace quoin {

struct Postgresql::State {
    std::recursive_mutex mutex;  ///< the body of a transaction calls run() again
    PostgresqlSession session;
    bool in_transaction = false;
};

Postgresql::Postgresql(std::unique_ptr<State> state) : state_(std::move(state)) {}
Postgresql::Postgresql(Postgresql&&) noexcept = default;
Postgresql& Postgresql::operator=(Postgresql&&) noexcept = default;
Postgresql::~Postgresql() = default;

Result<Postgresql> Postgresql::make(Options options) {
    char* reason = nullptr;
    auto* parsed = PQconninfoParse(options.connection.c_str(), &reason);
    std::unique_ptr<char, void (*)(void*)> text(reason, PQfreemem);
    if (parsed == nullptr)  // the reason quotes what it did not understand, perhaps a part of a password
        return fail_field(ErrorKind::invalid, "connection",
                          "the connection text of PostgreSQL cannot be read; write it like "
                          "'host=db.example.com dbname=quoin user=quoin sslmode=verify-full'");
    std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> owned(parsed, PQconninfoFree);
    std::string host, port, database;
    for (auto* option = parsed; option->keyword != nullptr; ++option) {
        std::string_view keyword = option->keyword;
        const char* value = option->val != nullptr ? option->val : "";
        if (keyword == "host") host = value;
        if (keyword == "port") port = value;
        if (keyword == "dbname") database = value;
    }
    auto where = fmt::format("{}:{}/{}", host.empty() ? "localhost" : host, port.empty() ? "5432" : port, database);
    return Postgresql(std::unique_ptr<State>(new State{.session = PostgresqlSession(std::move(options), std::move(where))}));
}

const std::string& Postgresql::where() const { return state_->session.where(); }

Result<PostgresqlRows> Postgresql::run(std::string_view sql, std::span<const PostgresqlValue> parameters) {
    std::lock_guard lock(state_->mutex);
    return state_->session.run(sql, parameters);
}

Result<std::size_t> Postgresql::copy_in(std::string_view target, const std::function<Result<bool>(Row&)>& next) {
    std::lock_guard lock(state_->mutex);
    return state_->session.copy_in(target, next);
}

Status Postgresql::copy_out(std::string_view source, const std::function<Status(const Row&)>& visit) {
    std::lock_guard lock(state_->mutex);
    return state_->session.copy_out(source, visit);
}

Status Postgresql::transaction(const std::function<Status()>& body) {
    std::lock_guard lock(state_->mutex);
    auto& session = state_->session;
    if (state_->in_transaction) return fail(ErrorKind::internal, "a transaction was started within a transaction");
    TRY_VOID(session.run("BEGIN", {}));
    state_->in_transaction = true;
    session.enter_transaction();
    Status outcome;
    try {
        outcome = body();
    } catch (const std::exception& thrown) {
        outcome = fail(ErrorKind::internal, "a transaction was abandoned: {}", thrown.what());
    } catch (...) {
        outcome = fail(ErrorKind::internal, "a transaction was abandoned by an exception that has no text");
    }
    if (outcome && session.lost_transaction())
        outcome = session.failure(ErrorKind::unavailable, "the connection was lost within the transaction; nothing was written");
    if (outcome && session.is_transaction_failed())
        outcome = session.failure(ErrorKind::internal, "a statement of the transaction failed and its error was passed over");
    if (!session.lost_transaction()) {
        auto ended = session.run(outcome ? "COMMIT" : "ROLLBACK", {});
        if (outcome && !ended && session.lost_transaction()) {
            outcome = session.failure(ErrorKind::unavailable, "the connection was lost during COMMIT; whether it was written is not known");
        } else if (outcome && !ended) {
            outcome = tl::unexpected(ended.error());
        }
    }
    state_->in_transaction = false;
    session.leave_transaction();
    return outcome;
}

}  // namespace quoin
