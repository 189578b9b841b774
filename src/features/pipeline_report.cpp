#include "features/pipeline_report.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::array state_names = {"waiting", "done", "failed"};

/// Reads members; what is missing or of another kind makes it fail for good.
class Members {
public:
    explicit Members(const json::value& value) : object_(value.if_object()) { is_good_ = object_ != nullptr; }
    bool is_good() const { return is_good_; }
    const json::value& at(const char* name) {
        static const json::value nothing;
        const json::value* found = object_ ? object_->if_contains(name) : nullptr;
        if (!found) is_good_ = false;
        return found ? *found : nothing;
    }
    std::string text(const char* name) {
        const json::value& value = at(name);
        if (!value.is_string()) is_good_ = false;
        return value.is_string() ? std::string(value.get_string()) : std::string();
    }
    double number(const char* name, double missing = std::numeric_limits<double>::quiet_NaN()) {
        const json::value& value = at(name);
        if (value.is_null()) return missing;
        if (!value.is_number()) is_good_ = false;
        return value.is_number() ? value.to_number<double>() : missing;
    }
    std::uint64_t count(const char* name) {
        const json::value& value = at(name);
        bool fits = value.is_int64() && value.get_int64() >= 0;
        is_good_ = is_good_ && fits;
        return fits ? static_cast<std::uint64_t>(value.get_int64()) : 0;
    }
    const json::array& array(const char* name) {
        static const json::array nothing;
        const json::value& value = at(name);
        if (!value.is_array()) is_good_ = false;
        return value.is_array() ? value.get_array() : nothing;
    }

private:
    const json::object* object_;
    bool is_good_ = true;
};

tl::unexpected<Error> corrupt(const char* what) { return fail(ErrorKind::corrupt, "{} is not what was written", what); }

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.1f} %", 100 * share) : "–"; }
std::string short_number(double number) { return std::isfinite(number) ? fmt::format("{:.5g}", number) : "–"; }

}  // namespace

const char* name_of(PipelineStep::State state) { return state_names[static_cast<std::size_t>(state)]; }

bool PipelineReport::passed() const { return std::ranges::all_of(gates, &QualityResult::passed); }

PipelineStep& PipelineReport::step(std::string_view name) {
    return *std::ranges::find_if(steps, [&](const PipelineStep& step) { return step.name == name; });
}

std::string report_json_text(const PipelineReport& report) {
    json::array steps, views, gates;
    for (const auto& step : report.steps)
        steps.push_back({{"name", step.name},
                         {"state", name_of(step.state)},
                         {"attempts", step.attempts},
                         {"seconds", step.seconds},
                         {"note", step.note}});
    for (const auto& view : report.views)
        views.push_back(
            {{"view", view.view}, {"entity", view.entity}, {"rows", view.rows}, {"features", view.features}, {"file", view.file}});
    for (const auto& gate : report.gates)
        gates.push_back({{"feature", gate.feature},
                         {"gate", gate.gate},
                         {"measured", gate.measured},
                         {"limit", gate.limit},
                         {"passed", gate.passed},
                         {"message", gate.message}});
    return json_text(json::object{{"run", report.run},
                                  {"day", report.day},
                                  {"sequence", report.sequence},
                                  {"as_of", report.as_of.value()},
                                  {"catalog", report.catalog},
                                  {"finished", report.is_finished() ? json::value(report.finished.value()) : json::value()},
                                  {"passed", report.passed()},
                                  {"events", report.events},
                                  {"steps", std::move(steps)},
                                  {"views", std::move(views)},
                                  {"gates", std::move(gates)}},
                     1) +
           "\n";
}

Result<PipelineReport> read_report(std::string_view text) {
    auto parsed = parse_json(text);
    if (!parsed) return corrupt("the report of a run");
    Members members(*parsed);
    PipelineReport report{.run = members.text("run"), .day = members.text("day"), .sequence = members.count("sequence")};
    auto time_of = [&](const char* name) {
        const json::value& value = members.at(name);
        return value.is_int64() ? EventTime{value.get_int64()} : EventTime::missing();
    };
    report.as_of = time_of("as_of");
    report.finished = time_of("finished");
    report.catalog = members.text("catalog");
    report.events = members.count("events");
    bool is_good = true;
    for (const json::value& value : members.array("steps")) {
        Members step(value);
        auto state = std::ranges::find(state_names, step.text("state"));
        if (state == state_names.end()) return corrupt("the report of a run");
        report.steps.push_back({step.text("name"), static_cast<PipelineStep::State>(state - state_names.begin()),
                                static_cast<unsigned>(step.count("attempts")), step.number("seconds"), step.text("note")});
        is_good = is_good && step.is_good();
    }
    for (const json::value& value : members.array("views")) {
        Members view(value);
        report.views.push_back({view.text("view"), view.text("entity"), view.text("file"), view.count("rows"), view.count("features")});
        is_good = is_good && view.is_good();
    }
    for (const json::value& value : members.array("gates")) {
        Members gate(value);
        bool passed = gate.at("passed").is_bool() && gate.at("passed").get_bool();
        report.gates.push_back(
            {gate.text("feature"), gate.text("gate"), gate.number("measured"), gate.number("limit"), passed, gate.text("message")});
        is_good = is_good && gate.is_good();
    }
    if (!is_good || !members.is_good()) return corrupt("the report of a run");
    return report;
}

