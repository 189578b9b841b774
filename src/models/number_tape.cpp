#include "models/number_tape.h"

#include <cassert>
#include <cmath>
#include <cstring>

#include "store/crc32c.h"

namespace quoin {
namespace {

constexpr std::string_view magic = "qntape1\n";
constexpr std::size_t kind_size = 24;
constexpr std::size_t header_size = 8 + kind_size + 4 + 4 + 8;  // magic, kind, version, checksum, count of words

static_assert(std::endian::native == std::endian::little, "the tape is little-endian and is copied as it stands");

template <class Integer>
Integer read_integer(std::span<const std::byte> bytes, std::size_t at) {
    Integer value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::uint32_t checksum_of(std::span<const std::byte> words) { return crc32c({reinterpret_cast<const char*>(words.data()), words.size()}); }

}  // namespace

void TapeWriter::numbers(std::span<const double> values) {
    whole(values.size());
    for (double value : values) number(value);
}

void TapeWriter::wholes(std::span<const std::uint64_t> values) {
    whole(values.size());
    words_.insert(words_.end(), values.begin(), values.end());
}

std::vector<std::byte> TapeWriter::finish(std::string_view kind, std::uint32_t version) const {
    assert(!kind.empty() && kind.size() <= kind_size);
    std::vector<std::byte> bytes(header_size + words_.size() * 8);
    if (!words_.empty()) std::memcpy(bytes.data() + header_size, words_.data(), words_.size() * 8);
    std::uint32_t checksum = checksum_of(std::span(bytes).subspan(header_size));
    std::uint64_t count = words_.size();
    std::memcpy(bytes.data(), magic.data(), magic.size());
    std::memcpy(bytes.data() + 8, kind.data(), kind.size());
    std::memcpy(bytes.data() + 32, &version, 4);
    std::memcpy(bytes.data() + 36, &checksum, 4);
    std::memcpy(bytes.data() + 40, &count, 8);
    return bytes;
}

Result<TapeReader> TapeReader::open(std::span<const std::byte> bytes, std::string_view kind, std::uint32_t version) {
    assert(!kind.empty() && kind.size() <= kind_size);
    if (bytes.size() < header_size || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
        return fail(ErrorKind::corrupt, "these bytes are no saved {}: they do not start as one", kind);
    std::string name(kind);
    name.resize(kind_size, '\0');
    if (std::memcmp(bytes.data() + 8, name.data(), kind_size) != 0)
        return fail(ErrorKind::corrupt, "these bytes hold another model, no {}", kind);
    auto found = read_integer<std::uint32_t>(bytes, 32);
    if (found != version)
        return fail(ErrorKind::unsupported, "the saved {} has format {}; this program reads format {}", kind, found, version);
    auto words = bytes.subspan(header_size);
    if (words.size() % 8 != 0 || read_integer<std::uint64_t>(bytes, 40) != words.size() / 8)
        return fail(ErrorKind::corrupt, "the saved {} is cut short or has bytes too many", kind);
    if (read_integer<std::uint32_t>(bytes, 36) != checksum_of(words))
        return fail(ErrorKind::corrupt, "the saved {} does not have the checksum that it was written with", kind);
    TapeReader reader;
    reader.words_ = words;
    reader.kind_ = kind;
    return reader;
}

std::uint64_t TapeReader::word() {
    if (!sound_ || at_ + 8 > words_.size()) {
        sound_ = false;
        return 0;
    }
    at_ += 8;
    return read_integer<std::uint64_t>(words_, at_ - 8);
}

double TapeReader::number() {
    auto value = std::bit_cast<double>(word());
    require(std::isfinite(value));
    return sound_ ? value : 0;
}

double TapeReader::number_within(double lower, double upper) {
    double value = number();
    require(value >= lower && value <= upper);
    return sound_ ? value : lower;
}

std::uint64_t TapeReader::whole(std::uint64_t lower, std::uint64_t upper) {
    std::uint64_t value = word();
    require(value >= lower && value <= upper);
    return sound_ ? value : lower;
}

std::vector<double> TapeReader::numbers(std::size_t count_max) {
    auto count = whole(0, std::min<std::uint64_t>(count_max, (words_.size() - at_) / 8));
    std::vector<double> values;
    if (sound_) values.reserve(count);
    for (std::uint64_t i = 0; i < count && sound_; ++i) values.push_back(number());
    return values;
}

std::vector<std::uint64_t> TapeReader::wholes(std::size_t count_max) {
    auto count = whole(0, std::min<std::uint64_t>(count_max, (words_.size() - at_) / 8));
    std::vector<std::uint64_t> values;
    if (sound_) values.reserve(count);
    for (std::uint64_t i = 0; i < count && sound_; ++i) values.push_back(word());
    return values;
}

Status TapeReader::finish() const {
    if (!sound_ || at_ != words_.size()) return fail(ErrorKind::corrupt, "the saved {} holds values that do not fit together", kind_);
    return {};
}

}  // namespace quoin
