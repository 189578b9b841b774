// Does an answer ever fail, or mix two versions, while the live version changes under load? And does memory stay?
//
//     hot_swap [program [seconds [requests [rate [folder]]]]]        default: build/quoin 30 (as many as come) 12000 .
//
// A server answers single predictions of a small model over 8 keep-alive connections, 16 deep, while the live version is promoted and
// rolled back in turn every second. The two versions give every home another value. Each answer is compared with what the version it names
// gives for the home that was asked. Questions come at `rate` a second: every answer is recorded on disk, and beyond what the disk takes
// the server refuses (503), which counts as failed here. Ends after `requests`, or when `seconds` are over if there are fewer. The last
// line is machine-readable.

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "bench/http_load.h"
#include "bench/model_project.h"
#include "bench/served_project.h"
#include "serving/small_model_fixture.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;

constexpr std::array homes{"prop_123", "prop_1", "prop_2"};
constexpr const char* model_name = "property_value_model";

TrainedModel version_of(double intercept) {
    TrainedModel model = *small_model();
    LinearModel linear = std::get<LinearModel>(model.ensemble.members[0].model.kind());
    linear.intercept = intercept;
    model.ensemble.members[0].model = Regressor(linear);
    return model;
}

/// `"name": "text"` or `"name": number` in a JSON text; empty, if it is not there.
std::string_view field(std::string_view json, std::string_view name) {
    auto at = json.find(fmt::format("\"{}\":", name));
    if (at == std::string_view::npos) return {};
    auto value = json.substr(at + name.size() + 3);
    while (value.starts_with(' ') || value.starts_with('"')) value.remove_prefix(1);
    return value.substr(0, value.find_first_of("\",}"));
}

struct Counts {
    std::uint64_t failed = 0, mixed = 0, changes = 0;
    std::map<std::string, std::uint64_t, std::less<>> by_version;
};

/// What each version says of each home, and the tally of answers.
class Judge {
public:
    void expect(const std::string& version, const TrainedModel& model) {
        auto live = bench::or_exit(LiveModel::make(std::make_shared<const TrainedModel>(model), version, "digest", system_clock().now()));
        for (const char* home : homes) {
            auto filled = bench::or_exit(live->fill({.entity = EntityId(home)}, system_clock().now()));
            values_[version].push_back(bench::or_exit(live->answer(filled)).value);
        }
    }
    void judge(const bench::HttpLoad::Answer& answer) {
        auto version = field(answer.body, "model_version");
        auto known = values_.find(version);
        if (answer.status != 200 || known == values_.end()) {
            if (counts.failed++ == 0) fmt::print("failed: {} {}\n", answer.status, answer.body);
            return;
        }
        auto home = answer.asked % homes.size();
        double value = std::atof(std::string(field(answer.body, "predicted_value")).c_str());
        bool fits = field(answer.body, "entity_id") == homes[home] && std::abs(value - known->second[home]) < 0.51;
        if (!fits && counts.mixed++ == 0) fmt::print("mixed: {}\n", answer.body);
        ++counts.by_version.find(version)->second;
        if (version != last_) ++counts.changes, last_ = version;
    }
    Counts counts;
    void begin() {
        for (const auto& [version, values] : values_) counts.by_version[version] = 0;
    }

private:
    std::map<std::string, std::vector<double>, std::less<>> values_;
    std::string last_;
};

/// Promotes the second version and rolls back, in turn.
class Swaps {
public:
    explicit Swaps(Project& project) : project_(project), thread_([this] { work(); }) {}
    ~Swaps() {
        stops_ = true;
        thread_.join();
    }
    std::uint64_t count() const { return count_; }

private:
    void work() {
        while (!stops_) {
            bench::or_exit(project_.registry().promote(model_name, 2, {"bench", "hot swap"}, true));
            pause();
            bench::or_exit(project_.registry().roll_back(model_name, {"bench", "hot swap"}));
            count_ += 2;
            pause();
            bench::or_exit(project_.registry().transition(model_name, 2, Stage::staging, {"bench", "hot swap"}));
        }
    }
    void pause() const {
        for (int k = 0; k < 10 && !stops_; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }

    Project& project_;
    std::atomic<bool> stops_{false};
    std::atomic<std::uint64_t> count_{0};
    std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
    std::string program = argc > 1 ? argv[1] : "build/quoin";
    double seconds = argc > 2 ? std::atof(argv[2]) : 30;
    std::uint64_t requests = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::uint64_t{1} << 62;
    std::filesystem::path folder = std::filesystem::path(argc > 5 ? argv[5] : ".") / "hot_swap.project";
    double rate = argc > 4 ? std::atof(argv[4]) : 12'000;
    Judge judge;
    std::filesystem::remove_all(folder);
    auto project = bench::or_exit(Project::create(folder));
    for (auto [version, intercept] : {std::pair{"v1", 13.0}, {"v2", 12.5}}) {
        bench::put_live(project, version_of(intercept));
        judge.expect(version, version_of(intercept));
    }
    bench::or_exit(project.registry().roll_back(model_name, {"bench", "begin with the first"}));
    judge.begin();

    std::vector<std::string> questions;
    for (const char* home : homes)
        questions.push_back(
            bench::post_of("/v1/predict/property-value", fmt::format(R"({{"entity_id":"{}","comparables":0,"drivers":0}})", home)));
    bench::ServedProject server(program, folder);
    bench::HttpLoad load(
        {.port = server.port(), .rate = rate}, [&](std::uint64_t asked) { return std::string_view(questions[asked % homes.size()]); },
        [&](const bench::HttpLoad::Answer& answer) { judge.judge(answer); });
    auto answered = load.run(std::min(5.0, seconds / 4), requests / 10);  // buffers have their size
    double before = server.megabytes("RssAnon"), most = before;
    auto start = Steady::now();
    std::uint64_t swapped = 0;
    {
        bench::or_exit(project.registry().transition(model_name, 2, Stage::staging, {"bench", "hot swap"}));
        Swaps swaps(project);
        auto left = [&] { return seconds - std::chrono::duration<double>(Steady::now() - start).count(); };
        while (answered < requests && left() > 0) {
            answered += load.run(std::min(10.0, left()), requests - answered);
            most = std::max(most, server.megabytes("RssAnon"));
            fmt::print("{:>10} answers  {} failed  {} mixed  {} swaps  {:.1f} MB\n", answered, judge.counts.failed, judge.counts.mixed,
                       swaps.count(), server.megabytes("RssAnon"));
            std::fflush(stdout);
        }
        swapped = swaps.count();
    }
    double took = std::chrono::duration<double>(Steady::now() - start).count();
    const auto& counts = judge.counts;
    fmt::print(
        R"({{"bench": "hot_swap", "requests": {}, "requests_s": {:.0f}, "failed": {}, "mixed": {}, "swaps": {}, "changes_seen": {}, )"
        R"("by_version": [{}, {}], "anonymous_mb": {{"before": {:.1f}, "after": {:.1f}, "most": {:.1f}}}}})"
        "\n",
        answered, static_cast<double>(answered) / took, counts.failed, counts.mixed, swapped, counts.changes, counts.by_version.at("v1"),
        counts.by_version.at("v2"), before, server.megabytes("RssAnon"), most);
    return counts.failed + counts.mixed == 0 ? 0 : 1;
}
