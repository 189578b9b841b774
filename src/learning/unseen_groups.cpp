#include "learning/unseen_groups.h"

#include <set>

#include "evaluation/split.h"

namespace quoin {
namespace {

constexpr std::size_t groups_min = 10, rows_per_group_min = 20;
constexpr double new_share_min = 0.98;

struct Groups {
    std::set<std::string> before;
    std::size_t later = 0, later_new = 0;
};

Groups groups_of(const Column& column, const Split& split) {
    Groups groups;
    for (auto i : split.train)
        if (!column.is_missing(i)) groups.before.insert(column.text(i));
    for (auto i : split.test) {
        if (column.is_missing(i)) continue;
        ++groups.later;
        groups.later_new += !groups.before.contains(column.text(i));
    }
    return groups;
}

}  // namespace

std::string unseen_group_column(const Table& table, const std::string& time, double test_share) {
    const Column* times = table.find(time);
    if (times == nullptr || times->kind() != ColumnKind::time) return "";
    auto split = time_split(times->times(), test_share);
    if (!split || split->train.empty() || split->test.empty()) return "";
    std::string found;
    std::size_t fewest = 0;
    for (const Column& column : table.columns()) {
        if (column.kind() != ColumnKind::category) continue;
        auto groups = groups_of(column, *split);
        std::size_t count = groups.before.size();
        bool names_groups = count >= groups_min && count * rows_per_group_min <= split->train.size();
        bool all_new = static_cast<double>(groups.later_new) >= new_share_min * static_cast<double>(groups.later) &&
                       groups.later * 2 > split->test.size();
        if (names_groups && all_new && (found.empty() || count < fewest)) found = column.name, fewest = count;
    }
    return found;
}

}  // namespace quoin
