#include <algorithm>
#include <set>

#include "base/digest.h"
#include "events/lake.h"
#include "events/lake_part.h"

namespace quoin {
namespace {

constexpr std::size_t part_bytes_max = 4ull << 30;
constexpr std::size_t problems_max = 1000;

void note(Lake::Check& check, std::string problem) {
    if (check.problems.size() < problems_max) check.problems.push_back(std::move(problem));
}

}  // namespace

Result<std::vector<LakeManifest>> Lake::manifests() {
    TRY(listed, store_->list(lake_manifest_prefix));
    std::vector<LakeManifest> all;
    for (const auto& object : listed) {
        TRY(text, store_->get(object.key));
        auto manifest = parse_manifest(text);
        if (!manifest) return fail(ErrorKind::corrupt, "'{}' in '{}': {}", object.key, where(), manifest.error().message);
        if (object.key != lake_manifest_key(manifest->first))
            return fail(ErrorKind::corrupt, "'{}' in '{}' is about the events from {} on", object.key, where(), manifest->first);
        all.push_back(std::move(*manifest));
    }
    std::ranges::sort(all, {}, &LakeManifest::first);
    return all;
}

/// Only `unavailable` ends the check; everything else is a problem of this part.
Status Lake::verify_part(const LakeManifest& manifest, const LakePart& part, Check& check) {
    auto bytes = store_->get(part.key, part_bytes_max);
    if (!bytes && bytes.error().kind == ErrorKind::unavailable) return tl::unexpected(bytes.error());
    if (!bytes) {
        note(check, fmt::format("'{}' is missing", part.key));
        return {};
    }
    if (bytes->size() != part.bytes || sha256_hex(*bytes) != part.sha256) {
        note(check, fmt::format("'{}' has other bytes than were written", part.key));
        return {};
    }
    auto sequences = lake_part_sequences(*bytes, options_.scratch);
    if (!sequences) {
        note(check, fmt::format("'{}': {}", part.key, sequences.error().message));
        return {};
    }
    bool ascending = std::ranges::adjacent_find(*sequences, std::greater_equal<>()) == sequences->end();
    bool inside = !sequences->empty() && sequences->front() >= manifest.first && sequences->back() <= manifest.last;
    if (sequences->size() != part.events || !ascending || !inside)
        note(check, fmt::format("'{}' holds {} events where {} were written", part.key, sequences->size(), part.events));
    return {};
}

Result<Lake::Check> Lake::verify() {
    Check check;
    TRY(all, manifests());
    std::set<std::string> known;
    for (const auto& manifest : all) {
        if (manifest.first != check.last + 1)
            note(check, fmt::format("the events {} to {} are in no manifest", check.last + 1, manifest.first - 1));
        std::uint64_t events = 0;
        for (const auto& part : manifest.parts) {
            TRY_VOID(verify_part(manifest, part, check));
            if (!known.insert(part.key).second) note(check, fmt::format("'{}' is in two manifests", part.key));
            events += part.events;
            check.bytes += part.bytes;
        }
        if (events != manifest.events)
            note(check, fmt::format("the parts of the events {} to {} hold {} events, not {}", manifest.first, manifest.last, events,
                                    manifest.events));
        ++check.ranges;
        check.parts += manifest.parts.size();
        check.events += events;
        check.last = manifest.last;
    }
    auto next = lake_number(check.last + 1);
    TRY(objects, store_->list("day="));
    for (const auto& object : objects) {
        if (known.contains(object.key)) continue;
        if (object.key.find("/part-" + next + "-") != std::string::npos) {
            check.unfinished.push_back(object.key);
        } else {
            note(check, fmt::format("'{}' is in no manifest", object.key));
        }
    }
    return check;
}

}  // namespace quoin
