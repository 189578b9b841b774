#include "features/state_store_postgresql.h"

#include <charconv>
#include <limits>
#include <mutex>

#include "features/client_pool.h"
#include "features/state_schema.h"
#include "remote/postgresql.h"

namespace quoin {
namespace {

constexpr std::size_t rows_per_put_max = 1024, rows_per_get_max = 1024, rows_per_page = 1024;
constexpr std::size_t bytes_per_put_max = 16u << 20;

constexpr std::string_view put_sql = R"(
INSERT INTO ml_feature_states AS held (space, tenant, view, computation, entity_id, log_sequence, advanced_us, state)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])
ON CONFLICT (space, view, computation, tenant, entity_id) DO UPDATE
SET log_sequence = excluded.log_sequence, advanced_us = excluded.advanced_us, state = excluded.state, written_at = now()
WHERE (held.log_sequence, held.advanced_us) <= (excluded.log_sequence, excluded.advanced_us))";

constexpr std::string_view get_sql = R"(
SELECT asked.place, held.state
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS asked (tenant, view, computation, entity_id, place)
JOIN ml_feature_states AS held ON held.space = $1 AND held.tenant = asked.tenant AND held.view = asked.view
AND held.computation = asked.computation AND held.entity_id = asked.entity_id)";

constexpr std::string_view page_sql = R"(
SELECT tenant, entity_id, state FROM ml_feature_states
WHERE space = $1 AND view = $2 AND computation = $3 AND (tenant, entity_id) > ($4, $5) ORDER BY tenant, entity_id LIMIT 1024)";

constexpr std::string_view first_watermark_sql = R"(
INSERT INTO ml_feature_watermarks (space, log_sequence, advanced_us, catalog, written_us) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING)";

constexpr std::string_view next_watermark_sql = R"(
UPDATE ml_feature_watermarks SET log_sequence = $2, advanced_us = $3, catalog = $4, written_us = $5
WHERE space = $1 AND log_sequence = $6 AND advanced_us = $7 AND catalog = $8 AND written_us = $9)";

/// An array in PostgreSQL's text form.
class ArrayText {
public:
    void add(std::string_view element) {
        text_ += text_.empty() ? "{\"" : ",\"";
        for (char c : element) {
            if (c == '"' || c == '\\') text_ += '\\';
            text_ += c;
        }
        text_ += '"';
    }
    void add(std::int64_t number) { text_ += fmt::format("{}{}", text_.empty() ? '{' : ',', number); }
    std::string release() { return (text_.empty() ? "{" : std::move(text_)) + "}"; }

private:
    std::string text_;
};

Result<std::int64_t> whole(const PostgresqlValue& value) {
    std::int64_t number = 0;
    const char* end = value ? value->data() + value->size() : nullptr;
    if (!value || std::from_chars(value->data(), end, number).ptr != end)
        return fail(ErrorKind::corrupt, "PostgreSQL answers '{}' where a whole number was expected", value.value_or("NULL").substr(0, 80));
    return number;
}

