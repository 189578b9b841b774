#include "events/event_block.h"

#include "store/crc32c.h"

namespace quoin {
namespace {

constexpr char block_version = 1, letter_version = 1;
constexpr std::size_t header_bytes = 1 + 4;  // version, checksum of what follows
enum Flag : unsigned char { is_history = 1, same_source = 2, same_type = 4, same_subject = 8, same_tenant = 16 };
constexpr unsigned char flags_known = 31;

void put_number(std::string& out, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
    out += static_cast<char>(number);
}

/// Small differences of either sign are small numbers.
std::uint64_t zigzag(std::int64_t number) { return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63); }
std::int64_t unzigzag(std::uint64_t number) { return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1); }

/// Wraps around instead of overflowing: the difference of any two times fits.
std::uint64_t difference(EventTime later, EventTime earlier) {
    auto wrapped = static_cast<std::uint64_t>(later.value()) - static_cast<std::uint64_t>(earlier.value());
    return zigzag(static_cast<std::int64_t>(wrapped));
}
EventTime moved(EventTime time, std::uint64_t difference) {
    return EventTime{
        static_cast<std::int64_t>(static_cast<std::uint64_t>(time.value()) + static_cast<std::uint64_t>(unzigzag(difference)))};
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

void begin_checked(std::string& out, char version) { out.assign({version, 0, 0, 0, 0}); }

void end_checked(std::string& out) {
    auto checksum = crc32c(std::string_view(out).substr(header_bytes));
    for (std::size_t i = 0; i < 4; ++i) out[1 + i] = static_cast<char>(checksum >> (8 * i));
}

/// Reads what the functions above wrote. After the first value that is not there, everything is empty and failed() is true.
class Bytes {
public:
    Bytes(std::string_view bytes, char version) : failed_(bytes.size() < header_bytes || bytes[0] != version) {
        if (failed_) return;
        rest_ = bytes.substr(header_bytes);
        std::uint32_t checksum = 0;
        for (std::size_t i = 4; i > 0; --i) checksum = checksum << 8 | static_cast<unsigned char>(bytes[i]);
        failed_ = checksum != crc32c(rest_);
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        failed_ = true;
        return 0;
    }
    std::string_view text() {
        auto size = number();
        if (failed_ || size > rest_.size()) return failed_ = true, std::string_view();
        auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    bool failed() const { return failed_; }
    bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

void put_event(std::string& out, const Event& event, const Event* former, EventTime former_known) {
    unsigned char flags = event.is_history ? Flag::is_history : 0;
    if (former != nullptr) {
        if (former->source == event.source) flags |= Flag::same_source;
        if (former->type == event.type) flags |= Flag::same_type;
        if (former->subject == event.subject) flags |= Flag::same_subject;
        if (former->tenant == event.tenant) flags |= Flag::same_tenant;
    }
    out += static_cast<char>(flags);
    if (!(flags & Flag::same_source)) put_text(out, event.source);
    put_text(out, event.id);
    if (!(flags & Flag::same_type)) put_text(out, event.type);
    if (!(flags & Flag::same_subject)) put_text(out, event.subject);
    if (!(flags & Flag::same_tenant)) put_text(out, event.tenant.value());
    put_number(out, difference(event.known, former_known));
    put_number(out, difference(event.time, event.known));
    put_text(out, event.data);
}

/// Leaves in `event` what is the same as in the one before it. False: the bytes are no event.
bool take_event(Bytes& bytes, Event& event) {
    auto flags = bytes.number();
    if (flags > flags_known) return false;
    if (!(flags & Flag::same_source)) event.source = bytes.text();
    event.id = bytes.text();
    if (!(flags & Flag::same_type)) event.type = bytes.text();
    if (!(flags & Flag::same_subject)) event.subject = bytes.text();
    if (!(flags & Flag::same_tenant)) event.tenant = TenantId{std::string(bytes.text())};
    event.known = moved(event.known, bytes.number());
    event.time = moved(event.known, bytes.number());
    event.data = bytes.text();
    event.is_history = flags & Flag::is_history;
    return !bytes.failed();
}

}  // namespace

void EventBlockWriter::begin(std::uint64_t first_sequence) {
    begin_checked(bytes_, block_version);
    put_number(bytes_, first_sequence);
    first_sequence_ = first_sequence;
    events_ = 0;
    former_ = nullptr;
    former_known_ = EventTime{0};
}

void EventBlockWriter::add(const Event& event) {
    put_event(bytes_, event, former_, former_known_);
    former_ = &event;
    former_known_ = event.known;
    ++events_;
}

std::string_view EventBlockWriter::finish() {
    end_checked(bytes_);
    return bytes_;
}

Result<bool> read_event_block(std::string_view block, const std::function<Result<bool>(const Event&)>& visit) {
    Bytes bytes(block, block_version);
    Event event;
    event.known = EventTime{0};
    event.sequence = bytes.number();
    while (!bytes.failed() && !bytes.is_at_end()) {
        if (!take_event(bytes, event)) break;
        TRY(goes_on, visit(event));
        if (!goes_on) return false;
        ++event.sequence;
    }
    if (bytes.failed() || !bytes.is_at_end()) return fail(ErrorKind::corrupt, "a block of the event log is not what was written");
    return true;
}

std::string dead_letter_bytes(const DeadLetter& letter) {
    std::string out;
    begin_checked(out, letter_version);
    put_event(out, letter.event, nullptr, EventTime{0});
    put_text(out, letter.reason);
    put_number(out, difference(letter.received, EventTime{0}));
    put_number(out, letter.attempts);
    end_checked(out);
    return out;
}

Result<DeadLetter> read_dead_letter(std::string_view stored) {
    Bytes bytes(stored, letter_version);
    DeadLetter letter;
    letter.event.known = EventTime{0};
    bool is_event = !bytes.failed() && take_event(bytes, letter.event);
    letter.reason = bytes.text();
    letter.received = moved(EventTime{0}, bytes.number());
    letter.attempts = static_cast<std::uint32_t>(bytes.number());
    if (!is_event || bytes.failed() || !bytes.is_at_end()) return fail(ErrorKind::corrupt, "a dead letter is not what was written");
    return letter;
}

}  // namespace quoin
