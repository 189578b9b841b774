#include "events/sources/folder_poll.h"

#include <algorithm>
#include <chrono>

#include "base/digest.h"

namespace quoin {
namespace {

constexpr std::size_t files_max = 100'000;
constexpr std::uint64_t records_per_commit = 5'000;  ///< after which the place in a file is kept

/// The time of change, in microseconds since 1970.
std::int64_t changed_us(const std::filesystem::directory_entry& entry, std::error_code& error) {
    auto changed = std::chrono::file_clock::to_sys(entry.last_write_time(error));
    return std::chrono::duration_cast<std::chrono::microseconds>(changed.time_since_epoch()).count();
}

/// Whether a name fits a pattern with * (any text) and ? (any byte). Greedy, with one place to come back to: linear for one star.
bool fits(std::string_view name, std::string_view pattern) {
    std::size_t at = 0, in = 0, star = std::string_view::npos, retry = 0;
    while (at < name.size()) {
        if (in < pattern.size() && pattern[in] == '*') {
            star = in++;
            retry = at;
        } else if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == name[at])) {
            ++in, ++at;
        } else if (star != std::string_view::npos) {
            in = star + 1;
            at = ++retry;
        } else {
            return false;
        }
    }
    return pattern.substr(in).find_first_not_of('*') == std::string_view::npos;
}

/// The name without .csv, .gz and the like.
std::string stem_of(const std::filesystem::path& file) {
    auto name = file.filename().string();
    return name.substr(0, name.find('.', 1));
}

}  // namespace

FolderPoll::FolderPoll(std::shared_ptr<const Source> source, PollTools& tools, Options options)
    : source_(std::move(source)), tools_(tools), options_(options) {}

std::string FolderPoll::consumer(const std::filesystem::path& file) const {
    auto name = file.filename().string();
    return fmt::format("source:{}:file:{}", source_->declaration().name, name.size() <= 128 ? name : sha256_hex(name));
}

Status FolderPoll::look_at(const std::filesystem::directory_entry& entry) {
    const auto& files = source_->declaration().files;
    auto name = entry.path().filename().string();
    std::error_code error;
    if (name.starts_with('.') || !fits(name, files.pattern) || !entry.is_regular_file(error)) return {};
    FilePosition seen{.size_bytes = static_cast<std::int64_t>(entry.file_size(error)), .changed_us = changed_us(entry, error)};
    if (error) return {};  // it is gone again
    auto age = tools_.clock.now().value() - seen.changed_us;
    if (age >= 0 && age < files.settles.value()) return {};
    auto& known = known_[name];
    if (known.size_bytes < 0) {
        TRY(kept, tools_.ingest.log().position(consumer(entry.path())));
        known = parse_file_position(kept);
    }
    bool is_same = known.size_bytes == seen.size_bytes && known.changed_us == seen.changed_us;
    if (is_same && known.is_done && !options_.history_from) return {};
    seen.is_history = is_same && !known.is_done ? known.is_history || is_history_ : is_history_;
    if (is_same && !known.is_done) seen.records = known.records;
    if (waiting_.size() >= files_max) return fail(ErrorKind::too_large, "more than {} files wait in the folder", files_max);
    waiting_.push_back({entry.path(), seen});
    return {};
}

Status FolderPoll::begin_run() {
    const auto& declared = source_->declaration();
    TRY(kept, tools_.ingest.log().position(run_consumer(declared)));
    run_ = parse_run_position(kept);
    is_history_ = options_.history_from || (!run_.has_history && declared.history.value() > 0);
    waiting_.clear();
    TRY(place, source_->find_folder(tools_.environment, tools_.project));
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(place, error)) TRY_VOID(look_at(entry));
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be read: {}", place.string(), error.message());
    std::ranges::sort(waiting_, {}, &File::path);
    in_run_ = true;
    return {};
}

FolderPoll::Outcome FolderPoll::step() {
    if (!in_run_) {
        if (auto begun = begin_run(); !begun)
            return tl::unexpected(PollFailure{begun.error(), begun.error().kind == ErrorKind::unavailable});
    }
    if (waiting_.empty()) return end_run();
    File file = std::move(waiting_.front());
    waiting_.pop_front();
    auto name = file.path.filename().string();
    unreadable_.erase(name);
    if (auto done = read(file); !done) {
        if (done.error().kind == ErrorKind::unavailable) {
            in_run_ = false;
            return tl::unexpected(PollFailure{done.error()});
        }
        unreadable_[name] = Error{done.error().kind, fmt::format("'{}': {}", name, done.error().message), {}};
        file.position.is_done = true;  // until it changes; not kept, so that a restart tries once more
    }
    known_[name] = file.position;
    return PollStep{PollStep::State::more};
}

Status FolderPoll::read(File& file) {
    const auto& declared = source_->declaration();
    auto now = tools_.clock.now();
    auto stem = stem_of(file.path);
    RecordMapping::Poll poll{.now = now, .is_history = file.position.is_history, .parameters = {}};
    if (options_.history_from) poll.since = *options_.history_from;
    else if (poll.is_history) poll.since = now - declared.history;
    else poll.since = now - source_->overlap();
    poll.parameters = {FieldValue::number(static_cast<double>(poll.since.value())), FieldValue::number(static_cast<double>(now.value())),
                       FieldValue::text(stem)};
    SourceWriter writer(tools_.ingest, refused_, now);
    std::uint64_t seen = 0, already = source_->mapping().compares() ? 0 : file.position.records;
    auto status = source_->reader().read_file(file.path, [&](const SourceRecord& record) -> Result<bool> {
        if (options_.cancelled != nullptr && options_.cancelled->load()) return fail(ErrorKind::unavailable, "it was told to stop");
        if (++seen <= already) return true;
        TRY(mapped, source_->mapping().map(record, poll));
        if (mapped) TRY_VOID(writer.add(std::move(*mapped)));
        else writer.count_left_out();
        file.position.records = seen;
        if (seen % records_per_commit == 0) TRY_VOID(writer.commit({{consumer(file.path), position_text(file.position)}}));
        return true;
    });
    std::vector<EventLog::Position> positions;
    file.position.is_done = status.has_value();
    if (status) positions.push_back({consumer(file.path), position_text(file.position)});
    auto stored = writer.commit(std::move(positions));
    tally_ += writer.tally();
    TRY_VOID(stored);
    return status;
}

FolderPoll::Outcome FolderPoll::end_run() {
    in_run_ = false;
    run_.answered = tools_.clock.now();
    run_.has_history = true;
    SourceWriter writer(tools_.ingest, refused_, run_.answered);
    if (auto stored = writer.commit({{run_consumer(source_->declaration()), position_text(run_)}}); !stored)
        return tl::unexpected(PollFailure{stored.error()});
    options_.history_from.reset();
    std::erase_if(unreadable_, [&](const auto& file) { return !known_.contains(file.first); });
    if (!unreadable_.empty()) return tl::unexpected(PollFailure{unreadable_.begin()->second, false});
    return PollStep{PollStep::State::finished};
}

}  // namespace quoin
