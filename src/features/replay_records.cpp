#include "features/replay_records.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "features/operator.h"

namespace quoin {
namespace {

template <class Value>
void append_plain(std::string& out, const Value& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class Value>
Value take_plain(const char*& in) {
    Value value;
    std::memcpy(&value, in, sizeof value);
    in += sizeof value;
    return value;
}

}  // namespace

void append_record(ReplayRecord head, std::string_view key, const DecodedEvent& event, std::string& out) {
    std::size_t begin = out.size();
    head.key_bytes = static_cast<std::uint16_t>(key.size());
    append_plain(out, head);
    out.append(key);
    for (auto slot : event.type.used) {
        const FieldValue& value = event.fields.fields[slot];
        append_plain(out, value.is_null() ? FieldValue::Kind::null : value.is_text() ? FieldValue::Kind::text : FieldValue::Kind::number);
        if (value.is_number()) append_plain(out, value.number());
        if (!value.is_text()) continue;
        append_plain(out, static_cast<std::uint32_t>(value.text().size()));
        out.append(value.text());
    }
    head.bytes = static_cast<std::uint32_t>(out.size() - begin);
    std::memcpy(out.data() + begin, &head, sizeof head);
}

ReplayRecord record_head(const char* record) {
    ReplayRecord head;
    std::memcpy(&head, record, sizeof head);
    return head;
}

std::string_view record_key(const char* record) { return {record + sizeof(ReplayRecord), record_head(record).key_bytes}; }

void read_fields(const PlannedType& type, const char* record, Record& out) {
    ReplayRecord head = record_head(record);
    out.fields.assign(type.type->fields.size(), FieldValue());
    const char* in = record + sizeof head + head.key_bytes;
    for (auto slot : type.used) {
        auto kind = take_plain<FieldValue::Kind>(in);
        if (kind == FieldValue::Kind::number) out.fields[slot] = FieldValue::number(take_plain<double>(in));
        if (kind != FieldValue::Kind::text) continue;
        auto size = take_plain<std::uint32_t>(in);
        out.fields[slot] = FieldValue::text({in, size});
        in += size;
    }
    FeatureOperator::complete(out, EventTime{head.time});
}

ReplayRecords::ReplayRecords(std::filesystem::path folder, std::size_t memory_bytes_max)
    : folder_(std::move(folder)), memory_bytes_max_(memory_bytes_max), parts_(std::make_unique<Partition[]>(partitions)) {}

ReplayRecords::~ReplayRecords() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Status ReplayRecords::append(std::size_t partition, std::string_view records) {
    {
        std::scoped_lock lock(parts_[partition].guard);
        parts_[partition].resident.append(records);
    }
    if (resident_.fetch_add(records.size()) + records.size() <= memory_bytes_max_) return {};
    return spill();
}

Status ReplayRecords::open_file() {
    if (descriptor_ >= 0) return {};
    auto folder = folder_.empty() ? std::filesystem::temp_directory_path() : folder_;
    std::string name = (folder / "quoin-replay-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0)
        return fail(ErrorKind::unavailable, "cannot make a file in '{}' for a replay that does not fit into memory: {}", folder.string(),
                    std::strerror(errno));
    ::unlink(name.c_str());  // it goes with the descriptor
    return {};
}

Status ReplayRecords::spill() {
    std::scoped_lock spilling(spilling_);
    if (resident_.load() <= memory_bytes_max_) return {};  // somebody else was first
    TRY_VOID(open_file());
    std::string bytes;
    for (std::size_t i = 0; i < partitions; ++i) {
        Partition& part = parts_[i];
        {
            std::scoped_lock lock(part.guard);
            bytes.clear();
            bytes.swap(part.resident);
        }
        std::uint64_t offset = spilled_.load();
        for (std::size_t written = 0; written < bytes.size();) {
            auto count = ::pwrite(descriptor_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(offset + written));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0)
                return fail(ErrorKind::unavailable, "cannot write what a replay puts on disk after {} bytes: {}", offset + written,
                            std::strerror(errno));
            written += static_cast<std::size_t>(count);
        }
        if (!bytes.empty()) part.extents.push_back({offset, bytes.size()});
        spilled_.fetch_add(bytes.size());
        resident_.fetch_sub(bytes.size());
    }
    return {};
}

bool ReplayRecords::is_empty(std::size_t partition) const {
    return parts_[partition].resident.empty() && parts_[partition].extents.empty();
}

Result<std::string> ReplayRecords::load(std::size_t partition) const {
    const Partition& part = parts_[partition];
    std::uint64_t total = part.resident.size();
    for (const Extent& extent : part.extents) total += extent.bytes;
    if (total > partition_bytes_max)
        return fail(ErrorKind::too_large,
                    "one part of the replay has {} bytes of events, at most {} are possible; ask for fewer features or a shorter time",
                    total, partition_bytes_max);
    std::string bytes;
    bytes.reserve(total);
    for (const Extent& extent : part.extents) {
        std::size_t begin = bytes.size();
        bytes.resize(begin + extent.bytes);
        for (std::uint64_t read = 0; read < extent.bytes;) {
            auto count = ::pread(descriptor_, bytes.data() + begin + read, extent.bytes - read, static_cast<off_t>(extent.offset + read));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return fail(ErrorKind::unavailable, "cannot read back what a replay put on disk: {}", std::strerror(errno));
            read += static_cast<std::uint64_t>(count);
        }
    }
    bytes.append(part.resident);
    return bytes;
}

}  // namespace quoin
