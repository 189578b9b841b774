#include "features/vector_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/digest.h"
#include "features/vector_segment.h"

namespace quoin {
namespace {

constexpr std::size_t block_bytes = 256u << 10;
constexpr int tries_max = 16;
constexpr std::uint64_t null_number = 0x7ff8'0000'0000'0000ull;

std::vector<std::filesystem::path> segments_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> segments;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".qvl") segments.push_back(entry.path());
    std::ranges::sort(segments);
    return segments;
}

ServedVector vector_of(const FeatureAnswer& answer, const VectorLog::Question& question) {
    ServedVector vector{.view = std::string(question.view), .tenant = std::string(question.tenant), .id = std::string(question.id)};
    vector.at = answer.at;
    vector.event_time = answer.row.event_time;
    vector.lists = answer.row.lists;
    const auto& features = answer.view->features();
    for (std::size_t slot = 0; slot < features.size(); ++slot) {
        const FieldValue& value = answer.row.values[slot];
        auto type = features[slot].declaration->type;
        if (is_list(type)) vector.bits.push_back(0);
        else if (field_kind(type) == FieldKind::text) vector.bits.push_back(value.is_null() ? 0 : TextTable::id_of(value.text()));
        else vector.bits.push_back(value.is_null() ? null_number : std::bit_cast<std::uint64_t>(value.number()));
    }
    return vector;
}

}  // namespace

std::string answer_digest(const FeatureCatalog& catalog, const FeatureView& view) {
    std::string text = catalog.computation_digest(view);
    for (const CompiledFeature& feature : view.features())
        if (const auto& lookup = feature.declaration->lookup) text += answer_digest(catalog, *catalog.find(lookup->view));
    return sha256_hex(text);
}

struct VectorLog::State {
    Options options;
    std::mutex adding;   ///< block
    std::mutex writing;  ///< the rest; taken before `adding` is let go, so that blocks keep their order
    std::unique_ptr<VectorBlock> block = std::make_unique<VectorBlock>();
    std::uint64_t segment_bytes = 0;
    int descriptor = -1;
    std::uint64_t segment = 0;
    Status failure;
    std::atomic<std::uint64_t> logged{0}, unlogged{0};
    std::mutex digests_guard;
    std::shared_ptr<const FeatureCatalog> digests_of;
    std::map<std::string, std::string, std::less<>> digests;

    std::filesystem::path segment_file(std::uint64_t number) const { return options.folder / fmt::format("{:012}.qvl", number); }

    std::string digest_of(const std::shared_ptr<const FeatureCatalog>& catalog, const FeatureView& view) {
        std::scoped_lock lock(digests_guard);
        if (digests_of != catalog) digests.clear(), digests_of = catalog;
        auto [found, is_new] = digests.try_emplace(view.name());
        if (is_new) found->second = answer_digest(*catalog, view);
        return found->second;
    }

    void give_up_oldest() {
        auto files = segments_in(options.folder);
        std::uint64_t total = 0;
        std::error_code failure;
        for (auto file = files.rbegin(); file != files.rend(); ++file) {
            total += std::filesystem::file_size(*file, failure);
            if (total > options.total_bytes_max && file != files.rbegin()) std::filesystem::remove(*file, failure);
        }
    }

    Status open_segment() {
        auto file = segment_file(++segment);
        descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor < 0) return fail(ErrorKind::unavailable, "cannot make '{}': {}", file.string(), std::strerror(errno));
        give_up_oldest();
        return write(VectorBlock::magic);
    }

    Status write(std::string_view bytes) {
        while (!bytes.empty()) {
            auto written = ::write(descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0)
                return fail(ErrorKind::unavailable, "cannot write '{}': {}", segment_file(segment).string(), std::strerror(errno));
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    /// Writes the block that `adding_lock` holds, and lets others add meanwhile.
    void write_out(std::unique_lock<std::mutex>& adding_lock) {
        auto full = std::exchange(block, std::make_unique<VectorBlock>());
        std::unique_lock writing_lock(writing);
        adding_lock.unlock();
        std::string bytes = full->finish();
        Status status = descriptor < 0 ? open_segment() : Status{};
        if (status) status = write(bytes);
        segment_bytes += bytes.size();
        // A block that could not be written whole ends its segment, since a reader stops there.
        if (!status || segment_bytes >= options.segment_bytes_max) close_segment();
        (status ? logged : unlogged).fetch_add(full->vectors());
        failure = std::move(status);
    }

    void close_segment() {
        if (descriptor >= 0) ::close(descriptor);
        descriptor = -1;
        segment_bytes = 0;
    }
};

VectorLog::VectorLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<VectorLog>> VectorLog::open(Options options) {
    std::error_code failure;
    std::filesystem::create_directories(options.folder, failure);
    if (failure) return fail(ErrorKind::unavailable, "cannot make the folder '{}': {}", options.folder.string(), failure.message());
    auto state = std::make_unique<State>();
    state->options = std::move(options);
    if (auto files = segments_in(state->options.folder); !files.empty())
        state->segment = std::strtoull(files.back().stem().c_str(), nullptr, 10);
    return std::unique_ptr<VectorLog>(new VectorLog(std::move(state)));
}

VectorLog::~VectorLog() {
    auto status = flush();
    state_->close_segment();
}

void VectorLog::add(const ServedVector& vector) {
    std::unique_lock lock(state_->adding);
    if (!state_->block->add(vector)) state_->unlogged.fetch_add(1);
    else if (state_->block->bytes() >= block_bytes) state_->write_out(lock);
}

// An answer depends on exactly the events up to `sequence` if none was folded in between the two looks at it. The second look waits for
// an event that is just being folded: handing in nothing takes the lock of the writer.
Result<FeatureAnswer> VectorLog::serve(const Question& question, OnlineView& online, EventLog& log) {
    static const Event nothing;
    for (int tries = 0;; ++tries) {
        auto catalog = online.catalog();
        std::uint64_t changes = online.changes(), sequence = online.applied_sequence();
        TRY(answer, online.read({question.view, question.tenant, question.id, log.now(), question.wants_lists}));
        online.apply({&nothing, 1});
        bool is_certain = online.changes() == changes && online.applied_sequence() == sequence && online.catalog() == catalog;
        if (!is_certain && tries < tries_max) continue;
        if (is_certain) {
            ServedVector vector = vector_of(answer, question);
            vector.digest = state_->digest_of(catalog, *answer.view);
            vector.sequence = sequence;
            add(vector);
        } else {
            state_->unlogged.fetch_add(1);
        }
        return std::move(answer);
    }
}

Status VectorLog::flush() {
    std::unique_lock lock(state_->adding);
    if (state_->block->vectors() > 0) state_->write_out(lock);
    return health();
}

std::uint64_t VectorLog::logged() const {
    std::scoped_lock lock(state_->adding);
    return state_->logged.load() + state_->block->vectors();
}
std::uint64_t VectorLog::unlogged() const { return state_->unlogged.load(); }

Status VectorLog::health() const {
    std::scoped_lock lock(state_->writing);
    return state_->failure;
}

Status VectorLog::read(const std::filesystem::path& folder, const std::function<Status(const ServedVector&)>& visit) {
    if (!std::filesystem::is_directory(folder))
        return fail(ErrorKind::not_found, "there is no folder '{}' of served vectors", folder.string());
    for (const auto& file : segments_in(folder)) TRY_VOID(read_vector_segment(file, visit));
    return {};
}

}  // namespace quoin