Result<std::int64_t> sequence_number(const StateVersion& version) {
    if (version.sequence > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return fail(ErrorKind::invalid, "a feature state has sequence {}, which no log reaches", version.sequence);
    return static_cast<std::int64_t>(version.sequence);
}

struct KeyArrays {
    ArrayText tenants, views, computations, ids;
    void add(const StateKey& key) {
        tenants.add(plain_text(key.tenant)), views.add(key.view), computations.add(key.computation), ids.add(plain_text(key.id));
    }
};

class PostgresqlStates : public FeatureStateStore {
public:
    PostgresqlStates(std::vector<Postgresql> clients, const PostgresqlStatesOptions& options)
        : clients_(std::move(clients)), space_(options.space), keep_(options.keep) {}

    Result<std::size_t> put_many(std::span<const Put> puts) override {
        TRY_VOID(make_tables());
        // One statement takes a key once, and two processes that lock the same rows do it in one order.
        std::vector<Put> sorted(puts.begin(), puts.end());
        std::ranges::stable_sort(sorted, [](const Put& a, const Put& b) {
            if (auto order = a.key <=> b.key; order != 0) return order < 0;
            return version_of(a.record) > version_of(b.record);
        });
        auto repeats = std::ranges::unique(sorted, {}, &Put::key);
        std::size_t left_out = repeats.size();
        sorted.erase(repeats.begin(), repeats.end());
        for (std::span<const Put> rest = sorted; !rest.empty();) {
            std::size_t count = 0, bytes = 0;
            while (count < rest.size() && count < rows_per_put_max && (count == 0 || bytes < bytes_per_put_max))
                bytes += rest[count++].record.size();
            TRY(written, put_some(rest.first(count)));
            left_out += count - std::min(count, written);
            rest = rest.subspan(count);
        }
        return left_out;
    }

    Result<std::vector<std::optional<std::string>>> get_many(std::span<const StateKey> keys) override {
        TRY_VOID(make_tables());
        std::vector<std::optional<std::string>> records(keys.size());
        for (std::size_t first = 0; first < keys.size(); first += rows_per_get_max) {
            auto some = keys.subspan(first, std::min(rows_per_get_max, keys.size() - first));
            KeyArrays asked;
            for (const StateKey& key : some) asked.add(key);
            TRY(found, clients_.next().run(get_sql, {space_, asked.tenants.release(), asked.views.release(), asked.computations.release(),
                                                     asked.ids.release()}));
            for (const auto& row : found.rows) {
                TRY(place, whole(row[0]));
                TRY(record, bytea_bytes(row[1].value_or("")));
                if (place < 1 || static_cast<std::size_t>(place) > some.size())
                    return fail(ErrorKind::corrupt, "PostgreSQL at {} answers what was not asked", where());
                records[first + static_cast<std::size_t>(place) - 1] = std::move(record);
            }
        }
        return records;
    }

    Status erase(const StateKey& key) override {
        TRY_VOID(make_tables());
        return clients_.next()
            .run("DELETE FROM ml_feature_states WHERE space = $1 AND tenant = $2 AND view = $3 AND computation = $4 AND entity_id = $5",
                 {space_, plain_text(key.tenant), std::string(key.view), std::string(key.computation), plain_text(key.id)})
            .map([](auto&&) {});
    }

    Status scan(std::string_view view, std::string_view computation, const Visit& visit) override {
        TRY_VOID(make_tables());
        std::string last_tenant, last_id;
        for (;;) {
            TRY(page, clients_.next().run(page_sql, {space_, std::string(view), std::string(computation), last_tenant, last_id}));
            for (const auto& row : page.rows) {
                last_tenant = row[0].value_or(""), last_id = row[1].value_or("");
                auto tenant = from_plain_text(last_tenant), id = from_plain_text(last_id);
                TRY(record, bytea_bytes(row[2].value_or("")));
                if (!tenant || !id)
                    return fail(ErrorKind::corrupt, "the feature states in PostgreSQL at {} have an id that is none", where());
                TRY_VOID(visit({view, computation, *tenant, *id}, record));
            }
            if (page.rows.size() < rows_per_page) return {};
        }
    }

    Result<std::optional<StateWatermark>> watermark() override {
        TRY_VOID(make_tables());
        TRY(found, clients_.next().run("SELECT log_sequence, advanced_us, catalog, written_us FROM ml_feature_watermarks WHERE space = $1",
                                       {space_}));
        if (found.rows.empty()) return std::nullopt;
        const auto& row = found.rows[0];
        TRY(sequence, whole(row[0]));
        TRY(advanced, whole(row[1]));
        TRY(written, whole(row[3]));
        return StateWatermark{.version = {static_cast<std::uint64_t>(sequence), EventTime{advanced}},
                              .catalog = row[2].value_or(""),
                              .written = EventTime{written}};
    }

    Result<bool> put_watermark(const std::optional<StateWatermark>& former, const StateWatermark& watermark) override {
        TRY_VOID(make_tables());
        std::vector<PostgresqlValue> values = {space_};
        auto add = [&](const StateWatermark& one) -> Status {
            TRY(sequence, sequence_number(one.version));
            values.insert(values.end(), {std::to_string(sequence), std::to_string(one.version.advanced.value()), one.catalog,
                                         std::to_string(one.written.value())});
            return {};
        };
        TRY_VOID(add(watermark));
        if (former) TRY_VOID(add(*former));
        TRY(done, clients_.next().run(former ? next_watermark_sql : first_watermark_sql, values));
        return done.affected == 1;
    }

    Result<std::size_t> purge() override {
        if (keep_.value() == 0) return 0;
        TRY_VOID(make_tables());
        TRY(done, clients_.next().run("DELETE FROM ml_feature_states WHERE space = $1 AND written_at < now() - $2::interval",
                                      {space_, fmt::format("{} seconds", keep_.value() / 1'000'000)}));
        return done.affected;
    }

    const std::string& kind() const override {
        static const std::string kind = "postgresql";
        return kind;
    }
    const std::string& where() const override { return clients_.first().where(); }

private:
    /// Once per object, so at the first call that finds the server.
    Status make_tables() {
        std::scoped_lock lock(tables_mutex_);
        if (has_tables_) return {};
        TRY_VOID(migrate_states(clients_.next()));
        has_tables_ = true;
        return {};
    }

    Result<std::size_t> put_some(std::span<const Put> puts) {
        KeyArrays keys;
        ArrayText sequences, advanced, records;
        for (const Put& put : puts) {
            if (put.record.size() < StateCodec::version_size) return fail(ErrorKind::invalid, "a state to be shared has no version");
            StateVersion version = version_of(put.record);
            TRY(sequence, sequence_number(version));
            keys.add(put.key);
            sequences.add(sequence), advanced.add(version.advanced.value());
            records.add(bytea_text(put.record));
        }
        TRY(done, clients_.next().run(put_sql, {space_, keys.tenants.release(), keys.views.release(), keys.computations.release(),
                                                keys.ids.release(), sequences.release(), advanced.release(), records.release()}));
        return done.affected;
    }

    ClientPool<Postgresql> clients_;
    std::string space_;
    Duration keep_;
    std::mutex tables_mutex_;
    bool has_tables_ = false;
};

}  // namespace

Result<std::unique_ptr<FeatureStateStore>> open_postgresql_states(const PostgresqlStatesOptions& options) {
    TRY_VOID(check_state_space(options.space));
    std::string connection = options.connection;
    auto scheme = connection.find("://"), plus = connection.find('+');
    if (connection.starts_with("postgresql+") && plus < scheme && scheme != std::string::npos) connection.erase(plus, scheme - plus);
    std::vector<Postgresql> clients;
    do {
        TRY(database, Postgresql::make({.connection = connection, .timeout = options.timeout}));
        clients.push_back(std::move(database));
    } while (clients.size() < options.connections);
    return std::make_unique<PostgresqlStates>(std::move(clients), options);
}

}  // namespace quoin
