#include "models/forest/ubjson.h"

#include <bit>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace quoin {
namespace {

namespace json = boost::json;

constexpr int depth_max = 64;
constexpr char end_of_file = 0;

class UbjsonReader {
public:
    explicit UbjsonReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    Result<json::value> document() {
        TRY(value, any(marker(), 0));
        if (left() > 0) return broken("more bytes follow the document");
        return std::move(value);
    }

private:
    tl::unexpected<Error> broken(const char* what) const {
        return fail(ErrorKind::corrupt, "the UBJSON is broken at byte {}: {}", at_, what);
    }
    std::size_t left() const { return bytes_.size() - at_; }
    bool next_is(char expected) const { return left() > 0 && static_cast<char>(bytes_[at_]) == expected; }

    char marker() {
        while (next_is('N')) ++at_;  // no-operation
        return left() > 0 ? static_cast<char>(bytes_[at_++]) : end_of_file;
    }

    template <class Bits>
    Result<Bits> bits() {
        if (left() < sizeof(Bits)) return broken("it is cut short");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Bits); ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at_ + i]);
        at_ += sizeof(Bits);
        return static_cast<Bits>(value);
    }

    template <class Signed, class Bits>
    Result<std::int64_t> whole() {
        TRY(raw, bits<Bits>());
        return static_cast<Signed>(raw);
    }

    Result<std::int64_t> integer(char kind) {
        switch (kind) {
            case 'i': return whole<std::int8_t, std::uint8_t>();
            case 'U': return whole<std::uint8_t, std::uint8_t>();
            case 'I': return whole<std::int16_t, std::uint16_t>();
            case 'l': return whole<std::int32_t, std::uint32_t>();
            case 'L': return whole<std::int64_t, std::uint64_t>();
            default: return broken("a number or container was expected");
        }
    }

    /// A length or count; what it counts takes at least a byte each.
    Result<std::size_t> size() {
        TRY(length, integer(marker()));
        if (length < 0 || static_cast<std::uint64_t>(length) > left()) return broken("a length runs past the end");
        return static_cast<std::size_t>(length);
    }

    Result<std::string_view> text() {
        TRY(length, size());
        std::string_view value(reinterpret_cast<const char*>(bytes_.data() + at_), length);
        at_ += length;
        return value;
    }

    Result<json::value> any(char kind, int depth) {
        if (depth > depth_max) return broken("it is nested too deeply");
        switch (kind) {
            case '{': return object(depth);
            case '[': return array(depth);
            case 'T': return json::value(true);
            case 'F': return json::value(false);
            case 'Z': return json::value(nullptr);
            case 'S': {
                TRY(value, text());
                return json::value(json::string(value.data(), value.size()));
            }
            case 'C': {
                TRY(character, bits<std::uint8_t>());
                return json::value(json::string(1, static_cast<char>(character)));
            }
            case 'd': {
                TRY(raw, bits<std::uint32_t>());
                return json::value(static_cast<double>(std::bit_cast<float>(raw)));
            }
            case 'D': {
                TRY(raw, bits<std::uint64_t>());
                return json::value(std::bit_cast<double>(raw));
            }
            default: {
                TRY(value, integer(kind));
                return json::value(value);
            }
        }
    }

    /// The "#count" of a container, if there is one.
    Result<std::optional<std::size_t>> count() {
        if (!next_is('#')) return std::optional<std::size_t>();
        ++at_;
        TRY(counted, size());
        return std::optional(counted);
    }

    Result<json::value> object(int depth) {
        json::object object;
        if (next_is('$')) return broken("an object of one type is nothing that XGBoost writes");
        TRY(counted, count());
        for (std::size_t i = 0; counted ? i < *counted : !next_is('}'); ++i) {
            TRY(key, text());
            TRY(value, any(marker(), depth + 1));
            if (!object.emplace(json::string_view(key.data(), key.size()), std::move(value)).second) return broken("a key occurs twice");
        }
        if (!counted) ++at_;
        return json::value(std::move(object));
    }

    Result<json::value> array(int depth) {
        json::array array;
        char typed = end_of_file;
        if (next_is('$')) {
            ++at_;
            typed = marker();
            if (typed == 'T' || typed == 'F' || typed == 'Z') return broken("an array's elements take no bytes");
        }
        TRY(counted, count());
        if (typed != end_of_file && !counted) return broken("a typed array has no count");
        // Only for numbers: nested containers could each claim all the bytes that are left.
        if (typed != end_of_file && typed != '[' && typed != '{') array.reserve(*counted);
        for (std::size_t i = 0; !counted || i < *counted; ++i) {
            char kind = typed != end_of_file ? typed : marker();
            if (kind == ']' && !counted) break;
            TRY(value, any(kind, depth + 1));
            array.push_back(std::move(value));
        }
        return json::value(std::move(array));
    }

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
};

}  // namespace

Result<json::value> parse_ubjson(std::span<const std::byte> bytes) { return UbjsonReader(bytes).document(); }

}  // namespace quoin
