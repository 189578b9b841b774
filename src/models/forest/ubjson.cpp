#include "models/forest/ubjson.h"

#include <bit>
#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace quoin {
namespace {

namespace json = boost::json;
constexpr int depth_max = 64;

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    Result<json::value> document() {
        TRY(value, any(marker(), 0));
        return std::move(value);
    }

private:
    tl::unexpected<Error> broken(const char* what) const { return fail(ErrorKind::corrupt, "the UBJSON is broken at byte {}: {}", at_, what); }
    std::size_t left() const { return bytes_.size() - at_; }

    /// 0 at the end.
    char marker() {
        while (left() > 0) {
            char c = static_cast<char>(bytes_[at_++]);
            if (c != 'N') return c;
        }
        return 0;
    }

    template <class Bits>
    std::optional<Bits> bits() {
        if (left() < sizeof(Bits)) return std::nullopt;
        Bits value = 0;
        for (std::size_t i = 0; i < sizeof(Bits); ++i) value = static_cast<Bits>((static_cast<std::uint64_t>(value) << 8) | std::to_integer<std::uint64_t>(bytes_[at_ + i]));
        at_ += sizeof(Bits);
        return value;
    }

    Result<std::int64_t> integer(char kind) {
        auto widened = [](auto raw, auto sample) -> std::optional<std::int64_t> {
            if (!raw) return std::nullopt;
            return static_cast<std::int64_t>(static_cast<decltype(sample)>(*raw));
        };
        std::optional<std::int64_t> value;
        switch (kind) {
            case 'i': value = widened(bits<std::uint8_t>(), std::int8_t{}); break;
            case 'U': value = widened(bits<std::uint8_t>(), std::uint8_t{}); break;
            case 'I': value = widened(bits<std::uint16_t>(), std::int16_t{}); break;
            case 'l': value = widened(bits<std::uint32_t>(), std::int32_t{}); break;
            case 'L': value = widened(bits<std::uint64_t>(), std::int64_t{}); break;
            default: return broken("an integer was expected");
        }
        if (!value) return broken("it is cut short");
        return *value;
    }

    Result<std::size_t> size() {
        TRY(length, integer(marker()));
        if (length < 0 || static_cast<std::uint64_t>(length) > left()) return broken("a length runs past the end");
        return static_cast<std::size_t>(length);
    }

    Result<std::string> text() {
        TRY(length, size());
        std::string value(reinterpret_cast<const char*>(bytes_.data() + at_), length);
        at_ += length;
        return value;
    }

    Result<json::value> any(char kind, int depth) {
        if (depth > depth_max) return broken("it is nested too deeply");
        switch (kind) {
            case '{': return object(depth);
            case '[': return array(depth);
            case 'S': {
                TRY(value, text());
                return json::value(value);
            }
            case 'C': {
                auto character = bits<std::uint8_t>();
                if (!character) return broken("it is cut short");
                return json::value(std::string(1, static_cast<char>(*character)));
            }
            case 'T': return json::value(true);
            case 'F': return json::value(false);
            case 'Z': return json::value(nullptr);
            case 'd': {
                auto raw = bits<std::uint32_t>();
                if (!raw) return broken("it is cut short");
                return json::value(static_cast<double>(std::bit_cast<float>(*raw)));
            }
            case 'D': {
                auto raw = bits<std::uint64_t>();
                if (!raw) return broken("it is cut short");
                return json::value(std::bit_cast<double>(*raw));
            }
            default: {
                TRY(value, integer(kind));
                return json::value(value);
            }
        }
    }

    Result<json::value> object(int depth) {
        json::object object;
        for (;;) {
            if (left() == 0) return broken("an object does not end");
            if (static_cast<char>(bytes_[at_]) == '}') {
                ++at_;
                return json::value(std::move(object));
            }
            TRY(key, text());
            TRY(value, any(marker(), depth + 1));
            object[key] = std::move(value);
        }
    }

    Result<json::value> array(int depth) {
        json::array array;
        char typed = 0;
        std::optional<std::size_t> count;
        if (left() > 0 && static_cast<char>(bytes_[at_]) == '$') {
            ++at_;
            typed = marker();
        }
        if (left() > 0 && static_cast<char>(bytes_[at_]) == '#') {
            ++at_;
            TRY(length, size());  // every element takes at least a byte, except T F Z, which no model stores in arrays
            count = length;
        }
        if (typed != 0 && !count) return broken("a typed array has no count");
        for (std::size_t i = 0; !count || i < *count; ++i) {
            char kind = typed != 0 ? typed : marker();
            if (kind == 0) return broken("an array does not end");
            if (!count && kind == ']') break;
            TRY(value, any(kind, depth + 1));
            array.push_back(std::move(value));
        }
        return json::value(std::move(array));
    }

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
};

}  // namespace

Result<json::value> parse_ubjson(std::span<const std::byte> bytes) { return Reader(bytes).document(); }

}  // namespace quoin
