#include "features/state_store_parquet.h"

#include <chrono>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/digest.h"
#include "features/state_export.h"

namespace quoin {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t day_bytes_max = 256u << 20, part_bytes_max = 1u << 30;

/// A part in memory: records by plain id.
struct LoadedPart {
    std::unordered_map<std::string, std::string> records;
    std::size_t bytes = 0;
};

}  // namespace

struct ParquetStates::State {
    std::shared_ptr<ObjectStore> store;
    Options options;

    std::mutex exporting;
    std::mutex mutex;  ///< what follows
    std::shared_ptr<const ArchiveDay> day;
    Steady::time_point looked_at;
    std::list<std::pair<std::string, std::shared_ptr<const LoadedPart>>> loaded;  ///< by key, the last used first

    /// The latest day there is; nullptr: none yet.
    Result<std::shared_ptr<const ArchiveDay>> latest(bool is_stale = false) {
        std::scoped_lock lock(mutex);
        bool is_due = looked_at == Steady::time_point{} ||
                      Steady::now() - looked_at > std::chrono::microseconds(options.look_every.value());
        if (!is_due && !is_stale) return day;
        TRY(days, store->list(archive_day_prefix(options.space)));
        if (days.empty()) {
            day.reset();
        } else {
            TRY(text, store->get(days.back().key, day_bytes_max));
            TRY(parsed, parse_archive_day(text));
            day = std::make_shared<const ArchiveDay>(std::move(parsed));
        }
        looked_at = Steady::now();
        return day;
    }

    Result<std::shared_ptr<const LoadedPart>> load(const ArchivePart& part) {
        {
            std::scoped_lock lock(mutex);
            for (auto one = loaded.begin(); one != loaded.end(); ++one)
                if (one->first == part.key) {
                    loaded.splice(loaded.begin(), loaded, one);
                    return one->second;
                }
        }
        TRY(bytes, store->get(part.key, part_bytes_max));
        if (sha256_hex(bytes) != part.sha256)
            return fail(ErrorKind::corrupt, "'{}' in {} is not what was exported", part.key, store->where());
        ReadOptions options;
        options.columns = {{"entity_id", ColumnKind::category}, {"record", ColumnKind::category}};
        options.missing_texts = {};
        TRY(table, parquet_table(bytes, options, this->options.scratch));
        TRY(ids, table.column("entity_id"));
        TRY(texts, table.column("record"));
        auto made = std::make_shared<LoadedPart>();
        for (std::size_t row = 0; row < table.rows(); ++row) {
            TRY(record, hex_bytes(texts->text(row)));
            made->bytes += record.size() + 200;
            made->records.emplace(ids->text(row), std::move(record));
        }
        std::scoped_lock lock(mutex);
        loaded.emplace_front(part.key, made);
        std::size_t total = 0;
        for (auto one = loaded.begin(); one != loaded.end();) {
            total += one->second->bytes;
            one = total > this->options.cached_bytes_max && one != loaded.begin() ? loaded.erase(one) : std::next(one);
        }
        return std::shared_ptr<const LoadedPart>(made);
    }

    Result<std::vector<std::optional<std::string>>> get_many(const ArchiveDay& from, std::span<const StateKey> keys) {
        std::vector<std::optional<std::string>> records(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            std::string id = plain_text(keys[i].id);
            for (const ArchivePart& part : from.parts) {
                bool may_have = part.has_states && part.view == keys[i].view && part.computation == keys[i].computation &&
                                part.tenant == keys[i].tenant && part.first_id <= id && id <= part.last_id;
                if (!may_have) continue;
                TRY(held, load(part));
                if (auto found = held->records.find(id); found != held->records.end()) records[i] = found->second;
                break;
            }
        }
        return records;
    }
};

ParquetStates::ParquetStates(std::unique_ptr<State> state) : state_(std::move(state)) {}
ParquetStates::~ParquetStates() = default;

