#include "features/vector_segment.h"

#include <cstring>

#include "store/blobs.h"
#include "store/crc32c.h"

namespace quoin {
namespace {

enum class Tag : std::uint8_t { view = 1, vector = 2 };
constexpr std::size_t text_bytes_max = 65'535, slots_max = 4096, list_items_max = 1024;

template <class Number>
void append_number(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint16_t>(text.size()));
    out.append(text);
}

/// Reads from a block whose checksum was right; what is cut short all the same makes it fail for good.
class Cursor {
public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}
    bool is_at_end() const { return rest_.empty(); }
    bool is_good() const { return is_good_; }

    template <class Number>
    Number number() {
        Number value{};
        if (rest_.size() < sizeof value) {
            is_good_ = false;
            return value;
        }
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_.remove_prefix(sizeof value);
        return value;
    }
    std::string text() {
        std::size_t size = number<std::uint16_t>();
        if (rest_.size() < size) is_good_ = false;
        if (!is_good_) return {};
        std::string value(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return value;
    }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

struct KnownView {
    std::string name, digest;
};

/// The rest of a vector's record, without its tag.
bool read_vector(Cursor& in, const std::map<std::uint16_t, KnownView>& views, ServedVector& vector) {
    auto view = views.find(in.number<std::uint16_t>());
    if (view == views.end()) return false;
    vector.view = view->second.name;
    vector.digest = view->second.digest;
    vector.at = EventTime{in.number<std::int64_t>()};
    vector.sequence = in.number<std::uint64_t>();
    vector.event_time = EventTime{in.number<std::int64_t>()};
    vector.tenant = in.text();
    vector.id = in.text();
    std::size_t slots = in.number<std::uint16_t>();
    bool has_lists = in.number<std::uint8_t>() != 0;
    if (!in.is_good() || slots > slots_max) return false;
    vector.bits.resize(slots);
    for (auto& bits : vector.bits) bits = in.number<std::uint64_t>();
    vector.lists.assign(has_lists ? slots : 0, {});
    for (auto& list : vector.lists) {
        list.resize(std::min<std::size_t>(in.number<std::uint16_t>(), list_items_max));
        for (auto& item : list) item = in.number<std::uint64_t>();
    }
    return in.is_good();
}

}  // namespace

bool VectorBlock::add(const ServedVector& vector) {
    if (vector.tenant.size() > text_bytes_max || vector.id.size() > text_bytes_max || vector.bits.size() > slots_max) return false;
    for (const auto& list : vector.lists)
        if (list.size() > list_items_max) return false;
    std::string& out = records_;
    auto view = views_.find({vector.view, vector.digest});
    if (view == views_.end()) {
        if (views_.size() >= views_max) return false;
        view = views_.emplace(std::pair(vector.view, vector.digest), static_cast<std::uint16_t>(views_.size())).first;
        append_number(out, Tag::view);
        append_number(out, view->second);
        append_text(out, vector.view);
        append_text(out, vector.digest);
    }
    append_number(out, Tag::vector);
    append_number(out, view->second);
    append_number(out, vector.at.value());
    append_number(out, vector.sequence);
    append_number(out, vector.event_time.value());
    append_text(out, vector.tenant);
    append_text(out, vector.id);
    append_number(out, static_cast<std::uint16_t>(vector.bits.size()));
    append_number(out, static_cast<std::uint8_t>(!vector.lists.empty()));
    out.append(reinterpret_cast<const char*>(vector.bits.data()), vector.bits.size() * sizeof(std::uint64_t));
    for (const auto& list : vector.lists) {
        append_number(out, static_cast<std::uint16_t>(list.size()));
        out.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(std::uint64_t));
    }
    ++vectors_;
    return true;
}

std::string VectorBlock::finish() const {
    std::string block;
    append_number(block, static_cast<std::uint32_t>(records_.size()));
    append_number(block, crc32c(records_));
    return block.append(records_);
}

Status read_vector_segment(const std::filesystem::path& file, const std::function<Status(const ServedVector&)>& visit) {
    TRY(mapped, MappedFile::open(file));
    std::string_view bytes = mapped.text();
    constexpr auto magic = VectorBlock::magic;
    if (bytes.size() < magic.size()) return {};  // killed before anything was written
    if (!bytes.starts_with(magic)) return fail(ErrorKind::corrupt, "'{}' is no segment of served vectors", file.string());
    ServedVector vector;
    for (std::size_t place = magic.size(); bytes.size() - place >= 8;) {
        std::uint32_t size = 0, sum = 0;
        std::memcpy(&size, bytes.data() + place, 4);
        std::memcpy(&sum, bytes.data() + place + 4, 4);
        if (bytes.size() - place - 8 < size) return {};
        auto records = bytes.substr(place + 8, size);
        if (crc32c(records) != sum) return fail(ErrorKind::corrupt, "'{}': the block at byte {} is damaged", file.string(), place);
        std::map<std::uint16_t, KnownView> views;
        for (Cursor in(records); !in.is_at_end();) {
            auto tag = in.number<Tag>();
            if (tag == Tag::view) {
                auto number = in.number<std::uint16_t>();
                auto name = in.text();
                views[number] = {name, in.text()};
            } else if (tag != Tag::vector || !read_vector(in, views, vector)) {
                return fail(ErrorKind::corrupt, "'{}': the block at byte {} holds a record that nobody wrote", file.string(), place);
            } else {
                TRY_VOID(visit(vector));
            }
            if (!in.is_good()) return fail(ErrorKind::corrupt, "'{}': the block at byte {} is cut short", file.string(), place);
        }
        place += 8 + size;
    }
    return {};
}

}  // namespace quoin
