// What a forest's engines precompute, saved as arrays and taken from a mapped file.

#include "models/forest/prepared.h"
#include "store/array_file.h"

namespace quoin {
namespace {

/// The numbers that go with the arrays.
struct Sizes {
    RankedWalk::Sizes walk;
    std::uint64_t has_engines, rows_min, explain_slots;
};

/// Takes arrays from a file; the first that is not there is the outcome.
struct ArrayTaker {
    const ArrayFile& file;
    const std::string& name;
    Status taken = {};

    template <class T>
    void operator()(const char* array, Array<T>& items) {
        auto found = file.array<T>(name + "/" + array);
        if (found) {
            items = std::move(*found);
        } else if (taken) {
            taken = tl::unexpected(found.error());
        }
    }
};

/// Gives the prepared forest its arrays.
Status take_arrays(Forest::Prepared& prepared, const Sizes& sizes, ArrayTaker take) {
    auto nodes = prepared.parts.nodes.size();
    take("means", prepared.means);
    ExplainPlan::each_array(prepared.explain, take);
    if (take.taken && prepared.means.size() != nodes)
        return fail(ErrorKind::corrupt, "the prepared forest '{}' is of other nodes", take.name);
    TRY_VOID(take.taken);
    prepared.explain.slots = sizes.explain_slots;
    prepared.make_expected();
    if (sizes.has_engines == 0) return take.taken;
    auto& walk = prepared.ranked.emplace();
    RankedWalk::each_array(walk, take);
    walk.set_sizes(sizes.walk);
    auto& planes = prepared.planes.emplace(walk.table(), prepared.parts.base, sizes.rows_min, prepared.parts.float_sum);
    PlaneScorer::each_array(planes, take);
    if (take.taken && walk.tests().size() != nodes)
        return fail(ErrorKind::corrupt, "the prepared forest '{}' is of other nodes", take.name);
    return take.taken;
}

}  // namespace

void Forest::save_prepared(ArrayFileWriter& file, const std::string& name) const {
    const Prepared& own = *prepared_;
    Sizes sizes{{}, own.ranked.has_value(), 0, own.explain.slots};
    if (own.ranked) sizes.walk = own.ranked->sizes(), sizes.rows_min = own.planes->rows_min();
    std::vector<std::uint64_t> points;
    for (const auto& rule : own.explain.rules) points.push_back(rule.point_count);
    file.add(name + "/sizes", Array(std::vector{sizes}));
    file.add(name + "/explain_points", Array(std::move(points)));
    auto add = [&](const char* array, const auto& items) { file.add(name + "/" + array, items); };
    add("means", own.means);
    ExplainPlan::each_array(own.explain, add);
    if (!own.ranked) return;
    RankedWalk::each_array(*own.ranked, add);
    PlaneScorer::each_array(*own.planes, add);
}

Result<Forest> Forest::restore(Parts parts, const ArrayFile& file, const std::string& name) {
    TRY(sizes, file.array<Sizes>(name + "/sizes"));
    TRY(points, file.array<std::uint64_t>(name + "/explain_points"));
    if (sizes.size() != 1) return fail(ErrorKind::corrupt, "the sizes of prepared forest '{}' are not one record", name);
    auto prepared = std::make_shared<Prepared>();
    prepared->parts = std::move(parts);
    for (auto count : points) prepared->explain.rules.push_back(make_explain_rule(count));
    TRY_VOID(take_arrays(*prepared, sizes[0], {file, name}));
    Forest forest;
    forest.prepared_ = std::move(prepared);
    return forest;
}

}  // namespace quoin
