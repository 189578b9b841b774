#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "models/detector/stream_detector.h"

namespace quoin {
namespace {

constexpr std::string_view tape_kind = "stream detector";
constexpr std::uint32_t tape_version = 1;

/// A member's tape inside this one; its size is a whole number of words.
void save_member(TapeWriter& tape, const std::vector<std::byte>& bytes) {
    std::vector<std::uint64_t> words(bytes.size() / 8);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    tape.wholes(words);
}

template <class Member>
Result<Member> load_member(TapeReader& tape, std::size_t words_max) {
    auto words = tape.wholes(words_max);
    return Member::load(std::as_bytes(std::span(words)));
}

}  // namespace

std::vector<std::byte> StreamDetector::save() const {
    TapeWriter tape;
    tape.whole(options_.members == StreamMembers::all ? 0 : 1);
    for (std::size_t number : {options_.columns, options_.warm_up, options_.memory, options_.shingle, options_.rest}) tape.whole(number);
    tape.number(options_.alarm);
    tape.whole(options_.seed);
    tape.whole(rows_);
    tape.numbers(waiting_);
    auto save_fading = [&](const Fading& fading) {
        tape.number(fading.mean);
        tape.number(fading.variance);
        tape.whole(fading.count);
    };
    for (const Column& column : columns_) {
        tape.number(column.scale.centre);
        tape.number(column.scale.spread);
        save_fading(column.surprise);
        save_member(tape, column.changes.save());
    }
    for (const auto& forest : forests_) save_member(tape, forest.save());
    save_fading(forest_score_);
    tape.number(recent_score_);
    tape.numbers(shingle_);
    tape.whole(peaks_.size());
    for (const auto& [row, evidence] : peaks_) {
        tape.whole(row);
        tape.number(evidence);
    }
    return tape.finish(tape_kind, tape_version);
}

Result<StreamDetector> StreamDetector::load(std::span<const std::byte> bytes) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    StreamOptions options;
    options.members = tape.flag() ? StreamMembers::forest : StreamMembers::all;
    for (std::size_t* number : {&options.columns, &options.warm_up, &options.memory, &options.shingle, &options.rest})
        *number = tape.whole(0, UINT64_MAX);
    options.alarm = tape.number();
    options.seed = tape.whole(0, UINT64_MAX);
    auto tried = tape.sound() ? make(options) : make({.columns = 0});
    if (!tried) return fail(ErrorKind::corrupt, "the saved {} does not start with options", tape_kind);
    StreamDetector& detector = *tried;
    detector.rows_ = tape.whole(0, UINT64_MAX / 2);
    bool started = detector.rows_ >= options.warm_up;
    detector.waiting_ = tape.numbers(bytes.size() / 8);
    tape.require(detector.waiting_.size() == (started ? 0 : detector.rows_ * options.columns));
    auto load_fading = [&](Fading& fading) {
        fading.mean = tape.number_within(-1e100, 1e100);
        fading.variance = tape.number_within(0, 1e300);
        fading.count = tape.whole(0, detector.rows_);
    };
    for (std::size_t j = 0; started && j < options.columns; ++j) {
        RobustScale scale{tape.number(), tape.number_within(1e-300, 1e300)};
        Fading surprise;
        load_fading(surprise);
        TRY(changes, load_member<ChangePointDetector>(tape, bytes.size() / 8));
        detector.columns_.push_back({scale, std::move(changes), surprise});
    }
    for (auto& forest : detector.forests_) {
        TRY(loaded, load_member<RobustCutForest>(tape, bytes.size() / 8));
        tape.require(loaded.options().dimensions == forest.options().dimensions && loaded.points() <= detector.rows_);
        forest = std::move(loaded);
    }
    load_fading(detector.forest_score_);
    detector.recent_score_ = tape.number_within(-1e100, 1e100);
    detector.shingle_ = tape.numbers(options.columns * options.shingle);
    tape.require(detector.shingle_.size() % options.columns == 0);
    auto peaks = tape.whole(0, bytes.size() / 16);
    for (std::uint64_t i = 0; i < peaks && tape.sound(); ++i) {
        auto row = tape.whole(0, detector.rows_);
        detector.peaks_.emplace_back(row, tape.number());
    }
    TRY_VOID(tape.finish());
    return std::move(detector);
}

}  // namespace quoin
