#include "store/key_value.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdarg>
#include <limits>
#include <mutex>

#include "store/torn_tail.h"

namespace quoin {
namespace {

namespace rocks = rocksdb;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t log_bytes_max = 128u << 20;  ///< of write-ahead logs: what an open has to read again, about a second
constexpr auto resume_pause = std::chrono::milliseconds(200);
constexpr const char* incoming_name = "incoming.sst";

rocks::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocks::Slice& slice) { return {slice.data(), slice.size()}; }

ErrorKind kind_of(const rocks::Status& status) {
    if (status.IsCorruption()) return ErrorKind::corrupt;
    bool is_ours = status.IsInvalidArgument() || status.IsNotSupported();
    return is_ours ? ErrorKind::internal : ErrorKind::unavailable;
}

/// Keeps what RocksDB says about damage: its status does not name the file of the write-ahead log.
class DamageNotes final : public rocks::Logger {
public:
    using rocks::Logger::Logv;
    void Logv(const char* format, va_list arguments) override {
        char line[1024];
        std::vsnprintf(line, sizeof line, format, arguments);
        std::lock_guard lock(mutex_);
        if (std::string_view(line).find("dropping") != std::string_view::npos) notes_ = line;
    }
    std::string notes() const {
        std::lock_guard lock(mutex_);
        return notes_;
    }

private:
    mutable std::mutex mutex_;
    std::string notes_;
};

rocks::ColumnFamilyOptions column_options(KeyValueColumn::Layout layout, const KeyValue::Options& options,
                                          const std::shared_ptr<rocks::Cache>& cache) {
    rocks::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.filter_policy.reset(rocks::NewBloomFilterPolicy(10));
    table.format_version = 5;
    rocks::ColumnFamilyOptions column;
    column.table_factory.reset(rocks::NewBlockBasedTableFactory(table));
    column.write_buffer_size = options.memory_bytes;
    column.compression = layout == KeyValueColumn::Layout::append ? rocks::kLZ4Compression : rocks::kNoCompression;
    if (layout == KeyValueColumn::Layout::index) {
        // Files come in sorted and whole, so nothing is gained by holding writers back while they are merged.
        column.compaction_style = rocks::kCompactionStyleUniversal;
        column.level0_slowdown_writes_trigger = column.level0_stop_writes_trigger = std::numeric_limits<int>::max();
        column.soft_pending_compaction_bytes_limit = column.hard_pending_compaction_bytes_limit = 0;
    }
    return column;
}

/// RocksDB would look every five seconds whether the disk has room again, and refuse to be asked in between.
class NoAutomaticRecovery final : public rocks::EventListener {
public:
    void OnErrorRecoveryBegin(rocks::BackgroundErrorReason, rocks::Status, bool* automatic) override { *automatic = false; }
};

rocks::DBOptions database_options(const std::shared_ptr<rocks::Logger>& notes) {
    rocks::DBOptions database;
    database.create_if_missing = database.create_missing_column_families = true;
    database.paranoid_checks = true;
    database.use_fsync = false;  // fdatasync
    database.wal_recovery_mode = rocks::WALRecoveryMode::kTolerateCorruptedTailRecords;
    database.track_and_verify_wals_in_manifest = true;  // a log that is missing as a whole is damage too
    database.max_total_wal_size = log_bytes_max;
    database.allow_concurrent_memtable_write = false;  // one writer at a time
    database.max_background_jobs = 2;
    database.info_log = notes;
    database.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
    return database;
}

/// Which keys a batch writes.
class WrittenKeys final : public rocks::WriteBatch::Handler {
public:
    rocks::Status PutCF(std::uint32_t column, const rocks::Slice& key, const rocks::Slice&) override { return DeleteCF(column, key); }
    rocks::Status DeleteCF(std::uint32_t column, const rocks::Slice& key) override {
        keys.emplace_back(column, key.ToString());
        return rocks::Status::OK();
    }
    std::vector<std::pair<std::uint32_t, std::string>> keys;
};

}  // namespace

struct KeyValue::Batch::State {
    rocks::WriteBatch batch;
    const KeyValue::State* store = nullptr;
};

struct KeyValue::State {
    Options options;
    std::string name;
    std::shared_ptr<DamageNotes> notes = std::make_shared<DamageNotes>();
    rocks::DB* database = nullptr;
    std::vector<rocks::ColumnFamilyHandle*> handles;  ///< one more than columns: RocksDB wants one named "default"
    std::uint64_t bytes_cut = 0;
    std::mutex writing;
    mutable std::mutex mutex;  ///< of what follows
    Status failed;
    std::vector<std::pair<std::uint32_t, std::string>> unsettled;  ///< keys of batches that failed and may lie in the log
    std::uint64_t broken_log = 0;                                  ///< number of the log that a write failed on
    SteadyClock::time_point resumed_at;

