#include "prediction/record_queue.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::size_t chunk_bytes = 256u << 10;     ///< LZ4 finds what repeats within 64 KiB; more costs the wait for it
constexpr std::size_t own_chunk_bytes = 32u << 10;  ///< from here on a push copies its records before it takes the lock
constexpr std::size_t spares_max = 8;
constexpr std::chrono::milliseconds linger{10};

}  // namespace

bool RecordQueue::push(std::span<const PredictionRecordView> records) {
    std::size_t bytes = 0;
    for (const auto& record : records) bytes += RecordChunk::bytes_of(record);
    std::shared_ptr<RecordChunk> own;
    if (bytes >= own_chunk_bytes && bytes <= limits_.bytes) {
        own = std::make_shared<RecordChunk>(bytes);
        for (const auto& record : records) own->append(record);
    }
    bool wakes = false;
    {
        std::lock_guard lock(mutex_);
        if (records_ + records.size() > limits_.records || bytes_ + bytes > limits_.bytes) return false;
        if (own) {
            chunks_.push_back(std::move(own));
            is_open_ = false;
        } else {
            for (const auto& record : records) put(record);
        }
        records_ += records.size();
        bytes_ += bytes;
        pushed_ += records.size();
        wakes = is_waiting_ || (is_lingering_ && chunks_.size() > 1);
        if (wakes) is_waiting_ = is_lingering_ = false;
    }
    if (wakes) changed_.notify_one();
    return true;
}

void RecordQueue::put(const PredictionRecordView& record) {
    auto bytes = RecordChunk::bytes_of(record);
    if (!is_open_ || !chunks_.back()->has_room(bytes)) chunks_.push_back(new_chunk(bytes));
    is_open_ = true;
    chunks_.back()->append(record);
}

std::shared_ptr<RecordChunk> RecordQueue::new_chunk(std::size_t bytes) {
    if (bytes > chunk_bytes || spares_.empty()) return std::make_shared<RecordChunk>(std::max(bytes, chunk_bytes));
    auto chunk = std::move(spares_.back());
    spares_.pop_back();
    return chunk;
}

std::shared_ptr<RecordChunk> RecordQueue::next(Deadline deadline) {
    std::unique_lock lock(mutex_);
    auto is_urgent = [&] { return is_hurried_ || is_stopped_; };
    is_waiting_ = chunks_.empty();
    changed_.wait_until(lock, deadline, [&] { return !chunks_.empty() || is_urgent(); });
    is_waiting_ = false;
    is_lingering_ = chunks_.size() == 1 && is_open_;
    if (is_lingering_) changed_.wait_for(lock, linger, [&] { return chunks_.size() > 1 || is_urgent(); });
    is_lingering_ = false;
    is_hurried_ = false;
    if (chunks_.empty()) return nullptr;
    if (chunks_.size() == 1) is_open_ = false;
    return chunks_.front();
}

void RecordQueue::written(std::shared_ptr<RecordChunk> chunk) {
    std::lock_guard lock(mutex_);
    chunks_.pop_front();
    records_ -= chunk->records();
    bytes_ -= chunk->bytes().size();
    bool is_reusable = chunk->room() == chunk_bytes && chunk.use_count() == 1 && spares_.size() < spares_max;
    if (!is_reusable) return;  // its own size, somebody reads it, or the queue was long and is no more
    chunk->clear();
    spares_.push_back(std::move(chunk));
}

void RecordQueue::hurry() {
    {
        std::lock_guard lock(mutex_);
        is_hurried_ = true;
    }
    changed_.notify_one();
}

void RecordQueue::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    changed_.notify_one();
}

bool RecordQueue::is_stopped() const {
    std::lock_guard lock(mutex_);
    return is_stopped_;
}

std::vector<RecordQueue::Waiting> RecordQueue::waiting() const {
    std::vector<Waiting> all;
    std::lock_guard lock(mutex_);
    for (const auto& chunk : chunks_) all.push_back({chunk, chunk->bytes(), chunk->times()});
    return all;
}

std::uint64_t RecordQueue::pushed() const {
    std::lock_guard lock(mutex_);
    return pushed_;
}

std::size_t RecordQueue::records() const {
    std::lock_guard lock(mutex_);
    return records_;
}

std::size_t RecordQueue::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace quoin
