#pragma once

#include <boost/json/fwd.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/matrix.h"

namespace quoin {

/// A file of tests/oracles. Include <boost/json.hpp> before this header.
inline boost::json::value read_oracle(const std::string& name) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/" + name);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text);
}

inline std::vector<double> numbers_of(const boost::json::value& array) { return boost::json::value_to<std::vector<double>>(array); }

/// Row-major numbers as a matrix.
inline Matrix matrix_of(const boost::json::value& array, std::size_t columns) {
    auto values = numbers_of(array);
    Matrix matrix(values.size() / columns, columns);
    for (std::size_t i = 0; i < values.size(); ++i) matrix(i / columns, i % columns) = values[i];
    return matrix;
}

}  // namespace quoin
