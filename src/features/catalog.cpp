#include "features/catalog.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/parallel.h"

namespace quoin {
namespace {

constexpr std::size_t views_max = 4096, lookup_depth_max = 4;

Result<ViewDeclaration> read_view_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::unavailable, "cannot read '{}'", path.string());
    TRY(view, read_view(text.str(), path.filename().string()));
    if (view.view != path.stem().string())
        return fail(ErrorKind::invalid, "{}: a file is named after its view, '{}'", path.filename().string(), view.view);
    return view;
}

Result<std::vector<ViewDeclaration>> read_views(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    if (failure) return fail(ErrorKind::not_found, "there is no folder '{}' of feature declarations", folder.string());
    std::ranges::sort(files);
    if (files.size() > views_max)
        return fail(ErrorKind::too_large, "{} has {} files; {} views are the limit", folder.string(), files.size(), views_max);
    std::vector<Result<ViewDeclaration>> read(files.size());
    parallel_for(files.size(), [&](std::size_t i) { read[i] = read_view_file(files[i]); });
    std::vector<ViewDeclaration> views;
    for (auto& view : read) {
        if (!view) return tl::unexpected(std::move(view.error()));
        views.push_back(std::move(*view));
    }
    return views;
}

/// Follows the lookups of a view; the chain must end within lookup_depth_max views.
Status check_lookups(const FeatureCatalog& catalog, const FeatureView& view, std::size_t depth) {
    for (const CompiledFeature& feature : view.features()) {
        const auto& lookup = feature.declaration->lookup;
        if (!lookup) continue;
        const std::string& place = feature.declaration->place;
        const FeatureView* target = catalog.find(lookup->view);
        auto slot = target ? target->slot(lookup->feature) : std::nullopt;
        if (!slot) return fail(ErrorKind::invalid, "{}: there is no feature '{}:{}' to look up", place, lookup->view, lookup->feature);
        if (target->entity() != lookup->entity)
            return fail(ErrorKind::invalid, "{}: view '{}' is about {}, not about {}", place, lookup->view, target->entity(),
                        lookup->entity);
        FeatureType type = target->features()[*slot].declaration->type;
        if (is_list(type) || field_kind(type) != field_kind(feature.declaration->type))
            return fail(ErrorKind::invalid, "{}: '{}:{}' is of type {}", place, lookup->view, lookup->feature, name_of(type));
        if (depth >= lookup_depth_max)
            return fail(ErrorKind::invalid, "{}: lookups lead through more than {} views, perhaps in a circle", place, lookup_depth_max);
        TRY_VOID(check_lookups(catalog, *target, depth + 1));
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const FeatureCatalog>> FeatureCatalog::load(const std::filesystem::path& folder) {
    TRY(types, EventTypes::load(folder / "events"));
    TRY(views, read_views(folder / "features"));
    return make(std::make_shared<const EventTypes>(std::move(types)), std::move(views));
}

Result<std::shared_ptr<const FeatureCatalog>> FeatureCatalog::make(std::shared_ptr<const EventTypes> types,
                                                                   std::vector<ViewDeclaration> views) {
    auto catalog = std::make_shared<FeatureCatalog>();
    catalog->types_ = std::move(types);
    for (ViewDeclaration& declaration : views) {
        if (catalog->find(declaration.view))
            return fail(ErrorKind::invalid, "{}: there are two views '{}'", declaration.place, declaration.view);
        TRY(view, FeatureView::compile(std::move(declaration), [&](std::string_view name) { return catalog->types_->find(name); }));
        auto place = std::ranges::lower_bound(catalog->views_, view->name(), {}, [](const auto& other) { return other->name(); });
        catalog->views_.insert(place, std::move(view));
    }
    for (const auto& view : catalog->views_) TRY_VOID(check_lookups(*catalog, *view, 0));
    return std::shared_ptr<const FeatureCatalog>(catalog);
}

const FeatureView* FeatureCatalog::find(std::string_view view) const {
    auto found = std::ranges::lower_bound(views_, view, {}, [](const auto& other) -> std::string_view { return other->name(); });
    return found != views_.end() && (*found)->name() == view ? found->get() : nullptr;
}

Result<FeaturePlace> FeatureCatalog::place(std::string_view name) const {
    auto colon = name.find(':');
    std::vector<FeaturePlace> found;
    for (const auto& view : views_) {
        if (colon != std::string_view::npos && view->name() != name.substr(0, colon)) continue;
        if (auto slot = view->slot(colon == std::string_view::npos ? name : name.substr(colon + 1))) found.push_back({view.get(), *slot});
    }
    if (found.size() == 1) return found[0];
    if (found.empty()) return fail(ErrorKind::not_found, "there is no feature '{}'; `quoin features list` shows them all", name);
    return fail(ErrorKind::invalid, "'{}' is a feature of {} and of {}; write view:feature", name, found[0].view->name(),
                found[1].view->name());
}

std::string FeatureCatalog::computation_digest(const FeatureView& view) const {
    std::string text = view.declaration().digest;
    for (const auto& [name, binding] : view.bindings()) {
        text += "\n" + name;
        if (const EventType* type = types_->find(name)) {
            for (const auto& [entity, field] : type->entities) text += fmt::format(" {}={}", entity, field);
            for (const EventField& field : type->fields) text += fmt::format(" {}:{}", field.name, static_cast<int>(field.type));
        }
    }
    return sha256_hex(text);
}

std::vector<const FeatureView*> FeatureCatalog::fed_by(std::string_view event_type) const {
    std::vector<const FeatureView*> fed;
    for (const auto& view : views_)
        if (view->binding(event_type)) fed.push_back(view.get());
    return fed;
}

}  // namespace quoin
