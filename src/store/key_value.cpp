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
#include <cstdarg>
#include <limits>
#include <mutex>

#include "store/journal.h"
#include "store/ordered_key.h"
#include "store/write_queue.h"

namespace quoin {
namespace {

namespace rocks = rocksdb;

constexpr std::size_t log_bytes_max = 128u << 20;      ///< of write-ahead logs: what an open has to read again, about a second
constexpr std::size_t unsynced_bytes_max = 16u << 20;  ///< that RocksDB has taken in and only the journal has on disk
constexpr const char* incoming_name = "incoming.sst";
const std::string frame_key = "frame";  ///< in the column "default": the last frame of the journal that was taken in

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
    // Its log is not synced at every write: after a crash its beginning is good, and the journal has the rest.
    database.wal_recovery_mode = rocks::WALRecoveryMode::kPointInTimeRecovery;
    database.wal_bytes_per_sync = 1u << 20;
    database.max_total_wal_size = log_bytes_max;
    database.allow_concurrent_memtable_write = false;  // one writer at a time
    database.max_background_jobs = 2;
    database.info_log = notes;
    database.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
    return database;
}

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
    std::unique_ptr<Journal> journal;
    std::unique_ptr<WriteQueue> queue;
    std::mutex writing;              ///< of `journal` and the order of `queue`
    std::size_t unsynced_bytes = 0;  ///< of the thread that applies, as is the next
    std::uint64_t broken_log = 0;    ///< number of RocksDB's log that a write failed on

    ~State();
    rocks::ColumnFamilyHandle* column(std::size_t place) const {
        assert(place < options.columns.size());
        return handles[place];
    }
    tl::unexpected<Error> failure(const rocks::Status& status, std::string_view doing) const {
        auto said = status.ToString();
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
    /// Waits until what was written can be read. What only add_sorted brings in always can.
    Status up_to_date(std::size_t place) const {
        return options.columns[place].layout == KeyValueColumn::Layout::index ? Status{} : queue->wait();
    }
    Status open();
    Status open_journal();
    Status room(std::size_t bytes) const;
    Status apply(std::uint64_t frame, std::string& batch);
    Status keep(std::uint64_t frame);
    Status repair();
};

KeyValue::State::~State() {
    queue.reset();
    journal.reset();
    for (auto* handle : handles) delete handle;
    delete database;
}

Status KeyValue::State::open() {
    auto cache = rocks::NewLRUCache(options.cache_bytes);
    std::vector<rocks::ColumnFamilyDescriptor> columns;
    for (const auto& column : options.columns) columns.emplace_back(column.name, column_options(column.layout, options, cache));
    columns.emplace_back(rocks::kDefaultColumnFamilyName, column_options(KeyValueColumn::Layout::small, options, cache));
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", name, error.message());
    std::filesystem::remove(options.folder / incoming_name, error);
    TRY_VOID(checked(rocks::DB::Open(database_options(notes), name, columns, &handles, &database), "be opened"));
    auto opened = open_journal();
    if (!opened && !notes->notes().empty())
        return fail(opened.error().kind, "{}; before, RocksDB found: {}", opened.error().message, notes->notes());
    return opened;
}

/// Takes in what the journal has and RocksDB lost, or had not been given yet, when the process ended.
Status KeyValue::State::open_journal() {
    std::string kept;
    auto status = database->Get({}, handles.back(), frame_key, &kept);
    if (!status.ok() && !status.IsNotFound()) return failure(status, "be read");
    auto frame = kept.size() == 8 ? number_of_key(kept) : 0;
    auto replay = [&](std::uint64_t number, std::string_view batch) -> Status {
        std::string bytes(batch);
        return bytes.empty() ? Status{} : apply(number, bytes);  // empty: the mark of a closing
    };
    TRY(opened, Journal::open({.folder = options.folder / "journal"}, frame, replay));
    journal = std::move(opened);
    rocks::WriteBatch reached;  // the marks of closings have numbers too
    status = reached.Put(handles.back(), frame_key, ordered_key(journal->last_frame()));
    if (status.ok()) status = database->Write({}, &reached);
    TRY_VOID(checked(status, "be written"));
    TRY_VOID(keep(journal->last_frame()));
    queue = std::make_unique<WriteQueue>(WriteQueue::Options{
        [this](std::uint64_t number, std::string& batch) { return apply(number, batch); }, [this] { return repair(); }});
    return {};
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

/// Doing it twice is doing it once: a batch only puts and erases.
Status KeyValue::State::apply(std::uint64_t frame, std::string& batch) {
    auto bytes = batch.size();
    rocks::WriteBatch writes(std::move(batch));
    auto status = database->Write({}, &writes);
    if (!status.ok()) {
        broken_log = log_number();
        batch = writes.Data();
        return failure(status, "be written");
    }
    unsynced_bytes += bytes;
    if (journal == nullptr || unsynced_bytes < unsynced_bytes_max) return {};
    return keep(frame);
}

/// RocksDB has everything up to the frame; once that is on disk, the journal can forget it.
Status KeyValue::State::keep(std::uint64_t frame) {
    unsynced_bytes = 0;
    auto status = database->SyncWAL();
    if (status.ok()) journal->release(frame);
    return {};  // otherwise the journal keeps it for longer
}

/// A log that has failed must not be written to again (RocksDB asserts it); it stays in use when the failed write was its first.
Status KeyValue::State::repair() {
    TRY_VOID(checked(database->Resume(), "take up writing again"));
    if (log_number() != broken_log) return {};
    return fail(ErrorKind::unavailable, "the store '{}' cannot go on after an error of its disk; restart the program", name);
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
    TRY_VOID(state_->queue->failed());
    auto& writes = batch.state_->batch;
    auto status = writes.Put(state_->handles.back(), frame_key, ordered_key(state_->journal->last_frame() + 1));
    TRY_VOID(state_->checked(status, "be written"));
    TRY(frame, state_->journal->append(writes.Data(), durability == Durability::synced));
    state_->queue->push(frame, writes.Data());
    return {};
}

Status KeyValue::health() const {
    TRY_VOID(state_->room(0));
    return state_->queue->failed();
}

Result<std::optional<std::string>> KeyValue::get(std::size_t column, std::string_view key) const {
    std::string value;
    TRY_VOID(state_->up_to_date(column));
    auto status = state_->database->Get({}, state_->column(column), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return state_->failure(status, "be read");
    return std::optional(std::move(value));
}

Status KeyValue::scan(const Range& range, const Visit& visit) const {
    TRY_VOID(state_->up_to_date(range.column));
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
    TRY_VOID(state_->queue->wait());
    rocks::Checkpoint* made = nullptr;
    auto status = rocks::Checkpoint::Create(state_->database, &made);
    std::unique_ptr<rocks::Checkpoint> checkpoint(made);
    if (status.ok()) status = checkpoint->CreateCheckpoint(folder.string());
    return state_->checked(status, "be copied");
}

Status KeyValue::verify() const { return state_->checked(state_->database->VerifyChecksum(), "be verified"); }

std::uint64_t KeyValue::bytes_cut() const { return state_->journal->bytes_cut(); }

}  // namespace quoin
