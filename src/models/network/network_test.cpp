#include "models/network/network.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "base/rng.h"

namespace quoin {
namespace {

std::string file_text(const std::string& name) {
    std::ifstream file(std::string(QUOIN_SOURCE_DIR) + "/tests/oracles/" + name, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::byte> bytes_of(std::string_view text) {
    auto first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

/// Written by the safetensors package; answers by NumPy (tests/oracles/network.py).
Network oracle_network() { return Network::load(bytes_of(file_text("network.safetensors"))).value(); }

Network::Parts random_parts(std::size_t inputs, std::vector<std::size_t> widths, std::uint64_t seed) {
    Rng rng(seed);
    Network::Parts parts{.features = inputs, .output_mean = 13, .output_scale = 0.5};
    for (std::size_t i = 0; i < inputs; ++i)
        parts.inputs.push_back({i, -1, static_cast<float>(rng.normal()), static_cast<float>(0.5 + rng.uniform())});
    widths.push_back(1);
    for (std::size_t width : widths) {
        Network::Layer layer{inputs, width, std::vector<float>(inputs * width), std::vector<float>(width)};
        for (float& weight : layer.weights) weight = static_cast<float>(rng.normal() / std::sqrt(static_cast<double>(inputs)));
        for (float& bias : layer.bias) bias = static_cast<float>(rng.normal() * 0.1);
        parts.layers.push_back(std::move(layer));
        inputs = width;
    }
    return parts;
}

TEST(Network, AgreesWithNumpy) {
    Network network = oracle_network();
    auto cases = parse_json(file_text("network.json")).value().as_array();
    ASSERT_EQ(cases.size(), 20u);
    for (const auto& entry : cases) {
        std::vector<double> row, out(4);
        for (const auto& value : entry.at("row").as_array()) row.push_back(value.is_null() ? std::nan("") : value.to_number<double>());
        EXPECT_NEAR(network.predict(row), entry.at("answer").to_number<double>(), 2e-6);
        network.contributions(row, out);
        EXPECT_NEAR(out[3], entry.at("base").to_number<double>(), 2e-6);
        for (std::size_t j = 0; j < 3; ++j) {
            // 64 steps against 2000: a kink moves a value by at most a step's share of the change.
            EXPECT_NEAR(out[j], entry.at("values").at(j).to_number<double>(), 0.03) << "feature " << j;
        }
    }
}

TEST(Network, ContributionsAddUpExactly) {
    Rng rng(5);
    for (auto widths : {std::vector<std::size_t>{}, {33}, {96, 48}, {16, 16, 16}}) {
        Network network = Network::make(random_parts(21, widths, widths.size() + 1)).value();
        std::vector<double> row(21), out(22);
        for (int repeat = 0; repeat < 50; ++repeat) {
            for (double& value : row) value = rng.uniform() < 0.1 ? std::nan("") : 3 * rng.normal();
            network.contributions(row, out);
            double sum = 0;
            for (double value : out) sum += value;
            EXPECT_NEAR(sum, network.predict(row), 1e-12);
        }
    }
}

TEST(Network, PlainLoopsGiveTheSameBits) {
    auto parts = random_parts(37, {50, 20}, 11);
    // Two networks side by side: the second layer's blocks skip the zeros.
    for (std::size_t o = 0; o < 20; ++o)
        for (std::size_t i = 0; i < 50; ++i)
            if ((o < 10) != (i < 25)) parts.layers[1].weights[o * 50 + i] = 0;
    Network network = Network::make(parts).value();
    Rng rng(2);
    std::vector<double> row(37);
    for (int repeat = 0; repeat < 20; ++repeat) {
        for (double& value : row) value = rng.normal();
        std::vector<float> values(37);
        network.standardise(row, values.data());
        for (std::size_t l = 0; l < parts.layers.size(); ++l) {
            const auto& layer = parts.layers[l];
            std::vector<float> sums = layer.bias;
            for (std::size_t o = 0; o < layer.outputs; ++o) {
                for (std::size_t i = 0; i < layer.inputs; ++i) sums[o] += values[i] * layer.weights[o * layer.inputs + i];
                if (l + 1 < parts.layers.size()) sums[o] = std::max(sums[o], 0.0f);
            }
            values = sums;
        }
        EXPECT_EQ(network.predict(row), 13 + 0.5 * static_cast<double>(values[0]));
    }
}

TEST(Network, RoundTripsBitForBitAlsoBesideOtherThreads) {
    Network network = Network::make(random_parts(12, {24, 8}, 3)).value();
    auto bytes = network.save();
    Network loaded = Network::load(bytes).value();
    EXPECT_EQ(loaded.save(), bytes);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            Rng rng(static_cast<std::uint64_t>(t));
            std::vector<double> row(12);
            for (int repeat = 0; repeat < 200; ++repeat) {
                for (double& value : row) value = rng.normal();
                EXPECT_EQ(network.predict(row), loaded.predict(row));
            }
        });
    }
    for (auto& thread : threads) thread.join();
}

/// docs/formats/network.md.
TEST(Network, TheWorkedExampleOfTheFormatPageHolds) {
    Network network = Network::make(
                          {.features = 2,
                           .inputs = {{.feature = 0, .level = -1, .mean = 2000, .scale = 900}, {.feature = 1, .level = 2, .mean = 0.25}},
                           .layers = {{2, 2, {1, 0, -1, 0.5}, {0, 0.25}}, {2, 1, {0.5, -0.5}, {0}}},
                           .output_mean = 13,
                           .output_scale = 0.5})
                          .value();
    EXPECT_EQ(network.predict(std::vector<double>{2900, 2}), 13.25);
    std::vector<double> out(3);
    network.contributions(std::vector<double>{2900, 2}, out);
    EXPECT_EQ(out[2], 12.9375);
    auto bytes = network.save();
    std::string page = [] {
        std::ifstream file(std::string(QUOIN_SOURCE_DIR) + "/docs/formats/network.md");
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }();
    ASSERT_EQ(bytes.size(), 652u);
    const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, 586);
    EXPECT_NE(page.find("\n" + header + "\n"), std::string::npos) << header;
    EXPECT_EQ(std::to_integer<int>(bytes[0]), 0x50);
    EXPECT_EQ(std::to_integer<int>(bytes[651]), 0xbf);
}

TEST(Network, AnAbsurdInputCannotRunAway) {
    Network network = Network::make(random_parts(4, {16}, 9)).value();
    std::vector<double> far = {1e300, 0, 0, 0}, farther = {std::numeric_limits<double>::infinity(), 0, 0, 0};
    EXPECT_TRUE(std::isfinite(network.predict(far)));
    EXPECT_EQ(network.predict(far), network.predict(farther));
}

TEST(Network, RefusesDamagedFiles) {
    auto bytes = oracle_network().save();
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
        EXPECT_FALSE(Network::load(std::span(bytes).first(length))) << "cut to " << length;
    }
    // Any one byte changed either still makes a valid network or is refused; it never crashes (run under the address sanitizer).
    Rng rng(1);
    for (int repeat = 0; repeat < 3000; ++repeat) {
        auto damaged = bytes;
        damaged[rng.below(damaged.size())] = static_cast<std::byte>(rng.below(256));
        auto loaded = Network::load(damaged);
        EXPECT_TRUE(!loaded || loaded->parts().layers.size() == 3);
    }
    auto parts = random_parts(3, {4}, 1);
    parts.layers[0].weights[2] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(Network::make(parts).error().kind, ErrorKind::corrupt);
    parts = random_parts(3, {4}, 1);
    parts.inputs[1].feature = 3;
    EXPECT_EQ(Network::make(parts).error().message, "network: input 1 reads feature 3 of 3");
}

}  // namespace
}  // namespace quoin