std::string report_markdown(const PipelineReport& report, std::span<const FeatureStatistics> statistics) {
    std::string text = fmt::format("# Feature run {}\n\nValues as of {}, from {} events up to {}. ", report.run, to_text(report.as_of),
                                   report.events, report.sequence);
    auto failed = std::ranges::count(report.gates, false, &QualityResult::passed);
    text += failed == 0 ? fmt::format("All {} gates passed.\n", report.gates.size())
                        : fmt::format("**{} of {} gates did not pass.**\n", failed, report.gates.size());
    text += "\n| step | state | attempts | seconds | |\n|---|---|---|---|---|\n";
    for (const auto& step : report.steps)
        text += fmt::format("| {} | {} | {} | {:.1f} | {} |\n", step.name, name_of(step.state), step.attempts, step.seconds, step.note);
    if (failed > 0) text += "\n## Gates that did not pass\n\n";
    for (const auto& gate : report.gates)
        if (!gate.passed) text += fmt::format("- {}\n", gate.message);
    text += "\n## Views\n\n| view | entity | rows | features | file |\n|---|---|---|---|---|\n";
    for (const auto& view : report.views)
        text += fmt::format("| {} | {} | {} | {} | {} |\n", view.view, view.entity, view.rows, view.features, view.file);
    text += "\n## Features\n\n| feature | without value | outside range | least | 5 % | median | mean | 95 % | greatest | deviation |\n"
            "|---|---|---|---|---|---|---|---|---|---|\n";
    for (const auto& one : statistics) {
        bool numbers = one.is_of_numbers() && std::isfinite(one.least);
        auto number = [&](double value) { return numbers ? short_number(value) : "–"; };
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", one.name(), percent(one.null_rate()),
                            percent(one.outside_range_rate()), number(one.least), number(one.sketch.quantile(0.05)),
                            number(one.sketch.quantile(0.5)), number(one.mean), number(one.sketch.quantile(0.95)), number(one.greatest),
                            number(one.deviation()));
    }
    return text;
}

std::string statistics_text(std::span<const FeatureStatistics> statistics) {
    json::array array;
    for (const auto& one : statistics)
        array.push_back({{"view", one.view},
                         {"feature", one.feature},
                         {"rows", one.rows},
                         {"present", one.present},
                         {"null_values", one.null_values},
                         {"not_found", one.not_found},
                         {"outside_max_age", one.outside_max_age},
                         {"outside_range", one.outside_range},
                         {"least", std::isfinite(one.least) ? json::value(one.least) : json::value()},
                         {"greatest", std::isfinite(one.greatest) ? json::value(one.greatest) : json::value()},
                         {"mean", one.mean},
                         {"squares", one.squares},
                         {"sketch", one.sketch.text()}});
    return json_text(array) + "\n";
}

Result<std::vector<FeatureStatistics>> read_statistics(std::string_view text) {
    auto parsed = parse_json(text, {.bytes_max = 256u << 20});
    if (!parsed || !parsed->is_array()) return corrupt("a file of statistics");
    std::vector<FeatureStatistics> statistics;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const json::value& value : parsed->get_array()) {
        Members members(value);
        FeatureStatistics one{.view = members.text("view"), .feature = members.text("feature"), .rows = members.count("rows")};
        one.present = members.count("present"), one.null_values = members.count("null_values");
        one.not_found = members.count("not_found"), one.outside_max_age = members.count("outside_max_age");
        one.outside_range = members.count("outside_range");
        one.least = members.number("least", infinity), one.greatest = members.number("greatest", -infinity);
        one.mean = members.number("mean"), one.squares = members.number("squares");
        TRY(sketch, ValueSketch::read(members.text("sketch")));
        one.sketch = std::move(sketch);
        if (!members.is_good()) return corrupt("a file of statistics");
        statistics.push_back(std::move(one));
    }
    return statistics;
}

}  // namespace quoin
