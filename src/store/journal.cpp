#include "store/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "store/folder_sync.h"
#include "store/journal_segment.h"

namespace quoin {
namespace {

constexpr std::size_t segment_bytes_min = 256u << 10;
constexpr const char* spare_name = "spare";
constexpr std::size_t spares_max = 2;  ///< one in use soon, one that has just become free

}  // namespace

struct Journal::State {
    Options options;
    JournalSegment active;
    std::size_t place = 0;     ///< in the active segment; its end if the segment has failed
    std::uint64_t frame = 0;   ///< the last appended
    std::uint64_t synced = 0;  ///< the last on disk
    std::uint64_t cut = 0;
    bool is_named = true;         ///< the active segment's name is on disk
    bool asked_for_spare = true;  ///< for the segment after the active one

    std::mutex mutex;  ///< of what follows
    std::condition_variable changed;
    std::deque<JournalSegment> full;    ///< oldest first
    std::deque<JournalSegment> spares;  ///< of zeros, or of frames that nobody needs
    std::uint64_t spares_made = 0;
    std::size_t next_bytes = segment_bytes_min;
    bool wants_spare = false, stopping = false;
    std::thread maker;

    ~State() {
        for (auto* list : {&full, &spares})
            for (auto& segment : *list) ::close(segment.descriptor);
        if (active.descriptor >= 0) ::close(active.descriptor);
    }
    Status replay(std::uint64_t kept, const Replay& hand_on);
    Result<std::vector<JournalSegmentReader>> readers();
    Status replay_segment(JournalSegmentReader& reader, std::uint64_t end, std::uint64_t kept, const Replay& hand_on);
    Result<JournalSegment> make_spare(std::size_t bytes);
    Result<JournalSegment> take_spare(std::size_t bytes);
    Status begin_segment(std::size_t frame_bytes);
    Status write_frame(std::string_view payload, bool sync);
    void ask_for_spare();
    void make_spares();
    void retire(JournalSegment segment);
};

/// The segments in order. Files that are none, for the process ended while it began one, are removed.
Result<std::vector<JournalSegmentReader>> Journal::State::readers() {
    std::vector<std::filesystem::path> files, others;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(options.folder, error))
        (entry.path().extension() == ".journal" ? files : others).push_back(entry.path());
    std::ranges::sort(files);
    std::vector<JournalSegmentReader> found;
    for (const auto& file : files) {
        TRY(reader, JournalSegmentReader::open(file));
        if (reader) {
            found.push_back(std::move(*reader));
        } else if (file == files.back()) {
            others.push_back(file);
        } else {
            return fail(ErrorKind::corrupt, "'{}' is damaged in its first {} bytes", file.string(), JournalSegment::header_bytes);
        }
    }
    for (const auto& file : others) std::filesystem::remove(file, error);
    return found;
}

Status Journal::State::replay(std::uint64_t kept, const Replay& hand_on) {
    TRY(found, readers());
    frame = synced = kept;
    if (found.empty()) return {};
    if (found.front().segment().first > kept + 1)
        return fail(ErrorKind::corrupt, "the journal '{}' begins with frame {}, and {} is needed", options.folder.string(),
                    found.front().segment().first, kept + 1);
    frame = found.front().segment().first - 1;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto end = i + 1 < found.size() ? found[i + 1].segment().first : std::numeric_limits<std::uint64_t>::max();
        TRY_VOID(replay_segment(found[i], end, kept, hand_on));
        auto segment = found[i].segment();
        segment.last = frame;
        segment.descriptor = ::open(segment.file.c_str(), O_RDWR | O_CLOEXEC);
        if (segment.descriptor < 0)
            return fail(ErrorKind::unavailable, "'{}' cannot be opened: {}", segment.file.string(), std::strerror(errno));
        full.push_back(segment);
        active.number = segment.number;
    }
    frame = std::max(frame, kept);  // what was not synced may have reached the store and not the journal
    synced = frame;
    return {};
}

Status Journal::State::replay_segment(JournalSegmentReader& reader, std::uint64_t end, std::uint64_t kept, const Replay& hand_on) {
    while (frame + 1 < end) {
        auto read = reader.next(frame + 1);
        if (!read) break;
        ++frame;
        if (frame > kept) TRY_VOID(hand_on(frame, read->payload));
    }
    bool is_last = end == std::numeric_limits<std::uint64_t>::max();
    if (is_last ? reader.has_proof_of(frame + 1) : frame + 1 != end)
        return fail(ErrorKind::corrupt, "'{}' is damaged at byte {}: frame {} is not what was written", reader.segment().file.string(),
                    reader.place(), frame + 1);
    if (is_last) cut = reader.torn_bytes(frame + 1);
    return {};
}

Result<JournalSegment> Journal::State::make_spare(std::size_t bytes) {
    JournalSegment spare{.file = options.folder / fmt::format("{}-{}", spare_name, ++spares_made), .bytes = bytes};
    TRY(descriptor, make_journal_file(spare.file, bytes));
    spare.descriptor = descriptor;
    return spare;
}

