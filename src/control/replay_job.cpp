#include "control/replay_job.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <numeric>
#include <tuple>

#include "base/json.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "prediction/record_log.h"
#include "prediction/replay.h"

namespace quoin {
namespace {

struct Sample {
    std::vector<PredictionRecord> records;
    std::uint64_t seen = 0;
};

Result<Sample> draw(const RecordLog& log, const ReplayOptions& options) {
    Sample sample;
    Rng rng(options.seed);
    auto keep = [&](const PredictionRecordView& record) -> Result<bool> {
        ++sample.seen;
        if (sample.records.size() < options.records) {
            sample.records.emplace_back(record);
        } else if (auto place = rng.below(sample.seen); place < options.records) {
            sample.records[place] = PredictionRecord(record);
        }
        return true;
    };
    TRY_VOID(log.scan({.model = options.model}, keep));
    return sample;
}

/// Nothing: equal to the last byte.
struct Verdict {
    enum class Kind : std::uint8_t { equal, different, not_replayable } kind = Kind::equal;
    std::string reason;
};

/// Where two texts part, with a little of both.
std::string first_difference(std::string_view recorded, std::string_view recomputed) {
    constexpr std::size_t before = 30, after = 40;
    auto length = std::min(recorded.size(), recomputed.size());
    std::size_t at = 0;
    while (at < length && recorded[at] == recomputed[at]) ++at;
    auto from = at - std::min(at, before);
    return fmt::format("from byte {} on: recorded '{}', recomputed '{}'", at, recorded.substr(from, before + after),
                       recomputed.substr(from, before + after));
}

Verdict judge(const PredictionRecord& record, const Result<std::shared_ptr<const LiveModel>>& model) {
    if (!model) return {Verdict::Kind::not_replayable, model.error().message};
    auto outcome = replay(record, **model);
    if (!outcome) return {Verdict::Kind::not_replayable, outcome.error().message};
    if (outcome->identical) return {};
    return {Verdict::Kind::different, first_difference(outcome->recorded, outcome->recomputed)};
}

std::string prediction_type_of(const PredictionRecord& record) {
    auto answer = parse_json(record.answer_json, {.bytes_max = 64u << 20});
    if (!answer || !answer->is_object()) return "";
    const auto* type = answer->get_object().if_contains("prediction_type");
    return type != nullptr && type->is_string() ? std::string(type->get_string()) : "";
}

using VersionKey = std::tuple<std::string, std::string, std::string, std::string>;

void count(const PredictionRecord& record, const Verdict& verdict, std::map<VersionKey, ReplayReport::Version>& versions,
           ReplayReport& report) {
    auto type = prediction_type_of(record);
    auto& version = versions[{record.model, record.model_version, type, record.artifact}];
    version.model = record.model, version.version = record.model_version;
    version.artifact = record.artifact, version.prediction_type = type;
    version.equal += verdict.kind == Verdict::Kind::equal;
    version.different += verdict.kind == Verdict::Kind::different;
    version.not_replayable += verdict.kind == Verdict::Kind::not_replayable;
    if (verdict.kind != Verdict::Kind::equal && report.failures.size() < limits::replay_failures_named)
        report.failures.push_back({record.id, record.model, record.model_version, verdict.reason});
}

std::uint64_t sum_of(const std::vector<ReplayReport::Version>& versions, std::uint64_t ReplayReport::Version::*number) {
    return std::accumulate(versions.begin(), versions.end(), std::uint64_t{0},
                           [&](auto sum, const auto& one) { return sum + one.*number; });
}

}  // namespace

std::uint64_t ReplayReport::equal() const { return sum_of(versions, &Version::equal); }
std::uint64_t ReplayReport::different() const { return sum_of(versions, &Version::different); }
std::uint64_t ReplayReport::not_replayable() const { return sum_of(versions, &Version::not_replayable); }

Result<ReplayReport> replay_records(Project& project, const ReplayOptions& options, Progress& progress) {
    if (options.records < 1 || options.records > limits::replayed_records_max)
        return fail(ErrorKind::too_large, "from 1 to {} records can be replayed at once", limits::replayed_records_max);
    Telemetry telemetry;
    TRY(log, RecordLog::open(project.records(), telemetry));
    TRY(sample, draw(*log, options));
    if (sample.records.empty())
        return fail(ErrorKind::not_found, "{} has no recorded prediction{}", project.folder().string(),
                    options.model.empty() ? "" : " of " + options.model);
    auto& records = sample.records;
    std::ranges::sort(records, {}, [](const auto& record) { return std::tie(record.model, record.artifact, record.asked_at, record.id); });
    ReplayReport report;
    report.recorded = sample.seen;
    report.first = std::ranges::min(records, {}, &PredictionRecord::asked_at).asked_at;
    report.last = std::ranges::max(records, {}, &PredictionRecord::asked_at).asked_at;
    std::map<VersionKey, ReplayReport::Version> versions;
    progress.phase("replay", records.size());
    for (auto begin = records.begin(); begin != records.end();) {
        auto end = std::find_if(begin, records.end(),
                                [&](const auto& one) { return one.artifact != begin->artifact || one.model != begin->model; });
        auto model = project.load_artifact(begin->model, begin->artifact);
        std::vector<Verdict> verdicts(static_cast<std::size_t>(end - begin));
        parallel_for(verdicts.size(), [&](std::size_t i) {
            verdicts[i] = judge(begin[static_cast<std::ptrdiff_t>(i)], model);
            progress.step();
        });
        for (const auto& verdict : verdicts) count(*begin++, verdict, versions, report);
    }
    for (auto& [key, version] : versions) report.versions.push_back(std::move(version));
    return report;
}

}  // namespace quoin