    ~State() {
        for (auto* handle : handles) delete handle;
        delete database;
    }
    rocks::ColumnFamilyHandle* column(std::size_t place) const {
        assert(place < options.columns.size());
        return handles[place];
    }
    tl::unexpected<Error> failure(const rocks::Status& status, std::string_view doing) const {
        auto said = status.ToString();
        if (status.IsCorruption()) said += fmt::format(" {}", notes->notes());
        if (said.find("While lock file") != std::string::npos || said.find("lock hold by current process") != std::string::npos)
            return fail(ErrorKind::unavailable, "'{}' is in use by another process; stop it, or ask it instead", name);
        return fail(kind_of(status), "the store '{}' could not {}: {}", name, doing, said);
    }
    Status checked(const rocks::Status& status, std::string_view doing) const {
        return status.ok() ? Status{} : Status(failure(status, doing));
    }
    std::uint64_t log_number() const {
        std::unique_ptr<rocks::LogFile> log;
        return database->GetCurrentWalFile(&log).ok() ? log->LogNumber() : 0;
    }
    Status open();
    Status room(std::size_t bytes) const;
    Status resume();
    Status settle();
    Status written(rocks::WriteBatch& batch, bool sync);
};

Status KeyValue::State::open() {
    auto cache = rocks::NewLRUCache(options.cache_bytes);
    std::vector<rocks::ColumnFamilyDescriptor> columns;
    for (const auto& column : options.columns) columns.emplace_back(column.name, column_options(column.layout, options, cache));
    columns.emplace_back(rocks::kDefaultColumnFamilyName, column_options(KeyValueColumn::Layout::small, options, cache));
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", name, error.message());
    std::filesystem::remove(options.folder / incoming_name, error);
    TRY(cut, torn_tail_bytes(options.folder));
    bytes_cut = cut;
    return checked(rocks::DB::Open(database_options(notes), name, columns, &handles, &database), "be opened");
}

/// RocksDB survives a full disk less well than a refusal: its log, its files and their merging need room besides the batch.
Status KeyValue::State::room(std::size_t bytes) const {
    if (options.free_bytes_min == 0) return {};
    std::error_code error;
    auto space = std::filesystem::space(options.folder, error);
    if (error) return fail(ErrorKind::unavailable, "the disk of '{}' does not answer: {}", name, error.message());
    if (space.available >= options.free_bytes_min + bytes) return {};
    return fail(ErrorKind::unavailable, "the disk of '{}' has {} MB left, and {} MB must stay free; make room, writing then goes on", name,
                space.available >> 20, options.free_bytes_min >> 20);
}

/// Asks RocksDB to take up writing again after an error of the disk; not more often than every `resume_pause`, since it writes. A log that
/// has failed must not be written to again (RocksDB asserts it); it stays in use when the failed write was its first.
Status KeyValue::State::resume() {
    std::unique_lock lock(mutex);
    if (failed) return {};
    if (SteadyClock::now() - resumed_at < resume_pause) return failed;
    lock.unlock();
    auto status = database->Resume();
    auto settled = checked(status, "take up writing again");
    if (settled && log_number() == broken_log)
        settled = fail(ErrorKind::unavailable, "the store '{}' cannot go on after an error of its disk; restart the program", name);
    if (settled) settled = settle();
    lock.lock();
    resumed_at = SteadyClock::now();
    failed = settled;
    return failed;
}

/// A batch that was refused may lie in the log as a whole and come back after a crash, on top of what was written in its place. So the
/// values that its keys have are written once more, behind it.
Status KeyValue::State::settle() {
    rocks::WriteBatch restored;
    for (const auto& [column, key] : unsettled) {
        auto* handle = *std::ranges::find(handles, column, [](auto* one) { return one->GetID(); });
        std::string value;
        auto status = database->Get({}, handle, key, &value);
        if (!status.ok() && !status.IsNotFound()) return failure(status, "be read");
        (void)(status.ok() ? restored.Put(handle, key, value) : restored.Delete(handle, key));  // it only allocates
    }
    TRY_VOID(written(restored, true));
    unsettled.clear();
    return {};
}

Status KeyValue::State::written(rocks::WriteBatch& batch, bool sync) {
    rocks::WriteOptions how;
    how.sync = sync;
    auto status = database->Write(how, &batch);
    if (status.ok()) return {};
    WrittenKeys written;
    (void)batch.Iterate(&written);
    std::lock_guard lock(mutex);
    broken_log = log_number();
    unsettled.insert(unsettled.end(), written.keys.begin(), written.keys.end());
    failed = failure(status, "be written");
    return failed;
}