/// One that is there, or one that is made now.
Result<JournalSegment> Journal::State::take_spare(std::size_t bytes) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !wants_spare || stopping; });
    auto fits = std::ranges::find_if(spares, [&](const auto& spare) { return spare.bytes >= bytes; });
    if (fits != spares.end()) {
        auto spare = *fits;
        spares.erase(fits);
        return spare;
    }
    auto made = make_spare(std::max(bytes, next_bytes));
    return made ? made : make_spare(std::max(bytes, segment_bytes_min));  // a disk that is nearly full
}

/// Goes over to another file. What is not yet on disk in the old one is synced first.
Status Journal::State::begin_segment(std::size_t frame_bytes) {
    if (synced < frame && ::fdatasync(active.descriptor) != 0)
        return fail(ErrorKind::unavailable, "'{}' cannot be synced: {}", active.file.string(), std::strerror(errno));
    synced = frame;
    TRY(next, take_spare(JournalSegment::header_bytes + frame_bytes));
    next.number = active.number + 1;
    next.first = frame + 1;
    auto named = options.folder / next.name();
    std::error_code error;
    auto outcome = write_journal_bytes(next.descriptor, 0, next.header(), {});
    if (outcome) std::filesystem::rename(next.file, named, error);
    if (error) outcome = fail(ErrorKind::unavailable, "'{}' cannot be renamed: {}", next.file.string(), error.message());
    if (!outcome) {
        ::close(next.descriptor);
        std::filesystem::remove(next.file, error);
        return outcome;
    }
    next.file = named;
    auto former = std::exchange(active, next);
    place = JournalSegment::header_bytes;
    is_named = asked_for_spare = false;
    std::lock_guard lock(mutex);
    next_bytes = std::min(options.segment_bytes_max, std::max(next_bytes, active.bytes * 2));
    if (former.descriptor < 0) return {};
    former.last = frame;
    full.push_back(former);
    return {};
}

/// One file of zeros is made while the active one fills up.
void Journal::State::ask_for_spare() {
    asked_for_spare = true;
    {
        std::lock_guard lock(mutex);
        wants_spare = spares.empty();
    }
    changed.notify_all();
}

Status Journal::State::write_frame(std::string_view payload, bool sync) {
    auto bytes = JournalFrame::bytes_of(payload.size());
    if (active.descriptor < 0 || place + bytes > active.bytes) TRY_VOID(begin_segment(bytes));
    if (!is_named) TRY_VOID(sync_folder(options.folder));
    is_named = true;
    JournalFrame next{.number = frame + 1, .synced = synced, .payload = payload};
    TRY_VOID(write_journal_bytes(active.descriptor, place, next.header(active.number), payload));
    if (sync && ::fdatasync(active.descriptor) != 0)
        return fail(ErrorKind::unavailable, "'{}' cannot be synced: {}", active.file.string(), std::strerror(errno));
    place += bytes;
    ++frame;
    if (sync) synced = frame;
    if (!asked_for_spare && place > active.bytes / 2) ask_for_spare();
    return {};
}

/// Keeps one file of zeros ready, so that nobody who appends waits for it.
void Journal::State::make_spares() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        if (!wants_spare) {
            changed.wait(lock);
            continue;
        }
        auto bytes = next_bytes;
        lock.unlock();
        auto spare = make_spare(bytes);
        lock.lock();
        if (spare) spares.push_back(*spare);  // otherwise the one who needs it tries again, and says why it cannot
        wants_spare = false;
        changed.notify_all();
    }
}

/// Makes a spare of it, or removes it. Under the mutex.
void Journal::State::retire(JournalSegment segment) {
    std::error_code ignored;
    auto file = options.folder / fmt::format("{}-{}", spare_name, ++spares_made);
    bool is_useful = spares.empty() || (spares.size() < spares_max && segment.bytes >= next_bytes / 2);
    if (is_useful && (std::filesystem::rename(segment.file, file, ignored), !ignored)) {
        segment.file = file;
        spares.push_back(segment);
        return;
    }
    ::close(segment.descriptor);
    std::filesystem::remove(segment.file, ignored);
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Journal>> Journal::open(const Options& options, std::uint64_t kept, const Replay& replay) {
    auto state = std::make_unique<State>();
    state->options = options;
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", options.folder.string(), error.message());
    TRY_VOID(state->replay(kept, replay));
    TRY_VOID(state->begin_segment(0));
    state->maker = std::thread([raw = state.get()] { raw->make_spares(); });
    return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Journal::~Journal() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    state_->maker.join();
    (void)state_->write_frame({}, true);
}

Result<std::uint64_t> Journal::append(std::string_view payload, bool synced) {
    auto written = state_->write_frame(payload, synced);
    if (written) return state_->frame;
    // What the file holds behind its last whole frame is not known any more: the next segment says where this one ends.
    state_->place = state_->active.bytes;
    return tl::unexpected(written.error());
}

std::uint64_t Journal::last_frame() const { return state_->frame; }

void Journal::release(std::uint64_t frame) {
    std::lock_guard lock(state_->mutex);
    while (!state_->full.empty() && state_->full.front().last <= frame) {
        auto segment = state_->full.front();
        state_->full.pop_front();
        state_->retire(segment);
    }
}

std::uint64_t Journal::bytes_cut() const { return state_->cut; }

}  // namespace quoin