Result<std::unique_ptr<ParquetStates>> ParquetStates::open(Options options) {
    TRY(store, ObjectStore::open(options.address));
    return open(std::shared_ptr<ObjectStore>(std::move(store)), std::move(options));
}

Result<std::unique_ptr<ParquetStates>> ParquetStates::open(std::shared_ptr<ObjectStore> store, Options options) {
    TRY_VOID(check_state_space(options.space));
    std::error_code failure;
    if (options.scratch.empty()) options.scratch = std::filesystem::temp_directory_path(failure);
    if (failure) return fail(ErrorKind::unavailable, "the system has no temporary folder: {}", failure.message());
    std::unique_ptr<State> state(new State{.store = std::move(store), .options = std::move(options)});
    return std::unique_ptr<ParquetStates>(new ParquetStates(std::move(state)));
}

Result<ParquetStates::Exported> ParquetStates::export_day(const PublishedView& view) {
    std::scoped_lock lock(state_->exporting);
    const Options& options = state_->options;
    StateExport one(view, {*state_->store, options.space, options.scratch, options.rows_per_part_max, options.bytes_per_part_max});
    TRY(day, one.run());
    Exported exported{.day = day.day};
    for (const ArchivePart& part : day.parts) {
        exported.entities += part.has_states ? part.rows : 0;
        exported.parts += 1, exported.bytes += part.bytes;
    }
    TRY_VOID(state_->latest(true).map([](auto&&) {}));
    return exported;
}

Result<std::size_t> ParquetStates::purge() {
    if (state_->options.keep.value() == 0) return 0;
    std::string first_kept = date_text(state_->options.clock.now() - state_->options.keep);
    auto remove_before = [&](const std::string& prefix) -> Result<std::size_t> {
        std::size_t removed = 0;
        TRY(objects, state_->store->list(prefix));
        for (const auto& object : objects) {
            if (std::string_view(object.key).substr(prefix.size(), first_kept.size()) >= first_kept) break;
            TRY_VOID(state_->store->remove(object.key));
            ++removed;
        }
        return removed;
    };
    // The days first, so that no reader finds one of which parts are gone; parts of exports that failed go too.
    TRY(days, remove_before(archive_day_prefix(state_->options.space)));
    for (bool has_states : {true, false})
        TRY_VOID(remove_before(archive_part_prefix(state_->options.space, has_states)).map([](auto&&) {}));
    return days;
}

Result<std::vector<std::optional<std::string>>> ParquetStates::get_many(std::span<const StateKey> keys) {
    TRY(day, state_->latest());
    if (day == nullptr) return std::vector<std::optional<std::string>>(keys.size());
    auto records = state_->get_many(*day, keys);
    if (records || records.error().kind != ErrorKind::not_found) return records;
    TRY(fresh, state_->latest(true));  // the day was exported anew, and its former parts are gone
    if (fresh == nullptr) return std::vector<std::optional<std::string>>(keys.size());
    return state_->get_many(*fresh, keys);
}

Status ParquetStates::scan(std::string_view view, std::string_view computation, const Visit& visit) {
    TRY(day, state_->latest(true));
    if (day == nullptr) return {};
    for (const ArchivePart& part : day->parts) {
        if (!part.has_states || part.view != view || part.computation != computation) continue;
        TRY(held, state_->load(part));
        for (const auto& [plain, record] : held->records) {
            auto id = from_plain_text(plain);
            if (!id) return fail(ErrorKind::corrupt, "'{}' in {} has an id that is none", part.key, where());
            TRY_VOID(visit({view, computation, part.tenant, *id}, record));
        }
    }
    return {};
}

Result<std::optional<StateWatermark>> ParquetStates::watermark() {
    TRY(day, state_->latest());
    if (day == nullptr) return std::nullopt;
    return StateWatermark{.version = day->version, .catalog = day->catalog, .written = day->written};
}

const std::string& ParquetStates::kind() const {
    static const std::string kind = "parquet";
    return kind;
}
const std::string& ParquetStates::where() const { return state_->store->where(); }

}  // namespace quoin