KeyValue::KeyValue(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyValue::~KeyValue() = default;

Result<std::unique_ptr<KeyValue>> KeyValue::open(const Options& options) {
    auto state = std::make_unique<State>();
    state->options = options;
    state->name = options.folder.string();
    TRY_VOID(state->open());
    return std::unique_ptr<KeyValue>(new KeyValue(std::move(state)));
}

KeyValue::Batch::Batch(const KeyValue& store) : state_(std::make_unique<State>()) { state_->store = store.state_.get(); }
KeyValue::Batch::~Batch() = default;
KeyValue::Batch::Batch(Batch&&) noexcept = default;
KeyValue::Batch& KeyValue::Batch::operator=(Batch&&) noexcept = default;

void KeyValue::Batch::put(std::size_t column, std::string_view key, std::string_view value) {
    [[maybe_unused]] auto status = state_->batch.Put(state_->store->column(column), slice(key), slice(value));
    assert(status.ok());  // it only allocates
}

void KeyValue::Batch::erase(std::size_t column, std::string_view key) {
    [[maybe_unused]] auto status = state_->batch.Delete(state_->store->column(column), slice(key));
    assert(status.ok());
}

void KeyValue::Batch::clear() { state_->batch.Clear(); }
bool KeyValue::Batch::is_empty() const { return state_->batch.Count() == 0; }
std::size_t KeyValue::Batch::bytes() const { return state_->batch.GetDataSize(); }

Status KeyValue::write(const Batch& batch, Durability durability) {
    assert(batch.state_->store == state_.get());
    std::lock_guard lock(state_->writing);
    TRY_VOID(state_->room(batch.bytes()));
    TRY_VOID(state_->resume());
    return state_->written(batch.state_->batch, durability == Durability::synced);
}

Status KeyValue::health() const {
    TRY_VOID(state_->room(0));
    std::lock_guard lock(state_->mutex);
    return state_->failed;
}

Result<std::optional<std::string>> KeyValue::get(std::size_t column, std::string_view key) const {
    std::string value;
    auto status = state_->database->Get({}, state_->column(column), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return state_->failure(status, "be read");
    return std::optional(std::move(value));
}

Status KeyValue::scan(const Range& range, const Visit& visit) const {
    rocks::ReadOptions how;
    how.fill_cache = range.keeps_in_cache;
    rocks::Slice first = slice(range.first), end = slice(range.end);
    how.iterate_lower_bound = &first;
    if (!range.end.empty()) how.iterate_upper_bound = &end;
    std::unique_ptr<rocks::Iterator> at(state_->database->NewIterator(how, state_->column(range.column)));
    for (range.downward ? at->SeekToLast() : at->Seek(first); at->Valid(); range.downward ? at->Prev() : at->Next()) {
        TRY(goes_on, visit(view(at->key()), view(at->value())));
        if (!goes_on) return {};
    }
    return state_->checked(at->status(), "be read");
}

Status KeyValue::add_sorted(std::size_t column, std::span<const std::pair<std::string_view, std::string_view>> records) {
    if (records.empty()) return {};
    auto* handle = state_->column(column);
    auto file = (state_->options.folder / incoming_name).string();
    rocks::SstFileWriter writer(rocks::EnvOptions(), state_->database->GetOptions(handle), handle);
    auto status = writer.Open(file);
    for (auto record = records.begin(); status.ok() && record != records.end(); ++record)
        status = writer.Put(slice(record->first), slice(record->second));
    if (status.ok()) status = writer.Finish();
    rocks::IngestExternalFileOptions how;
    how.move_files = true;
    how.write_global_seqno = false;
    if (status.ok()) status = state_->database->IngestExternalFile(handle, {file}, how);
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return state_->checked(status, "take in a file");
}

Status KeyValue::checkpoint(const std::filesystem::path& folder) const {
    rocks::Checkpoint* made = nullptr;
    auto status = rocks::Checkpoint::Create(state_->database, &made);
    std::unique_ptr<rocks::Checkpoint> checkpoint(made);
    if (status.ok()) status = checkpoint->CreateCheckpoint(folder.string());
    return state_->checked(status, "be copied");
}

Status KeyValue::verify() const { return state_->checked(state_->database->VerifyChecksum(), "be verified"); }

std::uint64_t KeyValue::bytes_cut() const { return state_->bytes_cut; }

}  // namespace quoin
