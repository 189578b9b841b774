#include "features/replay_scatter.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "features/text_table.h"

namespace quoin {
namespace {

constexpr std::size_t batch_bytes = 1u << 20, batch_events = 8192, buffer_bytes = 32u << 10, waiting_batches_max = 8;

}  // namespace

void KeySet::place(std::uint64_t hash) {
    std::size_t i = hash & (slots_.size() - 1);
    while (slots_[i] != 0 && slots_[i] != hash) i = (i + 1) & (slots_.size() - 1);
    size_ += slots_[i] == 0;
    slots_[i] = hash;
}

void KeySet::insert(std::uint64_t hash) {  // a hash is never 0: TextTable::id_of
    if ((size_ + 1) * 2 > slots_.size()) {
        auto former = std::exchange(slots_, std::vector<std::uint64_t>(std::max<std::size_t>(64, slots_.size() * 2)));
        size_ = 0;
        for (auto one : former)
            if (one != 0) place(one);
    }
    place(hash);
}

bool KeySet::contains(std::uint64_t hash) const {
    if (slots_.empty()) return false;
    for (std::size_t i = hash & (slots_.size() - 1); slots_[i] != 0; i = (i + 1) & (slots_.size() - 1))
        if (slots_[i] == hash) return true;
    return false;
}

/// Events on their way to a worker, with nothing but what records are made from.
struct ReplayScatter::Batch {
    struct Item {
        std::uint16_t type;
        std::int64_t order, time;
        std::uint64_t sequence;
        std::uint32_t begin, tenant_bytes, data_bytes;
    };
    std::vector<Item> items;
    std::string bytes;
};

/// Decodes batches into buffers of its own, one per partition.
class ReplayScatter::Worker {
public:
    explicit Worker(ReplayScatter& owner) : owner_(owner), buffers_(ReplayRecords::partitions) {}

    Status work(const Batch& batch) {
        for (const auto& item : batch.items) {
            const PlannedType& type = owner_.plan_.types()[item.type];
            std::string_view tenant(batch.bytes.data() + item.begin, item.tenant_bytes);
            if (!type.type->decode({tenant.data() + tenant.size(), item.data_bytes}, record_)) {
                owner_.undecodable_.fetch_add(1, std::memory_order_relaxed);
                continue;
            }
            for (auto target : type.targets) TRY_VOID(keep(item, target, tenant));
        }
        return {};
    }

    Status flush() {
        for (std::size_t i = 0; i < buffers_.size(); ++i) TRY_VOID(flush(i));
        return {};
    }

private:
    Status keep(const Batch::Item& item, PlannedType::Target target, std::string_view tenant) {
        const FieldValue& id = record_.fields[target.id_field];
        if (!id.is_text() || id.text().empty()) return {};
        key_.assign(1, static_cast<char>(target.entity)).append(tenant).append(1, '\x1f').append(id.text());
        std::uint64_t hash = TextTable::id_of(key_);
        const KeySet* only = owner_.plan_.is_looked_up(target.entity) ? nullptr : owner_.options_.only;
        if (only && !only->contains(hash)) return {};
        std::size_t partition = ReplayRecords::partition_of(hash);
        ReplayRecord head{.type = item.type, .key_hash = hash, .order = item.order, .time = item.time, .sequence = item.sequence};
        append_record(head, key_, {owner_.plan_.types()[item.type], record_}, buffers_[partition]);
        owner_.kept_.fetch_add(1, std::memory_order_relaxed);
        return buffers_[partition].size() < buffer_bytes ? Status{} : flush(partition);
    }

    Status flush(std::size_t partition) {
        if (buffers_[partition].empty()) return {};
        auto status = owner_.records_.append(partition, buffers_[partition]);
        buffers_[partition].clear();
        return status;
    }

    ReplayScatter& owner_;
    std::vector<std::string> buffers_;
    Record record_;
    std::string key_;
};

/// Batches between the reader and the workers, at most waiting_batches_max.
struct ReplayScatter::Queue {
    std::mutex guard;
    std::condition_variable changed;
    std::deque<std::unique_ptr<Batch>> waiting;
    bool has_ended = false;
    Status failure;
    std::vector<std::thread> threads;

    void fail_with(Status status) {
        std::scoped_lock lock(guard);
        if (failure) failure = std::move(status);
        changed.notify_all();
    }

    void serve(Worker worker) {
        for (;;) {
            std::unique_ptr<Batch> batch;
            {
                std::unique_lock lock(guard);
                changed.wait(lock, [&] { return has_ended || !failure || !waiting.empty(); });
                if (!failure) return;
                if (waiting.empty()) break;
                batch = std::move(waiting.front());
                waiting.pop_front();
            }
            changed.notify_all();
            if (auto status = worker.work(*batch); !status) return fail_with(std::move(status));
        }
        if (auto status = worker.flush(); !status) fail_with(std::move(status));
    }

    void end() {
        {
            std::scoped_lock lock(guard);
            has_ended = true;
        }
        changed.notify_all();
        for (auto& thread : threads) thread.join();
        threads.clear();
    }
};

ReplayScatter::ReplayScatter(const ReplayPlan& plan, const ScatterOptions& options, ReplayRecords& records)
    : plan_(plan), options_(options), records_(records), batch_(std::make_unique<Batch>()) {
    if (options.threads <= 1) {
        own_ = std::make_unique<Worker>(*this);
        return;
    }
    queue_ = std::make_unique<Queue>();
    for (std::size_t i = 0; i < options.threads; ++i) queue_->threads.emplace_back([this] { queue_->serve(Worker(*this)); });
}

ReplayScatter::~ReplayScatter() {
    if (queue_) queue_->end();
}

Status ReplayScatter::take(const Event& event) {
    ++events_;
    auto type = plan_.type(event.type);
    if (!type) return {};
    if (options_.knowledge && event.known > *options_.knowledge) return {};
    EventTime order = options_.knowledge ? event.time : event.effective();
    if (order > options_.last) return {};
    auto begin = static_cast<std::uint32_t>(batch_->bytes.size());
    batch_->bytes.append(event.tenant.value()).append(event.data);
    batch_->items.push_back({*type, order.value(), event.time.value(), event.sequence, begin,
                             static_cast<std::uint32_t>(event.tenant.value().size()), static_cast<std::uint32_t>(event.data.size())});
    return batch_->bytes.size() < batch_bytes && batch_->items.size() < batch_events ? Status{} : hand_over();
}

Status ReplayScatter::hand_over() {
    if (own_) {
        auto status = own_->work(*batch_);
        batch_->items.clear();
        batch_->bytes.clear();
        return status;
    }
    {
        std::unique_lock lock(queue_->guard);
        queue_->changed.wait(lock, [&] { return !queue_->failure || queue_->waiting.size() < waiting_batches_max; });
        if (!queue_->failure) return queue_->failure;
        queue_->waiting.push_back(std::exchange(batch_, std::make_unique<Batch>()));
    }
    queue_->changed.notify_all();
    return {};
}

Status ReplayScatter::finish() {
    TRY_VOID(hand_over());
    if (own_) return own_->flush();
    queue_->end();
    return queue_->failure;
}

}  // namespace quoin
