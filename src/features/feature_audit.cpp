#include "features/feature_audit.h"

#include <set>

#include "features/feature_columns.h"

namespace quoin {
namespace {

constexpr std::size_t block_vectors = 1'000'000;

/// The logged vectors of one view, as questions and as what they were answered with.
struct Logged {
    const FeatureView* view = nullptr;
    EntityFrame frame;
    std::vector<ServedVector> vectors;
};

class Audit {
public:
    Audit(const FeatureCatalog& catalog, const FeatureReplay& replay, AuditReport& report)
        : catalog_(catalog), replay_(replay), report_(report) {}

    Status add(const ServedVector& vector) {
        ++report_.vectors;
        const std::string* digest = digest_of(vector.view);
        if (!digest || *digest != vector.digest) {
            ++report_.changed;
            return {};
        }
        Logged& logged = views_[vector.view];
        logged.view = catalog_.find(vector.view);
        logged.vectors.push_back(vector);
        return ++waiting_ < block_vectors ? Status{} : compare();
    }

    Status compare() {
        std::vector<ReplayAsk> asks;
        for (auto& [name, logged] : views_) {
            fill_frame(logged);
            asks.push_back({&logged.frame, {name}});
        }
        TRY(answers, replay_.answer_all(asks));
        std::size_t i = 0;
        for (const auto& [name, logged] : views_) {
            const ViewAnswers& recomputed = answers[i++].views.front();
            for (std::size_t row = 0; row < logged.vectors.size(); ++row) {
                bool is_equal = compare_row(logged.vectors[row], recomputed, row);
                ++(is_equal ? report_.equal : report_.different);
            }
        }
        views_.clear();
        waiting_ = 0;
        return {};
    }

private:
    const std::string* digest_of(const std::string& name) {
        auto [found, is_new] = digests_.try_emplace(name);
        const FeatureView* view = catalog_.find(name);
        if (is_new && view) found->second = answer_digest(catalog_, *view);
        return view ? &found->second : nullptr;
    }

    static void fill_frame(Logged& logged) {
        CategoryBuilder ids, tenants;
        for (const ServedVector& vector : logged.vectors) {
            ids.add(vector.id);
            tenants.add(vector.tenant);
            logged.frame.at.push_back(vector.at);
            logged.frame.sequences.push_back(vector.sequence);
        }
        logged.frame.ids[logged.view->entity()] = ids.release();
        logged.frame.tenants = tenants.release();
    }

    bool compare_row(const ServedVector& served, const ViewAnswers& recomputed, std::size_t row) {
        bool is_equal = true;
        auto differ = [&](std::string feature, std::uint64_t before, std::uint64_t now) {
            is_equal = false;
            if (report_.differences.size() >= AuditReport::differences_max) return;
            report_.differences.push_back(
                {served.view, std::move(feature), served.tenant, served.id, served.at, served.sequence, before, now});
        };
        if (served.event_time != recomputed.event_time(row))
            differ({}, static_cast<std::uint64_t>(served.event_time.value()),
                   static_cast<std::uint64_t>(recomputed.event_time(row).value()));
        const auto& features = recomputed.view().features();
        for (std::size_t slot = 0; slot < features.size(); ++slot) {
            ++report_.values;
            const std::string& name = features[slot].declaration->name;
            if (slot >= served.bits.size()) return differ(name, 0, recomputed.bits(row, slot)), false;
            if (served.bits[slot] != recomputed.bits(row, slot)) differ(name, served.bits[slot], recomputed.bits(row, slot));
            if (served.lists.empty()) continue;
            auto list = recomputed.list(row, slot);
            if (list.size() != served.lists[slot].size()) differ(name, served.lists[slot].size(), list.size());
            else if (auto [a, b] = std::ranges::mismatch(served.lists[slot], list); a != served.lists[slot].end()) differ(name, *a, *b);
        }
        return is_equal;
    }

    const FeatureCatalog& catalog_;
    const FeatureReplay& replay_;
    AuditReport& report_;
    std::map<std::string, Logged> views_;
    std::map<std::string, std::string> digests_;
    std::size_t waiting_ = 0;
};

}  // namespace

Result<AuditReport> audit_vectors(const std::filesystem::path& folder, std::shared_ptr<const FeatureCatalog> catalog,
                                  const EventSource& events, FeatureReplay::Options options) {
    std::set<std::string> names;
    TRY_VOID(VectorLog::read(folder, [&](const ServedVector& vector) -> Status {
        names.insert(vector.view);
        options.wants_lists = options.wants_lists || !vector.lists.empty();
        return {};
    }));
    std::vector<FeaturePlace> features;
    for (const std::string& name : names)
        if (const FeatureView* view = catalog->find(name))
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) features.push_back({view, slot});
    if (features.empty())
        return fail(ErrorKind::not_found, "'{}' holds no served vector of a view that the catalog knows", folder.string());
    TRY(replay, FeatureReplay::read(catalog, features, events, std::move(options)));
    AuditReport report;
    Audit audit(*catalog, replay, report);
    TRY_VOID(VectorLog::read(folder, [&](const ServedVector& vector) { return audit.add(vector); }));
    TRY_VOID(audit.compare());
    return report;
}

}  // namespace quoin
