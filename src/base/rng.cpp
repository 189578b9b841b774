#include "base/rng.h"

#include <bit>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

std::uint64_t split_mix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) : seed_(seed) {
    std::uint64_t mix = seed;
    for (auto& word : state_) word = split_mix(mix);
}

std::uint64_t Rng::next() {
    std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::uint64_t Rng::below(std::uint64_t bound) {
    assert(bound > 0);
    auto wide = static_cast<unsigned __int128>(next()) * bound;
    if (static_cast<std::uint64_t>(wide) < bound) {
        std::uint64_t threshold = (0 - bound) % bound;
        while (static_cast<std::uint64_t>(wide) < threshold) wide = static_cast<unsigned __int128>(next()) * bound;
    }
    return static_cast<std::uint64_t>(wide >> 64);
}

double Rng::normal() {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    double x, y, square;
    do {
        x = 2 * uniform() - 1;
        y = 2 * uniform() - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double scale = std::sqrt(-2 * std::log(square) / square);
    spare_ = y * scale;
    has_spare_ = true;
    return x * scale;
}

double Rng::gamma(double shape) {
    assert(shape > 0);
    if (shape < 1) return gamma(shape + 1) * std::pow(uniform(), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
        double x = normal(), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        double u = uniform();
        if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
}

Rng Rng::split(std::uint64_t stream) const {
    std::uint64_t mix = seed_ ^ (stream * 0xd1342543de82ef95ULL + 0x632be59bd9b4e019ULL);
    return Rng(split_mix(mix));
}

}  // namespace quoin
