#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace quoin::bench {

/// Rows of numbers after an id, from a CSV file with a header or from the same name with .gz; empty cells end a row.
inline std::vector<std::vector<double>> read_rows(const std::string& path) {
    std::ifstream plain(path);
    std::string text;
    if (plain) text.assign(std::istreambuf_iterator<char>(plain), {});
    else {
        FILE* pipe = popen(fmt::format("gzip -dc '{}.gz'", path).c_str(), "r");
        char buffer[1 << 16];
        for (std::size_t got; pipe && (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
        if (pipe) pclose(pipe);
    }
    std::vector<std::vector<double>> rows;
    std::istringstream lines(text);
    std::string line, cell;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        std::getline(cells, cell, ',');
        std::vector<double>& row = rows.emplace_back();
        while (std::getline(cells, cell, ',')) {
            std::erase(cell, '"');
            if (cell.empty() || cell == "\r" || cell == "NA") break;
            row.push_back(std::strtod(cell.c_str(), nullptr));
        }
    }
    return rows;
}

/// A competition's series: what forecasters may see, and the `horizon` values after it.
struct SplitSeries {
    std::vector<double> history, actual;
};

/// Each `every`-th series of `file`_train.csv and `file`_test.csv. For validation the last horizon of the training part is what is
/// foreseen, from the values before it, so that choices are made without the test part. Empty: the files are not there.
inline std::vector<SplitSeries> read_competition(const std::string& file, std::size_t horizon, std::size_t every, bool is_validation) {
    auto train = read_rows(file + "_train.csv"), test = read_rows(file + "_test.csv");
    std::vector<SplitSeries> series;
    for (std::size_t i = 0; i < std::min(train.size(), test.size()); i += every) {
        if (!is_validation) series.push_back({std::move(train[i]), std::move(test[i])});
        else if (train[i].size() > 2 * horizon) {
            auto cut = train[i].end() - static_cast<std::ptrdiff_t>(horizon);
            series.push_back({{train[i].begin(), cut}, {cut, train[i].end()}});
        }
    }
    return series;
}

}  // namespace quoin::bench
