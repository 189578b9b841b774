#include <cmath>

#include "models/detector/change_point.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "change points";
constexpr std::uint32_t tape_version = 1;

}  // namespace

std::vector<std::byte> ChangePointDetector::save() const {
    TapeWriter tape;
    tape.whole(static_cast<std::uint64_t>(options_.model));
    for (double number : {options_.mean, options_.mean_weight, options_.shape, options_.rate, options_.degrees, options_.expected_run,
                          options_.hazard_shape, options_.mass_min})
        tape.number(number);
    tape.whole(options_.runs_max);
    tape.whole(options_.recent);
    tape.whole(values_);
    tape.whole(runs_.size());
    for (const Run& run : runs_) {
        for (double number : {run.mass, run.mean, run.weight, run.shape, run.rate}) tape.number(number);
        tape.whole(run.start);
    }
    return tape.finish(tape_kind, tape_version);
}

Result<ChangePointDetector> ChangePointDetector::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    ChangePointOptions options;
    options.model = static_cast<RunModel>(tape.whole(0, 2));
    for (double* number : {&options.mean, &options.mean_weight, &options.shape, &options.rate, &options.degrees, &options.expected_run,
                           &options.hazard_shape, &options.mass_min})
        *number = tape.number();
    options.runs_max = tape.whole(2, UINT64_MAX);
    options.recent = tape.whole(1, UINT64_MAX);
    auto values = tape.whole(0, UINT64_MAX / 2);
    auto count = tape.whole(values > 0 ? 1 : 0, std::min<std::uint64_t>(values, bytes.size() / 48));
    auto tried = tape.sound() ? make(options) : make({.expected_run = 0});
    if (!tried) return fail(ErrorKind::corrupt, "the saved {} do not start with options", tape_kind);
    ChangePointDetector& made = *tried;
    made.values_ = values;
    double total = 0;
    for (std::uint64_t i = 0; i < count && tape.sound(); ++i) {
        Run run{};
        run.mass = tape.number_within(0, 1 + 1e-9);
        run.mean = tape.number_within(-1e100, 1e100);
        for (double* number : {&run.weight, &run.shape, &run.rate}) *number = tape.number_within(1e-100, 1e300);
        run.start = tape.whole(made.runs_.empty() ? 0 : made.runs_.back().start + 1, values - 1);
        total += run.mass;
        made.runs_.push_back(run);
    }
    tape.require(count == 0 || std::abs(total - 1) < 1e-6);
    TRY_VOID(tape.finish());
    return made;
}

}  // namespace quoin
