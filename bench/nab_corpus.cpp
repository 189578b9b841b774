// How well are anomalies found on the Numenta Anomaly Benchmark (the part that is in the data folder), by the benchmark's own rules?
//
//     QUOIN_DATA=folder bench_nab_corpus
//
// One global setting for all files; the threshold is the best for each profile, as the benchmark does it. Published scores are of the whole
// corpus of 58 files, so they are no exact peers. The last line is machine-readable.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "evaluation/nab_score.h"
#include "models/detector/stream_detector.h"
#include "table/gzip.h"

namespace {

using namespace quoin;
namespace json = boost::json;

struct Series {
    std::string name;
    std::vector<double> values;
    std::vector<NabWindow> windows;
};

Result<std::string> read_text(std::filesystem::path path) {
    bool packed = !std::filesystem::exists(path);
    if (packed) path += ".gz";
    auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
    if (!*file) return fail(ErrorKind::not_found, "'{}' cannot be read", path.string());
    if (!packed) return std::string{std::istreambuf_iterator<char>(*file), {}};
    GzipReader reader([file](std::span<char> into) -> Result<std::size_t> {
        file->read(into.data(), static_cast<std::streamsize>(into.size()));
        return static_cast<std::size_t>(file->gcount());
    });
    std::string text;
    for (std::vector<char> part(1 << 16);;) {
        TRY(size, reader.read(part));
        if (size == 0) return text;
        text.append(part.data(), size);
    }
}

/// Lines of "timestamp,value"; windows name the timestamps of their ends, as the benchmark matches them.
Result<Series> read_series(const std::filesystem::path& folder, const std::string& name, const json::value& windows) {
    TRY(text, read_text(folder / "data" / name));
    std::istringstream lines(text);
    std::vector<std::string> times;
    Series series{name, {}, {}};
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        auto comma = line.find(',');
        times.push_back(line.substr(0, comma));
        series.values.push_back(std::strtod(line.c_str() + comma + 1, nullptr));
    }
    auto row_of = [&](const json::value& end) {
        std::string asked(end.as_string());
        asked = asked.substr(0, asked.find('.'));
        return static_cast<std::size_t>(std::find(times.begin(), times.end(), asked) - times.begin());
    };
    for (const auto& window : windows.as_array()) series.windows.push_back({row_of(window.at(0)), row_of(window.at(1))});
    return series;
}

std::vector<double> scores_of(const Series& series, StreamMembers members) {
    auto detector = StreamDetector::make({.members = members}).value();
    std::vector<double> scores;
    for (double value : series.values) scores.push_back(detector.update({&value, 1}).value().score);
    return scores;
}

}  // namespace

int main() {
    const char* data = std::getenv("QUOIN_DATA");
    if (!data) return fmt::print(stderr, "QUOIN_DATA is not set\n"), 1;
    auto folder = std::filesystem::path(data) / "anomaly/nab";
    std::ifstream file(folder / "labels/combined_windows.json");
    auto labels = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    std::vector<Series> corpus;
    std::size_t rows = 0, windows = 0;
    for (const auto& [name, spans] : labels.as_object()) {
        auto series = read_series(folder, name, spans);
        if (!series) return fmt::print(stderr, "{}: {}\n", std::string(name), series.error().message), 1;
        rows += series->values.size(), windows += series->windows.size();
        corpus.push_back(std::move(*series));
    }
    fmt::print("{} files, {} rows, {} windows\n\n{:<28}{:>10}{:>10}{:>10}{:>12}{:>14}\n", corpus.size(), rows, windows, "detector",
               "standard", "low FP", "low FN", "threshold", "µs per row");
    json::object line{{"bench", "nab_corpus"}, {"files", corpus.size()}, {"windows", windows}};
    for (auto [name, members] : {std::pair{"robust cut forest", StreamMembers::forest}, std::pair{"ensemble", StreamMembers::all}}) {
        std::vector<NabSeries> judged(corpus.size());
        auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < corpus.size(); ++i) judged[i] = {scores_of(corpus[i], members), corpus[i].windows};
        double micros = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
                        static_cast<double>(rows);
        double scores[3], threshold = 0;
        int at = 0;
        for (const auto& profile : {nab_standard, nab_low_false_alarms, nab_low_misses}) {
            auto score = nab_score(judged, profile).value();
            if (at == 0) threshold = score.threshold;
            scores[at++] = score.score;
        }
        fmt::print("{:<28}{:>10.1f}{:>10.1f}{:>10.1f}{:>12.4f}{:>14.1f}\n", name, scores[0], scores[1], scores[2], threshold, micros);
        line[name] = json::array{scores[0], scores[1], scores[2], micros};
    }
    fmt::print("{:<28}{:>10}{:>10}{:>10}\n{:<28}{:>10}{:>10}{:>10}\n{:<28}{:>10}{:>10}{:>10}\n\n", "published: Numenta HTM", 70.5, 62.6,
               75.2, "published: Random Cut Forest", 51.7, 38.4, 59.7, "published: windowed Gaussian", 39.6, 20.9, 47.4);
    fmt::print("{}\n", json::serialize(line));
    return 0;
}
