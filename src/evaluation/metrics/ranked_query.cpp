#include "evaluation/metrics/ranked_query.h"

#include <algorithm>
#include <map>

#include "evaluation/metrics/weighting.h"

namespace quoin {

Result<double> mean_over_queries(const Scored& scored, const std::function<double(std::span<const RankedItem>)>& measure) {
    TRY_VOID(check_unweighted(scored));
    if (scored.groups.size() != scored.labels.size())
        return fail(ErrorKind::invalid, "a ranking metric needs one query number per row: there are {} rows and {} query numbers",
                    scored.labels.size(), scored.groups.size());
    std::map<std::int64_t, std::vector<RankedItem>> queries;
    for (std::size_t row = 0; row < scored.labels.size(); ++row) {
        if (scored.labels[row] < 0) return fail(ErrorKind::invalid, "the relevance of row {} is negative", row);
        queries[scored.groups[row]].push_back({scored.predictions[row], scored.labels[row]});
    }
    double sum = 0;
    std::size_t count = 0;
    for (auto& [query, items] : queries) {
        if (std::none_of(items.begin(), items.end(), [](const RankedItem& item) { return item.relevance > 0; })) continue;
        std::sort(items.begin(), items.end(), [](const RankedItem& a, const RankedItem& b) {
            return a.score != b.score ? a.score > b.score : a.relevance < b.relevance;
        });
        sum += measure(items);
        ++count;
    }
    if (count == 0) return fail(ErrorKind::invalid, "no query has a relevant item");
    return sum / static_cast<double>(count);
}

}  // namespace quoin
