// How long do margins of 1 to 10,000 rows take, over sizes of forests, against the libraries that trained them?
//
//     forest_grid [--all] [--homes FILE] [leaves trees features]...      default: the cells of `chosen` below
//
// LightGBM and XGBoost each train on the same made-up homes (21,613 rows); each library's model is loaded into a Forest, and the same rows
// are asked of both in turn, everything on one thread. LightGBM answers one row by its fast single-row call and more by its batch call,
// XGBoost by in-place prediction from floats that are made beforehand. LightGBM's trees have exactly so many leaves, XGBoost's the depth
// that just holds them. --homes trains on the King County sales (kc_house_data.csv.gz) instead; its number of features is the file's.
// The last line is machine-readable: per cell and library, microseconds of a call and ratios at p50 and p99.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include "bench/forest_peers.h"
#include "bench/made_up_homes.h"
#include "models/forest/plane_kernel.h"

namespace {

using namespace quoin;
using bench::Homes;

constexpr std::size_t row_counts[] = {1, 10, 100, 10'000};

struct Cell {
    int leaves, trees, features;
};

const std::vector<Cell> chosen = {{31, 100, 10}, {31, 500, 50}, {31, 1000, 200}, {64, 500, 50}, {127, 1000, 50}, {255, 500, 50}};

std::vector<Cell> all_cells() {
    std::vector<Cell> cells;
    for (int leaves : {31, 64, 127, 255})
        for (int features : {10, 50, 200})
            for (int trees : {100, 500, 1000}) cells.push_back({leaves, trees, features});
    return cells;
}

/// The columns from bedrooms on; the label is the price in 100,000 dollars.
Homes king_county(const std::string& file) {
    auto* lines = popen(("gzip -dc '" + file + "'").c_str(), "r");
    std::vector<double> values;
    Homes homes;
    for (char line[4096]; std::fgets(line, sizeof line, lines) != nullptr;) {
        std::string text(line);
        std::erase(text, '"');
        std::size_t column = 0;
        for (std::size_t begin = 0; begin < text.size(); ++column) {
            auto end = std::min(text.find(',', begin), text.size());
            double x = std::strtod(text.c_str() + begin, nullptr);
            if (column == 2) homes.labels.push_back(static_cast<float>(x / 1e5));
            if (column > 2) values.push_back(x);
            begin = end + 1;
        }
    }
    pclose(lines);
    homes.labels.erase(homes.labels.begin());  // the header line
    auto columns = values.size() / (homes.labels.size() + 1);
    homes.rows = Matrix(homes.labels.size(), columns);
    std::copy(values.begin() + static_cast<std::ptrdiff_t>(columns), values.end(), homes.rows.view().data());
    return homes;
}

double microseconds(const std::function<void()>& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

double quantile(std::vector<double> times, double level) {
    auto place = times.begin() + static_cast<std::ptrdiff_t>(level * static_cast<double>(times.size() - 1) + 0.5);
    std::nth_element(times.begin(), place, times.end());
    return *place;
}

struct Race {
    const char* peer;
    Cell cell;
    std::size_t rows;
    std::function<void(std::size_t)> ours, theirs;  ///< take the index of the first row

    /// Calls in blocks that alternate: within a block each has its model in the caches, and both meet the same load of the machine.
    std::string line(std::size_t rows_there) const {
        std::size_t calls = rows == 1 ? 3000 : rows == 10 ? 1000 : rows == 100 ? 300 : 12, block = std::min<std::size_t>(50, calls / 6);
        std::vector<double> ours_us, theirs_us;
        for (std::size_t call = 0; call < calls; call += block) {
            auto first = [&](std::size_t k) { return (call + k) * rows * 7 % (rows_there - rows + 1); };
            theirs(first(0));
            for (std::size_t k = 0; k < block; ++k) theirs_us.push_back(microseconds([&] { theirs(first(k)); }));
            ours(first(0));
            for (std::size_t k = 0; k < block; ++k) ours_us.push_back(microseconds([&] { ours(first(k)); }));
        }
        double ours50 = quantile(ours_us, 0.5), ours99 = quantile(ours_us, 0.99), theirs50 = quantile(theirs_us, 0.5),
               theirs99 = quantile(theirs_us, 0.99);
        fmt::print("{:>4} x {:<3} {:>3} features {:>5} rows  {:<8} {:10.1f} us  ours {:9.1f} us, {:6.2f} ns/row/tree  ratio p50 {:5.1f} "
                   "p99 {:5.1f}\n",
                   cell.trees, cell.leaves, cell.features, rows, peer, theirs50, ours50,
                   1000 * ours50 / static_cast<double>(rows) / cell.trees, theirs50 / ours50, theirs99 / ours99);
        std::fflush(stdout);
        return fmt::format(
            R"({{"peer": "{}", "trees": {}, "leaves": {}, "features": {}, "rows": {}, "ours_us_p50": {:.3f}, )"
            R"("ours_us_p99": {:.3f}, "theirs_us_p50": {:.3f}, "theirs_us_p99": {:.3f}, "ratio_p50": {:.2f}, "ratio_p99": {:.2f}}})",
            peer, cell.trees, cell.leaves, cell.features, rows, ours50, ours99, theirs50, theirs99, theirs50 / ours50, theirs99 / ours99);
    }
};

/// Trains what cells of one width and size share once, and races every cell of them.
void race_cells(const Homes& homes, const std::vector<Cell>& cells, std::vector<std::string>& lines) {
    int most = std::ranges::max(cells, {}, &Cell::trees).trees;
    bench::LightgbmPeer lightgbm(homes, cells.front().leaves, most);
    bench::XgboostPeer xgboost(homes, cells.front().leaves, most);
    std::vector<float> floats(homes.rows.values().begin(), homes.rows.values().end());
    std::vector<double> answers(homes.rows.rows());
    auto rows_between = [&](std::size_t first, std::size_t count) { return homes.rows.view().rows_between(first, first + count); };
    for (const auto& cell : cells) {
        auto from_lightgbm = lightgbm.first_trees(cell.trees), from_xgboost = xgboost.first_trees(cell.trees);
        for (auto rows : row_counts) {
            auto ours = [&, rows](const Forest& forest) -> std::function<void(std::size_t)> {
                if (rows == 1) return [&](std::size_t i) { forest.margin(homes.rows.row(i), std::span(answers).first(1)); };
                return [&, rows](std::size_t first) { forest.margins(rows_between(first, rows)); };
            };
            lines.push_back(Race{
                "lightgbm", cell, rows, ours(from_lightgbm), [&](std::size_t first) {
                    lightgbm.margins(rows_between(first, rows), answers);
                }}.line(homes.rows.rows()));
            lines.push_back(Race{
                "xgboost", cell, rows, ours(from_xgboost), [&](std::size_t first) {
                    xgboost.margins(std::span(floats).subspan(first * homes.rows.columns(), rows * homes.rows.columns()), rows);
                }}.line(homes.rows.rows()));
        }
    }
}

}  // namespace

int main(int count, char** words) {
    std::vector<Cell> cells;
    std::string file;
    for (int i = 1; i < count; ++i) {
        std::string word = words[i];
        if (word == "--all") {
            cells = all_cells();
        } else if (word == "--homes" && i + 1 < count) {
            file = words[++i];
        } else if (i + 2 < count) {
            cells.push_back({std::atoi(words[i]), std::atoi(words[i + 1]), std::atoi(words[i + 2])});
            i += 2;
        }
    }
    if (cells.empty()) cells = chosen;
    fmt::print("instruction set: {}\n", instruction_set());
    std::map<std::pair<int, int>, std::vector<Cell>> groups;
    for (auto cell : cells) {
        auto homes_features = file.empty() ? cell.features : 18;
        groups[{homes_features, cell.leaves}].push_back({cell.leaves, cell.trees, homes_features});
    }
    std::vector<std::string> lines;
    for (const auto& [key, group] : groups)
        race_cells(file.empty() ? bench::made_up(static_cast<std::size_t>(key.first), 1) : king_county(file), group, lines);
    fmt::print(R"({{"bench": "forest_grid", "data": "{}", "instruction_set": "{}", "cells": [{}]}})"
               "\n",
               file.empty() ? "made up" : "King County", instruction_set(), fmt::join(lines, ", "));
}
